// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/spec.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "args/python.hpp"
#include "args/rules.hpp"
#include "base/error.hpp"

namespace dockhost {
namespace {

bool internal(const std::string& key) { return key.starts_with("_ansible_"); }

bool holds_options(const Option& option) {
  const bool dicts = option.type == Type::dict || (option.type == Type::list && option.elements == Type::dict);
  return dicts && !option.suboptions.empty();
}

bool holds_nul(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().find('\0') != std::string::npos;
  if (!value.is_structured()) return false;
  for (const auto& [key, child] : value.items()) {
    if ((value.is_object() && key.find('\0') != std::string::npos) || holds_nul(child)) return true;
  }
  return false;
}

std::string key_of(const Option& option, const json& given) {
  std::string found = option.name;
  // The last alias that is given wins over the others and over the name itself, as in Ansible.
  for (const std::string& alias : option.aliases) {
    if (given.contains(alias)) found = alias;
  }
  return found;
}

// The value given for `option` under any of its names, nothing where there is none.
const json* given_value(const Option& option, const json& given) {
  const auto found = given.find(key_of(option, given));
  return found == given.end() ? nullptr : &*found;
}

// One level of options is checked at a time: the module's own, or those inside an option.
class Validation {
 public:
  explicit Validation(const Module& module) : module_(module) {}

  Arguments run(const json& given) {
    Arguments done;
    for (const auto& [key, value] : given.items()) tell_nul(key, value);
    done.values = level(module_.options, given, "", true);
    for (const auto& [context, names] : unknown_) tell_unknown(names);
    done.warnings = std::move(warnings_);
    return done;
  }

  Strings problems;

 private:
  struct Unknown {
    std::set<std::string> names;
    const std::vector<Option>* options = nullptr;
  };

  // " found in rules", as Ansible ends a message about a suboption.
  std::string found_in() const { return context_.empty() ? "" : " found in " + join(context_, " -> "); }

  json level(const std::vector<Option>& options, const json& given, const std::string& prefix, bool top) {
    for (const Option& option : options) broken_.erase(&option);  // the next element of a list begins afresh
    note_names(options, given, prefix);
    if (top) tell_misshapen(options, given);
    json values = taken(options, given);
    if (top) add(problems, exclusive_problems(module_, values));
    set_defaults(options, values);
    tell_missing(options, values);
    convert_all(options, values);
    tell_choices(options, values);
    if (top) add(problems, dependency_problems(module_, values));
    json all = json::object();
    for (const Option& option : options) all[option.name] = values.contains(option.name) ? values[option.name] : json();
    for (const Option& option : options) descend(option, all[option.name], prefix);
    return all;
  }

  // What is behind a NUL is not there for the kernel and for tools.
  void tell_nul(const std::string& option, const json& value) {
    if (internal(option)) return;
    if (option.find('\0') != std::string::npos) {
      problems.push_back("an option's name holds a NUL: " + quote(option));
    } else if (holds_nul(value)) {
      problems.push_back("option " + quote(option) + " holds a NUL, which no file, path or argument can take");
    }
  }

  static void add(Strings& all, const Strings& more) { all.insert(all.end(), more.begin(), more.end()); }

  // Aliases that collide, and names that no option has.
  void note_names(const std::vector<Option>& options, const json& given, const std::string& prefix) {
    std::set<std::string> known;
    for (const Option& option : options) {
      known.insert(option.name);
      for (const std::string& alias : option.aliases) {
        known.insert(alias);
        if (given.contains(option.name) && given.contains(alias)) {
          warnings_.push_back("Both option " + prefix + option.name + " and its alias " + prefix + alias + " are set.");
        }
      }
    }
    for (const auto& [key, value] : given.items()) {
      if (known.contains(key) || (context_.empty() && internal(key))) continue;
      Unknown& unknown = unknown_[join(context_, ".")];
      unknown.names.insert(context_.empty() ? key : join(context_, ".") + "." + key);
      unknown.options = &options;
    }
  }

