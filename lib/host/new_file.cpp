// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <climits>
#include <cstdio>
#include <vector>

namespace dockhost {
namespace {

// Digests of the content that the kernel keeps itself (ima(7), evmctl(1)): those of the old file are wrong for the new.
bool of_the_content(const std::string& attribute) { return attribute == "security.ima" || attribute == "security.evm"; }

Strings attribute_names(int file, const std::string& path) {
  const ssize_t size = ::flistxattr(file, nullptr, 0);
  if (size < 0 && errno == ENOTSUP) return {};
  std::string all(static_cast<std::size_t>(size < 0 ? 0 : size), '\0');
  const ssize_t count = size <= 0 ? size : ::flistxattr(file, all.data(), all.size());
  if (count < 0) throw system_failure("extended attributes cannot be read", path);
  all.resize(static_cast<std::size_t>(count));
  Strings names = split(all, '\0');  // each name ends with a NUL
  names.pop_back();
  return names;
}

}  // namespace

std::string temporary_name(const std::string& name) {
  constexpr std::string_view suffix = ".dockhost-tmp";
  return "." + name.substr(0, NAME_MAX - 1 - suffix.size()) + std::string(suffix);
}

Descriptor open_regular(const Place& place, const std::string& path) {
  struct stat seen {};
  if (::fstatat(place.directory.get(), place.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    throw system_failure("cannot be looked at", path);
  }
  if (!S_ISREG(seen.st_mode)) throw Error("is not a regular file", {path});
  Descriptor file(
      ::openat(place.directory.get(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) throw system_failure("cannot be read", path);
  if (::fstat(file.get(), &seen) != 0 || !S_ISREG(seen.st_mode)) throw Error("is not a regular file", {path});
  return file;
}

NewFile::NewFile(const Place& place, std::string path)
    : place_(place), path_(std::move(path)), name_(temporary_name(place.name)) {
  ::unlinkat(place.directory.get(), name_.c_str(), 0);  // of a killed run; O_EXCL says when something is left
  file_ = Descriptor(::openat(place.directory.get(), name_.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file_) throw system_failure("cannot be written", path_);
}

NewFile::~NewFile() {
  if (file_) ::unlinkat(place_.directory.get(), name_.c_str(), 0);
}

void NewFile::fill(std::string_view content) {
  if (!write_all(file_.get(), content)) throw system_failure("cannot be written", path_);
}

void NewFile::own(unsigned uid, unsigned gid) {
  if (::fchown(file_.get(), uid, gid) != 0) throw system_failure("owner cannot be set", path_);
}

void NewFile::copy_attributes(const Descriptor& old) {
  const Strings names = attribute_names(old.get(), path_);
  for (const std::string& name : names) {
    if (of_the_content(name)) continue;
    const ssize_t size = ::fgetxattr(old.get(), name.c_str(), nullptr, 0);
    std::vector<char> value(static_cast<std::size_t>(size < 0 ? 0 : size));
    const ssize_t count = size <= 0 ? size : ::fgetxattr(old.get(), name.c_str(), value.data(), value.size());
    const bool kept =
        count >= 0 && ::fsetxattr(file_.get(), name.c_str(), value.data(), static_cast<std::size_t>(count), 0) == 0;
    // A user who is not root cannot set labels; the new file then has the one that its directory gives.
    if (!kept && (::geteuid() == 0 || errno != EPERM))
      throw system_failure("extended attribute " + quote(name) + " cannot be kept", path_);
  }
}

void NewFile::permit(unsigned mode) {
  if (::fchmod(file_.get(), mode) != 0) throw system_failure("mode cannot be set", path_);
}

void NewFile::put_in_place() { put_in_place_as(place_.name); }

void NewFile::put_in_place_as(const std::string& name) {
  const int at = place_.directory.get();
  if (::fsync(file_.get()) != 0 || ::renameat(at, name_.c_str(), at, name.c_str()) != 0)
    throw system_failure("cannot be written", path_);
  file_.close();
}

}  // namespace dockhost
