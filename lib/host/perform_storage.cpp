// SPDX-License-Identifier: GPL-3.0-or-later
// LVM and file systems. No tool is given a force flag that would let it take what is in use, but for mkfs of a device
// that was looked at directly before.
#include <algorithm>
#include <functional>

#include "core/show.hpp"
#include "host/look.hpp"
#include "host/mountinfo.hpp"
#include "host/perform.hpp"
#include "host/volume_use.hpp"

namespace dockhost {
namespace {

// A tool that is late is killed, and none of these may be in the middle: LVM waits for locks of others, and mkfs,
// e2fsck and resize2fs take as long as the disk is large.
constexpr Limits kLvm{std::chrono::minutes{10}};
constexpr Limits kMake{std::chrono::hours{24}};
constexpr std::size_t kFirst = std::size_t{1024} * 1024;

Strings devices(const std::vector<PhysicalVolume>& volumes) {
  Strings names;
  for (const PhysicalVolume& volume : volumes) names.push_back(volume.device);
  return names;
}

// Those of `all` whose device is not in `some`.
std::vector<PhysicalVolume> beyond(const std::vector<PhysicalVolume>& all, const std::vector<PhysicalVolume>& some) {
  std::vector<PhysicalVolume> rest;
  const Strings known = devices(some);
  std::copy_if(all.begin(), all.end(), std::back_inserter(rest),
               [&](const PhysicalVolume& one) { return !contains(known, one.device); });
  return rest;
}

// The whole probe once more, directly before the first write.
void must_be_free(Host& host, const PhysicalVolume& volume) {
  const auto disk = look<Disk>(host, volume.device);
  if (!disk) throw Error("does not exist any more; nothing was changed", {volume.device});
  if (!disk->used.empty()) throw Error(disk->used + "; nothing was changed", {volume.device});
  if (disk->unknown != volume.was)
    throw Error("has changed since the plan was made; nothing was changed", {volume.device});
}

// Does the work. When it fails, cleans up after it, and tells of both where that fails too.
void clean_on_failure(const std::function<void()>& work, const std::function<void()>& clean) {
  try {
    work();
  } catch (const std::exception& failure) {
    try {
      clean();
    } catch (const std::exception& left) {
      throw Error(std::string(failure.what()) + "; and what was begun could not be undone: " + left.what());
    }
    throw;
  }
}

// Whether the first MiB is what LVM leaves where it gives a disk back: the magic of its metadata (FMTT_MAGIC), or zeros
// in the place of what was there.
bool left_by_lvm(const std::string& now, const std::string& was) {
  if (now.find(" LVM2 x[5A%r0N*>") != std::string::npos) return true;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i] != '\0' && (i >= was.size() || now[i] != was[i])) return false;
  }
  return true;
}

// What LVM leaves behind in the first MiB would look like data to the next run. A disk that somebody else has taken
// meanwhile is not written to, nor one that is as it was.
void give_back(Host& host, const PhysicalVolume& volume) {
  auto disk = look<Disk>(host, volume.device);
  if (disk && disk->orphan) {
    must_run(host, {"pvremove", "--", volume.device}, kLvm);
    disk = look<Disk>(host, volume.device);
  }
  if (!disk) throw Error("does not exist any more", {volume.device});
  if (!disk->used.empty()) throw Error(disk->used + ", and is left so", {volume.device});
  if (disk->unknown == volume.was) return;
  if (!left_by_lvm(disk->unknown, volume.was))
    throw Error("holds data of somebody else by now, and is left so", {volume.device});
  host.poke(volume.device, 0, volume.was.empty() ? std::string(kFirst, '\0') : volume.was);
}

Strings command(const char* tool, const Strings& options, const std::string& name, const Strings& disks) {
  Strings argv = {tool};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {"--", name});
  argv.insert(argv.end(), disks.begin(), disks.end());
  return argv;
}

// Only what is on these disks alone: a group of that name may be somebody else's.
void remove_group(Host& host, const std::string& name, const std::vector<PhysicalVolume>& volumes) {
  const auto now = look<VolumeGroup>(host, name);
  if (now && devices(now->volumes) == devices(volumes)) must_run(host, {"vgremove", "--", name}, kLvm);
  for (const PhysicalVolume& volume : volumes) give_back(host, volume);
}

