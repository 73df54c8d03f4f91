// SPDX-License-Identifier: GPL-3.0-or-later
// Directory trees, each as far as it lies on one file system: what is mounted below, and a subvolume, is not entered.
// A tree may be of any depth and hold any names, and others may write in it meanwhile: no link is followed. The path
// of the tree itself is reached through safe_place(). All throw Error with the path; an Error of a progress function
// passes through.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace dockhost {

// What a tree comes to.
struct TreeSum {
  std::uint64_t bytes = 0;   // allocated (st_blocks * 512) below the top directory, each inode once
  std::uint64_t inodes = 0;  // distinct ones below the top directory; one for each mount point
  // SHA-256 in hex over path and ctime (with nanoseconds) of what lies below the top directory, but for the guard and
  // all of `lost+found` at the top. Of a mount point only the path counts.
  std::string hash;
  std::int64_t newest = 0;   // mtime of the newest regular file but the guard, seconds since the epoch; 0 for none
  std::size_t written = 0;   // what was_written(), but the guard, and directories but by_ctime, if rules say when
  std::string written_name;  // the first of them, as a path below the top
  bool limited = false;      // something has a project id other than 0 (quotactl(2); many file systems have none)
  std::size_t longest = 0;   // of all paths below the top directory, in bytes
  std::string deepest;       // that path, shortened, where it is longer than 3000 bytes
  std::string subvolume;  // the first subvolume below, by its path from the top directory; what is in it is not counted
};
struct TreeRules {
  std::string guard;  // a name at the top; "" for none
  // Microseconds since the epoch. Written since then is what has a later ctime, which nobody can set, and a later mtime
  // or birth as well: a removal of other names, and of flags, changes the ctime alone.
  std::optional<std::int64_t> since = {};
  // A later ctime alone counts as written, also of a directory: what was moved there, or overwritten and given its old
  // times, has no other. For sum_tree(), where nobody has removed anything yet.
  bool by_ctime = false;
};
// What vanishes meanwhile is left out.
TreeSum sum_tree(const std::string& path, const TreeRules& rules);

// Gives `to`, a finished copy of `from`, the immutable and the append-only flags (chattr +i, +a) that the regular files
// and directories below `from` have; files before the directories that hold them. Not for the top directory.
void copy_flags(const std::string& from, const std::string& to);

// Takes the two flags off `path` and everything below, so that it can be removed.
void clear_flags(const std::string& path);

struct Comparison {
  // Every byte, read from the disk and not from the page cache; else only what stat(2) and the attributes say.
  bool content = true;
  std::string guard;                                       // a name at the top that is left out; "" for none
  std::function<bool(const std::string& path)> left_out;   // further paths below the top, with all that is in them
  bool directory_times = true;                             // also compare the mtime of directories
  std::function<void(std::uint64_t bytes_done)> progress;  // by content: bytes compared so far, at least once each MiB
};
// How `to` differs from `from`, in words ("volumes/x: mode 0644 to 0600"): at most 10, then "and N more"; none for a
// faithful copy. Compared are type, mode, owner, size (not of directories), mtime with nanoseconds, device number, the
// groups of names that are hard links of each other, the target of a link, the flags +i and +a, and all extended
// attributes but trusted.SGI_ACL_*, under which xfs shows the access lists once more. Of the top directory only mode,
// owner and extended attributes are. `lost+found` at the top is left out where only `to` has it.
Strings compare_trees(const std::string& from, const std::string& to, const Comparison& how);

// Ends when all of the file system that holds `path` is on the medium (syncfs(2)).
void sync_tree(const std::string& path);

// Removes all below `path`, flags +i and +a or not, but the guard and `lost+found` at the top. A mount point below, and
// what was written since the rules say, is an Error; what comes before it by name is gone then. `path` itself stays.
void empty_tree(const std::string& path, const TreeRules& rules);

// What somebody has written into a copy that was not finished: regular files with an mtime after `rules.since` that is
// not the one of the file of the same path in the original, and what was born since with an older one where the
// original has nothing like it and has not changed since. A copy that was killed leaves one such file, which is no
// larger than its original; `strange` are those that have no such original.
struct CopyWork {
  std::size_t files = 0, strange = 0;
  std::string name;  // a strange one where there is one, as a path below the top
  bool by_others() const { return files > 1 || strange > 0; }
};
CopyWork work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules);

}  // namespace dockhost
