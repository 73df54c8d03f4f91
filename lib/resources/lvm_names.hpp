// SPDX-License-Identifier: GPL-3.0-or-later
// What LVM takes for a name (lvm(8), lib/misc/lvm-string.c).
#pragma once

#include <string>

namespace dockhost {

// Letters, digits and _.+-, not beginning with a dash, at most 100.
bool name_for_lvm(const std::string& name);

// Throws Error for the option whose value is no name of a volume group, or of a logical volume in it: other letters,
// what LVM keeps for volumes of its own, and two names that are too long together for the device mapper.
void check_group_name(const std::string& group);
void check_volume_name(const std::string& group, const std::string& volume);

}  // namespace dockhost
