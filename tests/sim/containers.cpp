// SPDX-License-Identifier: GPL-3.0-or-later
// How the simulated dockerd starts containers: what it checks, in which order, and in which words it refuses (moby
// 20.10 and 28: daemon/container.go, start.go, container_operations*.go, volume/mounts).
#include <algorithm>
#include <functional>

#include "sim/dockerd.hpp"
#include "sim/mounts.hpp"

namespace dockhost::sim {
namespace {

DataRoot& root_of(Machine& machine) { return machine.engine.roots[machine.engine.root]; }

// By name or id, or its beginning.
const std::pair<const std::string, Container>* container_called(const DataRoot& root, const std::string& whom) {
  for (const auto& named : root.containers) {
    if (named.first == whom || named.second.id.starts_with(whom)) return &named;
  }
  return nullptr;
}

std::string other_of(const std::string& mode) { return mode.starts_with("container:") ? mode.substr(10) : ""; }

std::string source_of(const std::string& bind) { return bind.substr(0, bind.find(':')); }
std::string target_of(const std::string& bind) {
  const std::string rest = bind.substr(bind.find(':') + 1);
  return rest.substr(0, rest.find(':'));
}

// What docker start checks before anything else; a start by restart policy does not (daemon.go, restore).
std::string refuse_settings(const Machine& machine, const Container& container) {
  for (const json& mount : container.mounts) {
    const auto source = mount.at("source").get<std::string>();
    if (real_path(machine, source).empty() && !mount.value("create", false))
      return "invalid mount config for type \"bind\": bind source path does not exist: " + source;
  }
  const json runtimes = machine.engine.in_force.value("runtimes", json::object());
  if (container.runtime == "runc" || runtimes.contains(container.runtime)) return {};
  return (release(machine) >= 23 ? "unknown or invalid runtime name: " : "Unknown runtime specified ") +
         container.runtime;
}

std::string refuse_network(const Machine& machine, const DataRoot& root, const Container& container) {
  const std::string whom = other_of(container.network);
  if (!whom.empty()) {
    const auto* const other = container_called(root, whom);
    if (other == nullptr)
      return (release(machine) >= 28 ? "joining network namespace of container: " : "") +
             ("No such container: " + whom);
    if (!other->second.running && release(machine) >= 28)
      return "cannot join network namespace of a non running container: container " + other->first + " is exited";
    if (!other->second.running) return "cannot join network of a non running container: " + other->second.id;
  }
  for (const std::string& link : container.links) {
    const auto* const other = container_called(root, link);
    if (other != nullptr && !other->second.running)
      return "Cannot link to a non running container: /" + link + " AS /app/" + link;
  }
  return {};
}

// An address is free that no container has which runs.
bool is_free(const DataRoot& root, const std::string& address) {
  return std::none_of(root.containers.begin(), root.containers.end(), [&](const auto& named) {
    return named.second.running && (named.second.address == address || named.second.has == address);
  });
}

std::string refuse_namespaces(const DataRoot& root, const Container& container) {
  for (const auto& [mode, kind] : {std::pair{container.ipc, "IPC"}, {container.pid, "PID"}}) {
    const std::string whom = other_of(mode);
    if (whom.empty()) continue;
    const auto* const other = container_called(root, whom);
    const std::string before = std::string("failed to join ") + kind + " namespace: ";
    if (other == nullptr) return before + "No such container: " + whom;
    if (!other->second.running) return before + "container " + other->second.id + " is not running";
  }
  return {};
}

// A directory for each source that is not there; runc mounts no directory on a file.
std::string mount_all(Machine& machine, const Container& container) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::string& bind : container.binds) all.emplace_back(source_of(bind), target_of(bind));
  for (const json& mount : container.mounts)
    all.emplace_back(mount.at("source").get<std::string>(), mount.at("target").get<std::string>());
  for (const auto& [source, target] : all) {
    if (real_path(machine, source).empty()) {
      make_parents(machine.entries, source);
      machine.entries[source] = Entry{Node::Type::directory, "", 0755, 0, 0, 0, machine.clock};
    }
    const bool directory = machine.entries.at(real_path(machine, source)).type == Node::Type::directory;
    const bool file = std::find(container.files.begin(), container.files.end(), target) != container.files.end();
    if (directory == file)
      return "failed to create shim: OCI runtime create failed: runc create failed: unable to start container process: "
             "error during container init: error mounting \"" +
             source + "\" to rootfs at \"" + target +
             "\": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if "
             "the specified host path exists and is the expected type";
  }
  for (const std::string& device : container.devices) {
    if (real_path(machine, device).empty())
      return "error gathering device information while adding custom device \"" + device +
             "\": no such file or directory";
  }
  return {};
}

