// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/tree.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sha256.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "host/safe_place.hpp"
#include "host/tree_walk.hpp"

namespace dockhost {
namespace {

constexpr std::size_t long_path = 3000;
constexpr std::uint64_t block_bytes = 512;  // of st_blocks, stat(2)

// One tree's way into one hash: a name ends with NUL and a directory with "/", which no name can hold; so no two trees
// give the same bytes, and no path has to be held.
class TreeHash {
 public:
  TreeHash() { SHA256Init(&state_); }

  void add(const std::string& name, const Seen& seen) {
    add(name + '\0' + std::to_string(seen.stx_ctime.tv_sec) + "." + std::to_string(seen.stx_ctime.tv_nsec) + "\n");
  }
  void add_mount(const std::string& name) { add(name + '\0' + "mount\n"); }
  void end_directory() { add("/"); }

  std::string hex() {
    std::array<char, SHA256_DIGEST_STRING_LENGTH> digest{};
    return SHA256End(&state_, digest.data());
  }

 private:
  void add(const std::string& text) {
    SHA256Update(&state_, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }

  SHA256_CTX state_{};
};

class Sum {
 public:
  explicit Sum(const TreeRules& rules) : rules_(rules) {}

  TreeSum of(const std::string& path) {
    look_for_limits(Descent(path));
    Visitor visitor;
    visitor.found = [this](const Descent& at, const std::string& name, const Seen& seen) {
      add(at, name, seen);
      return true;
    };
    visitor.entered = [this](const Descent& at, const std::string& name, Descent::Entry entry) {
      if (entry == Descent::Entry::subvolume && sum_.subvolume.empty()) sum_.subvolume = at.below(name);
      if (entry == Descent::Entry::entered)
        look_at_limit(at.directory());
      else
        left_out_ = left_out_ && counts(at, name);
    };
    visitor.left = [this](const Descent& at, const std::string& name, const Seen&) {
      left_out_ = left_out_ && counts(at, name);
      if (!left_out_ && counts(at, name)) hash_.end_directory();
    };
    walk(path, visitor);
    sum_.hash = hash_.hex();
    return sum_;
  }

 private:
  bool is_guard(const Descent& at, const std::string& name) const { return at.at_top() && name == rules_.guard; }
  // Towards the hash.
  bool counts(const Descent& at, const std::string& name) const {
    return !at.at_top() || (name != "lost+found" && name != rules_.guard);
  }

  void add(const Descent& at, const std::string& name, const Seen& seen) {
    if (!counts(at, name)) left_out_ = is_directory(seen);
    if (at.length_below(name) > sum_.longest) note_length(at, name);
    const bool elsewhere = at.elsewhere(seen);
    if (counts(at, name) && !left_out_) elsewhere ? hash_.add_mount(name) : hash_.add(name, seen);
    if (elsewhere) {
      ++sum_.inodes;
      return;
    }
    if (is_regular(seen) && !is_guard(at, name))
      sum_.newest = std::max(sum_.newest, std::int64_t{seen.stx_mtime.tv_sec});
    const bool judged = rules_.by_ctime || !is_directory(seen);
    if (judged && !is_guard(at, name) && was_written(seen, rules_)) {
      if (++sum_.written == 1) sum_.written_name = at.below(name);
    }
    if (!is_directory(seen) && seen.stx_nlink > 1 && !linked_.insert(id_of(seen)).second) return;
    ++sum_.inodes;
    sum_.bytes += seen.stx_blocks * block_bytes;
    if (is_regular(seen) && limits_ && !sum_.limited) look_at_limit(at, name);
  }

  void note_length(const Descent& at, const std::string& name) {
    sum_.longest = at.length_below(name);
    if (sum_.longest > long_path) sum_.deepest = at.below(name);
  }

  // FS_IOC_FSGETXATTR fails on a file system without project ids, and then on all of it.
  void look_for_limits(const Descent& top) {
    fsxattr found{};
    limits_ = ::ioctl(top.directory(), FS_IOC_FSGETXATTR, &found) == 0;
    sum_.limited = limits_ && found.fsx_projid != 0;
  }

  void look_at_limit(int descriptor) {
    fsxattr found{};
    if (limits_ && !sum_.limited && ::ioctl(descriptor, FS_IOC_FSGETXATTR, &found) == 0)
      sum_.limited = found.fsx_projid != 0;
  }

  void look_at_limit(const Descent& at, const std::string& name) {
    const Descriptor file = at.open(name);
    if (!file && errno == ENOENT) return;
    if (!file) throw system_failure("cannot be opened", at.path(name));
    look_at_limit(file.get());
  }

  const TreeRules& rules_;
  TreeSum sum_;
  TreeHash hash_;
  std::unordered_set<FileId, FileIdHash> linked_;
  bool limits_ = false;    // whether the file system tells project ids
  bool left_out_ = false;  // whether we are in a directory at the top that does not count towards the hash
};

}  // namespace

TreeSum sum_tree(const std::string& path, const TreeRules& rules) { return Sum(rules).of(path); }

void sync_tree(const std::string& path) {
  const Place place = safe_place(path);
  const Descriptor file(
      ::openat(place.directory.get(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) throw system_failure("cannot be opened", path);
  if (::syncfs(file.get()) != 0) throw system_failure("cannot be synced", path);
}

}  // namespace dockhost
