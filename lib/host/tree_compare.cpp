// SPDX-License-Identifier: GPL-3.0-or-later
#include <linux/fs.h>

#include <array>
#include <climits>
#include <cstdio>
#include <optional>
#include <unordered_map>
#include <vector>

#include "host/tree.hpp"
#include "host/tree_content.hpp"
#include "host/tree_flags.hpp"
#include "host/tree_walk.hpp"
#include "host/tree_xattrs.hpp"

namespace dockhost {
namespace {

constexpr std::size_t most_told = 10;
constexpr unsigned permission_bits = 07777;

std::string type_of(const Seen& seen) {
  switch (seen.stx_mode & S_IFMT) {
    case S_IFREG:
      return "a regular file";
    case S_IFDIR:
      return "a directory";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFBLK:
      return "a block device";
    case S_IFCHR:
      return "a character device";
    case S_IFIFO:
      return "a pipe";
    case S_IFSOCK:
      return "a socket";
    default:
      return "of an unknown type";
  }
}

std::string mode_of(const Seen& seen) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", seen.stx_mode & permission_bits);
  return text.data();
}

std::string owner_of(const Seen& seen) { return std::to_string(seen.stx_uid) + ":" + std::to_string(seen.stx_gid); }

std::string time_of(const Seen& seen) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%lld.%09u", static_cast<long long>(seen.stx_mtime.tv_sec),
                seen.stx_mtime.tv_nsec);
  return text.data();
}

std::string device_of(const Seen& seen) {
  return std::to_string(seen.stx_rdev_major) + ":" + std::to_string(seen.stx_rdev_minor);
}

std::string words_for_flags(unsigned flags) {
  std::string text = (flags & FS_IMMUTABLE_FL) != 0 ? "+i" : "";
  if ((flags & FS_APPEND_FL) != 0) text += text.empty() ? "+a" : " +a";
  return text.empty() ? "none" : text;
}

std::string target_of(const Descent& at, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t count = ::readlinkat(at.directory(), name.c_str(), target.data(), target.size());
  if (count < 0) throw system_failure("cannot be read", at.path(name));
  return {target.data(), static_cast<std::size_t>(count)};
}

bool has_holes(const Seen& seen) { return seen.stx_blocks * 512 < seen.stx_size; }

class Comparing {
 public:
  Comparing(const std::string& from, const std::string& to, const Comparison& how)
      : from_(from),
        to_(to),
        how_(how),
        contents_(
            [this](const std::string& name, std::uint64_t offset) {
              tell(name, "content differs from byte " + std::to_string(offset) + " on");
            },
            how.progress) {}

  Strings differences() {
    compare_tops();
    levels_.emplace_back(from_.names(), to_.names());
    leave_out_at_top(levels_.back());
    leave_out(levels_.back());
    while (!levels_.empty()) step();
    contents_.finish();
    if (count_ > most_told) told_.push_back("and " + std::to_string(count_ - most_told) + " more");
    return told_;
  }

 private:
  // What is left to be looked at in a directory of both trees.
  struct Level {
    Level(Strings from, Strings to) : from_names(std::move(from)), to_names(std::move(to)) {}
    bool done() const { return from_next == from_names.size() && to_next == to_names.size(); }

    Strings from_names, to_names;
    std::size_t from_next = 0, to_next = 0;
  };

  void tell(const std::string& name, const std::string& what) {
    if (++count_ <= most_told) told_.push_back(name + ": " + what);
  }
  template <class Value>
  void tell_if(const std::string& name, const std::string& what, const Value& from, const Value& to) {
    if (from != to) tell(from_.below(name), what + " " + from + " to " + to);
  }

  void leave_out_at_top(Level& top) const {
    std::erase(top.from_names, how_.guard);
    std::erase(top.to_names, how_.guard);
    if (!contains(top.from_names, "lost+found")) std::erase(top.to_names, "lost+found");
  }

  void leave_out(Level& level) const {
    if (!how_.left_out) return;
    std::erase_if(level.from_names, [this](const std::string& name) { return how_.left_out(from_.below(name)); });
    std::erase_if(level.to_names, [this](const std::string& name) { return how_.left_out(to_.below(name)); });
  }

  // The time of the copy's top changes when the guard is removed.
  void compare_tops() {
    const Seen from = from_.see_top(), to = to_.see_top();
    constexpr const char* name = "the top directory";
    if (mode_of(from) != mode_of(to)) tell(name, "mode " + mode_of(from) + " to " + mode_of(to));
    if (owner_of(from) != owner_of(to)) tell(name, "owner " + owner_of(from) + " to " + owner_of(to));
    compare_xattrs(name, ".");
  }

  void step() {
    Level& level = levels_.back();
    if (level.done()) {
      levels_.pop_back();
      if (levels_.empty()) return;
      from_.leave();
      to_.leave();
      return;
    }
    const bool no_from = level.from_next == level.from_names.size(), no_to = level.to_next == level.to_names.size();
    const int order =
        no_from ? 1 : (no_to ? -1 : level.from_names[level.from_next].compare(level.to_names[level.to_next]));
    if (order > 0) return tell(to_.below(level.to_names[level.to_next++]), "is only in the copy");
    const std::string& name = level.from_names[level.from_next++];
    if (order < 0) return tell(from_.below(name), "is missing in the copy");
    ++level.to_next;
    compare(name);
  }

