// SPDX-License-Identifier: GPL-3.0-or-later
// What is to be mounted: a source, resolved, with the options that reach the kernel.
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"

namespace dockhost {

struct MountTarget {
  std::string source, device, root = "/", fstype;  // source: as spelled; the others as in Mount
  Strings options;   // as spelled, without those that only mount(8), systemd or fstab know
  Strings expected;  // what these must leave in force, the defaults among it
  bool bind = false;
  bool any_root = false;    // whichever folder or subvolume is mounted is the right one
  bool any_source = false;  // the source is a word that means nothing to the kernel
  bool any_device = false;  // and the kernel may show another one
  bool unplaced = false;    // a bound directory of a chroot: `root` is the end of what the kernel shows
  bool read_only = false;   // whatever it is mounted with: no remount makes it writable
  bool file = false;        // a file is bound, so that the mount point is one
};

// Throws Error where the source is not on this host, or is a directory without `bind`.
MountTarget mount_target(const Plan& plan, const std::string& source, const std::string& fstype,
                         const std::string& options);

// Whether this is what is mounted: the device, and the folder of it.
bool is_mounted(const MountTarget& target, const Mount& live);

// Whether the type asked for is the one seen: `auto`, lists and the names that the kernel shows in the place of others
// (nfs as nfs4, ntfs-3g as fuseblk) included.
bool same_fstype(const std::string& asked, const std::string& seen);

// The options of `text` that reach the kernel, those that `user` and its like imply among them, in the order given.
Strings kernel_options(const std::string& text);

}  // namespace dockhost
