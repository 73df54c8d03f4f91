// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "sim/audit.hpp"
#include "sim/machine.hpp"

namespace dockhost::sim {
namespace {

json shown(const Entry& entry) {
  return {{"type", static_cast<int>(entry.type)},
          {"text", utf8(entry.text)},
          {"mode", entry.mode},
          {"uid", entry.uid},
          {"gid", entry.gid}};
}

// A container that ends by itself has run as well as one that runs on, once it was started.
bool has_run(const Container& container) { return container.running || (container.ends && container.since != 0); }

json shown(const DataRoot& root) {
  json containers = json::object();
  for (const auto& [name, container] : root.containers) {
    containers[name] = {{"running", has_run(container)}, {"policy", container.policy}};
    if (container.unmounted) containers[name]["layer"] = "unmounted";
  }
  return {{"images", root.images}, {"volumes", root.volumes}, {"containers", containers}};
}

json shown(const Engine& engine) {
  json roots = json::object();
  // One that holds nothing is as good as none: dockerd makes it when it starts.
  for (const auto& [path, root] : engine.roots) {
    if (!root.images.empty() || !root.volumes.empty() || !root.containers.empty()) roots[path] = shown(root);
  }
  // While the daemon is down nobody sees what it had in force.
  if (engine.in_force.is_null()) return {{"roots", roots}};
  return {{"in_force", engine.in_force}, {"network", engine.network}, {"root", engine.root}, {"roots", roots}};
}

json shown(const Disk& disk) {
  json files = json::object();
  for (const auto& [path, entry] : disk.files) files[path] = shown(entry);
  return {{"files", files},
          {"fstype", disk.fstype},
          {"label", disk.label},
          {"system_bytes", disk.system_bytes},
          {"start", utf8(disk.start)},
          {"bytes", disk.bytes},
          {"signatures", disk.signatures},
          {"held_by", disk.held_by}};
}

json shown(const Group& group) {
  json parts = json::object(), volumes = json::object();
  for (const Group::Part& part : group.parts) parts[part.device] = part.extents;
  for (const auto& [name, volume] : group.volumes) {
    volumes[name] = {{"extents", volume.extents}, {"layout", volume.layout}, {"tags", volume.tags}};
  }
  return {{"extent", group.extent}, {"parts", parts}, {"volumes", volumes}};
}

}  // namespace

bool unfinished(const Machine& machine, const Disk& disk) {
  const std::size_t slash = disk.volume.find('/');
  return slash != std::string::npos &&
         !machine.groups.at(disk.volume.substr(0, slash)).volumes.at(disk.volume.substr(slash + 1)).tags.empty();
}

json snapshot(const Machine& machine) {
  json all = {{"entries", json::object()}, {"mounts", json::array()}, {"units", json::object()}};
  for (const auto& [path, entry] : machine.entries) {
    const bool backup = std::find(machine.backups.begin(), machine.backups.end(), path) != machine.backups.end();
    if (!backup) all["entries"][path] = shown(entry);
  }
  for (const Mounted& mounted : machine.mounts) {
    all["mounts"].push_back({{"path", mounted.path},
                             {"source", mounted.source},
                             {"root", mounted.root},
                             {"fstype", mounted.fstype},
                             {"options", mounted.options},
                             {"super", mounted.super}});
  }
  for (const auto& [path, disk] : machine.disks)
    all["disks"][path] = unfinished(machine, disk) ? json("unfinished") : shown(disk);
  for (const auto& [name, group] : machine.groups) all["groups"][name] = shown(group);
  for (const auto& [name, unit] : machine.units) all["units"][name] = unit.state;
  all["engine"] = shown(machine.engine);
  all["fstab_read"] = machine.fstab_read;
  all["audit"] = shown_audit(machine);
  all["owed"] = machine.owed;
  return all;
}

}  // namespace dockhost::sim