  void compare(const std::string& name) {
    const std::optional<Seen> from = from_.see(name), to = to_.see(name);
    if (!from) return tell(from_.below(name), "vanished while it was compared");
    if (!to) return tell(from_.below(name), "is missing in the copy");
    if (type_of(*from) != type_of(*to))
      return tell(from_.below(name), "is " + type_of(*from) + ", in the copy " + type_of(*to));
    if (!is_directory(*from) && !first_of_links(name, *from, *to)) return;
    compare_inodes(name, *from, *to);
    if (is_directory(*from)) compare_below(name, *from, *to);
    if (is_regular(*from) && how_.content && from->stx_size == to->stx_size && from->stx_size > 0)
      compare_content(name, *from, *to);
  }

  // Whether the file is still to be compared, not so when another of its names was.
  bool first_of_links(const std::string& name, const Seen& from, const Seen& to) {
    if (from.stx_nlink == 1 && to.stx_nlink == 1) return true;
    const auto [there, new_from] = copy_of_.emplace(id_of(from), id_of(to));
    const auto [back, new_to] = original_of_.emplace(id_of(to), id_of(from));
    if (there->second != id_of(to) || back->second != id_of(from))
      tell(from_.below(name), "is not a hard link of the same names in the copy");
    return new_from || new_to;
  }

  void compare_inodes(const std::string& name, const Seen& from, const Seen& to) {
    if (from.stx_mode != to.stx_mode) tell_if(name, "mode", mode_of(from), mode_of(to));
    if (from.stx_uid != to.stx_uid || from.stx_gid != to.stx_gid) tell_if(name, "owner", owner_of(from), owner_of(to));
    const bool same_time =
        from.stx_mtime.tv_sec == to.stx_mtime.tv_sec && from.stx_mtime.tv_nsec == to.stx_mtime.tv_nsec;
    if (!same_time && (how_.directory_times || !is_directory(from))) tell_if(name, "mtime", time_of(from), time_of(to));
    if (from.stx_rdev_major != to.stx_rdev_major || from.stx_rdev_minor != to.stx_rdev_minor)
      tell_if(name, "device number", device_of(from), device_of(to));
    if (is_regular(from) && from.stx_size != to.stx_size)
      tell_if(name, "size", std::to_string(from.stx_size), std::to_string(to.stx_size));
    if (S_ISLNK(from.stx_mode)) tell_if(name, "target", quote(target_of(from_, name)), quote(target_of(to_, name)));
    const unsigned from_flags = flags_of(from_, name, from), to_flags = flags_of(to_, name, to);
    if (from_flags != to_flags) tell_if(name, "flags", words_for_flags(from_flags), words_for_flags(to_flags));
    compare_xattrs("", name);
  }

  // Under the name itself where no other is given for it.
  void compare_xattrs(const std::string& called, const std::string& name) {
    const Xattrs from = xattrs_of(from_, name), to = xattrs_of(to_, name);
    if (from == to) return;
    const std::string shown = called.empty() ? from_.below(name) : called;
    for (const auto& [attribute, value] : from) {
      const auto other = to.find(attribute);
      if (other == to.end())
        tell(shown, "attribute " + printable(attribute) + " is missing in the copy");
      else if (other->second != value)
        tell(shown, "attribute " + printable(attribute) + " differs");
    }
    for (const auto& [attribute, value] : to) {
      if (!from.contains(attribute)) tell(shown, "attribute " + printable(attribute) + " is only in the copy");
    }
  }

  void compare_below(const std::string& name, const Seen& from, const Seen& to) {
    using Entry = Descent::Entry;
    if (to_.enter(name, to) != Entry::entered)
      return tell(from_.below(name), "is a mount point or subvolume in the copy");
    const Entry into = from_.enter(name, from);
    if (into == Entry::entered) {
      levels_.emplace_back(from_.names(), to_.names());
      leave_out(levels_.back());
      return;
    }
    // Then nothing of what is there belongs to the copy.
    const bool holds = !to_.names().empty();
    to_.leave();
    if (into == Entry::subvolume) tell(from_.below(name), "is a subvolume, which is not copied");
    if (into == Entry::mounted && holds) tell(from_.below(name), "is a mount point, whose files are in the copy");
    if (into == Entry::absent) tell(from_.below(name), "vanished while it was compared");
  }

  void compare_content(const std::string& name, const Seen& from, const Seen& to) {
    FilePair pair;
    pair.from = from_.opened(name);
    pair.to = to_.opened(name);
    pair.size = from.stx_size;
    pair.dense = !has_holes(from) && !has_holes(to);
    pair.path = from_.path(name);
    pair.copy = to_.path(name);
    pair.name = from_.below(name);
    contents_.add(std::move(pair));
  }

  Descent from_, to_;
  const Comparison& how_;
  Contents contents_;
  std::vector<Level> levels_;
  std::unordered_map<FileId, FileId, FileIdHash> copy_of_, original_of_;  // of files with several names
  Strings told_;
  std::size_t count_ = 0;
};

}  // namespace

Strings compare_trees(const std::string& from, const std::string& to, const Comparison& how) {
  // What is still to be written cannot leave the page cache.
  if (how.content) sync_tree(to);
  return Comparing(from, to, how).differences();
}

}  // namespace dockhost
