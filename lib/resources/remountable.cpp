// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/remountable.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "core/in_force.hpp"

namespace dockhost {
namespace {

// Of one file system: either the options that can change while it is mounted, or those that cannot.
struct Rule {
  Strings fstypes;
  bool only = true;  // `subjects` are all that can change; else all that cannot
  Strings subjects;  // as subject() names them
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = {
      {{"ext2", "ext3", "ext4"},
       false,
       {"data", "journal_checksum", "journal_async_commit", "journal_dev", "journal_path", "journal_ioprio", "load",
        "norecovery", "dax", "sb", "mbcache", "inlinecrypt"}},
      {{"xfs"}, true, {"inode32", "inode64"}},
      {{"btrfs"}, false, {"subvol", "subvolid", "device", "rescue", "fragment", "norecovery"}},
      {{"tmpfs"}, true, {"size", "nr_blocks", "nr_inodes", "mpol", "huge"}},
      {{"cifs", "smb3"},
       false,
       {"vers", "sec", "seal", "sign", "user", "username", "dom", "domain", "workgroup", "prefixpath", "unc", "ip",
        "port", "multiuser", "uid", "gid", "credentials", "cred"}},
      {{"nfs", "nfs4", "vfat", "msdos", "exfat", "ntfs3", "iso9660", "udf", "squashfs", "erofs", "overlay"}, true, {}},
  };
  return all;
}

}  // namespace

bool remountable(const std::string& fstype, const std::string& option) {
  if (generic(option)) return true;
  const std::string what = subject(option);
  if (what.ends_with("context")) return false;
  for (const Rule& rule : rules()) {
    if (contains(rule.fstypes, fstype)) return rule.only == contains(rule.subjects, what);
  }
  return true;
}

}  // namespace dockhost
