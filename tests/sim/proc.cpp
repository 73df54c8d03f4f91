// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/proc.hpp"

#include <algorithm>

#include "host/mountinfo.hpp"
#include "sim/dockerd.hpp"
#include "sim/mounts.hpp"

namespace dockhost::sim {
namespace {

constexpr int kContainerd = 600, kFirstShim = 3000;

int engine_pid(const Machine& machine) {
  const auto unit = machine.units.find(machine.engine.unit);
  const bool runs = unit != machine.units.end() && unit->second.state == "active";
  return runs && !machine.engine.in_force.is_null() ? unit->second.main_pid : 0;
}

// A container whose layer is mounted in the machine's namespace, and where.
struct Layer {
  std::string root, name, path;
  Container container;
  bool lives = false;
  int number = 0;
};

// Images and layers in containerd's store: the snapshot of a container is mounted below rootfs (moby,
// daemon/snapshotter).
bool in_image_store(const Machine& machine) {
  const json features =
      machine.engine.in_force.is_object() ? machine.engine.in_force.value("features", json()) : json();
  return features.is_object() && features.value("containerd-snapshotter", false);
}

std::vector<Layer> layers(const Machine& machine) {
  std::vector<Layer> all;
  int number = 0;
  for (const auto& [root, data] : machine.engine.roots) {
    for (const auto& [name, container] : data.containers) {
      ++number;
      const bool of_engine = engine_pid(machine) != 0 && machine.engine.root == root && container.running;
      const std::string layer_path =
          in_image_store(machine) ? "/rootfs/overlayfs/" + container.id : "/overlay2/" + container.id + "/merged";
      const bool lives = of_engine || container.alone;
      if (lives || container.left) all.push_back({root, name, root + layer_path, container, lives, number});
    }
  }
  return all;
}

std::string text_of(const MountLine& line) {
  std::string path;
  for (const char c : line.path) path += c == ' ' ? std::string("\\040") : std::string(1, c);
  std::string tags;
  if (line.shared != 0) tags += " shared:" + std::to_string(line.shared);
  if (line.master != 0) tags += " master:" + std::to_string(line.master);
  return std::to_string(line.id) + " " + std::to_string(line.parent) + " " + line.device + " " + line.root + " " +
         path + " " + join(line.options, ",") + tags + " - " + line.fstype + " " + line.source + " " +
         join(line.super, ",") + "\n";
}

std::string text_of(const std::vector<MountLine>& lines) {
  std::string text;
  for (const MountLine& line : lines) text += text_of(line);
  return text;
}

MountLine overlay(const Layer& layer) {
  MountLine line;
  line.device = "0:" + std::to_string(100 + layer.number);
  line.root = "/";
  line.fstype = line.source = "overlay";
  line.options = {"rw", "relatime"};
  line.super = {"rw"};
  return line;
}

// The machine's own mounts, with those that Docker has made.
std::vector<MountLine> our_mounts(const Machine& machine) {
  std::vector<MountLine> lines = parse_mountinfo(mountinfo(machine));
  for (const Layer& layer : layers(machine)) {
    if (layer.container.unmounted) continue;
    MountLine line = overlay(layer);
    line.id = 500 + static_cast<std::uint64_t>(layer.number);
    line.shared = line.id;
    line.path = layer.path;
    line.parent = way_to(lines, layer.path).mounts.back().id;
    lines.push_back(line);
  }
  return lines;
}

// What of the machine's is shown at another path, by a bind mount of a namespace's own.
MountLine bound(const Machine& machine, const std::string& of) {
  const std::vector<MountLine> ours = our_mounts(machine);
  MountLine line = way_to(ours, of).mounts.back();
  line.root = place_on(line, of).path;
  line.shared = line.master = 0;
  return line;
}

std::vector<MountLine> container_mounts(const Machine& machine, const Layer& layer) {
  const std::uint64_t first = 100'000 + static_cast<std::uint64_t>(layer.number) * 100;
  MountLine top = overlay(layer);
  top.id = first;
  top.parent = 1;
  top.path = "/";
  MountLine name = bound(machine, layer.root + "/containers/" + layer.container.id + "/hostname");
  name.id = first + 1;
  name.parent = first;
  name.path = "/etc/hostname";
  return {top, name};
}

std::vector<MountLine> space_mounts(const Machine& machine, const std::string& name) {
  for (const Layer& layer : layers(machine)) {
    if (name == "container-" + layer.name) return container_mounts(machine, layer);
  }
  const Space& space = machine.spaces.at(name);
  const auto before = std::distance(machine.spaces.begin(), machine.spaces.find(name));
  const std::uint64_t first = 10'000 + static_cast<std::uint64_t>(before) * 1000;
  std::vector<MountLine> lines = our_mounts(machine);
  for (MountLine& line : lines) {
    line.id += first;
    if (line.parent != 1) line.parent += first;
    line.master = space.follows ? line.shared : 0;
    line.shared = space.follows ? line.id : 0;
  }
  for (const Space::Mount& mount : space.mounts) {
    MountLine line;
    if (!mount.of.empty()) line = bound(machine, mount.of);
    if (mount.of.empty()) {
      line.device = "0:" + std::to_string(900 + lines.size());
      line.root = "/";
      line.fstype = line.source = mount.fstype;
      line.options = line.super = {"rw"};
    }
    line.id = first + 900 + lines.size();
    line.path = mount.path;
    line.parent = way_to(lines, mount.path).mounts.back().id;
    lines.push_back(line);
  }
  return lines;
}

Process named(const std::string& name, const std::string& exe) {
  Process process;
  process.name = name;
  process.exe = exe;
  return process;
}

void add_engine(const Machine& machine, std::map<int, Process>& all) {
  if (machine.engine.installed) all[kContainerd] = named("containerd", "/usr/bin/containerd");
  const int pid = engine_pid(machine);
  if (pid == 0) return;
  Process process = named("dockerd", machine.engine.program);
  process.argv = daemon_argv(machine);
  process.files = {"socket:[7]", machine.engine.root + "/volumes/metadata.db"};
  all[pid] = process;
}

void add_containers(const Machine& machine, std::map<int, Process>& all) {
  for (const Layer& layer : layers(machine)) {
    if (!layer.lives) continue;
    const int pid = kFirstShim + 2 * layer.number;
    Process shim = named("containerd-shim", "/usr/bin/containerd-shim-runc-v2");
    shim.argv = {
        shim.exe, "-namespace", "moby", "-id", layer.container.id, "-address", "/run/containerd/containerd.sock"};
    all[pid] = shim;
    Process first = named("sleep", "/bin/sleep");
    first.space = "container-" + layer.name;
    first.parent = pid;
    all[pid + 1] = first;
  }
}

std::map<int, Process> processes(const Machine& machine) {
  std::map<int, Process> all = machine.processes;
  add_engine(machine, all);
  add_containers(machine, all);
  for (const auto& [path, users] : machine.users) {
    for (const std::string& user : users) {
      const std::size_t blank = user.find(' ');
      const std::string name = user.substr(blank + 1);
      Process process = named(name, "/usr/bin/" + name);
      process.cwd = path;
      all[std::stoi(user.substr(0, blank))] = process;
    }
  }
  return all;
}

std::optional<Process> process_of(const Machine& machine, const std::string& pid) {
  if (pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const auto all = processes(machine);
  const auto found = all.find(std::stoi(pid));
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

std::vector<MountLine> mounts_of(const Machine& machine, const Process& process) {
  return process.space.empty() ? our_mounts(machine) : space_mounts(machine, process.space);
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

std::string status_of(const Process& process) {
  const std::string uid = "\t" + std::to_string(process.uid);
  return "Name:\t" + process.name.substr(0, 15) + "\nPPid:\t" + std::to_string(process.parent) + "\nUid:" + uid + uid +
         uid + uid + "\n";
}

std::string maps_of(const Process& process) {
  std::string text = "7ffc-7ffd rw-p 00000000 00:00 0   [stack]\n";
  for (const std::string& path : process.maps) text += "7f00-7f01 r-xp 00000000 08:01 42   " + path + "\n";
  return text;
}

std::string fdinfo(const Machine& machine, const Process& process, const std::string& number) {
  const std::string& path = process.files.at(std::stoul(number));
  const Way way = path.starts_with('/') ? way_to(mounts_of(machine, process), path) : Way{};
  const std::uint64_t mount = way.mounts.empty() ? 9 : way.mounts.back().id;
  return "pos:\t0\nflags:\t02\nmnt_id:\t" + std::to_string(mount) + "\n";
}

}  // namespace

std::optional<std::string> process_file(const Machine& machine, const std::string& path) {
  if (path == "/proc/self/mountinfo") return text_of(our_mounts(machine));
  if (path == "/proc/self/cgroup") return "0::" + machine.control_group + "\n";
  const Strings parts = split(path, '/');
  const auto given = machine.entries.find(path);
  if (given != machine.entries.end()) return given->second.text;
  if (parts.size() < 4) return std::nullopt;
  const auto process = process_of(machine, parts[2]);
  if (!process) return std::nullopt;
  const std::string& name = parts[3];
  if (name == "fdinfo" && parts.size() == 5) return fdinfo(machine, *process, parts[4]);
  if (name == "cmdline") return joined_argv(process->argv);
  if (name == "comm") return process->name.substr(0, 15) + "\n";
  if (name == "status") return status_of(*process);
  if (name == "maps") return maps_of(*process);
  if (name == "mountinfo") return text_of(mounts_of(machine, *process));
  if (name == "stat" && parts[2] == std::to_string(engine_pid(machine))) return stat_line(machine);
  return std::nullopt;
}

std::optional<Node> process_node(const Machine& machine, const std::string& path) {
  const Strings parts = split(path, '/');
  if (parts.size() < 4 || parts[1] != "proc") return std::nullopt;
  Node link;
  link.type = Node::Type::link;
  if (path == "/proc/self/ns/mnt") {
    link.target = "mnt:[4026531840]";
    return link;
  }
  const auto process = process_of(machine, parts[2]);
  if (!process) return std::nullopt;
  const std::string what = join({parts.begin() + 3, parts.end()}, "/");
  if (what == "cwd") link.target = process->cwd;
  if (what == "root") link.target = process->root;
  if (what == "exe") link.target = process->exe;
  if (what == "ns/mnt") link.target = "mnt:[" + (process->space.empty() ? "4026531840" : process->space) + "]";
  if (parts[3] == "fd" && parts.size() == 5) link.target = process->files.at(std::stoul(parts[4]));
  return link.target.empty() ? std::nullopt : std::optional(link);
}

Strings process_list(const Machine& machine, const std::string& directory) {
  const Strings parts = split(directory, '/');
  Strings names;
  if (directory == "/proc") {
    for (const auto& [pid, process] : processes(machine)) names.push_back(std::to_string(pid));
  } else if (parts.size() == 4 && parts[3] == "fd") {
    const auto process = process_of(machine, parts[2]);
    for (std::size_t i = 0; process && i < process->files.size(); ++i) names.push_back(std::to_string(i));
  }
  return names;
}

bool unmount_layer(Machine& machine, const std::string& path) {
  for (const Layer& layer : layers(machine)) {
    if (layer.path != path || layer.container.unmounted) continue;
    Container& container = machine.engine.roots.at(layer.root).containers.at(layer.name);
    container.unmounted = layer.lives;
    container.left = false;
    return true;
  }
  return false;
}

}  // namespace dockhost::sim
