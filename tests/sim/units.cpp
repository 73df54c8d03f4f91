// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/units.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "sim/dockerd.hpp"
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

bool holds(const Strings& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Units whose list of this relation names the unit.
Strings inverse(const Machine& machine, Strings Unit::*relation, const std::string& name) {
  Strings found;
  for (const auto& [other, unit] : machine.units) {
    if (holds(unit.*relation, name)) found.push_back(other);
  }
  return found;
}

std::string exec_start(const Unit& unit) {
  if (unit.exec_start.empty()) return "";
  const Strings argv = words(unit.exec_start);
  return "{ path=" + argv.front() + " ; argv[]=" + unit.exec_start +
         " ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }";
}

std::string environment_files(const Unit& unit) {
  Strings lines;
  for (const std::string& file : unit.environment_files) {
    const bool optional = file.starts_with('-');
    lines.push_back("EnvironmentFiles=" + (optional ? file.substr(1) : file) +
                    (optional ? " (ignore_errors=yes)" : " (ignore_errors=no)"));
  }
  return join(lines, "\n");
}

// The last word of the unit's files for a setting, as they were read at the last daemon-reload.
std::string setting(const Machine& machine, const Unit& unit, const std::string& name) {
  Strings files = {unit.fragment};
  files.insert(files.end(), unit.drop_ins.begin(), unit.drop_ins.end());
  std::string value;
  for (const std::string& file : files) {
    const auto entry = machine.entries.find(real_path(machine, file));
    if (entry == machine.entries.end()) continue;
    for (const std::string& line : split(entry->second.text, '\n')) {
      if (line.starts_with(name + "=")) value = line.substr(name.size() + 1);
    }
  }
  return value;
}

unsigned gid_of(const Machine& machine, const std::string& group) {
  const auto file = machine.entries.find("/etc/group");
  if (file == machine.entries.end()) return 0;
  for (const std::string& line : split(file->second.text, '\n')) {
    const Strings fields = split(line, ':');
    if (fields.size() == 4 && fields[0] == group) return static_cast<unsigned>(std::stoul(fields[2]));
  }
  return 0;
}

// systemd makes a socket anew when its unit starts.
void make_socket(Machine& machine, const Unit& unit) {
  const std::string path = setting(machine, unit, "ListenStream"), mode = setting(machine, unit, "SocketMode");
  if (path.empty()) return;
  make_parents(machine.entries, path);
  machine.entries[path] = {Node::Type::other,
                           "",
                           mode.empty() ? 0666U : static_cast<unsigned>(std::stoul(mode, nullptr, 8)),
                           0,
                           gid_of(machine, setting(machine, unit, "SocketGroup")),
                           0,
                           0};
}

// TimeoutStartSec= in seconds, 0 for none; 90 where the unit says nothing.
std::int64_t start_limit(const Machine& machine, const Unit& unit) {
  const std::string told = setting(machine, unit, "TimeoutStartSec");
  if (told.empty()) return 90;
  return told == "infinity" ? 0 : std::stol(told);
}

// As systemctl prints it.
std::string time_span(std::int64_t seconds) {
  if (seconds == 0) return "infinity";
  Strings parts;
  if (seconds >= 60) parts.push_back(std::to_string(seconds / 60) + "min");
  if (seconds % 60 != 0) parts.push_back(std::to_string(seconds % 60) + "s");
  return join(parts, " ");
}

// What every service of systemd needs by default.
const Strings kEverywhere = {"-.mount", "sysinit.target", "system.slice"};

std::string property(const Machine& machine, const std::string& name, const std::string& wanted) {
  const auto found = machine.units.find(name);
  const bool everywhere = contains(kEverywhere, name);
  const bool known = found != machine.units.end() || everywhere;
  Unit unit = found != machine.units.end() ? found->second : Unit{};
  if (everywhere) unit.state = "active";
  const auto line = [&](const std::string& value) { return wanted + "=" + value; };
  if (wanted == "Id") return line(name);
  if (wanted == "LoadState") return line(!known ? "not-found" : unit.masked ? "masked" : "loaded");
  if (wanted == "Transient") return line(unit.transient ? "yes" : "no");
  if (wanted == "CanStart") return line(known && !unit.masked ? "yes" : "no");
  if (wanted == "ActiveState") return line(unit.state);
  if (wanted == "SubState") return line(unit.sub.empty() ? unit.state == "active" ? "running" : "dead" : unit.sub);
  if (wanted == "Job") return unit.job == 0 ? "" : line(std::to_string(unit.job));
  if (wanted == "NRestarts") return line(std::to_string(unit.restarts));
  if (wanted == "TimeoutStartUSec") return line(time_span(start_limit(machine, unit)));
  if (wanted == "Requires") {
    Strings needed = unit.requires_units;
    if (name.ends_with(".service")) needed.insert(needed.end(), kEverywhere.begin(), kEverywhere.end());
    return line(join(needed, " "));
  }
  if (wanted == "Requisite") return line(join(unit.requisite, " "));
  if (wanted == "BindsTo") return line(join(unit.binds_to, " "));
  if (wanted == "Wants") return line(join(unit.wants, " "));
  if (wanted == "PropagatesStopTo") return line(join(unit.propagates_stop_to, " "));
  if (wanted == "RequisiteOf") return line(join(inverse(machine, &Unit::requisite, name), " "));
  if (wanted == "ActiveEnterTimestampMonotonic") return line(std::to_string(unit.activated));
  if (wanted == "MainPID") return line(std::to_string(unit.state == "active" ? unit.main_pid : 0));
  if (wanted == "FragmentPath") return line(unit.fragment);
  if (wanted == "DropInPaths") return line(join(unit.drop_ins, " "));
  if (wanted == "ExecStart") return unit.exec_start.empty() ? "" : line(exec_start(unit));
  if (wanted == "EnvironmentFiles") return environment_files(unit);
  if (wanted == "RequiredBy") return line(join(inverse(machine, &Unit::requires_units, name), " "));
  if (wanted == "BoundBy") return line(join(inverse(machine, &Unit::binds_to, name), " "));
  if (wanted == "ConsistsOf") return line(join(inverse(machine, &Unit::part_of, name), " "));
  if (wanted == "TriggeredBy") return line(join(inverse(machine, &Unit::triggers, name), " "));
  if (wanted == "Listen") return line(setting(machine, unit, "ListenStream") + " (Stream)");
  if (wanted == "SocketMode") {
    const std::string mode = setting(machine, unit, wanted);
    return line(mode.empty() ? "0666" : mode);
  }
  if (wanted == "SocketUser" || wanted == "SocketGroup") return line(setting(machine, unit, wanted));
  throw Unknown("systemctl show --property=" + wanted);
}

Output show(const Machine& machine, const Strings& argv) {
  Strings properties, blocks;
  bool names = false;
  for (std::size_t i = 2; i < argv.size(); ++i) {
    if (!names && argv[i].starts_with("--property=")) {
      properties = split(argv[i].substr(11), ',');
    } else if (!names && argv[i] == "--") {
      names = true;
    } else if (!names && argv[i].starts_with('-')) {
      return {1, "", "systemctl: invalid option -- '" + argv[i].substr(1, 1) + "'"};
    } else {
      Strings lines;
      for (const std::string& wanted : properties) {
        const std::string line = property(machine, argv[i], wanted);
        if (!line.empty()) lines.push_back(line);
      }
      blocks.push_back(join(lines, "\n") + "\n");
    }
  }
  return {0, join(blocks, "\n"), ""};
}

const std::string kFailed =
    "Job for NAME failed because the control process exited with error code.\n"
    "See \"systemctl status NAME\" and \"journalctl -xeu NAME\" for details.";

std::string naming(std::string text, const std::string& name) {
  for (std::size_t at = text.find("NAME"); at != std::string::npos; at = text.find("NAME")) text.replace(at, 4, name);
  return text;
}

// RequiresMountsFor= mounts what fstab names, as it was read at the last daemon-reload; then the assertions.
std::string prepare_places(Machine& machine, const Unit& unit, const std::string& name) {
  for (const std::string& path : unit.mounts_required) {
    for (const std::string& line : split(machine.fstab_read, '\n')) {
      const Strings fields = words(line);
      if (fields.size() < 4 || fields[1] != path || topmost(machine, path) != nullptr) continue;
      const std::string complaint = mount_on(machine, {fields[0], path, fields[2], split(fields[3], ',')});
      if (!complaint.empty()) return "A dependency job for " + name + " failed. See 'journalctl -xe' for details.";
    }
  }
  for (const std::string& path : unit.absent_required) {
    if (machine.entries.contains(path)) return "Assertion failed on job for " + name + ".";
  }
  return {};
}

constexpr int kBurst = 3, kPauseBetween = 2;  // StartLimitBurst= and RestartSec= of docker.service

// A start that failed: systemd ends its job, and where Restart= says so tries again after a pause, until it has tried
// too often.
std::string give_up(Machine& machine, Unit& unit, const std::string& name) {
  const bool again = setting(machine, unit, "Restart") == "always" && unit.attempts < kBurst;
  machine.journal.push_back(name + ": Main process exited, code=exited, status=1/FAILURE");
  machine.journal.push_back(name + ": Failed with result 'exit-code'.");
  machine.journal.push_back("Failed to start " + name + " - Docker Application Container Engine.");
  unit.job = 0;
  unit.state = again ? "activating" : "failed";
  unit.sub = again ? "auto-restart" : "failed";
  unit.until = again ? machine.clock + kPauseBetween : 0;
  unit.limited = !again;
  return naming(kFailed, name);
}

std::string end_start(Machine& machine, Unit& unit, const std::string& name) {
  if (!start_daemon(machine).empty()) return give_up(machine, unit, name);
  unit.sub.clear();
  unit.job = 0;
  unit.until = unit.deadline = 0;
  return {};
}

// A bad configuration uses up the starts that docker.service may try (StartLimitBurst=3 in 60 s).
std::string start_engine(Machine& machine, Unit& unit, const std::string& name) {
  if (unit.limited) {
    machine.journal.push_back(name + ": Start request repeated too quickly.");
    return naming(kFailed, name);
  }
  if (unit.state == "activating" && unit.sub == "start") return {};  // the job that is there
  ++unit.attempts;
  const int takes = machine.engine.start_takes;
  if (takes == 0) return end_start(machine, unit, name);
  read_before_start(machine);
  machine.journal.push_back("Starting " + name + " - Docker Application Container Engine...");
  unit.state = "activating";
  unit.sub = "start";
  unit.job = machine.next_pid++;
  unit.until = takes < 0 ? 0 : machine.clock + takes;
  const std::int64_t limit = start_limit(machine, unit);
  unit.deadline = limit == 0 ? 0 : machine.clock + limit;
  return {};
}

// What becomes of the engine's unit at this time.
void settle(Machine& machine) {
  const auto found = machine.units.find(machine.engine.unit);
  if (found == machine.units.end() || found->second.state != "activating") return;
  Unit& unit = found->second;
  if (unit.deadline != 0 && machine.clock >= unit.deadline && (unit.until == 0 || unit.deadline < unit.until)) {
    machine.journal.push_back(found->first + ": start operation timed out. Terminating.");
    machine.engine.read_at_start = nullptr;
    unit.deadline = 0;
    give_up(machine, unit, found->first);
  } else if (unit.until != 0 && machine.clock >= unit.until && unit.sub == "start") {
    end_start(machine, unit, found->first);
  } else if (unit.until != 0 && machine.clock >= unit.until) {
    ++unit.restarts;
    unit.sub.clear();
    start_engine(machine, unit, found->first);
  }
}

// One that fails does not keep the others from their jobs.
Output each(const Strings& argv, const std::function<std::string(const std::string&)>& act) {
  Strings complaints;
  const bool names = argv.size() > 2 && argv[2] == "--";
  for (std::size_t i = names ? 3 : 2; i < argv.size(); ++i) {
    if (!names && argv[i].starts_with('-')) throw Unknown(join(argv, " "));
    const std::string complaint = act(argv[i]);
    if (!complaint.empty()) complaints.push_back(complaint + "\n");
  }
  return {complaints.empty() ? 0 : 1, "", join(complaints, "")};
}

std::string reload_unit(Machine& machine, const std::string& name) {
  const auto unit = machine.units.find(name);
  if (unit == machine.units.end()) return "Unit " + name + " not found.";
  if (unit->second.state != "active") return name + " is not active, cannot reload.";
  if (name == machine.engine.unit && !reload_daemon(machine)) give_up(machine, unit->second, name);
  return {};
}

std::string reset_failed(Machine& machine, const std::string& name) {
  const auto unit = machine.units.find(name);
  if (unit == machine.units.end())
    return "Failed to reset failed state of unit " + name + ": Unit " + name + " not loaded.";
  unit->second.limited = false;
  unit->second.attempts = unit->second.restarts = 0;
  if (unit->second.state == "failed") unit->second.state = "inactive";
  return {};
}

// The path of "srv-data.automount" (systemd-escape(1)).
std::string path_of_unit(const std::string& name) {
  std::string path = "/";
  for (std::size_t i = 0; i < name.rfind('.'); ++i) {
    const bool dash = name.compare(i, 4, "\\x2d") == 0;
    path += name[i] == '-' ? '/' : dash ? '-' : name[i];
    if (dash) i += 3;
  }
  return path;
}

bool is_automount(const std::string& name) { return name.ends_with(".automount"); }

// systemd has its unit from the entry, as it was read at the last daemon-reload.
std::string arm(Machine& machine, const std::string& name) {
  const std::string path = path_of_unit(name);
  for (const std::string& line : split(machine.fstab_read, '\n')) {
    const Strings fields = words(line);
    if (fields.size() < 4 || fields[1] != path || fields[3].find("x-systemd.automount") == std::string::npos) continue;
    return mount_on(machine, {"systemd-1", path, "autofs", {}});
  }
  return "Failed to start " + name + ": Unit " + name + " not found.";
}

// What is mounted over the trigger is detached along with it, busy or not (automount.c, unmount_autofs()).
void disarm(Machine& machine, const std::string& name) {
  const std::string path = path_of_unit(name);
  while (topmost(machine, path) != nullptr && unmount(machine, path, true).empty()) continue;
}

}  // namespace

