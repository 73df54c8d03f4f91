// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/text.hpp"
#include "baseline/catalogue.hpp"

namespace dockhost {

enum class Color { automatic, always, never };

// What the command line asks for.
struct CommandLine {
  enum class What {
    arguments,  // Ansible: the file named by `text` (or "-", stdin) holds the arguments
    module,     // people: run the module named by `text` with `args`
    list,       // the modules; only their names when `names`
    controls,   // the controls, with their numbers in `benchmark`; for machines when `as_json`
    schema,     // what the modules return, as JSON Schema
    check,      // compare this host with its baseline: with check_args() as the options of docker_host
    explain,    // the control that `text` means in `benchmark`
    doc,        // the documentation of the module named by `text`
    stub,       // the same as a documentation-only Python file
    role,       // the role's file: `text` is argument_specs, defaults or task
    help,
    version,
  };
  What what = What::help;
  std::string text = {};
  std::string args = "{}";  // of --args: JSON, @file, or - for stdin
  std::string benchmark = kDefaultBenchmark;
  bool check = false, diff = false, names = false, as_json = false;
  bool plan = false, strict = false, verbose = false;
  std::string profile = {}, waivers = {};  // of check; waivers: a file
  Strings only = {};
  Color color = Color::automatic;
  bool operator==(const CommandLine&) const = default;
};

// The words behind the program's name. A first word that is "-", or that holds a slash and is no option, is an
// arguments file, whatever follows; without a word it is help.
// Throws Error with one line that says what is wrong and what there is.
CommandLine parse_command_line(const Strings& words);

// What --args gives, as a JSON object: the text itself, or what stands in the file behind @ or on stdin (-).
// Throws Error, with the place and the line where it is no JSON object.
json command_args(const std::string& args);

// The options of docker_host that `dockhost check` asks with. Throws Error, with the place in a waivers file.
json check_args(const CommandLine& line);

// For --help.
std::string usage();

// Whether to colour: only a terminal, never with NO_COLOR set and not empty (no-color.org), unless asked for.
bool colored(Color color, bool terminal, const char* no_color);

}  // namespace dockhost
