// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/unit.hpp"

#include <algorithm>

namespace dockhost {
namespace {

constexpr const char* kProperties =
    "--property=Id,LoadState,ActiveState,ActiveEnterTimestampMonotonic,MainPID,FragmentPath,DropInPaths,ExecStart,"
    "EnvironmentFiles,RequiredBy,BoundBy,ConsistsOf,TriggeredBy";

std::vector<Properties> blocks(const std::string& text) {
  std::vector<Properties> units(1);
  for (const std::string& line : split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (line.empty() && !units.back().empty()) units.emplace_back();
    if (equals != std::string::npos) units.back()[line.substr(0, equals)] += line.substr(equals + 1);
  }
  if (units.back().empty()) units.pop_back();
  return units;
}

// EnvironmentFiles=/etc/default/docker (ignore_errors=yes)
Strings environment_files(const Properties& properties) {
  Strings files;
  for (const std::string& word : words(property(properties, "EnvironmentFiles"))) {
    if (word.starts_with('/')) files.push_back(word);
  }
  return files;
}

std::string unquoted(std::string value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

struct Assignment {
  std::string name, value;
  std::size_t line = 0;
};

// NAME=VALUE lines as systemd.exec(5) reads them; comments begin with # or ;.
std::vector<Assignment> assignments(const Host& host, const std::string& path) {
  std::vector<Assignment> all;
  std::size_t number = 0;
  const std::string text = host.read(path).value_or("");
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    const std::string line = trim(raw);
    const std::size_t equals = line.find('=');
    if (line.empty() || line[0] == '#' || line[0] == ';' || equals == std::string::npos) continue;
    all.push_back({line.substr(0, equals), unquoted(trim(line.substr(equals + 1))), number});
  }
  return all;
}

bool holds_word(const std::string& text, const std::string& word) {
  const Strings all = words(text);
  return contains(all, word);
}

// The line of a unit file on which ExecStart= (with its continuation lines) holds the word; 0 where none does.
std::size_t exec_line(const Host& host, const std::string& path, const std::string& word) {
  std::size_t number = 0;
  bool inside = false;
  const std::string text = host.read(path).value_or("");
  for (const std::string& line : split(text, '\n')) {
    ++number;
    inside = inside || line.starts_with("ExecStart=");
    if (inside && holds_word(line.starts_with("ExecStart=") ? line.substr(10) : line, word)) return number;
    inside = inside && line.ends_with('\\');
  }
  return 0;
}

Properties unasked(const Host& host, const std::string& unit, const std::string& why) {
  Properties properties = {{"Id", unit}, {"LoadState", "not-found"}, {"ActiveState", "unknown"}, {"Why", why}};
  for (const char* folder : {"/etc/systemd/system/", "/lib/systemd/system/", "/usr/lib/systemd/system/"}) {
    const std::string path = folder + unit;
    if (!host.node(path)) continue;
    properties["LoadState"] = "loaded";
    properties["FragmentPath"] = path;
    break;
  }
  return properties;
}

}  // namespace

std::string property(const Properties& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? "" : found->second;
}

Properties unit_properties(Host& host, const std::string& unit) {
  const Output output = host.run({"systemctl", "show", kProperties, unit});
  // Neither does a container without systemd have units.
  const bool no_systemd = !output.found || output.err.find("not been booted with systemd") != std::string::npos;
  if (no_systemd) return {{"Id", unit}, {"LoadState", "not-found"}, {"ActiveState", "inactive"}};
  // Without D-Bus only root can ask; what is installed can be seen all the same.
  if (!output.good() && !host.root()) return unasked(host, unit, trim(output.err));
  if (!output.good()) throw Error("systemctl show " + unit + ": " + trim(output.err)).during("asking systemd");
  const std::vector<Properties> units = blocks(output.out);
  if (units.empty()) throw Error("systemctl show " + unit + " said nothing");
  return units.front();
}

Properties properties_of(Host& host, const std::string& unit, const Strings& names) {
  const Output output = host.run({"systemctl", "show", "--property=" + join(names, ","), unit});
  const std::vector<Properties> units = blocks(output.good() ? output.out : "");
  return units.empty() ? Properties{} : units.front();
}

Strings active_units(Host& host, Strings names) {
  if (names.empty()) return {};
  Strings argv = {"systemctl", "show", "--property=Id,ActiveState"};
  argv.insert(argv.end(), names.begin(), names.end());
  const Output output = host.run(argv);
  if (!output.good()) throw Error("systemctl show: " + trim(output.err)).during("asking systemd");
  Strings active;
  const std::vector<Properties> units = blocks(output.out);
  for (const Properties& unit : units) {
    const std::string state = property(unit, "ActiveState");
    if (state == "active" || state == "reloading") active.push_back(property(unit, "Id"));
  }
  std::sort(active.begin(), active.end());
  return active;
}

Strings stops_along(const Properties& properties) {
  Strings names;
  for (const char* relation : {"RequiredBy", "BoundBy", "ConsistsOf", "TriggeredBy"}) {
    const Strings more = words(property(properties, relation));
    names.insert(names.end(), more.begin(), more.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Strings unit_argv(const Host& host, const Properties& properties) {
  const std::string exec = property(properties, "ExecStart");
  const std::size_t start = exec.find("argv[]=");
  if (start == std::string::npos) return {};
  Strings argv;
  const Strings files = environment_files(properties);
  const Strings spelled = words(exec.substr(start + 7, exec.find(" ; ", start) - start - 7));
  for (const std::string& word : spelled) {
    if (!word.starts_with('$') || word == "$") {
      argv.push_back(word);
      continue;
    }
    const bool whole = word.starts_with("${") && word.ends_with('}');
    const std::string name = whole ? word.substr(2, word.size() - 3) : word.substr(1);
    std::string value;
    for (const std::string& file : files) {
      const auto given = assignments(host, file);
      for (const Assignment& one : given) value = one.name == name ? one.value : value;
    }
    const Strings parts = whole ? Strings{value} : words(value);
    argv.insert(argv.end(), parts.begin(), parts.end());
  }
  return argv;
}

std::string place_of(const Host& host, const Properties& properties, const std::string& word) {
  const Strings files = environment_files(properties);
  for (const std::string& file : files) {
    const auto given = assignments(host, file);
    for (const Assignment& one : given) {
      if (holds_word(one.value, word)) return to_string(Where{file, one.line, 0});
    }
  }
  Strings units = words(property(properties, "DropInPaths"));
  std::reverse(units.begin(), units.end());
  units.push_back(property(properties, "FragmentPath"));
  for (const std::string& unit : units) {
    const std::size_t line = unit.empty() ? 0 : exec_line(host, unit, word);
    if (line != 0) return to_string(Where{unit, line, 0});
  }
  return {};
}

Strings journal_tail(Host& host, const std::string& unit, unsigned lines) {
  const Output output =
      host.run({"journalctl", "--unit=" + unit, "--output=cat", "--no-pager", "--lines=" + std::to_string(lines)});
  Strings all = output.good() ? split(trim(output.out), '\n') : Strings{};
  if (all == Strings{""}) all.clear();
  return all;
}

}  // namespace dockhost