std::string start_unit(Machine& machine, const std::string& name) {
  const auto found = machine.units.find(name);
  if (found == machine.units.end()) return "Failed to start " + name + ": Unit " + name + " not found.";
  Unit& unit = found->second;
  if (unit.masked) return "Failed to start " + name + ": Unit " + name + " is masked.";
  if (unit.state == "active") return {};
  std::string dependency = "A dependency job for " + name + " failed. See 'journalctl -xe' for details.";
  Strings needed = unit.requires_units;
  needed.insert(needed.end(), unit.binds_to.begin(), unit.binds_to.end());
  for (const std::string& other : needed) {
    if (!start_unit(machine, other).empty()) return dependency;
  }
  const bool there = std::all_of(unit.requisite.begin(), unit.requisite.end(), [&](const std::string& other) {
    return machine.units.contains(other) && machine.units.at(other).state == "active";
  });
  if (!there) return dependency;
  if (unit.cannot_start) return naming(kFailed, name);
  std::string refusal = prepare_places(machine, unit, name);
  if (!refusal.empty()) return refusal;
  if (name == machine.engine.unit) return start_engine(machine, unit, name);
  if (is_automount(name)) refusal = arm(machine, name);
  if (!refusal.empty()) return refusal;
  unit.state = "active";
  if (name.ends_with(".socket")) make_socket(machine, unit);
  for (const std::string& container : unit.makes) make_container(machine, container);
  return {};
}

