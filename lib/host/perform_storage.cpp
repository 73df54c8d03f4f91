// SPDX-License-Identifier: GPL-3.0-or-later
// LVM and file systems. No tool is given a force flag that would let it take what is in use, but for mkfs of a device
// that was looked at directly before.
#include <algorithm>

#include "host/look.hpp"
#include "host/mountinfo.hpp"
#include "host/perform.hpp"

namespace dockhost {
namespace {

// A large disk whose old blocks are discarded first.
constexpr Limits kMake{std::chrono::seconds{1800}};
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

// What LVM leaves behind in the first MiB would look like data to the next run.
void give_back(Host& host, const PhysicalVolume& volume) {
  if (look<Disk>(host, volume.device).value_or(Disk{}).orphan) must_run(host, {"pvremove", volume.device});
  host.poke(volume.device, 0, volume.was.empty() ? std::string(kFirst, '\0') : volume.was);
}

Strings command(const char* tool, const Strings& options, const std::string& name, const Strings& disks) {
  Strings argv = {tool};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back(name);
  argv.insert(argv.end(), disks.begin(), disks.end());
  return argv;
}

void create_group(Host& host, const std::string& name, const VolumeGroup& group) {
  for (const PhysicalVolume& volume : group.volumes) must_be_free(host, volume);
  try {
    must_run(host, command("vgcreate", {"--physicalextentsize", std::to_string(group.extent) + "b"}, name,
                           devices(group.volumes)));
    const auto made = look<VolumeGroup>(host, name);
    if (made != group) throw Error("LVM made another group than predicted", {name});
  } catch (const std::exception&) {
    if (look<VolumeGroup>(host, name)) host.run({"vgremove", name});
    for (const PhysicalVolume& volume : group.volumes) give_back(host, volume);
    throw;
  }
}

void remove_group(Host& host, const std::string& name, const VolumeGroup& group) {
  must_run(host, {"vgremove", name});
  for (const PhysicalVolume& volume : group.volumes) give_back(host, volume);
}

void extend_group(Host& host, const std::string& name, const std::vector<PhysicalVolume>& added,
                  const VolumeGroup& wanted) {
  for (const PhysicalVolume& volume : added) must_be_free(host, volume);
  try {
    must_run(host, command("vgextend", {}, name, devices(added)));
    if (look<VolumeGroup>(host, name) != wanted) throw Error("LVM made another group than predicted", {name});
  } catch (const std::exception&) {
    const auto now = look<VolumeGroup>(host, name);
    for (const PhysicalVolume& volume : added) {
      if (now && contains(devices(now->volumes), volume.device)) host.run({"vgreduce", name, volume.device});
      give_back(host, volume);
    }
    throw;
  }
}

void tag(Host& host, const std::string& volume, const char* how) {
  must_run(host, {"lvchange", how, kUnfinishedTag, volume});
}

void make(Host& host, const std::string& device, const Filesystem& before, const Filesystem& wish) {
  // A run that is killed from here on leaves a volume that is known to hold nothing.
  const bool volume = !before.volume.empty();
  if (volume && !before.unfinished) tag(host, before.volume, "--addtag");
  try {
    if (!before.type.empty() && before.unfinished) must_run(host, {"wipefs", "--all", device});
    Strings argv = {"mkfs." + wish.type, wish.type == "xfs" ? "-f" : "-F", "-q"};
    if (!wish.label.empty()) argv.insert(argv.end(), {"-L", wish.label});
    argv.insert(argv.end(), wish.options.begin(), wish.options.end());
    argv.push_back(device);
    must_run(host, argv, kMake);
    if (volume) tag(host, before.volume, "--deltag");
  } catch (const std::exception&) {
    // Empty again: as it was, but for blocks behind the first MiB that nobody can read as anything.
    host.run({"wipefs", "--all", device});
    host.poke(device, 0, std::string(kFirst, '\0'));
    if (volume && !before.unfinished) host.run({"lvchange", "--deltag", kUnfinishedTag, before.volume});
    throw;
  }
}

void unmake(Host& host, const std::string& device, const Filesystem& after) {
  if (after.unfinished && !after.volume.empty()) tag(host, after.volume, "--addtag");
  must_run(host, {"wipefs", "--all", device});
  host.poke(device, 0, std::string(kFirst, '\0'));
}

std::string mount_point(const Host& host, const std::string& device) {
  const auto node = host.node(host.resolve(device));
  if (!node) return "";
  for (const MountLine& line : parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""))) {
    if (line.device == device_number(node->device)) return line.path;
  }
  return "";
}

