// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/proc.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>

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

std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) text += c == ' ' ? std::string("\\040") : std::string(1, c);
  return text;
}

std::string text_of(const MountLine& line) {
  std::string tags;
  if (line.shared != 0) tags += " shared:" + std::to_string(line.shared);
  if (line.master != 0) tags += " master:" + std::to_string(line.master);
  return std::to_string(line.id) + " " + std::to_string(line.parent) + " " + line.device + " " + line.root + " " +
         escaped(line.path) + " " + join(line.options, ",") + tags + " - " + line.fstype + " " + line.source + " " +
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

const MountLine* mount_of(const std::vector<MountLine>& lines, const std::string& path) {
  const Way way = path.starts_with('/') ? way_to(lines, path) : Way{};
  return way.mounts.empty() ? nullptr : with_id(lines, way.mounts.back().id);
}

const MountLine* mount_of(const std::vector<MountLine>& lines, const Process& process, const std::string& path) {
  const MountLine* line = mount_of(lines, path);
  return process.covered && line != nullptr ? with_id(lines, line->parent) : line;
}

// "254:16" as "fe:10".
std::string hexadecimal(const std::string& device) {
  const Strings parts = split(device, ':');
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x", static_cast<unsigned>(std::stoul(parts.at(0))),
                static_cast<unsigned>(std::stoul(parts.at(1))));
  return text.data();
}

std::string maps_of(const Machine& machine, const Process& process) {
  std::string text =
      "7ffc-7ffd rw-p 00000000 00:00 0   [stack]\n7ffd-7ffe rw-s 00000000 00:01 5   /dev/zero (deleted)\n";
  const std::vector<MountLine> lines = mounts_of(machine, process);
  for (const std::string& path : process.maps) {
    const MountLine* mount = mount_of(lines, process, path);
    text += "7f00-7f01 r-xp 00000000 " + hexadecimal(mount == nullptr ? "0:1" : mount->device) + " 42   " + path + "\n";
  }
  return text;
}

// What a process has open: what the link says, and the octal flags.
struct Descriptor {
  std::string target, flags;
};

std::string inode_of(const Process& process, std::size_t index) {
  return std::to_string(std::hash<std::string>{}(process.bound.at(index)) % 1'000'000 + 100);
}

std::vector<Descriptor> descriptors(const Process& process) {
  std::vector<Descriptor> all;
  for (const std::string& path : process.files) all.push_back({path, "0100000"});
  for (const std::string& path : process.writes) all.push_back({path, "0100002"});
  for (std::size_t i = 0; i < process.bound.size(); ++i) all.push_back({"socket:[" + inode_of(process, i) + "]", "02"});
  return all;
}

std::string fdinfo(const Machine& machine, const Process& process, const std::string& number) {
  const Descriptor file = descriptors(process).at(std::stoul(number));
  const std::vector<MountLine> lines = mounts_of(machine, process);
  const MountLine* mount = mount_of(lines, process, file.target);
  return "pos:\t0\nflags:\t" + file.flags + "\nmnt_id:\t" + std::to_string(mount == nullptr ? 9 : mount->id) + "\n";
}

std::string unix_sockets(const Machine& machine) {
  std::string text = "Num       RefCount Protocol Flags    Type St Inode Path\n";
  for (const auto& [pid, process] : processes(machine)) {
    for (std::size_t i = 0; i < process.bound.size(); ++i) {
      text += "0000000000000000: 00000002 00000000 00010000 0001 01 " + inode_of(process, i) + " " + process.bound[i] +
              "\n";
    }
  }
  return text + "0000000000000000: 00000003 00000000 00000000 0001 03 77\n";
}

std::string swaps_of(const Machine& machine) {
  std::string text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
  for (const std::string& path : machine.swaps) text += escaped(path) + "                 file\t\t1048572\t\t0\t\t-2\n";
  return text;
}

// Everything that a process holds, as paths.
Strings held_paths(const Process& process) {
  Strings all = {process.cwd, process.root, process.exe};
  for (const Strings* more : {&process.files, &process.writes, &process.maps})
    all.insert(all.end(), more->begin(), more->end());
  // Below a root of its own the path leads elsewhere.
  if (process.root == "/") all.insert(all.end(), process.bound.begin(), process.bound.end());
  return all;
}

Strings deleted_files(const Process& process) {
  Strings all = held_paths(process);
  std::erase_if(all, [](const std::string& path) { return !path.ends_with(" (deleted)"); });
  return all;
}

// What is written to a pipe or a device does not go to the file system.
Strings written_files(const Machine& machine, const Process& process) {
  Strings all = process.writes;
  std::erase_if(all, [&](const std::string& path) {
    const auto entry = machine.entries.find(path);
    return entry != machine.entries.end() && entry->second.type != Node::Type::file;
  });
  return all;
}