Output wait_for_start(Machine& machine, const Output& queued, std::int64_t patience) {
  const std::string& name = machine.engine.unit;
  const auto found = machine.units.find(name);
  if (!queued.good() || found == machine.units.end()) return queued;
  const Unit& unit = found->second;
  const int job = unit.job;
  for (const std::int64_t until = machine.clock + patience; job != 0 && unit.job == job;) {
    if (machine.clock >= until) return {143, "", "", true, true};
    ++machine.clock;
    settle(machine);
  }
  if (job == 0 || unit.state == "active") return queued;
  return {1, "", naming(kFailed, name) + "\n"};
}

void pass(Machine& machine, std::int64_t seconds) {
  for (std::int64_t i = 0; i < seconds; ++i) {
    ++machine.clock;
    settle(machine);
  }
}

// The stop goes on through units that do not run, too; those that need others stop before them.
void stop_unit(Machine& machine, const std::string& name) {
  Strings reached = {name};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::string one = reached[i];
    const auto unit = machine.units.find(one);
    Strings more = unit == machine.units.end() ? Strings{} : unit->second.propagates_stop_to;
    for (Strings Unit::*relation : {&Unit::requires_units, &Unit::requisite, &Unit::binds_to, &Unit::part_of}) {
      const Strings others = inverse(machine, relation, one);
      more.insert(more.end(), others.begin(), others.end());
    }
    for (const std::string& other : more) {
      if (!holds(reached, other)) reached.push_back(other);
    }
  }
  std::reverse(reached.begin(), reached.end());
  for (const std::string& one : reached) {
    const auto unit = machine.units.find(one);
    if (unit == machine.units.end() || unit->second.state == "inactive") continue;
    if (one == machine.engine.unit && unit->second.state == "active") {
      stop_daemon(machine);
      ++machine.engine.stops;
    }
    if (one == machine.engine.unit) machine.engine.read_at_start = nullptr;
    if (is_automount(one)) disarm(machine, one);
    for (const std::string& container : unit->second.makes) remove_container(machine, container);
    // A unit that has failed stays so.
    if (unit->second.state != "failed") unit->second.state = "inactive";
    unit->second.sub.clear();
    unit->second.job = 0;
    unit->second.until = unit->second.deadline = 0;
  }
  for (const std::string& one : reached) {
    const auto unit = machine.units.find(one);
    if (unit != machine.units.end() && unit->second.transient) machine.units.erase(unit);
  }
}

