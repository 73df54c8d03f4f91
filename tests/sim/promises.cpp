// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/promises.hpp"

#include <algorithm>
#include <set>

#include "core/data.hpp"
#include "sim/dockerd.hpp"
#include "sim/units.hpp"

namespace dockhost::sim {
namespace {

bool failed(const json& result) { return result.value("failed", false); }

bool active(const Machine& machine, const std::string& unit) {
  const auto found = machine.units.find(unit);
  return found != machine.units.end() && found->second.state == "active";
}

// The words of the plan, in which each thing that it changes is named.
std::string plan_of(const json& result) {
  std::string all;
  const json plan = result.value("plan", json::array());
  for (const json& sentence : plan) all += sentence.get<std::string>() + "\n";
  return all;
}

// Whether the daemon would come up again with the files and the data that it had before the run.
bool could_start(Machine machine) {
  stop_unit(machine, machine.engine.unit);
  machine.units[machine.engine.unit].limited = false;
  return start_unit(machine, machine.engine.unit).empty();
}

// Sentences like "stop the container web, then docker.service; with it stop ...".
std::size_t planned_stops(const std::string& plan, const std::string& unit) {
  const Strings sentences = split(plan, '\n');
  return static_cast<std::size_t>(std::count_if(sentences.begin(), sentences.end(), [&](const std::string& sentence) {
    return sentence.starts_with("stop ") && sentence.substr(0, sentence.find(';')).find(unit) != std::string::npos;
  }));
}

// Whether the data was moved in this run, so that Docker's data is not where it was.
bool data_moved(const Machine& before, const Machine& after) {
  const std::string aside = aside_of(before.engine.root);
  return !before.entries.contains(aside) && after.entries.contains(aside);
}

void docker_stays_up(const Machine& before, const Machine& after, const json& result, Strings& broken) {
  const std::string& unit = before.engine.unit;
  if (!active(before, unit)) return;
  const bool starting = result.value("msg", "").find("still starting") != std::string::npos;
  if (!active(after, unit) && !starting && !data_moved(before, after) && could_start(before))
    broken.push_back(unit + " is down");
  const std::size_t planned = planned_stops(plan_of(result), unit), undoing = failed(result) ? 1 : 0;
  const auto stops = static_cast<std::size_t>(after.engine.stops - before.engine.stops);
  if (stops > planned + undoing) {
    broken.push_back(unit + " was stopped " + std::to_string(stops) + " times, " + std::to_string(planned) +
                     " of them planned");
  }
}

void what_ran_runs(const Machine& before, const Machine& after, Strings& broken) {
  // On another data root Docker has other containers; a stopped one has none that run.
  if (!active(after, before.engine.unit) || before.engine.root != after.engine.root) return;
  const auto root = before.engine.roots.find(before.engine.root), now = after.engine.roots.find(before.engine.root);
  if (root == before.engine.roots.end()) return;
  for (const auto& [name, container] : root->second.containers) {
    if (!container.running || container.auto_remove || container.ends) continue;
    // Another storage driver or image store, which the plan names, shows others; that nothing is lost is told below.
    if (now == after.engine.roots.end() || !now->second.containers.contains(name)) continue;
    Machine tried = after;
    if (!now->second.containers.at(name).running && start_container(tried, name).empty())
      broken.push_back(name + " does not run");
  }
}

// Where each text of a file can be found: in sight, below a mount, on a device that is not mounted.
std::set<std::string> texts_of(const Machine& machine) {
  std::set<std::string> texts;
  const auto add = [&](const Entries& entries) {
    for (const auto& [path, entry] : entries) {
      if (entry.type == Node::Type::file && !entry.text.empty()) texts.insert(entry.text);
    }
  };
  add(machine.entries);
  for (const Mounted& mounted : machine.mounts) add(mounted.hidden);
  for (const auto& [path, disk] : machine.disks) add(disk.files);
  return texts;
}

// Notes of the run's own, what the kernel shows, and the lists of accounts, whose tools change a line of them.
bool of_nobody(const std::string& path) {
  const Strings accounts = {"/etc/passwd", "/etc/group", "/etc/subuid", "/etc/subgid"};
  return contains(accounts, path) || path.ends_with(note_of("")) || path.starts_with("/proc/") ||
         path.starts_with("/sys/") || path.starts_with("/run/udev/") || path.starts_with("/etc/systemd/system/");
}

void nothing_is_lost(const Machine& before, const Machine& after, const std::string& plan, Strings& broken) {
  const std::set<std::string> texts = texts_of(after);
  const auto look = [&](const Entries& entries, const std::string& where) {
    for (const auto& [path, entry] : entries) {
      if (entry.type != Node::Type::file || entry.text.empty() || of_nobody(path)) continue;
      const std::size_t aside = path.find(aside_of("") + "/");
      const std::string thing = aside == std::string::npos ? path : "remove the old data in " + path.substr(0, aside);
      const bool named = plan.find(thing) != std::string::npos;
      if (!named && !texts.contains(entry.text)) broken.push_back("what was in " + where + path + " is gone");
    }
  };
  look(before.entries, "");
  for (const Mounted& mounted : before.mounts) look(mounted.hidden, "(below " + mounted.path + ") ");
  // A copy that is made anew is emptied first; whether somebody has worked on it is for the cases to say.
  const bool copies = plan.find("copy the data in ") != std::string::npos;
  for (const auto& [path, disk] : before.disks) {
    const bool anew = copies && plan.find(path) != std::string::npos;
    if (!anew && !unfinished(before, disk)) look(disk.files, path + ":");
  }
}

void mounts_of_others_stay(const Machine& before, const Machine& after, const std::string& plan, Strings& broken) {
  for (const Mounted& mounted : before.mounts) {
    const bool there = std::any_of(after.mounts.begin(), after.mounts.end(), [&](const Mounted& now) {
      return now.path == mounted.path && now.device == mounted.device && now.root == mounted.root;
    });
    if (!there && plan.find(mounted.path) == std::string::npos) broken.push_back(mounted.path + " is not mounted");
  }
}

std::string without_mark(const std::string& rule) { return rule.substr(0, rule.find(" (watches nothing)")); }

void result_is_true(const Machine& before, const Machine& after, const json& result, Strings& broken) {
  json was = snapshot(before), is = snapshot(after);
  // A rule that is armed again comes last in the list, and is heard again: nothing is lost by it.
  for (json* state : {&was, &is}) {
    state->erase("owed");
    json& rules = (*state)["audit"];
    if (!rules.is_array()) continue;
    for (json& rule : rules) rule = without_mark(rule.get<std::string>());
    std::sort(rules.begin(), rules.end());
  }
  const std::string differ = differences(was, is);
  if (!result.value("changed", false) && !differ.empty()) broken.push_back("changed is false, but " + differ);
  if (!failed(result)) return;
  if (result.value("changed", false) && differ.empty()) broken.emplace_back("changed is true, and nothing is");
  if (result.value("rolled_back", false) && !differ.empty()) broken.push_back("rolled_back is true, but " + differ);
}

}  // namespace

std::string differences(const json& one, const json& other) {
  if (one == other) return {};
  const nlohmann::json patch = nlohmann::json::diff(nlohmann::json(one), nlohmann::json(other));
  std::string text;
  for (const auto& change : patch) text += change.dump() + "\n";
  return text;
}

Strings broken_promises(const Machine& before, const Machine& after, const json& result) {
  Strings broken;
  const std::string plan = plan_of(result);
  docker_stays_up(before, after, result, broken);
  what_ran_runs(before, after, broken);
  nothing_is_lost(before, after, plan, broken);
  mounts_of_others_stay(before, after, plan, broken);
  result_is_true(before, after, result, broken);
  return broken;
}

}  // namespace dockhost::sim
