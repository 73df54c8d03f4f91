// SPDX-License-Identifier: GPL-3.0-or-later
// The options that are asked for, compared with those in force.
#pragma once

#include <string>

#include "resources/mount_live.hpp"
#include "resources/mount_target.hpp"

namespace dockhost {

struct OptionGap {
  Strings changes;      // what a remount has to say so that all is as asked for
  Strings warnings;     // what no remount settles
  std::string untold;   // the options that are shown in a way which says nothing, in a sentence; "" where none is
  bool unseen = false;  // some of the changes cannot be seen to be in force
};

// What the kernel shows is compared. What it does not show, or shows in a spelling that no table has, is brought into
// force once: where this run writes it into fstab.
OptionGap option_gap(const MountWish& wish, const Mount& live, const MountTarget& target, const LiveWish& live_wish);

// Throws Error for an option that no remount changes.
void refuse_unremountable(const MountWish& wish, const Mount& live, const Strings& changes);

}  // namespace dockhost
