// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the module `mount` that plans what is mounted.
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "resources/mount_wish.hpp"

namespace dockhost {

// What is to be mounted, as fstab or, for state `ephemeral`, the task says it, and what fstab said before this run.
struct LiveWish {
  std::string source, fstype, options;
  std::optional<std::string> options_before;
};

// Plans that exactly this is mounted with these options in force: mounts, remounts, or unmounts something else first
// (state `ephemeral` does not). Throws Error for what is not on the host and what a remount cannot change, Refusal for
// a mount point that holds data, and where several mounts are stacked and the uppermost is another.
void plan_mounted(Plan& plan, const MountWish& wish, const LiveWish& live_wish);

// Whether plan_mounted() would bring an option into force that cannot be seen to be: a run that ends between that and
// the entry must leave the next one the reason to do it.
bool remounts_unseen(const Plan& plan, const MountWish& wish, const LiveWish& live_wish);

// Throws Refusal where what is mounted on the path holds files in memory alone: they are gone with a mount that nobody
// has asked for by name.
void refuse_to_forget(const MountWish& wish, const Mount& live);

// Plans that nothing is mounted on the path. Throws Refusal for "/" and for stacked mounts.
void plan_unmounted(Plan& plan, const MountWish& wish);

// Plans a remount, always, with `options` in force where there are any. Throws Error where nothing is mounted.
void plan_remounted(Plan& plan, const MountWish& wish, const std::optional<std::string>& options);

// Plans that nothing is mounted on the path and that its directory is gone. A directory that is not empty, or that
// cannot be seen below its mount, stays, with a warning. `between` plans what comes between the two.
void plan_no_mount_point(Plan& plan, const MountWish& wish, void (*between)(Plan&, const MountWish&));

}  // namespace dockhost
