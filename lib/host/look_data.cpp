// SPDX-License-Identifier: GPL-3.0-or-later
// Docker's data and what a move of it has left. What lies below a mount, or on a file system that is not mounted, is
// looked at through mounts of this run's own, which write nothing and leave nothing behind.
#include <algorithm>
#include <filesystem>

#include "host/data_users.hpp"
#include "host/look.hpp"
#include "host/look_data.hpp"
#include "host/mountinfo.hpp"
#include "host/move_note.hpp"
#include "host/own_mounts.hpp"
#include "host/volume_use.hpp"

namespace dockhost {
namespace {

std::vector<MountLine> mounts(const Host& host) {
  return parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""));
}

bool is_mount_point(const Host& host, const std::string& path) { return way_to(mounts(host), path).depth != 0; }

Tree::Is is_of(const Host& host, const std::string& path, const Strings& of_no_account) {
  const auto node = host.node(path);
  if (!node) return Tree::Is::absent;
  if (node->type != Node::Type::directory) return Tree::Is::full;
  return without(host.list(path), of_no_account).empty() ? Tree::Is::empty : Tree::Is::full;
}

void count(const Host& host, Tree& tree, const std::string& path, std::optional<std::int64_t> since) {
  const auto node = host.node(path);
  if (!tree.full() || !node || node->type != Node::Type::directory) return;
  const TreeSum sum = host.sum_tree(path, {kGuard, since, node->mode != kBeingRemoved});
  tree.bytes = sum.bytes;
  tree.inodes = sum.inodes;
  tree.newest = sum.newest;
  tree.written = sum.written;
  tree.written_name = sum.written_name;
}

// Without ftype, overlay2 does not work (Docker refuses it).
bool without_ftype(Host& host, const std::string& device, const std::string& type) {
  return type == "xfs" && host.run({"xfs_info", "--", device}).out.find("ftype=0") != std::string::npos;
}

// What is to be told of the target, from where it is mounted.
void see_target(Host& host, const std::string& root, const std::string& at, const MoveNote& note, Data& seen) {
  seen.target.is = is_of(host, at, {"lost+found", kGuard});
  const std::pair<std::uint64_t, std::uint64_t> room = free_room(host, at);
  seen.bytes_free = room.first;
  seen.inodes_free = room.second;
  if (!seen.target.full()) return;
  const TreeSum sum = host.sum_tree(at, {kGuard});
  seen.target.bytes = sum.bytes;
  seen.target.inodes = sum.inodes;
  seen.target.newest = sum.newest;
  if (note.copy == Data::Copy::begun && host.node(root)) {
    const CopyWork work = host.work_in_copy(at, root, {kGuard, note.changed});
    seen.worked = work.by_others() ? work.files : 0;
    seen.worked_name = work.name;
  }
  if (note.copy == Data::Copy::verified) seen.target_newer = sum.hash != note.copy_hash;
}

// A verified copy that is not mounted counts as it was where its journal may not be replayed yet, which an xfs does not
// tell: what has become of it is seen by the step that relies on it.
void see_unmounted_copy(Host& host, const std::string& root, const std::string& real, const MoveNote& note,
                        const Filesystem& system, Data& seen) {
  seen.target.is = Tree::Is::full;
  if (needs_replay(host, real, system.type)) return;
  OwnMounts own(host);
  see_target(host, root, own.file_system(real, system.type, true), note, seen);
  if (system.type != "ext4") seen.target_newer = false;
}

// The target that is not mounted on the root.
void see_unmounted_target(Host& host, const std::string& root, const std::string& device, const std::string& real,
                          const MoveNote& note, const Filesystem& system, Data& seen) {
  const std::string elsewhere = mounted_on(host, device_number(host.node(real)->device));
  if (!elsewhere.empty()) {
    seen.flaw = device + " is mounted on " + elsewhere;
    return;
  }
  if (note.copy == Data::Copy::verified) return see_unmounted_copy(host, root, real, note, system, seen);
  if (needs_replay(host, real, system.type)) {
    if (note.copy == Data::Copy::begun)
      seen.target.is = Tree::Is::full;
    else
      seen.flaw = device + " was not unmounted cleanly; mount it once";
    return;
  }
  OwnMounts own(host);
  see_target(host, root, own.file_system(real, system.type, true), note, seen);
  if (without_ftype(host, real, system.type)) seen.flaw = device + " is an xfs without ftype, which overlay2 needs";
}

// The old data, too: the directory that was made in its place tells since when it is aside.
void see_own(Host& host, const std::string& root, const std::string& at, const MoveNote& note, Data& seen) {
  seen.own.is = is_of(host, at, {});
  const auto node = host.node(at);
  count(host, seen.aside, aside_of(root), node && !seen.own.full() ? std::optional(node->changed) : std::nullopt);
  if (node) {
    seen.mode = node->mode;
    seen.uid = node->uid;
    seen.gid = node->gid;
  }
  if (!seen.own.full()) return;
  const TreeSum sum = host.sum_tree(at, {kGuard});
  seen.own.bytes = sum.bytes;
  seen.own.inodes = sum.inodes;
  seen.own.newest = sum.newest;
  seen.limited = sum.limited;
  seen.subvolume = sum.subvolume;
  seen.longest = sum.longest;
  seen.deepest = sum.deepest;
  if (note.copy == Data::Copy::verified) seen.own_newer = sum.hash != note.own_hash;
}

