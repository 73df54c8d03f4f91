// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the module `mount` that plans what stands in fstab.
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "edit/fstab.hpp"
#include "resources/mount_wish.hpp"

namespace dockhost {

// The entry of a mount point before and after this run.
struct EntryChange {
  std::optional<FstabEntry> before, after;
};

// What plan_entry() will do, without planning it.
EntryChange entry_change(const Plan& plan, const MountWish& wish);

// Plans the entry that is wished for: changed in place or appended, and systemd told. The spelling of a source on disk
// stays when it is the same device. Throws Error for a mount point with several entries, unless all of them are alike
// and what is wanted.
EntryChange plan_entry(Plan& plan, const MountWish& wish);

// Plans that no entry of the mount point is left. Returns whether there was one.
bool plan_no_entry(Plan& plan, const MountWish& wish);

// The entry as it will be; the first where there are several.
std::optional<FstabEntry> entry_of(const Plan& plan, const MountWish& wish);

// Whether two names are the same source: by name, or because they lead to the same device and folder here.
bool same_device(const Plan& plan, const std::string& a, const std::string& b);

// Whether a source is looked for on this host: a path, UUID=, LABEL= and the like; not server:/path, //server/share or
// a word such as tmpfs.
bool is_local_name(const std::string& source);

// Plans the directory and those above it that are missing, mode 0755.
void plan_directories(Plan& plan, const std::string& path);

}  // namespace dockhost
