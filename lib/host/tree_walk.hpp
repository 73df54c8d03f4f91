// SPDX-License-Identifier: GPL-3.0-or-later
// How the functions of tree.hpp get around in a directory tree.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "host/descriptor.hpp"
#include "host/tree.hpp"

namespace dockhost {

using Seen = struct statx;

// A file as long as it is there.
struct FileId {
  std::uint64_t device = 0, inode = 0;
  auto operator<=>(const FileId&) const = default;
};
struct FileIdHash {
  std::size_t operator()(const FileId& id) const { return id.inode * 31 + id.device; }
};
FileId id_of(const Seen& seen);

inline bool is_directory(const Seen& seen) { return S_ISDIR(seen.stx_mode); }
inline bool is_regular(const Seen& seen) { return S_ISREG(seen.stx_mode); }

// Microseconds since the epoch.
inline std::int64_t micros(const statx_timestamp& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}
// As TreeRules has it; not where they say no time.
bool was_written(const Seen& seen, const TreeRules& rules);

// A way from a top directory down to one below, which is held open. Of those between only the nearest are, so that
// depth costs no descriptors; the others are found again through "..".
class Descent {
 public:
  explicit Descent(const std::string& top);

  int directory() const { return levels_.back().open.get(); }
  Strings names() const;  // of the directory, sorted; once for each enter()

  // Of a name in the directory; none where it is absent. No link is followed, nothing is mounted by it.
  std::optional<Seen> see(const std::string& name) const;
  Seen see_top() const { return top_; }
  // For reading, without any effect of that; open() leaves a failure to errno, opened() throws it.
  Descriptor open(const std::string& name, int flags = 0) const;
  Descriptor opened(const std::string& name) const;

  // Whether what was seen is mounted there, or of a subvolume.
  bool elsewhere(const Seen& seen) const;
  // Goes into a directory that was seen, if it is there and not elsewhere.
  enum class Entry { entered, absent, mounted, subvolume };
  Entry enter(const std::string& name, const Seen& seen);
  void leave();

  bool at_top() const { return levels_.size() == 1; }
  // For messages: of a name in the directory, or of the directory itself; with the top's path, and without.
  std::string path(const std::string& name = "") const;
  std::string below(const std::string& name = "") const;
  // Of a name in the directory, as it is: its path, and how long that is from the top directory on.
  std::string whole(const std::string& name) const { return path_ + "/" + name; }
  std::size_t length_below(const std::string& name) const { return path_.size() - top_length_ + name.size(); }

 private:
  struct Level {
    Descriptor open;
    FileId id;
    std::size_t path_length = 0;  // of what leads to it
  };
  bool mounted(const Seen& seen) const;

  std::string path_;        // of the directory
  std::size_t top_length_;  // as much of it is the top's
  Seen top_{};
  std::uint64_t mount_ = 0;
  std::deque<Level> levels_;  // from the top down
  std::size_t closed_ = 0;    // as many from the top are not held open
};

// What is told of what lies below a top directory, names in order. A mount point is not even looked at: it is told as
// an empty one of a directory, because a file server that is gone would never answer. What vanishes meanwhile is left
// out. But for an entered directory, the Descent is in the one that holds the name.
struct Visitor {
  // Each, before what is in it. False: a directory is not entered.
  std::function<bool(const Descent&, const std::string&, const Seen&)> found;
  // Each directory that was to be entered, and what came of it. May be empty, as may the next.
  std::function<void(const Descent&, const std::string&, Descent::Entry)> entered;
  // Each directory that was entered, after what is in it.
  std::function<void(const Descent&, const std::string&, const Seen&)> left;
};
void walk(const std::string& top, const Visitor& visitor);

}  // namespace dockhost
