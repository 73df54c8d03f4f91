// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/tree_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "host/mountinfo.hpp"
#include "host/safe_place.hpp"

namespace dockhost {
namespace {

constexpr std::size_t most_open = 16;     // directories of one Descent
constexpr std::size_t most_shown = 4096;  // bytes of a path, PATH_MAX

// O_NONBLOCK: what has become a pipe does not hold us up.
constexpr int harmless = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// Reading leaves no access time where the file is ours or we are root; others may not ask for that (EPERM).
Descriptor open_quietly(int directory, const char* name, int flags) {
  Descriptor file(::openat(directory, name, harmless | O_NOATIME | flags));
  if (!file && errno == EPERM) file = Descriptor(::openat(directory, name, harmless | flags));
  return file;
}

bool see_at(int directory, const char* name, int flags, Seen& seen) {
  return ::statx(directory, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                 STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &seen) == 0;
}

// The mount that an open file was reached by; 0 where the kernel does not tell.
std::uint64_t mount_of(int descriptor, const Seen& seen) {
  if ((seen.stx_mask & STATX_MNT_ID) != 0) return seen.stx_mnt_id;
  // Before Linux 5.8.
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(descriptor));
  std::string word;
  std::uint64_t mount = 0;
  while (info >> word) {
    if (word == "mnt_id:" && info >> mount) return mount;
  }
  return 0;
}

std::string shown(const std::string& path) {
  if (path.size() <= most_shown) return printable(path);
  return printable(path.substr(0, most_shown / 2) + "[...]" + path.substr(path.size() - most_shown / 2));
}

}  // namespace

bool was_written(const Seen& seen, const TreeRules& rules) {
  if (!rules.since || micros(seen.stx_ctime) <= *rules.since) return false;
  if (rules.by_ctime) return true;
  const bool born = (seen.stx_mask & STATX_BTIME) != 0 && micros(seen.stx_btime) > *rules.since;
  return born || micros(seen.stx_mtime) > *rules.since;
}

FileId id_of(const Seen& seen) { return {::makedev(seen.stx_dev_major, seen.stx_dev_minor), seen.stx_ino}; }

Descent::Descent(const std::string& top) : path_(top), top_length_(top.size()) {
  const Place place = safe_place(top);
  Level level;
  level.open = open_quietly(place.directory.get(), place.name.c_str(), O_DIRECTORY);
  if (!level.open) throw system_failure("cannot be opened", path());
  if (!see_at(level.open.get(), "", AT_EMPTY_PATH, top_)) throw system_failure("cannot be looked at", path());
  level.id = id_of(top_);
  mount_ = mount_of(level.open.get(), top_);
  levels_.push_back(std::move(level));
}

