// SPDX-License-Identifier: GPL-3.0-or-later
// Files that the kernel itself has open. No process holds them, and no mount shows the directory that they lie in.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/mountinfo.hpp"

namespace dockhost {

// A path that the kernel reads or writes, as it spells it, and what for: "/dev/loop0 is its loop device".
struct KernelUse {
  std::string path, what;
};

// The files behind loop devices and swap, and the directories that the kernel's NFS server gives out.
std::vector<KernelUse> kernel_uses(const Host& host);

// The directories that an overlay joins, where they are told by absolute paths; none of another mount.
Strings overlay_folders(const MountLine& line);

}  // namespace dockhost
