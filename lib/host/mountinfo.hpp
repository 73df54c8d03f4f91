// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/host.hpp"

namespace dockhost {

// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)), its octal escapes taken back.
struct MountLine {
  std::uint64_t id = 0, parent = 0;
  std::string device;  // "major:minor"
  std::string root, path, fstype, source;
  Strings options, super;  // of the mount, of its file system
  // The peer group that it shares mounts with, and the one whose mounts it follows (mount_namespaces(7)); 0: none.
  std::uint64_t shared = 0, master = 0;
};

// What a path names, told by the file system that it lies on: its device, and the path below that file system's root.
// The same files have the same place in every mount namespace and under every name.
struct MountPlace {
  std::string device, path;
  bool operator==(const MountPlace&) const = default;
};
bool at_or_below(const MountPlace& place, const MountPlace& folder);

// The place of a path at or below the mount's own.
MountPlace place_on(const MountLine& line, const std::string& path);

// "major:minor" of makedev(3)'s number.
std::string device_number(std::uint64_t device);

// "\040" is a blank: the kernel writes blank, tab, line end, backslash and # so (mangle() in fs/proc_namespace.c).
std::string octal_unescaped(std::string_view text);

// The lines in their order. One that is no such line is left out: a kernel may add more to them, and does not write
// less.
std::vector<MountLine> parse_mountinfo(std::string_view text);

// The line of that mount; null where it is not among them.
const MountLine* with_id(const std::vector<MountLine>& lines, std::uint64_t id);

// Where the device of that number is mounted, the first place; "" where it is not.
std::string mounted_on(const Host& host, const std::string& number);

// Those of the mount and of its file system, each once. Read-only is either's: where one says ro, rw is left out.
Strings options_in_force(const MountLine& line);

// Whether no server, which may be gone, has to answer for what is on a file system of that type.
bool needs_no_server(const std::string& fstype);

// What a path leads through: `mounts` are those whose mount point is a part of it or itself, from "/" on, each visible
// from the one before; `depth` says how many of the last stand on the path itself, one over the other.
struct Way {
  std::vector<MountLine> mounts;
  std::size_t depth = 0;
};

// `path` is absolute and normal. A mount that another one above it hides is not on the way.
Way way_to(const std::vector<MountLine>& lines, const std::string& path);

// The same lines, found without a look at each, for those who ask about many paths where there are many mounts. The
// lines may neither change nor move meanwhile.
class MountIndex {
 public:
  MountIndex() = default;
  explicit MountIndex(const std::vector<MountLine>& lines);

  std::size_t size() const { return by_id_.size(); }
  const MountLine* with_id(std::uint64_t id) const;  // null where it is not among them

  // What way_to() gives as `mounts`, and the last of them; null where there is none.
  std::vector<const MountLine*> on_the_way(const std::string& path) const;
  const MountLine* last_on_the_way(const std::string& path) const;

 private:
  const MountLine* child(std::uint64_t parent, std::string_view path) const;

  std::unordered_map<std::uint64_t, const MountLine*> by_id_;
  std::map<std::pair<std::uint64_t, std::string_view>, const MountLine*> children_;
  std::map<std::string_view, const MountLine*> first_;  // those whose parent is not listed
};

}  // namespace dockhost
