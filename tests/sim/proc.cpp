// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/proc.hpp"

#include "sim/dockerd.hpp"
#include "sim/mounts.hpp"

namespace dockhost::sim {
namespace {

int engine_pid(const Machine& machine) {
  const auto unit = machine.units.find(machine.engine.unit);
  const bool runs = unit != machine.units.end() && unit->second.state == "active";
  return runs && !machine.engine.in_force.is_null() ? unit->second.main_pid : 0;
}

// "812 postgres" of machine.users: the mount point that this process uses, and its name.
std::optional<std::pair<std::string, std::string>> user_of(const Machine& machine, const std::string& pid) {
  for (const auto& [path, users] : machine.users) {
    for (const std::string& user : users) {
      if (user.starts_with(pid + " ")) return std::pair(path, user.substr(pid.size() + 1));
    }
  }
  return std::nullopt;
}

std::string joined_argv(const Strings& argv) {
  std::string text;
  for (const std::string& word : argv) text += word + std::string(1, '\0');
  return text;
}

// Field 22 is the start in ticks of 1/100 s since the boot (proc(5)).
std::string stat_line(const Machine& machine) {
  std::string line = std::to_string(engine_pid(machine)) + " (dockerd) S";
  for (int field = 4; field < 22; ++field) line += " 0";
  return line + " " + std::to_string((machine.engine.started - machine.booted) * 100) + " 0\n";
}

}  // namespace

std::optional<std::string> process_file(const Machine& machine, const std::string& path) {
  if (path == "/proc/self/mountinfo") return mountinfo(machine);
  const Strings parts = split(path, '/');
  if (parts.size() != 4) return std::nullopt;
  const std::string &pid = parts[2], &name = parts[3];
  if (pid == std::to_string(engine_pid(machine))) {
    if (name == "cmdline") return joined_argv(daemon_argv(machine));
    if (name == "stat") return stat_line(machine);
    if (name == "comm") return "dockerd\n";
  }
  const auto user = user_of(machine, pid);
  if (user && name == "comm") return user->second + "\n";
  return std::nullopt;
}

std::optional<Node> process_node(const Machine& machine, const std::string& path) {
  const Strings parts = split(path, '/');
  if (parts.size() != 4 || parts[1] != "proc" || parts[3] != "cwd") return std::nullopt;
  const auto user = user_of(machine, parts[2]);
  if (!user) return std::nullopt;
  Node link;
  link.type = Node::Type::link;
  link.target = user->first;
  return link;
}

Strings process_list(const Machine& machine, const std::string& directory) {
  if (directory != "/proc") return {};
  Strings pids;
  for (const auto& [path, users] : machine.users) {
    for (const std::string& user : users) pids.push_back(user.substr(0, user.find(' ')));
  }
  return pids;
}

}  // namespace dockhost::sim
