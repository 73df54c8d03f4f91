// SPDX-License-Identifier: GPL-3.0-or-later
#include "ansible.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "args/convert.hpp"
#include "args/schema.hpp"
#include "base/error.hpp"
#include "base/read_json.hpp"
#include "edit/json_tree.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kInternal = "_ansible_";

// An internal key's bool as Ansible's module takes it; what is none counts as false.
bool flag(const json& given, const std::string& key, bool otherwise) {
  const auto found = given.find(std::string(kInternal) + key);
  return found == given.end() ? otherwise : boolean(*found).value_or(false);
}

// "dockhost.hardening.mount" is mount.
std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// "/tmp/AnsiballZ_mount.py" is mount.
std::string file_module(const std::string& argv0) {
  std::string name = argv0.substr(argv0.rfind('/') + 1);
  constexpr std::string_view prefix = "AnsiballZ_";
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name.substr(0, name.find('.'));
}

std::string module_name(const json& given, const std::string& argv0) {
  const auto found = given.find(std::string(kInternal) + "module_name");
  if (found == given.end() || !found->is_string() || found->get_ref<const std::string&>().empty()) {
    return file_module(argv0);
  }
  return last_part(found->get<std::string>());
}

json parsed(const std::string& text, const std::string& path) {
  try {
    return value_of(parse_json(text, path, JsonFrom::arguments), text);
  } catch (const Error& error) {
    throw Error(std::string("the arguments are no JSON object: ") + error.what(), error.where);
  }
}

// _ansible_no_log, and __ansible_type of Ansible's own JSON.
bool means_something(const std::string& key) {
  const std::size_t name = key.find_first_not_of('_');
  return name != 0 && name != std::string::npos && key.compare(name, kInternal.size() - 1, kInternal.substr(1)) == 0;
}

// A number that the controller would not take, in words.
json shown_number(const json& number) {
  constexpr double most = 9.2e18;
  const bool unsigned_one = number.is_number_unsigned() && number.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  const bool far = number.is_number_float() && !(std::abs(number.get<double>()) < most);
  return unsigned_one || far ? json(number.dump()) : number;
}

std::string shown_text(const std::string& text, bool whole) {
  const std::string spelled = printable(text, true);
  return whole ? spelled : shortened(spelled, kLongestText);
}

// As JSON can hold it and the controller takes it: within the bounds of the schema. The files of a diff are whole.
json presentable(const json& tree, std::size_t level = 1, bool whole = false) {
  if (tree.is_string()) return shown_text(tree.get_ref<const std::string&>(), whole);
  if (tree.is_number()) return shown_number(tree);
  if (!tree.is_structured()) return tree;
  if (level > kDeepest) return "\u2026";
  json shown = tree.is_object() ? json::object() : json::array();
  for (const auto& [key, value] : tree.items()) {
    if (tree.is_array()) {
      shown.push_back(presentable(value, level + 1, whole));
    } else if (!means_something(key)) {
      append_member(shown, shown_text(printable(key), false),
                    presentable(value, level + 1, whole || (level == 1 && key == "diff")));
    }
  }
  if (tree.is_object()) drop_duplicates(shown);
  return shown;
}

Error system_error(const std::string& path, int number) {
  return Error(std::string("cannot read the arguments: ") + std::strerror(number), {.path = path});
}

std::string read_to_end(int descriptor, const std::string& path) {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    // What is too long is refused where it is parsed; nobody needs the rest.
    if (count == 0 || text.size() > longest_json(JsonFrom::arguments)) return text;
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw system_error(path, errno);
    }
  }
}

}  // namespace

std::string read_arguments(const std::string& path) {
  if (path == "-") return read_to_end(STDIN_FILENO, path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw system_error(path, errno);
  try {
    std::string text = read_to_end(descriptor, path);
    ::close(descriptor);
    return text;
  } catch (const Error&) {
    ::close(descriptor);
    throw;
  }
}

Call parse_call(const std::string& text, const std::string& argv0, const std::string& path) {
  const json given = parsed(text, path);
  Call call;
  call.module = module_name(given, argv0);
  call.check = flag(given, "check_mode", false);
  call.diff = flag(given, "diff", false);
  call.no_log = flag(given, "no_log", false);
  call.invocation = flag(given, "inject_invocation", true);
  const auto verbosity = given.find(std::string(kInternal) + "verbosity");
  if (verbosity != given.end() && verbosity->is_number_integer()) call.verbosity = verbosity->get<int>();
  for (const auto& [key, value] : given.items()) {
    if (!key.starts_with(kInternal)) append_member(call.args, key, value);
  }
  return call;
}

json with_invocation(json result, const Call& call, const Mask& mask) {
  if (!call.invocation) return result;
  json invocation = json::object();
  invocation["module_args"] = mask.tree(call.args);
  result["invocation"] = invocation;
  return result;
}

std::string answer(const json& result, const Module* module) {
  json shown = presentable(result);
  const auto line_of = [&] { return (module == nullptr ? shown : fitted(shown, *module)).dump(-1, ' ', true) + "\n"; };
  std::string line = line_of();
  // The longest members go first; what was done is told in any case.
  for (const char* const name : {"diff", "invocation"}) {
    if (line.size() <= kLongestAnswer || shown.erase(name) == 0) continue;
    json& warnings = shown["warnings"];
    if (!warnings.is_array()) warnings = json::array();
    // Before all others: a list that is too long is cut at its end.
    warnings.insert(warnings.begin(), "with its " + std::string(name) + " the answer would be longer than 16 MiB");
    line = line_of();
  }
  return line;
}

int exit_code(const json& result) {
  const auto failed = result.find("failed");
  return failed != result.end() && boolean(*failed).value_or(true) ? 1 : 0;
}

}  // namespace dockhost
