// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "args/mask.hpp"
#include "args/spec.hpp"
#include "base/text.hpp"

namespace dockhost {

// Ansible's protocol for a module that is a binary: one JSON object in, one line of JSON out (measured on ansible-core
// 2.14 to 2.22).

// What Ansible asks for.
struct Call {
  std::string module;          // without its collection; empty when neither key nor file name tells it
  json args = json::object();  // the module's own, without Ansible's internal keys
  bool check = false;
  bool diff = false;
  bool no_log = false;     // the task's; Ansible censors the result itself
  bool invocation = true;  // ansible-core 2.21 and later add it themselves and say so
  int verbosity = 0;
};

// The bytes of a file, or of stdin to its end when `path` is "-". Throws Error.
std::string read_arguments(const std::string& path);

// The call in `text`, which came from `path` ("-" for stdin). The module is the last part of _ansible_module_name (the
// name as the task has it), else the name of the executable without AnsiballZ_ and extension; of Ansible's internal
// keys those that are unknown are skipped, and values are taken as Ansible takes them ("yes").
// Throws Error with the place when the text is no JSON object. The line itself is not quoted: it may hold secrets.
Call parse_call(const std::string& text, const std::string& argv0, const std::string& path = "-");

// `result` with `invocation`, unless Ansible adds that itself; the arguments as they were given, masked.
json with_invocation(json result, const Call& call, const Mask& mask);

// The one line, its end included: pure ASCII, without control characters and invalid UTF-8 (shown as \xNN), without
// _ansible_* keys at any depth, which mean something to Ansible, and within all bounds of args/schema.hpp, outside
// which the controller takes no part of it. `module`: whose result it is; null before that is known.
std::string answer(const json& result, const Module* module = nullptr);

// Characters of an answer; the controller reads no longer one.
inline constexpr std::size_t kLongestAnswer = std::size_t{16} * 1024 * 1024;

// 1 for a failed result, else 0; Ansible looks at the result alone, people at this.
int exit_code(const json& result);

}  // namespace dockhost