  void tell_unknown(const Unknown& unknown) {
    std::set<std::string> names;
    std::set<std::string> aliases;
    for (const Option& option : *unknown.options) {
      names.insert(option.name);
      aliases.insert(option.aliases.begin(), option.aliases.end());
    }
    const auto listed = [](const std::set<std::string>& all) { return join({all.begin(), all.end()}, ", "); };
    problems.push_back("Unsupported parameters for (" + std::string(kCollection) + "." + module_.name +
                       ") module: " + listed(unknown.names) + ". Supported parameters include: " + listed(names) +
                       (aliases.empty() ? "" : " (" + listed(aliases) + ")") + ".");
  }

  // What stands where suboptions should: Ansible meets it first, when it looks for no_log values.
  void tell_misshapen(const std::vector<Option>& options, const json& given) {
    for (const Option& option : options) {
      const json* value = given_value(option, given);
      if (!holds_options(option) || value == nullptr || value->is_null()) continue;
      const json parts = value->is_array() ? *value : json::array({*value});
      for (const json& part : parts) {
        if (part.is_object() || part.is_string()) continue;
        problems.push_back("Value '" + python_str(part) + "' in the sub parameter field '" + option.name +
                           "' must be a " + type_name(option.type) + ", not '" + python_type(part) + "'");
        broken_.insert(&option);
        break;
      }
    }
  }

  // The values under the options' own names. A null for an option without default is not given.
  static json taken(const std::vector<Option>& options, const json& given) {
    json values = json::object();
    for (const Option& option : options) {
      const json* value = given_value(option, given);
      if (value == nullptr || (value->is_null() && !option.required && option.fallback.is_null())) continue;
      values[option.name] = *value;
    }
    return values;
  }

  static void set_defaults(const std::vector<Option>& options, json& values) {
    for (const Option& option : options) {
      if (!values.contains(option.name) && !option.fallback.is_null()) values[option.name] = option.fallback;
    }
  }

  void tell_missing(const std::vector<Option>& options, const json& values) {
    std::set<std::string> missing;
    for (const Option& option : options) {
      if (option.required && !values.contains(option.name)) missing.insert(option.name);
    }
    if (missing.empty()) return;
    problems.push_back("missing required arguments: " + join({missing.begin(), missing.end()}, ", ") + found_in());
  }

  void convert_all(const std::vector<Option>& options, json& values) {
    for (const Option& option : options) {
      if (!values.contains(option.name) || broken_.contains(&option)) continue;
      json& value = values[option.name];
      try {
        value = convert(option.type, value);
      } catch (const Error& error) {
        // The full stop is Ansible's.
        const std::string in = context_.empty() ? "" : " found in '" + join(context_, " -> ") + "'.";
        problems.push_back("argument '" + option.name + "' is of type " + python_type(value) + in +
                           " and we were unable to convert to " + type_name(option.type) + ": " + error.what());
        broken_.insert(&option);
        continue;
      }
      if (option.type == Type::list) convert_elements(option, value);
    }
  }

  void convert_elements(const Option& option, json& list) {
    for (json& value : list) {
      try {
        value = convert(option.elements, value);
      } catch (const Error& error) {
        const std::string in = context_.empty() ? "" : " found in '" + join(context_, " -> ") + "'";
        problems.push_back("Elements value for option '" + option.name + "'" + in + " is of type " +
                           python_type(value) + " and we were unable to convert to " + type_name(option.elements) +
                           ": " + error.what());
        broken_.insert(&option);
      }
    }
  }

  void tell_choices(const std::vector<Option>& options, const json& values) {
    for (const Option& option : options) {
      if (option.choices.empty() || !values.contains(option.name) || broken_.contains(&option)) continue;
      const json& value = values[option.name];
      const std::string choices = join(option.choices, ", ");
      Strings strangers;
      for (const json& part : value.is_array() ? value : json::array({value})) {
        const std::string text = python_str(part);
        if (std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end()) {
          strangers.push_back(text);
        }
      }
      if (strangers.empty()) continue;
      problems.push_back("value of " + option.name + " must be one " +
                         (value.is_array() ? "or more of: " + choices + ". Got no match for: " + join(strangers, ", ")
                                           : "of: " + choices + ", got: " + strangers.front()) +
                         found_in());
    }
  }