Strings Descent::names() const {
  Strings found;
  std::vector<std::byte> buffer(65536);
  while (true) {
    const ssize_t count = ::getdents64(directory(), buffer.data(), buffer.size());
    // ENOENT: it was removed meanwhile.
    if (count < 0 && errno != ENOENT) throw system_failure("cannot be read", path());
    if (count <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      const auto* const entry = reinterpret_cast<const dirent64*>(&buffer[at]);
      const std::string_view name = static_cast<const char*>(entry->d_name);
      if (name != "." && name != "..") found.emplace_back(name);
      at += entry->d_reclen;
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<Seen> Descent::see(const std::string& name) const {
  Seen seen{};
  if (see_at(directory(), name.c_str(), 0, seen)) return seen;
  if (errno == ENOENT) return std::nullopt;
  throw system_failure("cannot be looked at", path(name));
}

Descriptor Descent::open(const std::string& name, int flags) const {
  return open_quietly(directory(), name.c_str(), flags);
}

Descriptor Descent::opened(const std::string& name) const {
  Descriptor file = open(name);
  if (!file) throw system_failure("cannot be opened", path(name));
  return file;
}

bool Descent::mounted(const Seen& seen) const {
  if ((seen.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) return true;
  return (seen.stx_mask & STATX_MNT_ID) != 0 && seen.stx_mnt_id != mount_;
}

// Only of directories: in an overlay, a file may have another device than its directory.
bool Descent::elsewhere(const Seen& seen) const {
  return mounted(seen) || (is_directory(seen) && id_of(seen).device != id_of(top_).device);
}

Descent::Entry Descent::enter(const std::string& name, const Seen& seen) {
  if (mounted(seen)) return Entry::mounted;
  Level level;
  level.open = open(name, O_DIRECTORY);
  if (!level.open && errno == ENOENT) return Entry::absent;
  if (!level.open) throw system_failure("cannot be opened", path(name));
  // What was opened counts: it may be another than what was seen.
  Seen now{};
  if (!see_at(level.open.get(), "", AT_EMPTY_PATH, now)) throw system_failure("cannot be looked at", path(name));
  if (mount_of(level.open.get(), now) != mount_) return Entry::mounted;
  level.id = id_of(now);
  if (level.id.device != levels_.front().id.device) return Entry::subvolume;
  level.path_length = path_.size();
  path_ += "/" + name;
  levels_.push_back(std::move(level));
  if (levels_.size() - closed_ > most_open) levels_[closed_++].open.close();
  return Entry::entered;
}

void Descent::leave() {
  Level& up = levels_[levels_.size() - 2];
  if (!up.open) {
    up.open = open("..", O_DIRECTORY);
    Seen seen{};
    if (!up.open || !see_at(up.open.get(), "", AT_EMPTY_PATH, seen))
      throw system_failure("cannot be left again", path());
    if (id_of(seen) != up.id) throw Error("was moved elsewhere meanwhile", {path()});
    --closed_;
  }
  path_.resize(levels_.back().path_length);
  levels_.pop_back();
}

std::string Descent::path(const std::string& name) const { return shown(name.empty() ? path_ : path_ + "/" + name); }

std::string Descent::below(const std::string& name) const {
  const std::string here = path_.substr(std::min(top_length_ + 1, path_.size()));
  return shown(here.empty() || name.empty() ? here + name : here + "/" + name);
}

namespace {

// Mount points below the top directory, as this process sees them.
std::set<std::string> mount_points_below(const std::string& top) {
  std::ifstream file("/proc/self/mountinfo");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> paths;
  for (const MountLine& line : parse_mountinfo(text)) {
    if (line.path != top && at_or_below(line.path, top)) paths.insert(line.path);
  }
  return paths;
}

Seen mount_point() {
  Seen seen{};
  seen.stx_mode = S_IFDIR;
  seen.stx_nlink = 1;
  seen.stx_attributes = STATX_ATTR_MOUNT_ROOT;
  return seen;
}

}  // namespace

void walk(const std::string& top, const Visitor& visitor) {
  struct Level {
    Strings names;
    std::size_t next = 0;
    Seen seen{};  // of the directory
  };
  Descent descent(top);
  const std::set<std::string> mounts = mount_points_below(top);
  std::vector<Level> levels(1);
  levels.back().names = descent.names();
  while (true) {
    Level& level = levels.back();
    if (level.next == level.names.size()) {
      if (descent.at_top()) return;
      const Seen seen = level.seen;
      levels.pop_back();
      descent.leave();
      if (visitor.left) visitor.left(descent, levels.back().names[levels.back().next - 1], seen);
      continue;
    }
    const std::string& name = level.names[level.next++];
    const bool mounted = !mounts.empty() && mounts.contains(descent.whole(name));
    const std::optional<Seen> seen = mounted ? mount_point() : descent.see(name);
    if (!seen || !visitor.found(descent, name, *seen) || !is_directory(*seen)) continue;
    const Descent::Entry entry = descent.enter(name, *seen);
    if (visitor.entered) visitor.entered(descent, name, entry);
    if (entry != Descent::Entry::entered) continue;
    levels.push_back({descent.names(), 0, *seen});
  }
}

}  // namespace dockhost