std::string refuse_broken(Machine& machine, Container& container) {
  if (container.passing > 0) {
    --container.passing;
    return "ttrpc: closed: unknown";
  }
  const bool now = container.broken_by.empty() || machine.engine.in_force.contains(container.broken_by);
  return now ? container.broken : "";
}

void write_what_it_writes(Machine& machine, const Container& container) {
  if (container.writes.empty()) return;
  const std::string path = machine.engine.root + "/" + container.writes;
  make_parents(machine.entries, path);
  machine.entries[path] = Entry{
      Node::Type::file, "written by " + container.id.substr(0, container.id.find('0')), 0644, 0, 0, 0, ++machine.clock};
}

std::string run_container(Machine& machine, Container& container) {
  const DataRoot& root = root_of(machine);
  std::string refusal = refuse_network(machine, root, container);
  if (refusal.empty() && !container.running && !container.address.empty() && !is_free(root, container.address))
    refusal = "Address already in use";
  if (refusal.empty()) refusal = refuse_namespaces(root, container);
  if (refusal.empty()) refusal = mount_all(machine, container);
  if (refusal.empty()) refusal = refuse_broken(machine, container);
  container.error = refusal;
  if (!refusal.empty()) return refusal;
  if (!container.running) write_what_it_writes(machine, container);
  container.has = container.takes.empty() || !is_free(root, container.takes) ? "" : container.takes;
  container.since = ++machine.clock;
  container.running = !container.ends;
  container.stopped_by_hand = false;
  return {};
}

// Tasks of a swarm start by themselves, too.
bool by_policy(const Container& container) {
  const bool policy =
      container.policy == "always" || container.policy == "unless-stopped" || container.policy == "on-failure";
  return container.task || (policy && (container.policy == "always" || !container.stopped_by_hand));
}

json mode_or(const std::string& mode, const char* otherwise) { return mode.empty() ? std::string(otherwise) : mode; }

json host_config(const std::string& name, const Container& container) {
  json mounts = json::array(), links = json::array(), devices = json::array();
  for (const json& mount : container.mounts) {
    mounts.push_back({{"Type", "bind"}, {"Source", mount.at("source")}, {"Target", mount.at("target")}});
    if (mount.value("create", false)) mounts.back()["BindOptions"] = {{"CreateMountpoint", true}};
  }
  for (const std::string& link : container.links) links.push_back("/" + link + ":/" + name + "/" + link);
  for (const std::string& device : container.devices)
    devices.push_back({{"PathOnHost", device}, {"PathInContainer", device}, {"CgroupPermissions", "rwm"}});
  return {{"Binds", container.binds.empty() ? json() : json(container.binds)},
          {"NetworkMode", mode_or(container.network, "default")},
          {"IpcMode", mode_or(container.ipc, "private")},
          {"PidMode", container.pid},
          {"Links", links.empty() ? json() : links},
          {"VolumesFrom", container.volumes_from.empty() ? json() : json(container.volumes_from)},
          {"Privileged", false},
          {"Runtime", container.runtime},
          {"Devices", devices},
          {"Mounts", mounts},
          {"RestartPolicy", {{"Name", container.policy}, {"MaximumRetryCount", 0}}},
          {"AutoRemove", container.auto_remove}};
}

