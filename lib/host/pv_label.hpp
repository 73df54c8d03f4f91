// SPDX-License-Identifier: GPL-3.0-or-later
// What a physical volume says of itself, for disks that LVM does not show.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace dockhost {

struct PvLabel {
  std::string group;  // the name in its own metadata; "" where it has none, or none that can be a name
  bool used = false;  // it has the mark of a member of a group, whose name may be on another disk
};

// Up to so many bytes of the device from an offset on.
using ReadBytes = std::function<std::string(std::uint64_t offset, std::size_t length)>;

// Reads a few sectors. Never an error for what stands there, which may be anything.
PvLabel pv_label(const ReadBytes& read);

}  // namespace dockhost
