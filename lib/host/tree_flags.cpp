// SPDX-License-Identifier: GPL-3.0-or-later
// The flags that keep files from being changed and removed: what sets them, and what removes nevertheless.
#include "host/tree_flags.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "host/tree.hpp"

namespace dockhost {
namespace {

constexpr unsigned both_flags = FS_IMMUTABLE_FL | FS_APPEND_FL;
constexpr std::uint64_t both_attributes = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND;

bool has_no_flags(int code) { return code == ENOTTY || code == EOPNOTSUPP || code == ENOSYS || code == EINVAL; }

// The kernel reads and writes an int here, whatever linux/fs.h says.
unsigned read_flags(const Descriptor& file, const std::string& path) {
  unsigned flags = 0;
  if (::ioctl(file.get(), FS_IOC_GETFLAGS, &flags) == 0) return flags;
  if (has_no_flags(errno)) return 0;
  throw system_failure("has flags that cannot be read", path);
}

void write_flags(const Descriptor& file, const std::string& path, unsigned flags) {
  if (::ioctl(file.get(), FS_IOC_SETFLAGS, &flags) != 0) throw system_failure("has flags that cannot be set", path);
}

void clear(const Descriptor& file, const std::string& path) {
  const unsigned flags = read_flags(file, path);
  if ((flags & both_flags) != 0) write_flags(file, path, flags & ~both_flags);
}

void clear(const Descent& at, const std::string& name, const Seen& seen) {
  if (!at.elsewhere(seen) && flags_of(at, name, seen) != 0) clear(at.opened(name), at.path(name));
}

void clear_top(const Descent& top) {
  const Descriptor again = top.opened(".");
  clear(again, top.path());
}

// Of a name at the top; "" is none.
bool is_at_top(const Descent& at, const std::string& name, const std::string& sought) {
  return at.at_top() && name == sought;
}

void remove(const Descent& at, const std::string& name, int flags) {
  if (::unlinkat(at.directory(), name.c_str(), flags) != 0 && errno != ENOENT)
    throw system_failure("cannot be removed", at.path(name));
}

}  // namespace

unsigned flags_of(const Descent& at, const std::string& name, const Seen& seen) {
  if (!is_regular(seen) && !is_directory(seen)) return 0;
  if ((seen.stx_attributes_mask & both_attributes) == both_attributes) {
    const unsigned immutable = (seen.stx_attributes & STATX_ATTR_IMMUTABLE) != 0 ? FS_IMMUTABLE_FL : 0;
    return immutable | ((seen.stx_attributes & STATX_ATTR_APPEND) != 0 ? FS_APPEND_FL : 0);
  }
  return read_flags(at.opened(name), at.path(name)) & both_flags;
}

void copy_flags(const std::string& from, const std::string& to) {
  Descent copy(to);
  const auto give = [&copy](const Descent& at, const std::string& name, const Seen& seen) {
    const unsigned flags = at.elsewhere(seen) ? 0 : flags_of(at, name, seen);
    if (flags == 0) return;
    const Descriptor file = copy.opened(name);
    write_flags(file, copy.path(name), read_flags(file, copy.path(name)) | flags);
  };
  Visitor visitor;
  visitor.found = [&give](const Descent& at, const std::string& name, const Seen& seen) {
    if (is_regular(seen)) give(at, name, seen);
    return is_directory(seen);
  };
  visitor.entered = [&copy](const Descent&, const std::string& name, Descent::Entry entry) {
    if (entry != Descent::Entry::entered) return;
    const std::optional<Seen> seen = copy.see(name);
    if (!seen || copy.enter(name, *seen) != Descent::Entry::entered)
      throw Error("is not there as in the original", {copy.path(name)});
  };
  visitor.left = [&copy, &give](const Descent& at, const std::string& name, const Seen& seen) {
    copy.leave();
    give(at, name, seen);
  };
  walk(from, visitor);
}

void clear_flags(const std::string& path) {
  clear_top(Descent(path));
  Visitor visitor;
  visitor.found = [](const Descent& at, const std::string& name, const Seen& seen) {
    clear(at, name, seen);
    return true;
  };
  walk(path, visitor);
}

void empty_tree(const std::string& path, const TreeRules& rules) {
  clear_top(Descent(path));
  Visitor visitor;
  visitor.found = [&rules](const Descent& at, const std::string& name, const Seen& seen) {
    if (is_at_top(at, name, rules.guard) || is_at_top(at, name, "lost+found")) return false;
    if (!is_directory(seen) && was_written(seen, rules))
      throw Error("was written by somebody meanwhile and is not removed, nor what comes after it", {at.path(name)});
    clear(at, name, seen);
    if (!is_directory(seen)) remove(at, name, 0);
    return true;
  };
  visitor.entered = [](const Descent& at, const std::string& name, Descent::Entry entry) {
    if (entry == Descent::Entry::mounted) throw Error("is a mount point and is not removed", {at.path(name)});
    if (entry == Descent::Entry::subvolume) throw Error("is a subvolume and is not removed", {at.path(name)});
  };
  visitor.left = [](const Descent& at, const std::string& name, const Seen&) { remove(at, name, AT_REMOVEDIR); };
  walk(path, visitor);
}

}  // namespace dockhost