namespace {

// A unit that another one of the same call needs to run already starts before it.
Strings in_order(const Machine& machine, const Strings& argv) {
  Strings sorted = argv;
  std::stable_sort(sorted.begin() + (argv.size() > 2 && argv[2] == "--" ? 3 : 2), sorted.end(),
                   [&](const std::string& one, const std::string& other) {
                     const auto unit = machine.units.find(other);
                     return unit != machine.units.end() && holds(unit->second.requisite, one);
                   });
  return sorted;
}

}  // namespace

bool systemctl_changes(const Strings& argv) { return argv.size() > 1 && argv[1] != "show" && argv[1] != "is-active"; }

Output systemctl(Machine& machine, const Strings& argv) {
  const std::string verb = argv.size() > 1 ? argv[1] : "";
  if (verb == "show") return show(machine, argv);
  if (verb == "start")
    return each(in_order(machine, argv), [&](const std::string& name) { return start_unit(machine, name); });
  if (verb == "stop") {
    return each(argv, [&](const std::string& name) {
      const bool known = machine.units.contains(name);
      stop_unit(machine, name);
      return known ? std::string() : "Failed to stop " + name + ": Unit " + name + " not loaded.";
    });
  }
  if (verb == "reload") return each(argv, [&](const std::string& name) { return reload_unit(machine, name); });
  if (verb == "reset-failed") return each(argv, [&](const std::string& name) { return reset_failed(machine, name); });
  if (verb == "daemon-reload" && argv.size() == 2) {
    read_units(machine);
    return {0, "", ""};
  }
  throw Unknown(join(argv, " "));
}

