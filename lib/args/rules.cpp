// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/rules.hpp"

#include <algorithm>
#include <iterator>

#include "args/python.hpp"

namespace dockhost {
namespace {

Strings missing_of(const Strings& names, const json& values) {
  Strings missing;
  std::copy_if(names.begin(), names.end(), std::back_inserter(missing),
               [&](const std::string& name) { return !values.contains(name); });
  return missing;
}

std::string marked(const Strings& names, const std::string& last) {
  Strings all;
  std::transform(names.begin(), names.end(), std::back_inserter(all),
                 [](const std::string& name) { return "O(" + name + ")"; });
  if (all.size() < 2) return join(all, "");
  const Strings first(all.begin(), all.end() - 1);
  return join(first, ", ") + " " + last + " " + all.back();
}

void tell_together(const Module& module, const json& values, Strings& problems) {
  for (const Strings& names : module.required_together) {
    const Strings missing = missing_of(names, values);
    if (missing.empty() || missing.size() == names.size()) continue;
    problems.push_back("parameters are required together: " + join(names, ", "));
  }
}

void tell_one_of(const Module& module, const json& values, Strings& problems) {
  for (const Strings& names : module.required_one_of) {
    if (missing_of(names, values).size() < names.size()) continue;
    problems.push_back("one of the following is required: " + join(names, ", "));
  }
}

void tell_if(const Module& module, const json& values, Strings& problems) {
  for (const RequiredIf& rule : module.required_if) {
    if (!values.contains(rule.option) || values[rule.option] != rule.value) continue;
    const Strings missing = missing_of(rule.needs, values);
    if (missing.empty() || (rule.any && missing.size() < rule.needs.size())) continue;
    problems.push_back(rule.option + " is " + python_str(rule.value) + " but " + (rule.any ? "any" : "all") +
                       " of the following are missing: " + join(missing, ", "));
  }
}

void tell_by(const Module& module, const json& values, Strings& problems) {
  for (const RequiredBy& rule : module.required_by) {
    const Strings missing = missing_of(rule.needs, values);
    if (!values.contains(rule.option) || missing.empty()) continue;
    problems.push_back("missing parameter(s) required by '" + rule.option + "': " + join(missing, ", "));
  }
}

}  // namespace

Strings exclusive_problems(const Module& module, const json& values) {
  Strings groups;
  for (const Strings& names : module.mutually_exclusive) {
    if (names.size() - missing_of(names, values).size() > 1) groups.push_back(join(names, "|"));
  }
  if (groups.empty()) return {};
  return {"parameters are mutually exclusive: " + join(groups, ", ")};
}

Strings dependency_problems(const Module& module, const json& values) {
  Strings problems;
  tell_together(module, values, problems);
  tell_one_of(module, values, problems);
  tell_if(module, values, problems);
  tell_by(module, values, problems);
  return problems;
}

Strings rule_sentences(const Module& module) {
  Strings sentences;
  for (const Strings& names : module.mutually_exclusive) {
    sentences.push_back("Of " + marked(names, "and") + " only one can be given.");
  }
  for (const Strings& names : module.required_together) {
    sentences.push_back(marked(names, "and") + " are given together.");
  }
  for (const Strings& names : module.required_one_of) {
    sentences.push_back("One of " + marked(names, "or") + " is required.");
  }
  for (const RequiredIf& rule : module.required_if) {
    const std::string value =
        rule.value.is_boolean() ? (rule.value.get<bool>() ? "true" : "false") : python_str(rule.value);
    sentences.push_back(
        (rule.any && rule.needs.size() > 1 ? "One of " : "") + marked(rule.needs, rule.any ? "or" : "and") +
        (rule.any || rule.needs.size() == 1 ? " is" : " are") + " required when O(" + rule.option + "=" + value + ").");
  }
  for (const RequiredBy& rule : module.required_by) {
    sentences.push_back("O(" + rule.option + ") requires " + marked(rule.needs, "and") + ".");
  }
  return sentences;
}

}  // namespace dockhost