void take_out(Host& host, const std::string& name, const std::vector<PhysicalVolume>& volumes) {
  for (const PhysicalVolume& volume : volumes) {
    const auto now = look<VolumeGroup>(host, name);
    const bool in = now && contains(devices(now->volumes), volume.device);
    if (in) must_run(host, {"vgreduce", "--", name, volume.device}, kLvm);
    give_back(host, volume);
  }
}

void must_be(Host& host, const std::string& name, const VolumeGroup& wanted) {
  const auto made = look<VolumeGroup>(host, name);
  if (made == wanted) return;
  throw Error("LVM made another volume group " + quote(name) + " than predicted: " + show(std::optional(wanted)) +
              "; it is " + show(made));
}

void create_group(Host& host, const std::string& name, const VolumeGroup& group) {
  for (const PhysicalVolume& volume : group.volumes) must_be_free(host, volume);
  const auto work = [&] {
    must_run(
        host,
        command("vgcreate", {"--physicalextentsize", std::to_string(group.extent) + "b"}, name, devices(group.volumes)),
        kLvm);
    must_be(host, name, group);
  };
  clean_on_failure(work, [&] { remove_group(host, name, group.volumes); });
}

void extend_group(Host& host, const std::string& name, const std::vector<PhysicalVolume>& added,
                  const VolumeGroup& wanted) {
  for (const PhysicalVolume& volume : added) must_be_free(host, volume);
  const auto work = [&] {
    must_run(host, command("vgextend", {}, name, devices(added)), kLvm);
    must_be(host, name, wanted);
  };
  clean_on_failure(work, [&] { take_out(host, name, added); });
}

void tag(Host& host, const std::string& volume, const char* how) {
  must_run(host, {"lvchange", how, kUnfinishedTag, "--", volume}, kLvm);
}

// Before anything is taken off again: somebody may have mounted it, or written to it, since it was made.
void must_be_untouched(Host& host, const std::string& device) {
  const auto system = look<Filesystem>(host, device);
  const std::string use = system ? use_of(host, host.resolve(device), system->type) : "";
  if (!use.empty()) throw Error(use + ", and is left so", {device});
}

// Takes off what was put there by this run, where nobody has used it.
void empty(Host& host, const std::string& device) {
  must_run(host, {"wipefs", "--all", "--", device});
  host.poke(device, 0, std::string(kFirst, '\0'));
}

void make(Host& host, const std::string& device, const Filesystem& before, const Filesystem& wish) {
  // A run that is killed from here on leaves a volume that is known to hold nothing.
  const bool volume = !before.volume.empty(), tagged = before.unfinished;
  if (volume && !tagged) tag(host, before.volume, "--addtag");
  const auto work = [&] {
    if (!before.type.empty()) must_run(host, {"wipefs", "--all", "--", device});
    Strings argv = {"mkfs." + wish.type, wish.type == "xfs" ? "-f" : "-F", "-q"};
    if (!wish.label.empty()) argv.insert(argv.end(), {"-L", wish.label});
    argv.insert(argv.end(), wish.options.begin(), wish.options.end());
    argv.insert(argv.end(), {"--", device});
    must_run(host, argv, kMake);
    if (volume) tag(host, before.volume, "--deltag");
  };
  clean_on_failure(work, [&] {
    must_be_untouched(host, device);
    empty(host, device);
    if (volume && !tagged) tag(host, before.volume, "--deltag");
  });
}

void unmake(Host& host, const std::string& device, const Filesystem& after) {
  must_be_untouched(host, device);
  if (after.unfinished) tag(host, after.volume, "--addtag");
  empty(host, device);
}

std::string mount_point(const Host& host, const std::string& device) {
  const auto node = host.node(host.resolve(device));
  return node ? mounted_on(host, device_number(node->device)) : "";
}