// What the kernel itself has open: files behind loop devices, and of swap.
Strings kernel_files(const Machine& machine) {
  Strings all = machine.swaps;
  for (const auto& [path, disk] : machine.disks) {
    if (!disk.backing.empty()) all.push_back(disk.backing);
  }
  return all;
}

// A copy in another namespace goes along, and keeps ours with it, unless something is mounted on it.
bool same_or_copy(const std::vector<MountLine>& lines, const MountLine& line, const MountLine& ours) {
  if (line.id == ours.id) return true;
  const bool carries =
      std::any_of(lines.begin(), lines.end(), [&](const MountLine& other) { return other.parent == line.id; });
  return line.master != 0 && line.master == ours.shared && line.path == ours.path && !carries;
}

}  // namespace

std::optional<std::string> process_file(const Machine& machine, const std::string& path) {
  if (path == "/proc/self/mountinfo") return text_of(our_mounts(machine));
  const auto given = machine.entries.find(path);
  if (given != machine.entries.end()) return given->second.text;
  if (path == "/proc/self/cgroup") return "0::" + machine.control_group + "\n";
  if (path == "/proc/self/net/unix") return unix_sockets(machine);
  if (path == "/proc/swaps") return swaps_of(machine);
  const Strings parts = split(path, '/');
  if (parts.size() < 4) return std::nullopt;
  const auto process = process_of(machine, parts[2]);
  if (!process) return std::nullopt;
  const std::string& name = parts[3];
  if (name == "fdinfo" && parts.size() == 5) return fdinfo(machine, *process, parts[4]);
  if (name == "cmdline") return joined_argv(process->argv);
  if (name == "comm") return process->name.substr(0, 15) + "\n";
  if (name == "status") return status_of(*process);
  if (name == "maps") return maps_of(machine, *process);
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
  if (what.starts_with("root/") && contains(process->bound, what.substr(4))) {
    link.type = Node::Type::other;
    return link;
  }
  if (what == "cwd") link.target = process->cwd;
  if (what == "root") link.target = process->root;
  if (what == "exe") link.target = process->exe;
  if (what == "ns/mnt") link.target = "mnt:[" + (process->space.empty() ? "4026531840" : process->space) + "]";
  if (parts[3] == "fd" && parts.size() == 5) link.target = descriptors(*process).at(std::stoul(parts[4])).target;
  return link.target.empty() ? std::nullopt : std::optional(link);
}

Strings process_list(const Machine& machine, const std::string& directory) {
  const Strings parts = split(directory, '/');
  Strings names;
  if (directory == "/proc") {
    for (const auto& [pid, process] : processes(machine)) names.push_back(std::to_string(pid));
  } else if (parts.size() == 4 && parts[3] == "fd") {
    const auto process = process_of(machine, parts[2]);
    const std::size_t open = process ? descriptors(*process).size() : 0;
    for (std::size_t i = 0; i < open; ++i) names.push_back(std::to_string(i));
  }
  return names;
}

std::uint64_t mount_of_link(const Machine& machine, const std::string& path) {
  const Strings parts = split(path, '/');
  const auto process = parts.size() == 4 ? process_of(machine, parts[2]) : std::nullopt;
  const auto node = process ? process_node(machine, path) : std::nullopt;
  if (!node) return 0;
  const std::vector<MountLine> lines = mounts_of(machine, *process);
  const MountLine* line = mount_of(lines, *process, node->target);
  return line == nullptr ? 0 : line->id;
}

bool keeps_busy(const Machine& machine, const std::string& mount_point) {
  const std::vector<MountLine> lines = our_mounts(machine);
  const MountLine* ours = mount_of(lines, mount_point);
  const auto on_it = [&](const std::vector<MountLine>& seen, const Process& process, const Strings& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      const MountLine* line = mount_of(seen, process, path);
      return line != nullptr && same_or_copy(seen, *line, *ours);
    });
  };
  const bool carries =
      std::any_of(lines.begin(), lines.end(), [&](const MountLine& line) { return line.parent == ours->id; });
  if (carries || on_it(lines, {}, kernel_files(machine))) return true;
  const auto all = processes(machine);
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    return on_it(mounts_of(machine, one.second), one.second, held_paths(one.second));
  });
}

bool keeps_writable(const Machine& machine, const std::string& mount_point, bool bind) {
  const std::vector<MountLine> lines = our_mounts(machine);
  const MountLine* ours = mount_of(lines, mount_point);
  const auto on_it = [&](const std::vector<MountLine>& seen, const Process& process, const Strings& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      const MountLine* line = mount_of(seen, process, path);
      return line != nullptr && (bind ? line->id == ours->id : line->device == ours->device);
    });
  };
  if (on_it(lines, {}, kernel_files(machine))) return true;
  const auto all = processes(machine);
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    const auto mounts = mounts_of(machine, one.second);
    return on_it(mounts, one.second, written_files(machine, one.second)) ||
           (!bind && on_it(mounts, one.second, deleted_files(one.second)));
  });
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