Output journalctl(const Machine& machine, const Strings& argv) {
  std::size_t first = 0;
  bool cursor = false;
  bool daemon_alone = false;
  std::string unit;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string& argument = argv[i];
    if (argument.starts_with("--unit=")) {
      unit = argument.substr(7);
    } else if (argument.starts_with("--lines=")) {
      const std::size_t lines = std::stoul(argument.substr(8));
      first = machine.journal.size() - std::min(machine.journal.size(), lines);
    } else if (argument.starts_with("--after-cursor=")) {
      first = std::stoul(argument.substr(17));  // "s=N"
    } else if (argument == "--show-cursor") {
      cursor = true;
    } else if (argument == "_TRANSPORT=stdout" && i + 2 < argv.size() && argv[i + 1] == "+" &&
               argv[i + 2] == "_PID=1") {
      daemon_alone = true;  // what it prints, and what systemd says of it
      i += 2;
    } else if (argument != "--output=cat" && argument != "--no-pager" && argument != "--quiet") {
      throw Unknown(join(argv, " "));
    }
  }
  if (unit != machine.engine.unit) return {0, "-- No entries --\n", ""};
  std::string text;
  for (std::size_t i = first; i < machine.journal.size(); ++i) {
    const bool others = machine.journal[i].starts_with('\t');
    if (!others || !daemon_alone) text += machine.journal[i].substr(others ? 1 : 0) + "\n";
  }
  if (cursor) text += "-- cursor: s=" + std::to_string(machine.journal.size()) + "\n";
  return {0, text, ""};
}

// ExecStart= of the unit and then of its drop-ins; an empty one takes back those before it (systemd.service(5)).
void read_units(Machine& machine) {
  for (auto& [name, unit] : machine.units) {
    unit.exec_start.clear();
    unit.environment_files.clear();
    unit.mounts_required.clear();
    unit.absent_required.clear();
    Strings files = {unit.fragment};
    files.insert(files.end(), unit.drop_ins.begin(), unit.drop_ins.end());
    for (const auto& [path, entry] : machine.entries) {
      if (path.starts_with("/etc/systemd/system/" + name + ".d/") && !contains(files, path)) files.push_back(path);
    }
    for (const std::string& path : files) {
      const auto file = machine.entries.find(real_path(machine, path));
      if (file == machine.entries.end()) continue;
      for (const std::string& line : split(file->second.text, '\n')) {
        if (line.starts_with("ExecStart=")) unit.exec_start = trim(line.substr(10));
        if (line.starts_with("RequiresMountsFor=")) unit.mounts_required.push_back(trim(line.substr(18)));
        if (line.starts_with("AssertPathExists=!")) unit.absent_required.push_back(trim(line.substr(18)));
        if (line.starts_with("EnvironmentFile=")) unit.environment_files.push_back(trim(line.substr(16)));
      }
    }
  }
  const auto fstab = machine.entries.find(real_path(machine, "/etc/fstab"));
  machine.fstab_read = fstab == machine.entries.end() ? "" : fstab->second.text;
}

}  // namespace dockhost::sim