json mount_points(const Container& container) {
  json all = json::array();
  const auto put = [&](const std::string& source, const std::string& target) {
    all.push_back({{"Type", "bind"}, {"Source", source}, {"Destination", target}, {"Mode", ""}, {"RW", true}});
  };
  for (const std::string& bind : container.binds) put(source_of(bind), target_of(bind));
  for (const json& mount : container.mounts)
    put(mount.at("source").get<std::string>(), mount.at("target").get<std::string>());
  return all;
}

}  // namespace

std::string start_container(Machine& machine, const std::string& name) {
  auto& containers = root_of(machine).containers;
  const auto found = containers.find(name);
  if (found == containers.end()) return "No such container: " + name;
  const std::string refusal = refuse_settings(machine, found->second);
  return refusal.empty() ? run_container(machine, found->second) : refusal;
}

// A container waits for those that it is linked to, and from 27 on for the one whose network it shares; of any other
// need dockerd knows nothing here, and a start that fails is only logged.
void start_by_policy(Machine& machine) {
  const bool locked = machine.engine.swarm && machine.engine.autolock;
  DataRoot& root = root_of(machine);
  Strings done;
  const std::function<void(const std::string&)> start = [&](const std::string& name) {
    const auto found = root.containers.find(name);
    if (found == root.containers.end() || contains(done, name)) return;
    done.push_back(name);
    Container& container = found->second;
    if (!by_policy(container) || container.running || (container.task && locked)) return;
    for (const std::string& link : container.links) start(link);
    const auto* const other = container_called(root, other_of(container.network));
    if (other != nullptr && !container.network.empty() && release(machine) >= 27) start(other->first);
    const std::string refusal = run_container(machine, container);
    if (!refusal.empty())
      machine.journal.push_back("level=error msg=\"failed to start container\" container=" + container.id +
                                " error=" + json(refusal).dump());
  };
  Strings names;
  for (const auto& [name, container] : root.containers) names.push_back(name);
  for (const std::string& name : names) start(name);
}

std::optional<Node> merged_node(const Machine& machine, const std::string& path) {
  for (const auto& [root, data] : machine.engine.roots) {
    for (const auto& [name, container] : data.containers) {
      const std::string merged = root + "/overlay2/" + container.id + "/merged";
      if (!container.running || (path != merged && !below(path, merged))) continue;
      const std::string inside = path.substr(merged.size());
      if (contains(container.files, inside)) return Node{Node::Type::file, 0644, 0, 0, 0, 0, ""};
      bool there = inside.empty();
      const json points = mount_points(container);
      for (const json& point : points) {
        const auto target = point.at("Destination").get<std::string>();
        there = there || target == inside || below(target, inside);
      }
      if (there) return Node{Node::Type::directory, 0755, 0, 0, 0, 0, ""};
    }
  }
  return std::nullopt;
}

json inspected(const Machine& machine, const std::string& name) {
  const std::string& root = machine.engine.root;
  const Container& container = machine.engine.roots.at(root).containers.at(name);
  const std::string layer = root + "/overlay2/" + container.id;
  const std::string never = "0001-01-01T00:00:00Z";
  const json given = container.address.empty() ? json() : json{{"IPv4Address", container.address}};
  return {{"Id", container.id},
          {"Name", "/" + name},
          {"NetworkSettings", {{"Networks", {{"front", {{"IPAMConfig", given}}}}}}},
          {"State",
           {{"Status", container.running ? "running" : "exited"},
            {"Running", container.running},
            {"Error", container.error},
            {"StartedAt", container.since == 0 ? never : utc_time(container.since)}}},
          {"HostConfig", host_config(name, container)},
          {"GraphDriver",
           {{"Name", "overlay2"},
            {"Data", {{"MergedDir", layer + "/merged"}, {"UpperDir", layer + "/diff"}, {"WorkDir", layer + "/work"}}}}},
          {"Mounts", mount_points(container)},
          {"Config",
           {{"Labels", container.task ? json{{"com.docker.swarm.task.id", "task-of-" + name}} : json::object()}}}};
}

}  // namespace dockhost::sim
