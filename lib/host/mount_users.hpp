// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/mount_use.hpp"
#include "host/host.hpp"

namespace dockhost {

// What keeps the mount on `path` from being unmounted or made read-only, as the kernel counts it
// (propagate_mount_busy() and sb_prepare_remount_readonly(), Linux 6.1): what lies on this very mount, and on the
// copies in other namespaces that would go along with it. A bind mount of the same files elsewhere, or a container's
// own copy, keeps the file system and not this mount. Processes are looked for by their working and root directory,
// executable, open and mapped files and the sockets that they have bound; no file itself is looked at but a written one
// on a local file system, to know a pipe or a device from a file. Not seen are processes that this user may not look
// into, and what the kernel holds without a process (an export of nfsd).
MountUse mount_use(const Host& host, const std::string& path);

}  // namespace dockhost
