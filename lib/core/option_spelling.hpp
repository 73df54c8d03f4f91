// SPDX-License-Identifier: GPL-3.0-or-later
// How mount options are spelled: by whoever asks for them and by the kernel where it shows them.
#pragma once

#include <optional>
#include <string>

namespace dockhost {

// The option in one spelling for all that mean the same on this type of file system: hidepid=2 is hidepid=invisible,
// size=64M is size=67108864, mode=0755 is mode=755, pquota is prjquota, compress is compress=zlib:3. What no table
// knows stays as it is.
// Sources: the parsers and show_options functions of Linux 5.10 to 6.18 (fs/proc/root.c, mm/shmem.c, fs/ext4/super.c,
// fs/xfs/xfs_super.c, fs/btrfs/super.c, fs/overlayfs/params.c, fs/devpts/inode.c, fs/hugetlbfs/inode.c,
// fs/fat/inode.c), and what 6.18 showed of each of them.
std::string in_one_spelling(const std::string& fstype, const std::string& option);

// What an option decides, as subject() says it, with those together that replace each other under different names:
// compress and nodatacow of btrfs, inode32 and inode64 of xfs.
std::string decided_by(const std::string& fstype, const std::string& option);

// Whether another value of this option, shown by the kernel, is another setting: its values are numbers, sizes or words
// that the kernel shows as they were given. No for what it rounds or adapts, and for options that no table knows.
bool told_by_value(const std::string& fstype, const std::string& option);

// The value that is in force where the kernel shows no option of this name, in one spelling; nullopt where nothing
// shown says nothing. "" is no value at all.
std::optional<std::string> unshown_value(const std::string& fstype, const std::string& name);

// Whether the kernel shows this flag whenever it is on, so that its absence says that it is off.
bool shown_when_on(const std::string& fstype, const std::string& flag);

// Whether a remount that does not name the option again takes it back, although it says nothing against it.
// Sources: parse_mount_options of fs/devpts/inode.c, xfs_fs_reconfigure, apply_cgroup_root_flags, and the remount of
// debugfs and tracefs before Linux 6.13.
bool lost_at_remount(const std::string& fstype, const std::string& option);

}  // namespace dockhost
