// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace dockhost {

// Whether a remount can put `option` in force on a mounted file system of this type. No for what a file system refuses
// or, worse, takes and ignores; yes for the flags that every file system knows and for what is not known to fail.
// Sources: ext4(5), xfs(5), btrfs(5), tmpfs(5), nfs(5) and mount.cifs(8), and the reconfigure functions of Linux 6.1:
// ext4_remount, xfs_fs_reconfigure, btrfs_remount, shmem_reconfigure, nfs_compare_remount_data,
// smb3_verify_reconfigure_ctx, vfat_remount, proc_reconfigure; FUSE takes none (fuse_reconfigure); SELinux contexts
// never change on a remount (mount(8)).
bool remountable(const std::string& fstype, const std::string& option);

// Whether it is known what a remount does on this type of file system.
bool remount_is_known(const std::string& fstype);

}  // namespace dockhost
