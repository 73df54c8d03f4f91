// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "ansible.hpp"
#include "base/error.hpp"
#include "edit/json_tree.hpp"

namespace dockhost {
namespace {

namespace options = boost::program_options;

options::options_description described() {
  options::options_description all("Options");
  auto add = all.add_options();
  add("args", options::value<std::string>()->value_name("JSON"),
      "the module's options: '{...}', @FILE, or - for stdin");
  add("check", "print the plan and change nothing");
  add("diff", "print what changes in files");
  add("color", options::value<std::string>()->value_name("WHEN"), "auto (default), always or never");
  add("stub", "doc: as the Python file that Ansible reads");
  add("role", options::value<std::string>()->value_name("FILE"),
      "doc: the role's argument_specs, defaults or task, instead of a module");
  add("names", "list: the names alone");
  add("controls", "list: the controls instead of the modules");
  add("schema", "list: what the modules return, as JSON Schema");
  add("json", "list --controls: for machines, with all that explain tells");
  add("benchmark", options::value<std::string>()->value_name("VERSION"),
      "which numbering of CIS Docker is meant: 1.6.0, 1.7.0 (default), 1.8.0");
  add("profile", options::value<std::string>()->value_name("NAME"), "check: article (default), cis_level1, cis_level2");
  add("only", options::value<Strings>()->value_name("CONTROL"), "check: this control; may be given again");
  add("waivers", options::value<std::string>()->value_name("FILE"),
      "check: {\"waivers\": [{id, reason, until, by, hosts}]}");
  add("plan", "check: the steps that would bring the baseline about");
  add("strict", "check: what cannot be tested counts as failed");
  add("verbose", "check: what passes, too");
  add("help", "print this");
  add("version", "print the version");
  return all;
}

options::variables_map parsed(const Strings& words) {
  auto all = described();
  all.add_options()("word", options::value<Strings>());
  options::positional_options_description positional;
  positional.add("word", -1);
  // No guessing: a shortened option would change its meaning when another one is added.
  using style = options::command_line_style::style_t;
  const int exact = style::allow_long | style::long_allow_adjacent | style::long_allow_next;
  options::variables_map found;
  try {
    options::store(options::command_line_parser(words).options(all).positional(positional).style(exact).run(), found);
  } catch (const options::error& error) {
    throw Error(std::string(error.what()) + "; see dockhost --help");
  }
  return found;
}

[[noreturn]] void wrong(const std::string& what) { throw Error(what + "; see dockhost --help"); }

// What each command takes beside --color.
Strings taken_by(CommandLine::What what) {
  switch (what) {
    case CommandLine::What::module:
      return {"args", "check", "diff"};
    case CommandLine::What::list:
      return {"names"};
    case CommandLine::What::schema:
      return {"schema"};
    case CommandLine::What::controls:
      return {"controls", "json", "benchmark"};
    case CommandLine::What::explain:
      return {"benchmark"};
    case CommandLine::What::check:
      return {"benchmark", "profile", "only", "waivers", "plan", "strict", "verbose", "json"};
    case CommandLine::What::stub:
      return {"stub"};
    case CommandLine::What::role:
      return {"role"};
    default:
      return {};
  }
}

void refuse_others(const options::variables_map& found, CommandLine::What what, const std::string& command) {
  const Strings taken = taken_by(what);
  for (const auto& [name, value] : found) {
    if (name == "word" || name == "color") continue;
    if (std::find(taken.begin(), taken.end(), name) == taken.end()) wrong("'" + command + "' takes no --" + name);
  }
}

Color color_of(const options::variables_map& found) {
  if (!found.contains("color")) return Color::automatic;
  const auto word = found["color"].as<std::string>();
  if (word == "auto") return Color::automatic;
  if (word == "always") return Color::always;
  if (word == "never") return Color::never;
  wrong("option '--color': " + quote(word) + " is not one of auto, always, never");
}

void one_word(const Strings& words, std::size_t wanted, const std::string& command) {
  if (words.size() > wanted) wrong("'" + command + "' does not take " + quote(words[wanted]));
}

// Ansible's name of a module is taken, too: dockhost.hardening.mount.
std::string short_name(const std::string& name) { return name.substr(name.rfind('.') + 1); }

CommandLine documentation(const options::variables_map& found, const Strings& words) {
  CommandLine line;
  line.what = CommandLine::What::doc;
  if (found.contains("stub")) line.what = CommandLine::What::stub;
  if (found.contains("role")) {
    line.what = CommandLine::What::role;
    line.text = found["role"].as<std::string>();
    if (line.text != "argument_specs" && line.text != "defaults" && line.text != "task") {
      wrong("option '--role': " + quote(line.text) + " is not one of argument_specs, defaults, task");
    }
    one_word(words, 1, "doc --role");
    return line;
  }
  if (words.size() < 2) wrong("'doc' needs the name of a module (dockhost list)");
  one_word(words, 2, "doc");
  line.text = short_name(words[1]);
  return line;
}

CommandLine of_controls(const options::variables_map& found, const Strings& words) {
  CommandLine line;
  line.what = words.front() == "list" ? CommandLine::What::controls : CommandLine::What::explain;
  line.as_json = found.contains("json");
  if (found.contains("benchmark")) line.benchmark = found["benchmark"].as<std::string>();
  if (!contains(benchmark_versions(), line.benchmark)) {
    wrong("option '--benchmark': " + quote(line.benchmark) + " is not one of " + join(benchmark_versions(), ", "));
  }
  if (line.what == CommandLine::What::controls) return line;
  if (words.size() < 2) wrong("'explain' needs a control's key or number (dockhost list --controls)");
  line.text = join({words.begin() + 1, words.end()}, " ");
  return line;
}

CommandLine of_check(const options::variables_map& found) {
  CommandLine line = {.what = CommandLine::What::check};
  const auto text = [&](const char* name) { return found.contains(name) ? found[name].as<std::string>() : ""; };
  line.profile = text("profile");
  line.waivers = text("waivers");
  if (found.contains("only")) line.only = found["only"].as<Strings>();
  if (found.contains("benchmark")) line.benchmark = found["benchmark"].as<std::string>();
  line.plan = found.contains("plan");
  line.strict = found.contains("strict");
  line.verbose = found.contains("verbose");
  line.as_json = found.contains("json");
  return line;
}

CommandLine command(const options::variables_map& found, const Strings& words) {
  CommandLine line;
  if (words.front() == "doc") return documentation(found, words);
  if (words.front() == "explain") return of_controls(found, words);
  one_word(words, 1, words.front());
  if (words.front() == "check") return of_check(found);
  if (words.front() == "list" && found.contains("controls")) return of_controls(found, words);
  if (words.front() == "list" && found.contains("schema")) {
    line.what = CommandLine::What::schema;
    return line;
  }
  if (words.front() == "list") {
    line.what = CommandLine::What::list;
    line.names = found.contains("names");
    return line;
  }
  line.what = CommandLine::What::module;
  line.text = short_name(words.front());
  line.check = found.contains("check");
  line.diff = found.contains("diff");
  if (found.contains("args")) line.args = found["args"].as<std::string>();
  return line;
}

}  // namespace

CommandLine parse_command_line(const Strings& words) {
  CommandLine line;
  if (words.empty()) return line;
  const std::string& first = words.front();
  if (first == "-" || (first.find('/') != std::string::npos && !first.starts_with('-'))) {
    line.what = CommandLine::What::arguments;
    line.text = first;
    return line;
  }
  const options::variables_map found = parsed(words);
  if (found.contains("help")) return line;
  if (found.contains("version")) {
    line.what = CommandLine::What::version;
    return line;
  }
  if (!found.contains("word")) wrong("no module is named (dockhost list)");
  const auto given = found["word"].as<Strings>();
  for (const std::string& word : given) {
    if (word.starts_with('-')) wrong("unrecognised option " + quote(word));
  }
  line = command(found, given);
  refuse_others(found, line.what, given.front());
  line.color = color_of(found);
  return line;
}

json command_args(const std::string& args) {
  if (args != "-" && !args.starts_with('@')) return value_of(parse_json(args, "--args", JsonFrom::arguments), args);
  const std::string path = args == "-" ? args : args.substr(1);
  const std::string text = read_arguments(path);
  return value_of(parse_json(text, path, JsonFrom::arguments), text);
}

json check_args(const CommandLine& line) {
  json args = {{"benchmark", "cis-docker " + line.benchmark}};
  if (!line.profile.empty()) args["profile"] = line.profile;
  if (!line.only.empty()) args["only"] = line.only;
  if (line.waivers.empty()) return args;
  const std::string text = read_arguments(line.waivers);
  const json document = value_of(parse_json(text, line.waivers, JsonFrom::arguments), text);
  if (!document.contains("waivers") || document.size() != 1)
    throw Error(line.waivers + ": an object with the member waivers, a list, and no other is wanted");
  args["waivers"] = document.at("waivers");
  return args;
}

std::string usage() {
  std::ostringstream shown;
  shown << "dockhost brings a Docker host to its baseline and proves it.\n\n"
           "  dockhost MODULE [--check] [--diff] [--args JSON]   run a module: print its plan, then apply it\n"
           "  dockhost check [--plan] [--verbose] [--json]       compare this host with its baseline; changes nothing\n"
           "  dockhost list [--names]                            the modules\n"
           "  dockhost list --controls [--json]                  what a host's baseline is made of\n"
           "  dockhost list --schema                             what the modules return, for machines\n"
           "  dockhost explain CONTROL                           one of them: why, and how it is brought about\n"
           "  dockhost doc MODULE [--stub]                       what a module does and takes\n"
           "  dockhost doc --role FILE                           the files of the Ansible role\n"
           "  dockhost FILE                                      as Ansible runs it; FILE holds a slash, or is - "
           "(stdin)\n\n"
        << described()
        << "\nExit code: 0 done, 1 the module failed, 2 the command line is wrong, 3 a signal ended it before it did "
           "anything.\n"
           "Of check: 0 all is met, 1 something fails or waits, 2 it could not be checked, 3 a signal ended it.\n"
           "Without --check a module changes this host.\n";
  return shown.str();
}

bool colored(Color color, bool terminal, const char* no_color) {
  if (color != Color::automatic) return color == Color::always;
  return terminal && (no_color == nullptr || *no_color == '\0');
}

}  // namespace dockhost