  void descend(const Option& option, json& value, const std::string& prefix) {
    if (!holds_options(option) || value.is_null() || broken_.contains(&option)) return;
    context_.push_back(option.name);
    if (value.is_object()) {
      value = level(option.suboptions, value, prefix + option.name + ".", false);
    } else {
      for (std::size_t i = 0; i < value.size(); ++i) {
        value[i] = level(option.suboptions, value[i], prefix + option.name + "[" + std::to_string(i) + "].", false);
      }
    }
    context_.pop_back();
  }

  const Module& module_;
  Strings context_;  // the options we are inside of
  Strings warnings_;
  std::map<std::string, Unknown> unknown_;  // by context, so that one message serves a level
  std::set<const Option*> broken_;          // told once; nothing follows from their values
};

// A dict that came as text, as itself; null where the text is none.
json try_dict(const json& text) {
  try {
    return convert(Type::dict, text);
  } catch (const Error&) {
    return {};
  }
}

// What is given under each name of `option`: where an alias wins, the other value is a secret still. Its default else.
std::vector<json> named_values(const Option& option, const json& given) {
  std::vector<json> values;
  if (given.contains(option.name)) values.push_back(given[option.name]);
  for (const std::string& alias : option.aliases) {
    if (given.contains(alias)) values.push_back(given[alias]);
  }
  if (values.empty()) values.push_back(option.fallback);
  return values;
}

void collect_secrets(const std::vector<Option>& options, const json& given, Strings& secrets);

void collect_secrets_inside(const Option& option, const json& value, Strings& secrets) {
  for (json part : value.is_array() ? value : json::array({value})) {
    if (part.is_string()) part = try_dict(part);
    if (part.is_object()) collect_secrets(option.suboptions, part, secrets);
  }
}

// What is no boolean is no reason to show a value.
bool hides(const Option& option, const std::vector<Option>& options, const json& given) {
  if (option.no_log || option.no_log_if.empty()) return option.no_log;
  const auto other =
      std::find_if(options.begin(), options.end(), [&](const Option& one) { return one.name == option.no_log_if; });
  const std::vector<json> words = named_values(*other, given);
  return std::any_of(words.begin(), words.end(),
                     [](const json& word) { return !word.is_null() && boolean(word).value_or(true); });
}

void collect_secrets(const std::vector<Option>& options, const json& given, Strings& secrets) {
  for (const Option& option : options) {
    const std::vector<json> values = named_values(option, given);
    const bool hidden = hides(option, options, given);
    for (const json& value : values) {
      if (hidden) {
        Strings texts = texts_in(value);
        // The word says nothing, and to hide it would blot out every other entry of fstab.
        std::erase(texts, "defaults");
        secrets.insert(secrets.end(), texts.begin(), texts.end());
      } else if (holds_options(option)) {
        collect_secrets_inside(option, value, secrets);
      }
    }
  }
}

}  // namespace

std::vector<Option> common_options() {
  return {{.name = "expect_plan",
           .description = {"The RV(plan_digest) of the plan that was reviewed, as a run in check mode returns it.",
                           "When the plan of this run has another digest, the task fails before its first step, so "
                           "that nothing is done that nobody has seen."}}};
}

Secrets secrets_of(const Module& module, const json& given) {
  Secrets secrets;
  secrets.learn(given);
  collect_secrets(module.options, given, secrets.hidden);
  return secrets;
}

Arguments validate(const Module& module, const json& given) {
  Validation validation(module);
  Arguments done = validation.run(given);
  done.secrets = secrets_of(module, given);
  if (validation.problems.empty()) return done;
  const Mask mask(done.secrets);
  for (std::string& problem : validation.problems) problem = mask.text(problem);
  throw Error(join(validation.problems, "\n"));
}

}  // namespace dockhost
