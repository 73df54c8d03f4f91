// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/unit.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "host/if_seen.hpp"

namespace dockhost {
namespace {

constexpr const char* kProperties =
    "--property=Id,LoadState,CanStart,Transient,ActiveState,SubState,Job,NRestarts,ActiveEnterTimestampMonotonic,"
    "MainPID,FragmentPath,"
    "DropInPaths,ExecStart,EnvironmentFiles,Requires,Requisite,BindsTo,Wants,RequiredBy,RequisiteOf,BoundBy,ConsistsOf,"
    "PropagatesStopTo,TriggeredBy";

// The relations by which a stop goes on to other units (systemd, unit-dependency-atom.c: PROPAGATE_STOP); the last one
// is known from 249 on.
constexpr std::array<const char*, 5> kStops = {"RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf",
                                               "PropagatesStopTo"};
// More levels, or units on one of them, than a host has: what a strange answer may cost.
constexpr std::size_t kMostLevels = 32, kMostUnits = 1000;

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
  const std::string text = if_seen([&] { return host.read(path); }).value_or("");
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
  const std::string text = if_seen([&] { return host.read(path); }).value_or("");
  for (const std::string& line : split(text, '\n')) {
    ++number;
    inside = inside || line.starts_with("ExecStart=");
    if (inside && holds_word(line.starts_with("ExecStart=") ? line.substr(10) : line, word)) return number;
    inside = inside && line.ends_with('\\');
  }
  return 0;
}

// Where a stop of the unit goes on to.
Strings stopped_by(const Properties& unit) {
  Strings names;
  for (const char* relation : kStops) {
    const Strings more = words(property(unit, relation));
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

std::vector<Properties> show_relations(Host& host, const Strings& names) {
  Strings argv = {
      "systemctl", "show",
      "--property=Id,LoadState,CanStart,Transient,ActiveState,SubState," + join({kStops.begin(), kStops.end()}, ","),
      "--"};  // "-.mount" is a unit
  argv.insert(argv.end(), names.begin(), names.end());
  const Output output = host.run(argv);
  if (!output.good()) throw Error("systemctl show: " + trim(output.err)).during("asking systemd");
  return blocks(output.out);
}

// Why systemd would not load a unit for a start; "" where it would.
std::string not_loaded(const Properties& unit) {
  const std::string load = property(unit, "LoadState");
  if (load == "masked") return "is masked (systemctl unmask)";
  if (load == "not-found") return "has no unit file";
  return load == "loaded" ? "" : "has a unit file that systemd does not take";
}

// Why an active unit would not run again after a stop; "" where it would.
std::string no_return(const Properties& unit) {
  std::string load = not_loaded(unit);
  if (!load.empty()) return load;
  if (property(unit, "Transient") == "yes") return "is transient, and gone once it is stopped";
  return property(unit, "CanStart") == "no" ? "may not be started by hand" : "";
}

// A stop ends the start of a unit as well, and what systemd was about to try again.
std::string at_its_start(const Properties& unit) {
  if (property(unit, "ActiveState") != "activating") return {};
  if (property(unit, "SubState").starts_with("auto-restart")) return "is about to be started again by systemd";
  return "is at its start";
}

bool is_active(const Properties& unit) {
  const std::string state = property(unit, "ActiveState");
  return state == "active" || state == "reloading";
}

// Units without which this one does not start.
Strings required_by(const Properties& unit) {
  Strings names;
  for (const char* relation : {"Requires", "Requisite", "BindsTo"}) {
    const Strings more = words(property(unit, relation));
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
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
  const Output output = host.run({"systemctl", "show", kProperties, "--", unit});
  // Neither does a container without systemd have units.
  const bool no_systemd = !output.found || output.err.find("not been booted with systemd") != std::string::npos;
  if (no_systemd) {
    return {{"Id", unit}, {"LoadState", "not-found"}, {"ActiveState", "inactive"}, {"Manager", "none"}};
  }
  // Without D-Bus only root can ask; what is installed can be seen all the same.
  if (!output.good() && !host.root()) return unasked(host, unit, trim(output.err));
  if (!output.good()) throw Error("systemctl show " + unit + ": " + trim(output.err)).during("asking systemd");
  const std::vector<Properties> units = blocks(output.out);
  if (units.empty()) throw Error("systemctl show " + unit + " said nothing");
  return units.front();
}

Properties properties_of(Host& host, const std::string& unit, const Strings& names) {
  const Output output = host.run({"systemctl", "show", "--property=" + join(names, ","), "--", unit});
  const std::vector<Properties> units = blocks(output.good() ? output.out : "");
  return units.empty() ? Properties{} : units.front();
}

StopsAlong stops_along(Host& host, const Properties& first) {
  StopsAlong along;
  const std::string name = property(first, "Id");
  const auto note = [&](const std::string& unit, const std::string& why) {
    if (!why.empty()) along.no_return.push_back(unit + " " + why);
  };
  note(name, no_return(first));
  std::set<std::string> seen = {name};
  Strings level = stopped_by(first), required = required_by(first);
  const Strings wakers = words(property(first, "TriggeredBy"));
  level.insert(level.end(), wakers.begin(), wakers.end());
  for (std::size_t depth = 0; depth < kMostLevels; ++depth) {
    std::erase_if(level, [&](const std::string& one) { return !seen.insert(one).second; });
    if (level.size() > kMostUnits) level.resize(kMostUnits);
    // What the unit needs itself is asked for in the same breath.
    std::erase_if(required, [&](const std::string& one) { return seen.contains(one) && !contains(level, one); });
    Strings asked = level;
    for (const std::string& one : required) {
      if (!contains(asked, one)) asked.push_back(one);
    }
    if (asked.empty()) break;
    const std::vector<Properties> units = show_relations(host, asked);
    const Strings stopped = std::exchange(level, {}), needed = std::exchange(required, {});
    for (std::size_t i = 0; i < units.size() && i < asked.size(); ++i) {
      const Properties& unit = units[i];
      const std::string one = property(unit, "Id");
      const bool needs = contains(needed, asked[i]);
      if (needs) note(one + ", which " + name + " needs,", not_loaded(unit));
      if (!contains(stopped, asked[i])) continue;
      if (is_active(unit)) along.units.push_back(one);
      note(one, is_active(unit) && !needs ? no_return(unit) : at_its_start(unit));
      // A stop goes through a unit that does not run, too.
      const Strings next = stopped_by(unit);
      level.insert(level.end(), next.begin(), next.end());
    }
  }
  std::sort(along.units.begin(), along.units.end());
  along.units.erase(std::unique(along.units.begin(), along.units.end()), along.units.end());
  return along;
}

Strings needed_by(const Properties& properties) {
  Strings names = required_by(properties);
  const Strings more = words(property(properties, "Wants"));
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

bool start_failed(const Properties& properties) {
  const std::string state = property(properties, "ActiveState"), sub = property(properties, "SubState");
  if (state == "failed" || sub.starts_with("auto-restart")) return true;
  return state == "activating" && leading_number(property(properties, "NRestarts")) != 0;
}

bool starting(const Properties& properties) {
  const std::string state = property(properties, "ActiveState");
  if (start_failed(properties)) return false;
  return state == "activating" || (state == "inactive" && leading_number(property(properties, "Job")) != 0);
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

Strings journal_lines(Host& host, const std::string& unit, const std::string& which) {
  const Output output = host.run(
      {"journalctl", "--unit=" + unit, "--output=cat", "--no-pager", which, "_TRANSPORT=stdout", "+", "_PID=1"});
  Strings all = output.good() ? split(trim(output.out), '\n') : Strings{};
  if (all == Strings{""}) all.clear();
  return all;
}

Strings journal_tail(Host& host, const std::string& unit, unsigned lines) {
  return journal_lines(host, unit, "--lines=" + std::to_string(lines));
}

}  // namespace dockhost