void label(Host& host, const std::string& device, const Filesystem& wish) {
  if (wish.type == "ext4") return must_run(host, {"e2label", device, wish.label});
  const std::string point = mount_point(host, device);
  if (point.empty()) return must_run(host, {"xfs_admin", "-L", wish.label.empty() ? "--" : wish.label, device});
  must_run(host, {"xfs_io", "-c", wish.label.empty() ? "label -c" : "label -s " + wish.label, point});
}

// While it is mounted where it is; fsadm(8) mounts an xfs for it, and ext4 wants to be checked first (e2fsck(8): 1 is
// "errors corrected").
void grow(Host& host, const std::string& device, const Filesystem& system) {
  if (system.type == "ext4" && mount_point(host, device).empty()) {
    const Output check = host.run({"e2fsck", "-f", "-p", device}, kMake);
    if (!check.good() && check.code != 1) {
      throw Error("e2fsck failed (" + std::to_string(check.code) + "): " + printable(trim(check.out + check.err), true),
                  {device});
    }
  }
  must_run(host, {"fsadm", "--yes", "resize", device}, kMake);
}

}  // namespace

void perform_group(Host& host, const Change<VolumeGroup>& change) {
  if (!change.before) return create_group(host, change.key, *change.after);
  if (!change.after) return remove_group(host, change.key, *change.before);
  const auto added = beyond(change.after->volumes, change.before->volumes);
  const auto taken = beyond(change.before->volumes, change.after->volumes);
  if (!added.empty()) return extend_group(host, change.key, added, *change.after);
  for (const PhysicalVolume& volume : taken) {
    must_run(host, {"vgreduce", change.key, volume.device});
    give_back(host, volume);
  }
  if (!taken.empty()) return;
  for (std::size_t i = 0; i < change.after->volumes.size(); ++i) {
    const PhysicalVolume& volume = change.after->volumes[i];
    if (volume.extents < change.before->volumes.at(i).extents) throw Error("a physical volume stays as large as it is");
    if (volume.extents > change.before->volumes.at(i).extents) must_run(host, {"pvresize", volume.device});
  }
}

void perform_volume(Host& host, const Change<LogicalVolume>& change) {
  const std::size_t slash = change.key.find('/');
  const std::string group = change.key.substr(0, slash), name = change.key.substr(slash + 1);
  if (!change.after) {
    if (!change.before->unfinished) throw Error("a finished logical volume is not removed", {change.key});
    return must_run(host, {"lvremove", "--force", change.key});
  }
  const std::string extents = std::to_string(change.after->extents);
  if (!change.before) {
    // An old partition's file system may begin with the volume's first byte: it is wiped and zeroed.
    try {
      return must_run(host, {"lvcreate", "--yes", "--wipesignatures", "y", "--zero", "y", "--addtag", kUnfinishedTag,
                             "--extents", extents, "--name", name, group});
    } catch (const std::exception&) {
      if (look<LogicalVolume>(host, change.key)) host.run({"lvremove", "--force", change.key});
      throw;
    }
  }
  if (change.after->extents < change.before->extents) throw Error("a logical volume stays as large as it is");
  must_run(host, {"lvextend", "--extents", extents, change.key});
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
