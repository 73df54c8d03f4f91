// SPDX-License-Identifier: GPL-3.0-or-later
#include "../../module/cli.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace dockhost;
using What = CommandLine::What;

namespace {

std::string trouble(const Strings& words) {
  try {
    parse_command_line(words);
  } catch (const Error& error) {
    return error.text();
  }
  return "none";
}

}  // namespace

TEST_CASE("a module is run with its options, in any order") {
  CHECK(parse_command_line({"mount", "--check", "--diff", "--args", "{\"a\": 1}"}) ==
        CommandLine{.what = What::module, .text = "mount", .args = "{\"a\": 1}", .check = true, .diff = true});
  CHECK(parse_command_line({"--args=-", "--color", "never", "mount"}) ==
        CommandLine{.what = What::module, .text = "mount", .args = "-", .color = Color::never});
  CHECK(parse_command_line({"mount", "--args", "-", "--check"}) ==
        CommandLine{.what = What::module, .text = "mount", .args = "-", .check = true});
  CHECK(parse_command_line({"dockhost.hardening.mount"}) == CommandLine{.what = What::module, .text = "mount"});
}

TEST_CASE("a first word that holds a slash, or is a dash, is Ansible's arguments file") {
  CHECK(parse_command_line({"/tmp/args"}) == CommandLine{.what = What::arguments, .text = "/tmp/args"});
  CHECK(parse_command_line({"./args", "--bogus"}) == CommandLine{.what = What::arguments, .text = "./args"});
  CHECK(parse_command_line({"-"}) == CommandLine{.what = What::arguments, .text = "-"});
  CHECK(parse_command_line({"--args=/x", "mount"}).what == What::module);
}

TEST_CASE("documentation is asked for by module or by the role's file") {
  CHECK(parse_command_line({"doc", "mount"}) == CommandLine{.what = What::doc, .text = "mount"});
  CHECK(parse_command_line({"doc", "--stub", "mount"}) == CommandLine{.what = What::stub, .text = "mount"});
  CHECK(parse_command_line({"doc", "--role", "defaults"}) == CommandLine{.what = What::role, .text = "defaults"});
  CHECK(parse_command_line({"list", "--names"}) == CommandLine{.what = What::list, .names = true});
  CHECK(parse_command_line({"list", "--schema"}) == CommandLine{.what = What::schema});
}

TEST_CASE("controls are listed and explained, in one numbering") {
  CHECK(parse_command_line({"list", "--controls", "--json"}) == CommandLine{.what = What::controls, .as_json = true});
  CHECK(parse_command_line({"explain", "2.10", "--benchmark", "1.8.0"}) ==
        CommandLine{.what = What::explain, .text = "2.10", .benchmark = "1.8.0"});
  CHECK(parse_command_line({"explain", "cis-docker", "1.8.0", "2.10"}).text == "cis-docker 1.8.0 2.10");
  CHECK(trouble({"explain"}) ==
        "'explain' needs a control's key or number (dockhost list --controls); see dockhost --help");
  CHECK(trouble({"explain", "2.1", "--benchmark", "2"}) ==
        "option '--benchmark': '2' is not one of 1.6.0, 1.7.0, 1.8.0; see dockhost --help");
  CHECK(trouble({"list", "--json"}) == "'list' takes no --json; see dockhost --help");
}

TEST_CASE("help and version are found whatever else is given") {
  CHECK(parse_command_line({}).what == What::help);
  CHECK(parse_command_line({"mount", "--help"}).what == What::help);
  CHECK(parse_command_line({"--version"}).what == What::version);
}

TEST_CASE("a wrong command line is told in one line") {
  CHECK(trouble({"mount", "--chek"}) == "unrecognised option '--chek'; see dockhost --help");
  CHECK(trouble({"mount", "--che"}) == "unrecognised option '--che'; see dockhost --help");
  CHECK(trouble({"mount", "-x"}) == "unrecognised option '-x'; see dockhost --help");
  CHECK(trouble({"mount", "--args"}) == "the required argument for option '--args' is missing; see dockhost --help");
  CHECK(trouble({"mount", "again"}) == "'mount' does not take 'again'; see dockhost --help");
  CHECK(trouble({"mount", "--names"}) == "'mount' takes no --names; see dockhost --help");
  CHECK(trouble({"list", "--check"}) == "'list' takes no --check; see dockhost --help");
  CHECK(trouble({"doc"}) == "'doc' needs the name of a module (dockhost list); see dockhost --help");
  CHECK(trouble({"doc", "--role", "x"}) ==
        "option '--role': 'x' is not one of argument_specs, defaults, task; see dockhost --help");
  CHECK(trouble({"doc", "mount", "--role", "task"}) == "'doc --role' does not take 'mount'; see dockhost --help");
  CHECK(trouble({"doc", "--stub", "mount", "--role", "task"}) ==
        "'doc --role' does not take 'mount'; see dockhost --help");
  CHECK(trouble({"doc", "--stub", "--role", "task"}) == "'doc' takes no --stub; see dockhost --help");
  CHECK(trouble({"mount", "--color", "blue"}) ==
        "option '--color': 'blue' is not one of auto, always, never; see dockhost --help");
  CHECK(trouble({"--check"}) == "no module is named (dockhost list); see dockhost --help");
}

TEST_CASE("the module's options come as text or from a file") {
  CHECK(command_args("{\"a\": [1]}").dump() == "{\"a\":[1]}");
  CHECK_THROWS_WITH_AS(command_args("@/nonexistent/x"), "cannot read the arguments: No such file or directory", Error);
  try {
    command_args("{\"a\" 1}");
    FAIL("it is no JSON");
  } catch (const Error& error) {
    CHECK(error.text() == "--args:1:6: expected ':', found '1'");
  }
}

TEST_CASE("colours are for terminals, and never with NO_COLOR") {
  CHECK(colored(Color::automatic, true, nullptr));
  CHECK(colored(Color::automatic, true, ""));
  CHECK_FALSE(colored(Color::automatic, true, "1"));
  CHECK_FALSE(colored(Color::automatic, false, nullptr));
  CHECK(colored(Color::always, false, nullptr));
  CHECK_FALSE(colored(Color::never, true, nullptr));
}

TEST_CASE("the usage names each command") {
  const std::string text = usage();
  for (const char* const word : {"dockhost MODULE", "dockhost list", "dockhost doc", "--args JSON", "--color WHEN"}) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
}
