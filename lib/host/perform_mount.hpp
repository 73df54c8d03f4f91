// SPDX-License-Identifier: GPL-3.0-or-later
// Mounting, unmounting and remounting, and directories. The commands, all with LC_ALL=C:
//   mount [--types T] [--options O] --source S --target P
// with bind or rbind as the first of O (mount(8) calls --bind beside --source bad usage), and
//   mount --options remount,[bind,]O --source S --target P     (with both, fstab is not read: mount(8), remount)
//   umount P
//   chown U:G P, chmod MODE P                                  (only where a directory's owner or mode changes)
#pragma once

#include "core/state.hpp"
#include "host/host.hpp"

namespace dockhost {

// Mounts, unmounts, or remounts where the same device and folder stay; never by a symbolic link that is not root's. An
// Error names what the tool said and, after an
// unmount that failed, the processes and mounts that keep the mount busy. A mount that failed half way (a bind mount
// whose options the kernel refused) is taken off again, and a remount that failed half way is undone.
void perform_mount(Host& host, const Change<Mount>& change);

// Starts or stops the automount unit of a path. Throws Error.
void perform_automount(Host& host, const Change<Automount>& change);

// Makes, removes (only an empty one) or changes the mode and owner of a directory. Throws Error.
void perform_directory(Host& host, const Change<Directory>& change);

// The option list of a remount from `before` to `after`, without the word remount: the flags that every file system
// knows are all said, because the kernel takes those not said for off; of the others what is to change, and what would
// be lost.
Strings remount_options(const Mount& before, const Mount& after);

}  // namespace dockhost
