// SPDX-License-Identifier: GPL-3.0-or-later
// How the file system of Docker's data stands in fstab, and with which options it is mounted.
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "edit/fstab.hpp"
#include "resources/docker_data.hpp"
#include "resources/mount_wish.hpp"

namespace dockhost {

// A name for the device that still means it after a reboot: for a kernel's name (/dev/vdb, /dev/nvme0n1p1, /dev/loop0)
// its link in /dev/disk/by-id, the first in order, else in by-path; any other name as it is given, and one that has no
// link, with a warning. With `fstab_by: uuid` the UUID of the file system that is there; throws Refusal where this plan
// is to make it.
std::string lasting_name(Plan& plan, const DataWish& wish, const std::string& device);

// The entry that is wished for. One that is there (`entry`: it names this device) keeps its source's spelling, and its
// options and passno where the task names none.
MountWish wished_entry(Plan& plan, const DataWish& wish, const std::string& root, const std::string& device,
                       const std::string& fstype, const std::optional<FstabEntry>& entry);

// Plans the entry, and warns of one with which the host does not boot without the disk. Returns it as it will be.
FstabEntry plan_data_entry(Plan& plan, const MountWish& entry, bool there);

// Plans that the options that the task names are in force on what is mounted already: one remount, as the module
// `mount` does it. Throws Error for what only a new mount changes, and says how that is done.
void plan_data_options(Plan& plan, const MountWish& entry, const FstabEntry& after,
                       const std::optional<FstabEntry>& before);

}  // namespace dockhost
