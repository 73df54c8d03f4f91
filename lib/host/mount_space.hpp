// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "host/descriptor.hpp"

namespace dockhost {

// A mount namespace of this process's own (mount_namespaces(7)), from begin() to end(): what is mounted in it is seen
// by nobody else and is gone with it, also when the process is killed. Mounts and unmounts of the host still reach it.
// In it, /run/dockhost is a file system in memory, 0700, with the empty directories `own` and `copy`.
class MountSpace {
 public:
  // Throws Error; the process is then where it was.
  void begin();
  void end() noexcept;  // what cannot be left ends with the process

 private:
  Descriptor outside_;
};

}  // namespace dockhost
