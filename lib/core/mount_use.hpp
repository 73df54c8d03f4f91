// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// Who has a mount in use, by its path, as the kernel counts when it is to be unmounted or made read-only. Only looked
// at, and only where a plan does one of the two: it takes a walk through all processes.
struct MountUse {
  static constexpr const char* kind = "use of a mount";
  struct Loop {
    std::string device, file, mounted;  // the file behind it; where it is mounted, "" where it is not
    bool operator==(const Loop&) const = default;
  };
  // What keeps it from being unmounted:
  Strings processes;        // "812 (postgres)"
  Strings below;            // mount points of what is mounted on it, innermost first
  Strings swaps;            // files of it that are swap
  std::vector<Loop> loops;  // whose file is on it
  // What keeps it from being made read-only: who can write through it; who can write to its file system through any
  // mount, or holds a file of it that is deleted.
  Strings writers, system_writers;
  bool operator==(const MountUse&) const = default;
};

// "used by 812 (postgres); /data/a is mounted below it"; "" where nothing keeps it from being unmounted.
std::string in_words(const MountUse& use);

// Why it cannot be unmounted, and what to do first; "" where nothing is known to be in the way.
std::string why_not_unmounted(const MountUse& use);

// The same of one that is to be read-only; `bind`: it alone, its file system stays as it is.
std::string why_not_read_only(const MountUse& use, bool bind);

}  // namespace dockhost
