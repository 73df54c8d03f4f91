// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/remountable.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "core/in_force.hpp"
#include "core/option_spelling.hpp"

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
        "norecovery", "dax", "sb", "mbcache", "inlinecrypt", "delalloc"}},
      {{"xfs"}, true, {"inode32", "inode64"}},
      {{"btrfs"}, false, {"subvol", "subvolid", "device", "rescue", "fragment", "norecovery"}},
      {{"tmpfs"}, true, {"size", "nr_blocks", "nr_inodes", "mpol", "huge"}},
      {{"cifs", "smb3"}, false, {"vers",   "sec",       "seal",        "sign", "user",     "username", "dom",
                                 "domain", "workgroup", "prefixpath",  "unc",  "ip",       "port",     "multiuser",
                                 "uid",    "gid",       "credentials", "cred", "password", "pass",     "password2"}},
      {{"nfs", "nfs4", "vfat", "msdos", "exfat", "ntfs3", "iso9660", "udf", "squashfs", "erofs", "overlay", "hugetlbfs",
        "9p", "ceph", "fuse", "fuseblk"},
       true,
       {}},
      {{"proc", "devpts", "cgroup2", "debugfs", "tracefs"}, false, {}},
  };
  return all;
}

const Rule* rule_of(const std::string& fstype) {
  const std::string type = fstype.starts_with("fuse.") ? "fuse" : fstype;
  const auto& all = rules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Rule& rule) { return contains(rule.fstypes, type); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool remountable(const std::string& fstype, const std::string& option) {
  if (option == "dirsync") return false;  // not in MS_RMT_MASK
  if (generic(option)) return true;
  const std::string what = subject(in_one_spelling(fstype, option));
  if (what.ends_with("context")) return false;
  const Rule* const rule = rule_of(fstype);
  return rule == nullptr || rule->only == contains(rule->subjects, what);
}

bool remount_is_known(const std::string& fstype) { return rule_of(fstype) != nullptr; }

}  // namespace dockhost
