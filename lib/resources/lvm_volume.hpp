// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan.hpp"
#include "resources/lvm_size.hpp"
#include "resources/resource.hpp"

namespace dockhost {

// What the options of `lvm_volume` ask for.
struct VolumeWish {
  Strings disks;
  std::string group, volume, fstype, label;
  LvmSize size;
  std::string size_words;    // as given
  std::uint64_t extent = 0;  // bytes; 0: as it is, 4 MiB for a new group
  Strings mkfs_options;
  bool resize = true, accept_unknown_data = false;
};

// From validated arguments. Throws Error for what the table cannot say (a name that LVM refuses, a label too long).
VolumeWish volume_wish(const json& args);

// Plans the group, the volume and its file system. Returns the volume's device. Throws Refusal where something is used.
std::string plan_volume(Plan& plan, const VolumeWish& wish);

Resource lvm_volume_resource();

}  // namespace dockhost