void label(Host& host, const std::string& device, const Filesystem& wish) {
  if (wish.type == "ext4") return must_run(host, {"e2label", device, wish.label});
  const std::string point = mount_point(host, device);
  if (point.empty()) return must_run(host, {"xfs_admin", "-L", wish.label.empty() ? "--" : wish.label, "--", device});
  must_run(host, {"xfs_io", "-c", wish.label.empty() ? "label -c" : "label -s " + wish.label, "--", point});
}

// While it is mounted where it is; fsadm(8) mounts an xfs for it, and ext4 wants to be checked first (e2fsck(8): 1 is
// "errors corrected").
void grow(Host& host, const std::string& device, const Filesystem& system) {
  if (system.type == "ext4" && mount_point(host, device).empty()) {
    const Output check = host.run({"e2fsck", "-f", "-p", "--", device}, kMake);
    if (!check.good() && check.code != 1) {
      throw Error("e2fsck failed (" + std::to_string(check.code) + "): " + printable(trim(check.out + check.err), true),
                  {device});
    }
  }
  must_run(host, {"fsadm", "--yes", "resize", device}, kMake);
}

// One that carries our tag, and that nobody has used; any other is somebody's.
void remove_volume(Host& host, const std::string& key) {
  const auto volume = look<LogicalVolume>(host, key);
  if (!volume || !volume->unfinished) throw Error("the logical volume " + key + " is not ours to remove");
  const std::size_t slash = key.find('/');
  const auto held = look<Filesystem>(host, device_of(key.substr(0, slash), key.substr(slash + 1)));
  if (held && !held->worked.empty()) throw Error("the logical volume " + key + " is left, because " + held->worked);
  must_run(host, {"lvremove", "--force", "--", key}, kLvm);
}

}  // namespace

void perform_group(Host& host, const Change<VolumeGroup>& change) {
  if (!change.before) return create_group(host, change.key, *change.after);
  if (!change.after) return remove_group(host, change.key, change.before->volumes);
  const auto added = beyond(change.after->volumes, change.before->volumes);
  const auto taken = beyond(change.before->volumes, change.after->volumes);
  if (!added.empty()) return extend_group(host, change.key, added, *change.after);
  if (!taken.empty()) return take_out(host, change.key, taken);
  for (std::size_t i = 0; i < change.after->volumes.size(); ++i) {
    const PhysicalVolume& volume = change.after->volumes[i];
    if (volume.extents < change.before->volumes.at(i).extents) throw Error("a physical volume stays as large as it is");
    if (volume.extents > change.before->volumes.at(i).extents) must_run(host, {"pvresize", "--", volume.device}, kLvm);
  }
}

void perform_volume(Host& host, const Change<LogicalVolume>& change) {
  const std::size_t slash = change.key.find('/');
  const std::string group = change.key.substr(0, slash), name = change.key.substr(slash + 1);
  if (!change.after) return remove_volume(host, change.key);
  const std::string extents = std::to_string(change.after->extents);
  if (change.before) {
    if (change.after->extents < change.before->extents) throw Error("a logical volume stays as large as it is");
    return must_run(host, {"lvextend", "--extents", extents, "--", change.key}, kLvm);
  }
  // An old partition's file system may begin with the volume's first byte: it is wiped and zeroed.
  const Strings argv = {"lvcreate",  "--yes", "--wipesignatures", "y",  "--zero", "y",  "--addtag", kUnfinishedTag,
                        "--extents", extents, "--name",           name, "--",     group};
  clean_on_failure([&] { must_run(host, argv, kLvm); },
                   [&] {
                     if (look<LogicalVolume>(host, change.key)) remove_volume(host, change.key);
                   });
}

void perform_filesystem(Host& host, const Change<Filesystem>& change) {
  const Filesystem before = change.before.value_or(Filesystem{}), after = change.after.value_or(Filesystem{});
  if (after.unfinished || after.blank()) return unmake(host, change.key, after);
  if (before.unfinished || before.blank()) return make(host, change.key, before, after);
  if (before.fills && !after.fills) throw Error("a file system stays as large as it is");
  if (before.label != after.label) label(host, change.key, after);
  if (!before.fills && after.fills) grow(host, change.key, after);
}

}  // namespace dockhost