// Names that Docker gives to a volume, a container, a layer or an image, below a data root; in user namespaces they are
// one folder further down.
Strings names_in(const Host& host, const std::string& root) {
  Strings bases = {""}, all;
  for (const std::string& name : host.list(root)) {
    if (name.find_first_not_of("0123456789.") == std::string::npos) bases.push_back("/" + name);
  }
  for (const std::string& base : bases) {
    for (const char* const folder :
         {"/volumes", "/containers", "/overlay2", "/vfs/dir", "/image/overlay2/imagedb/content/sha256"}) {
      for (const std::string& name : host.list(root + base + folder)) all.push_back(base + folder + "/" + name);
    }
  }
  // Docker makes these in every data root.
  const Strings its_own = {"metadata.db", "backingFsBlockDev", "l"};
  std::erase_if(all, [&](const std::string& path) { return contains(its_own, path.substr(path.rfind('/') + 1)); });
  return all;
}

// Whether the data aside was never copied to what is mounted on the root: a new file system under the old name, on
// which Docker has begun anew. What was removed in the meantime is missing, but never all of it.
bool unrelated(const Host& host, const std::string& root, const std::string& aside) {
  const Strings names = names_in(host, aside);
  return !names.empty() &&
         std::none_of(names.begin(), names.end(), [&](const std::string& name) { return host.node(root + name); });
}

bool holds_file_system(const std::optional<Filesystem>& system) {
  return system && !system->unfinished && (system->type == "ext4" || system->type == "xfs");
}

void rights_of_the_one_aside(const Host& host, const std::string& root, Data& seen) {
  if (seen.own.is != Tree::Is::absent) return;
  const auto node = host.node(aside_of(root));
  if (!node || node->type != Node::Type::directory || node->mode == kBeingRemoved) return;
  seen.mode = node->mode;
  seen.uid = node->uid;
  seen.gid = node->gid;
}

}  // namespace

std::pair<std::uint64_t, std::uint64_t> free_room(Host& host, const std::string& path) {
  const Output output = host.run({"df", "--block-size=1", "--output=avail,iavail", "--", path});
  const Strings said = words(output.out);
  if (!output.good() || said.size() < 2) throw Error("df does not tell how much is free", {path});
  return {leading_number(said[said.size() - 2]), leading_number(said.back())};
}

Data glance(Host& host, const std::string& key) {
  const auto [root, device] = data_parts(key);
  Data seen;
  seen.aside.is = is_of(host, aside_of(root), {});
  if (!is_mount_point(host, root)) {
    seen.own.is = is_of(host, root, {});
    return seen;
  }
  OwnMounts own(host);
  seen.own.is = is_of(host, own.below(root), {});
  return seen;
}

template <>
std::optional<FreeSpace> look<FreeSpace>(Host& host, const std::string& path) {
  if (!host.node(path)) return std::nullopt;
  return FreeSpace{free_room(host, path).first};
}

template <>
std::optional<Data> look<Data>(Host& host, const std::string& key) {
  if (!host.root()) throw Error("only root can look at Docker's data (use become)");
  const auto [root, device] = data_parts(key);
  Data seen;
  seen.real = host.resolve(root);
  const std::string real = host.resolve(device);
  const auto system = real.empty() ? std::nullopt : look<Filesystem>(host, device);
  const bool has_target = holds_file_system(system);
  const MoveNote note = move_note(host, root, has_target ? file_system_uuid(host, real) : "");
  seen.copy = note.copy;
  seen.aside.is = is_of(host, aside_of(root), {});
  seen.noted = host.node(note_of(root)).has_value();
  if (is_mount_point(host, root)) {
    OwnMounts own(host);
    see_own(host, root, own.below(root), note, seen);
    const auto mount = look<Mount>(host, root);
    const auto known = look<Device>(host, device);  // of a loop device the kernel's mount shows the file behind it
    const bool target = mount && known && mount->root == "/" && mount->device == known->device;
    if (target) see_target(host, root, root, note, seen);
    if (seen.aside.full()) seen.unrelated = unrelated(host, root, aside_of(root));
    if (!target && has_target) seen.flaw = device + " is not what is mounted on " + root;
  } else {
    see_own(host, root, root, note, seen);
    if (has_target) see_unmounted_target(host, root, device, real, note, *system, seen);
  }
  rights_of_the_one_aside(host, root, seen);
  return seen;
}

template <>
std::optional<RootUse> look<RootUse>(Host& host, const std::string& key) {
  const std::size_t blank = key.find(' ');
  const std::string docker = key.substr(0, blank), root = key.substr(blank + 1);
  if (docker == "elsewhere") return data_use(host, root, DockerIs::elsewhere);
  return data_use(host, root, docker == "running" ? DockerIs::running : DockerIs::stopped);
}

}  // namespace dockhost
