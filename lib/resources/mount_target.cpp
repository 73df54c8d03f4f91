// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount_target.hpp"

#include <algorithm>
#include <filesystem>

#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
#include "edit/mount_options.hpp"
#include "resources/mount_fstab.hpp"

namespace dockhost {
namespace {

bool one_of(const std::string& word, const Strings& all) { return contains(all, word); }

// File systems of the kernel itself, whose options systemd sets before fstab is read: what is not asked for is not
// missed there.
bool of_the_kernel(const std::string& fstype) {
  return one_of(fstype, {"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "hugetlbfs", "debugfs",
                         "tracefs", "securityfs", "configfs", "bpf", "pstore", "efivarfs", "fusectl", "binfmt_misc"});
}

bool fuse(const std::string& fstype) { return fstype == "fuse" || fstype.starts_with("fuse."); }

// Their source is a name that nobody reads.
bool without_source(const std::string& fstype) {
  return fuse(fstype) || of_the_kernel(fstype) || one_of(fstype, {"tmpfs", "ramfs", "overlay"});
}

// An overlay without an upper layer is read-only, whatever it is mounted with.
bool never_writable(const std::string& fstype, const Strings& options) {
  const bool upper = std::any_of(options.begin(), options.end(),
                                 [](const std::string& option) { return option.starts_with("upperdir="); });
  return (fstype == "overlay" && !upper) || one_of(fstype, {"iso9660", "squashfs", "erofs", "cramfs", "romfs"});
}

// Read by mount(8), systemd or fstab's readers, never by the kernel. mount(8) must not be given `nofail`, with which it
// keeps silent where the device is missing, nor X-mount.mkdir, because the directory is a step of its own.
bool user_space(const std::string& option) {
  const std::string name = option.substr(0, option.find('='));
  if (name.starts_with("x-mount.") || name.starts_with("X-mount.")) return name.ends_with(".mkdir");
  if (name.starts_with("x-") || name.starts_with("X-")) return true;
  return one_of(name, {"defaults", "auto", "noauto", "nofail", "_netdev", "user", "nouser", "users", "nousers", "owner",
                       "noowner", "group", "nogroup", "comment", "remount", "bind", "rbind"});
}

// mount(8) acts on them once, when it mounts: they cannot be seen to be in force.
bool once(const std::string& option) {
  const std::string name = option.substr(0, option.find('='));
  return name.starts_with("x-mount.") || name.starts_with("X-mount.") ||
         one_of(name, {"loop", "offset", "sizelimit", "encryption", "helper", "uhelper", "bg", "fg", "device",
                       "newinstance"});
}

// Whether a later option of the list takes the place of this one under another name.
bool replaced(const std::string& fstype, const Strings& parts, const std::string& option) {
  if (generic(option)) return false;
  const auto last = std::find_if(parts.rbegin(), parts.rend(), [&](const std::string& other) {
    return !generic(other) && decided_by(fstype, other) == decided_by(fstype, option);
  });
  return last != parts.rend() && *last != option && option_group(*last) != option_group(option);
}

// What the option text leaves in force. A bind mount takes over the flags of its source, and the kernel's own file
// systems keep systemd's: of the defaults only those that are spelled count there.
Strings expected_of(const MountTarget& target, const std::string& text) {
  const Strings parts = split_options(text);
  const bool implied = !target.bind && !of_the_kernel(target.fstype);
  Strings expected;
  for (const std::string& option : effective(parts)) {
    if (user_space(option) || once(option) || replaced(target.fstype, parts, option)) continue;
    if (target.bind && !generic(option)) continue;
    const bool fixed = option == "rw" && target.read_only;
    if ((implied && !fixed) || one_of(option, target.options)) expected.push_back(option);
  }
  return expected;
}

std::string subvolume_root(const Strings& options, const std::string& fallback) {
  for (const std::string& option : options) {
    if (!option.starts_with("subvol=")) continue;
    const std::string path = option.substr(7);
    return path.starts_with("/") ? path : "/" + path;
  }
  return fallback;
}

// A file is found through the folder that holds it.
void resolve_bind(const Plan& plan, MountTarget& target) {
  const auto found = plan.now().find<Device>(target.source);
  if (!found) throw Error("there is no " + quote(target.source) + " on this host to bind");
  if (found->type == Device::Type::directory) {
    target.device = found->device;
    target.root = found->root;
    target.unplaced = found->device.empty();
    return;
  }
  const std::filesystem::path real(found->device);
  const auto folder = plan.now().find<Device>(real.parent_path().string());
  if (!folder) throw Error("there is no " + quote(real.parent_path().string()) + " on this host");
  target.file = true;
  target.device = folder->device;
  target.unplaced = folder->device.empty();
  target.root = (folder->root == "/" ? "" : folder->root) + "/" + real.filename().string();
}

void resolve_device(const Plan& plan, MountTarget& target) {
  const auto found = plan.now().find<Device>(target.source);
  if (!found) throw Error("there is no " + quote(target.source) + " on this host");
  if (found->type == Device::Type::directory) {
    throw Error(quote(target.source) + " is a directory: mount it with the option bind");
  }
  target.device = found->device;
  target.root = subvolume_root(target.options, "/");
  // Which subvolume is the default one is written in the file system.
  target.any_root = subvolume_root(target.options, "").empty() && (target.fstype == "btrfs" || target.fstype == "auto");
}

}  // namespace

Strings kernel_options(const std::string& text) {
  const Strings parts = split_options(text);
  const Strings all = effective(parts);
  Strings options;
  for (const std::string& option : parts) {
    if (!user_space(option) && one_of(option, all) && !one_of(option, options)) options.push_back(option);
  }
  // Implied by user, users, owner, group.
  for (const char* const flag : {"noexec", "nosuid", "nodev"}) {
    if (one_of(flag, all) && !one_of(flag, options)) options.emplace_back(flag);
  }
  return options;
}

MountTarget mount_target(const Plan& plan, const std::string& source, const std::string& fstype,
                         const std::string& options) {
  MountTarget target;
  target.source = source;
  target.fstype = fstype;
  const Strings parts = split_options(options);
  target.bind = one_of("bind", parts) || one_of("rbind", parts);
  target.options = kernel_options(options);
  target.read_only = !target.bind && never_writable(fstype, parts);
  if (target.bind) {
    resolve_bind(plan, target);
    target.options.insert(target.options.begin(), one_of("rbind", parts) ? "rbind" : "bind");
  } else if (without_source(fstype) || !is_local_name(source)) {
    target.device = source.size() > 1 && source.ends_with('/') && !source.ends_with(":/")
                        ? source.substr(0, source.size() - 1)
                        : source;
    target.any_source = without_source(fstype);
    target.any_device = fuse(fstype);
    target.any_root = !target.any_source;
  } else {
    resolve_device(plan, target);
  }
  target.expected = expected_of(target, options);
  return target;
}

bool is_mounted(const MountTarget& target, const Mount& live) {
  if (target.unplaced) return live.root.ends_with(target.root);
  if (target.any_source) return same_fstype(target.fstype, live.fstype) && live.root == "/";
  return live.device == target.device && (target.any_root || live.root == target.root);
}

bool same_fstype(const std::string& asked, const std::string& seen) {
  const Strings names = split(asked, ',');
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    if (name == seen || name == "auto" || name == "none" || name.empty()) return true;
    if (name == "nfs" || name == "cifs") return seen == (name == "nfs" ? "nfs4" : "smb3");
    if (name == "ntfs" || name == "ntfs-3g") return seen == "fuseblk" || seen == "ntfs3";
    return name == "fuse" && seen.starts_with("fuse.");
  });
}

}  // namespace dockhost
