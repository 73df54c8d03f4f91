// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/tree_xattrs.hpp"

#include <sys/xattr.h>

#include <algorithm>

namespace dockhost {
namespace {

// Of a list or a value. The kernel allocates what it is asked for, so the most there can be (XATTR_SIZE_MAX) comes
// last.
constexpr std::size_t usual_bytes = 512, most_bytes = 65536;

// The bytes that a call of the xattr(7) family fills in; empty where there is no such attribute, or none at all. False
// with errno set when it fails.
template <class Call>
bool fill(std::string& bytes, const Call& call) {
  bytes.resize(usual_bytes);
  ssize_t count = call(bytes.data(), bytes.size());
  if (count < 0 && errno == ERANGE) {
    bytes.resize(most_bytes);
    count = call(bytes.data(), bytes.size());
  }
  if (count < 0 && errno != ENOTSUP && errno != ENODATA) return false;
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return true;
}

}  // namespace

// There is no listxattr(2) relative to a directory before Linux 6.13; a path through the open one is as good.
Xattrs xattrs_of(const Descent& at, const std::string& name) {
  const std::string file = "/proc/self/fd/" + std::to_string(at.directory()) + "/" + name;
  std::string list;
  bool good = fill(list, [&](char* into, std::size_t size) { return ::llistxattr(file.c_str(), into, size); });
  Xattrs found;
  for (std::size_t start = 0; good && start < list.size();) {
    const std::string attribute = &list[start];
    start += attribute.size() + 1;
    if (attribute.starts_with("trusted.SGI_ACL_")) continue;
    good = fill(found[attribute],
                [&](char* into, std::size_t size) { return ::lgetxattr(file.c_str(), attribute.c_str(), into, size); });
  }
  if (!good) throw system_failure("has extended attributes that cannot be read", at.path(name));
  return found;
}

}  // namespace dockhost
