// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/data_fstab.hpp"

#include "edit/mount_options.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/mount_live.hpp"
#include "resources/mount_target.hpp"

namespace dockhost {
namespace {

// /dev/NAME, as the kernel numbers its devices in the order in which it finds them. A name of udev's, of LVM's or of an
// admin's is in a folder of its own, or is a link.
bool kernel_name(const Plan& plan, const std::string& device) {
  const bool direct = device.starts_with("/dev/") && device.find('/', 5) == std::string::npos;
  const auto& disk = direct ? plan.now().find<Device>(device) : std::nullopt;
  if (!disk || disk->type != Device::Type::block) return false;
  return disk->device == device || device.starts_with("/dev/loop");  // a loop device is known by the file behind it
}

// "" where no link in the folder leads to the device.
std::string link_to(const Plan& plan, const std::string& folder, const Device& device) {
  const auto& listing = plan.now().find<Listing>(folder);
  if (!listing) return {};
  Strings links;
  for (const std::string& name : listing->names) links.push_back(folder + "/" + name);
  plan.now().need<Device>(links);
  for (const std::string& link : links) {
    if (plan.now().find<Device>(link) == device) return link;
  }
  return {};
}

std::string by_uuid(const Plan& plan, const std::string& device) {
  const auto& system = plan.before().find<Filesystem>(device);
  const bool there = system && !system->unfinished && !system->uuid.empty();
  if (there) return "UUID=" + system->uuid;
  throw Refusal("fstab_by: uuid needs a file system that is there already, and the one on " + device +
                " is made by this plan, so that its UUID is not known yet: make it first (lvm_volume, mkfs), or leave "
                "fstab_by out. Nothing was changed.");
}

}  // namespace

std::string lasting_name(Plan& plan, const DataWish& wish, const std::string& device) {
  if (wish.by_uuid) return by_uuid(plan, device);
  if (!kernel_name(plan, device)) return device;
  const Device disk = *plan.now().find<Device>(device);
  for (const char* folder : {"/dev/disk/by-id", "/dev/disk/by-path"}) {
    std::string link = link_to(plan, folder, disk);
    if (!link.empty()) return link;
  }
  if (device.starts_with("/dev/loop")) {
    plan.warn(device +
              " is a loop device, which is gone after a reboot unless something on this host makes it again under "
              "this name before fstab is mounted");
    return device;
  }
  plan.warn(device +
            " is a name that another device may have after a reboot, and no link in /dev/disk/by-id or by-path " +
            "leads to it: fstab names it all the same; with a file system that is there already, fstab_by: uuid helps");
  return device;
}

MountWish wished_entry(Plan& plan, const DataWish& wish, const std::string& root, const std::string& device,
                       const std::string& fstype, const std::optional<FstabEntry>& entry) {
  MountWish wished;
  wished.state = MountState::mounted;
  wished.path = root;
  wished.source = entry ? entry->source : lasting_name(plan, wish, device);
  wished.fstype = entry && same_fstype(entry->fstype, fstype) ? entry->fstype : fstype;
  wished.opts = wish.options;
  if (wish.options.empty() && entry) wished.opts = entry->options;
  if (wished.opts->empty()) wished.opts = fstype == "xfs" ? "defaults,nofail" : "errors=remount-ro,nofail";
  wished.dump = entry ? entry->dump : 0;
  wished.passno = wish.passno.value_or(entry ? entry->passno : 2);
  return wished;
}

FstabEntry plan_data_entry(Plan& plan, const MountWish& entry, bool there) {
  const EntryChange change = plan_entry(plan, entry);
  const FstabEntry after = *change.after;
  if (there && !contains(split_options(after.options), "nofail")) {
    plan.warn("the entry of " + entry.path + " in /etc/fstab has no option nofail: this host does not boot when " +
              after.source + " is missing");
  }
  return after;
}

void plan_data_options(Plan& plan, const MountWish& entry, const FstabEntry& after,
                       const std::optional<FstabEntry>& before) {
  LiveWish live{after.source, after.fstype, after.options, std::nullopt};
  if (before) live.options_before = before->options;
  try {
    plan_mounted(plan, entry, live);
  } catch (const Error& error) {
    throw Error("mount_options: " + std::string(error.what()) + " (with Docker stopped: systemctl stop docker.socket " +
                "docker.service; umount " + entry.path + "; then run this again)");
  }
}

}  // namespace dockhost
