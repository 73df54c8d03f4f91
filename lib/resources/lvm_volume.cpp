// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/lvm_volume.hpp"

#include <algorithm>

#include "resources/lvm_names.hpp"
#include "resources/lvm_volume_spec.hpp"

namespace dockhost {
namespace {

constexpr const char* kUntouched = ". Nothing was changed.";
constexpr std::uint64_t kMiB = 1024ULL * 1024, kExtent = 4 * kMiB, kLeastXfs = 300 * kMiB;

void check_label(const std::string& fstype, const std::string& label) {
  const std::size_t most = fstype == "xfs" ? 12 : 16;
  if (label.size() > most) {
    throw Error("label: " + quote(label) + " has " + std::to_string(label.size()) + " characters, " + fstype +
                " keeps " + std::to_string(most));
  }
  if (!label.empty() && !name_for_lvm(label))
    throw Error("label: " + quote(label) + " may hold letters, digits and _.+- only");
}

std::uint64_t extent_of(const json& given) {
  if (given.is_null()) return 0;
  const LvmSize size = lvm_size(given.get<std::string>());
  const bool power = size.bytes != 0 && (size.bytes & (size.bytes - 1)) == 0;
  if (!power || size.bytes < 1024)
    throw Error("extent_size: " + quote(given.get<std::string>()) + " is no power of two of at least 1K");
  return size.bytes;
}

// "/dev/disk/by-id/x (/dev/vdb)" where the two differ.
std::string called(const std::string& name, const std::string& device) {
  return name == device ? name : name + " (" + device + ")";
}

void need_tool(const Plan& plan, const std::string& tool, const char* package) {
  if (plan.now().find<Tool>(tool)) return;
  throw Refusal("the tool " + quote(tool) + " is not installed (package " + package + " on Debian and on RHEL)");
}

const Disk& disk_named(const Plan& plan, const std::string& name) {
  const auto& disk = plan.now().find<Disk>(name);
  if (!disk) throw Refusal(name + " does not exist");
  return *disk;
}

std::uint64_t usable(std::uint64_t bytes, std::uint64_t start, std::uint64_t extent) {
  return bytes > start ? (bytes - start) / extent : 0;
}

// The physical volume that this disk becomes.
PhysicalVolume taken(const Plan& plan, const VolumeWish& wish, const std::string& name, std::uint64_t extent) {
  const Disk& disk = disk_named(plan, name);
  const std::string shown = called(name, disk.device);
  if (!disk.used.empty()) throw Refusal(shown + " " + disk.used + kUntouched);
  if (!disk.unknown.empty() && !wish.accept_unknown_data) {
    throw Refusal(shown +
                  " has no signature, but its first MiB is not empty; accept_unknown_data takes it all the same. "
                  "Nothing was changed.");
  }
  PhysicalVolume volume{disk.device, usable(disk.bytes, disk.data_start, extent), disk.data_start, disk.bytes,
                        disk.unknown};
  if (volume.extents == 0) {
    throw Refusal(shown + " has " + std::to_string(disk.bytes) + " bytes, which gives no extent of " +
                  std::to_string(extent) + " bytes");
  }
  if (!disk.excluded.empty()) throw Refusal("LVM does not take " + shown + ": " + disk.excluded + kUntouched);
  return volume;
}

bool holds(const VolumeGroup& group, const std::string& device) {
  return std::any_of(group.volumes.begin(), group.volumes.end(),
                     [&](const PhysicalVolume& one) { return one.device == device; });
}

void add(VolumeGroup& group, const PhysicalVolume& volume) {
  group.volumes.push_back(volume);
  group.free += volume.extents;
  std::sort(group.volumes.begin(), group.volumes.end(),
            [](const PhysicalVolume& a, const PhysicalVolume& b) { return a.device < b.device; });
}

void plan_new_group(Plan& plan, const VolumeWish& wish) {
  // vgcreate(8) takes no name that is one in /dev already, such as shm or mapper.
  const std::string folder = "/dev/" + wish.group;
  if (plan.now().find<Device>(folder)) {
    throw Refusal("volume_group: " + quote(wish.group) + " cannot be the name of a new group, because " + folder +
                  " is there already" + kUntouched);
  }
  VolumeGroup group;
  group.extent = wish.extent == 0 ? kExtent : wish.extent;
  for (const std::string& name : wish.disks) {
    const PhysicalVolume volume = taken(plan, wish, name, group.extent);
    if (!holds(group, volume.device)) add(group, volume);
  }
  plan.want<VolumeGroup>(wish.group, group);
}

void plan_more_disks(Plan& plan, const VolumeWish& wish) {
  VolumeGroup group = *plan.now().find<VolumeGroup>(wish.group);
  if (wish.extent != 0 && wish.extent != group.extent) {
    throw Refusal("volume group " + wish.group + " has extents of " + std::to_string(group.extent) + " bytes, wanted " +
                  std::to_string(wish.extent) + ": that cannot be changed");
  }
  const bool ours = std::any_of(wish.disks.begin(), wish.disks.end(),
                                [&](const std::string& name) { return holds(group, disk_named(plan, name).device); });
  if (!ours) {
    Strings devices;
    for (const PhysicalVolume& volume : group.volumes) devices.push_back(volume.device);
    throw Refusal("volume group " + wish.group + " is there already, on " + sentence_list(devices) +
                  ", none of which is among the disks; name one of them if the group is meant");
  }
  for (const std::string& name : wish.disks) {
    if (!holds(group, disk_named(plan, name).device)) add(group, taken(plan, wish, name, group.extent));
  }
  plan.want<VolumeGroup>(wish.group, group);
}

// Disks that have grown since they were taken.
void plan_grown_disks(Plan& plan, const VolumeWish& wish) {
  VolumeGroup group = *plan.now().find<VolumeGroup>(wish.group);
  for (PhysicalVolume& volume : group.volumes) {
    const bool listed = std::any_of(wish.disks.begin(), wish.disks.end(), [&](const std::string& name) {
      return disk_named(plan, name).device == volume.device;
    });
    const std::uint64_t now = usable(volume.bytes, volume.data_start, group.extent);
    if (!listed || now <= volume.extents) continue;
    group.free += now - volume.extents;
    volume.extents = now;
  }
  plan.want<VolumeGroup>(wish.group, group);
}

void plan_group(Plan& plan, const VolumeWish& wish) {
  need_tool(plan, "lvm", "lvm2");
  const bool there = plan.now().find<VolumeGroup>(wish.group).has_value();
  Finding finding{"volume group", wish.group, Status::pass, there, true};
  const std::size_t before = plan.steps().size();
  if (!there) plan_new_group(plan, wish);
  if (there) plan_more_disks(plan, wish);
  if (there && wish.resize) plan_grown_disks(plan, wish);
  if (plan.steps().size() != before) finding.status = Status::fail;
  plan.find(finding);
}

Extents extents_in(const Plan& plan, const VolumeWish& wish, std::uint64_t own) {
  const VolumeGroup& group = *plan.now().find<VolumeGroup>(wish.group);
  Extents there{own, group.free, group.extents(), 0};
  for (const PhysicalVolume& volume : group.volumes) {
    const bool listed = std::any_of(wish.disks.begin(), wish.disks.end(), [&](const std::string& name) {
      return disk_named(plan, name).device == volume.device;
    });
    if (listed) there.listed += volume.extents;
  }
  return there;
}

void check_fits(const VolumeWish& wish, const Extents& there, std::uint64_t extents) {
  if (extents == 0)
    throw Refusal("volume group " + wish.group + ": size " + wish.size_words + " comes to no extent at all");
  if (extents <= there.own || extents - there.own <= there.free) return;
  throw Refusal("volume group " + wish.group + " has " + std::to_string(there.free) + " free extents, " +
                std::to_string(extents - there.own) + " are needed (size " + wish.size_words + ")");
}

void plan_logical_volume(Plan& plan, const VolumeWish& wish) {
  const std::string key = wish.group + "/" + wish.volume;
  const std::uint64_t extent = plan.now().find<VolumeGroup>(wish.group)->extent;
  const std::optional<LogicalVolume> found = plan.now().find<LogicalVolume>(key);
  const Extents there = extents_in(plan, wish, found ? found->extents : 0);
  const std::uint64_t extents = extents_of(wish.size, there, extent);
  Finding finding{"logical volume", key, Status::pass, found ? json(found->bytes) : json(nullptr), extents * extent};
  check_fits(wish, there, extents);
  if (!found) {
    finding.status = Status::fail;
    plan.want<LogicalVolume>(key, LogicalVolume{extents, extents * extent, true});
  } else if (extents < found->extents && !wish.size.relative()) {
    throw Refusal("the logical volume " + key + " has " + std::to_string(found->bytes) + " bytes, wanted are " +
                  std::to_string(extents * extent) + ": nothing is made smaller");
  } else if (extents < found->extents) {
    finding.why = "that percentage is less by now; nothing is made smaller";
  } else if (extents > found->extents && !wish.resize) {
    finding.why = "smaller than that size, and resize is false";
  } else if (extents > found->extents) {
    finding.status = Status::fail;
    plan.want<LogicalVolume>(key, LogicalVolume{extents, extents * extent, found->unfinished});
  }
  plan.find(finding);
}

void check_new_filesystem(const Plan& plan, const VolumeWish& wish) {
  need_tool(plan, "mkfs." + wish.fstype, wish.fstype == "xfs" ? "xfsprogs" : "e2fsprogs");
  const auto& volume = plan.now().find<LogicalVolume>(wish.group + "/" + wish.volume);
  if (wish.fstype != "xfs" || !volume || volume->bytes >= kLeastXfs) return;
  throw Refusal("xfs needs at least " + std::to_string(kLeastXfs) + " bytes, the volume has " +
                std::to_string(volume->bytes));
}

void plan_filesystem(Plan& plan, const VolumeWish& wish, const std::string& device) {
  const std::optional<Filesystem> found = plan.now().find<Filesystem>(device);
  if (!found) throw Error("the logical volume's device " + device + " is not there");
  if (!found->worked.empty()) {
    throw Refusal(device + " has the tag " + kUnfinishedTag + " of a volume that is not finished, but " +
                  found->worked + "; if it holds something: lvchange --deltag " + kUnfinishedTag + " " + wish.group +
                  "/" + wish.volume + ", else wipefs --all " + device);
  }
  const bool fresh = found->unfinished || found->blank();
  Finding finding{"file system", device, Status::pass, fresh ? json(nullptr) : json(found->type), wish.fstype};
  if (!fresh && found->type != wish.fstype) {
    throw Refusal(device + " holds " + (found->unknown ? "data without a signature" : found->type) + ", wanted is " +
                  wish.fstype + ": nothing is overwritten");
  }
  Filesystem system{wish.fstype, found->label};
  if (fresh) system.label.clear();
  if (!wish.label.empty()) system.label = wish.label;
  system.fills = fresh || found->fills || wish.resize;
  system.volume = wish.group + "/" + wish.volume;
  system.options = wish.mkfs_options;
  if (fresh) check_new_filesystem(plan, wish);
  if (!fresh && !found->fills && system.fills) {
    need_tool(plan, "fsadm", "lvm2");
    need_tool(plan, wish.fstype == "xfs" ? "xfs_growfs" : "resize2fs", wish.fstype == "xfs" ? "xfsprogs" : "e2fsprogs");
  }
  if (plan.want<Filesystem>(device, system)) finding.status = Status::fail;
  plan.find(finding);
}

}  // namespace

VolumeWish volume_wish(const json& args) {
  VolumeWish wish;
  wish.disks = args.at("disks").get<Strings>();
  wish.group = args.at("volume_group").get<std::string>();
  wish.volume = args.at("logical_volume").get<std::string>();
  wish.size_words = args.at("size").get<std::string>();
  wish.size = lvm_size(wish.size_words);
  wish.extent = extent_of(args.at("extent_size"));
  wish.fstype = args.at("fstype").get<std::string>();
  if (args.at("label").is_string()) wish.label = args.at("label").get<std::string>();
  if (args.at("mkfs_options").is_array()) wish.mkfs_options = args.at("mkfs_options").get<Strings>();
  wish.resize = args.at("resize").get<bool>();
  wish.accept_unknown_data = args.at("accept_unknown_data").get<bool>();
  if (wish.disks.empty()) throw Error("disks: an empty list; name at least one disk");
  check_group_name(wish.group);
  check_volume_name(wish.group, wish.volume);
  check_label(wish.fstype, wish.label);
  return wish;
}

std::string plan_volume(Plan& plan, const VolumeWish& wish) {
  std::string device = device_of(wish.group, wish.volume);
  plan_group(plan, wish);
  plan_logical_volume(plan, wish);
  plan_filesystem(plan, wish, device);
  return device;
}

Resource lvm_volume_resource() {
  const auto planner = [](Plan& plan, const json& args) { plan_volume(plan, volume_wish(args)); };
  const auto returns = [](const Plan&, const json& args, bool /*applied*/) {
    const VolumeWish wish = volume_wish(args);
    return json{{"device", device_of(wish.group, wish.volume)}};
  };
  return {lvm_volume_spec(), planner, returns, {}};
}

}  // namespace dockhost
