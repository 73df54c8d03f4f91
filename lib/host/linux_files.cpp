// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/linux_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>

#include "host/new_file.hpp"
#include "host/safe_place.hpp"

namespace dockhost {
namespace {

constexpr std::size_t longest_file = std::size_t{64} * 1048576;
constexpr unsigned permission_bits = 07777;

// A path below a file, or of a process that has ended, is as absent as a missing one.
bool absent(int code) { return code == ENOENT || code == ENOTDIR || code == ESRCH; }

Node::Type type_of(mode_t mode) {
  if (S_ISREG(mode)) return Node::Type::file;
  if (S_ISDIR(mode)) return Node::Type::directory;
  if (S_ISLNK(mode)) return Node::Type::link;
  if (S_ISBLK(mode)) return Node::Type::block;
  return Node::Type::other;
}

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t count = ::readlink(path.c_str(), target.data(), target.size());
  if (count < 0) throw system_failure("cannot be read", path);
  return {target.data(), static_cast<std::size_t>(count)};
}

void sync_directory(const Place& place, const std::string& path) {
  // EINVAL: a file system that does not sync directories.
  if (::fsync(place.directory.get()) != 0 && errno != EINVAL) throw system_failure("cannot be synced", path);
}

std::string backup_name(const std::string& path, std::time_t time) {
  std::tm local{};
  ::localtime_r(&time, &local);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d@%H:%M:%S", &local);
  return path + "." + std::to_string(::getpid()) + "." + std::string(text.data(), length) + "~";
}

}  // namespace

std::optional<Node> LinuxFiles::node(const std::string& path) {
  struct stat seen {};
  if (::lstat(path.c_str(), &seen) != 0) {
    if (absent(errno)) return std::nullopt;
    throw system_failure("cannot be looked at", path);
  }
  Node node;
  node.type = type_of(seen.st_mode);
  node.mode = seen.st_mode & permission_bits;
  node.uid = seen.st_uid;
  node.gid = seen.st_gid;
  if (node.type == Node::Type::block) node.device = seen.st_rdev;
  node.changed = std::int64_t{seen.st_mtim.tv_sec} * 1'000'000 + seen.st_mtim.tv_nsec / 1'000;
  if (node.type == Node::Type::link) node.target = link_target(path);
  return node;
}

std::optional<std::string> LinuxFiles::read(const std::string& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file && absent(errno)) return std::nullopt;
  if (!file) throw system_failure("cannot be read", path);
  struct stat seen {};
  if (::fstat(file.get(), &seen) != 0) throw system_failure("cannot be looked at", path);
  if (!S_ISREG(seen.st_mode)) throw Error("is not a regular file", {path});
  return read_all(file.get(), path, longest_file);
}

Strings LinuxFiles::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), &::closedir);
  if (open == nullptr && absent(errno)) return {};
  if (open == nullptr) throw system_failure("cannot be read", directory);
  Strings names;
  errno = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) throw system_failure("cannot be read", directory);
  std::sort(names.begin(), names.end());
  return names;
}

std::string LinuxFiles::resolve(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (real != nullptr) return real.get();
  if (absent(errno) || errno == ELOOP) return "";
  throw system_failure("cannot be resolved", path);
}

std::string LinuxFiles::unsafe_way(const std::string& path) const {
  try {
    safe_place(path, top_);
  } catch (const UnsafeLink& link) {
    return link.what();
  } catch (const Error&) {
    // A way that leads nowhere: whoever goes it says so.
  }
  return {};
}

std::string LinuxFiles::fixed_by_flag(const std::string& path) {
  // Nothing else is opened: opening a pipe or a device may do something.
  const auto seen = node(path);
  if (!seen || (seen->type != Node::Type::file && seen->type != Node::Type::directory)) return {};
  const Descriptor thing(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  int flags = 0;
  if (!thing || ::ioctl(thing.get(), FS_IOC_GETFLAGS, &flags) != 0) return {};
  if ((flags & FS_IMMUTABLE_FL) != 0) return "immutable";
  return (flags & FS_APPEND_FL) != 0 ? "append-only" : "";
}

// Since Linux 5.8. Of the file nothing is asked: what the kernel knows of it already will do.
std::uint64_t LinuxFiles::mount_behind(const std::string& link) {
  struct statx seen {};
  const int how = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  const bool told =
      ::statx(AT_FDCWD, link.c_str(), how, STATX_MNT_ID, &seen) == 0 && (seen.stx_mask & STATX_MNT_ID) != 0;
  return told ? seen.stx_mnt_id : 0;
}

void LinuxFiles::write(const std::string& path, const std::string& content, unsigned mode, unsigned uid,
                       unsigned gid) const {
  const Place place = safe_place(path, top_);
  const Descriptor old = open_regular(place, path);
  NewFile file(place, path);
  file.fill(content);
  file.own(uid, gid);
  if (old) file.copy_attributes(old);
  file.permit(mode);
  file.put_in_place();
  sync_directory(place, path);
}

void LinuxFiles::remove(const std::string& path) const {
  const Place place = safe_place(path, top_);
  if (::unlinkat(place.directory.get(), place.name.c_str(), 0) != 0) throw system_failure("cannot be removed", path);
  sync_directory(place, path);
}

void LinuxFiles::set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) const {
  const Place place = safe_place(path, top_);
  // O_PATH opens a socket, too; its entry in /proc is what chmod(2) can name without a race.
  const Descriptor thing(::openat(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!thing) throw system_failure("cannot be reached", path);
  const std::string held = "/proc/self/fd/" + std::to_string(thing.get());
  struct stat seen {};
  if (::fstat(thing.get(), &seen) != 0) throw system_failure("cannot be looked at", path);
  if (S_ISLNK(seen.st_mode)) throw Error("is a symbolic link", {path});
  if (S_ISREG(seen.st_mode) && seen.st_nlink > 1 && seen.st_uid != 0)
    throw Error("has other names (hard links) and belongs to uid " + std::to_string(seen.st_uid), {path});
  // The owner first: a change of it takes set-user-ID bits away. One that is right is left alone, because some file
  // systems take no owner at all.
  const bool other = seen.st_uid != uid || seen.st_gid != gid;
  if (other && ::fchownat(thing.get(), "", uid, gid, AT_EMPTY_PATH) != 0)
    throw system_failure("cannot be given an owner", path);
  if (::chmod(held.c_str(), mode) != 0) {
    const int code = errno;
    if (::fchownat(thing.get(), "", seen.st_uid, seen.st_gid, AT_EMPTY_PATH) != 0) errno = code;
    throw system_failure("cannot be given a mode", path, code);
  }
}

void LinuxFiles::make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) const {
  const Place place = safe_place(path, top_);
  const int at = place.directory.get();
  // Under another name until its rights are right: after a kill in between nobody takes it for the one that was wanted.
  const std::string name = temporary_name(place.name);
  ::unlinkat(at, name.c_str(), AT_REMOVEDIR);  // of a killed run
  if (::mkdirat(at, name.c_str(), S_IRWXU) != 0) throw system_failure("cannot be made", path);
  const Descriptor made(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made || ::fchown(made.get(), uid, gid) != 0 || ::fchmod(made.get(), mode) != 0 || ::fsync(made.get()) != 0 ||
      ::renameat2(at, name.c_str(), at, place.name.c_str(), RENAME_NOREPLACE) != 0) {
    const int code = errno;
    ::unlinkat(at, name.c_str(), AT_REMOVEDIR);
    throw system_failure("cannot be made", path, code);
  }
  sync_directory(place, path);
}

void LinuxFiles::remove_directory(const std::string& path) const {
  const Place place = safe_place(path, top_);
  if (::unlinkat(place.directory.get(), place.name.c_str(), AT_REMOVEDIR) != 0)
    throw system_failure("cannot be removed", path);
  sync_directory(place, path);
}

void LinuxFiles::rename(const std::string& from, const std::string& to) const {
  const Place source = safe_place(from, top_), target = safe_place(to, top_);
  if (::renameat2(source.directory.get(), source.name.c_str(), target.directory.get(), target.name.c_str(),
                  RENAME_NOREPLACE) != 0) {
    throw system_failure("cannot be renamed to " + quote(to), from);
  }
  sync_directory(target, to);
  sync_directory(source, from);
}

std::string LinuxFiles::back_up(const std::string& path) const {
  const Descriptor old = open_regular(safe_place(path, top_), path);
  if (!old) throw system_failure("cannot be backed up", path, ENOENT);
  struct stat seen {};
  if (::fstat(old.get(), &seen) != 0) throw system_failure("cannot be looked at", path);
  // An earlier backup of the same second stays; the next free second names this one.
  std::time_t time = std::time(nullptr);
  while (node(backup_name(path, time))) ++time;
  std::string name = backup_name(path, time);
  // Until it is whole it is called like a new version of the original, which the next run replaces: the backup's own
  // name holds a time and a process that do not come again.
  Place place = safe_place(name, top_);
  const std::string whole = std::exchange(place.name, path.substr(path.rfind('/') + 1));
  NewFile copy(place, name);
  copy.fill(read_all(old.get(), path, longest_file));
  copy.own(seen.st_uid, seen.st_gid);
  copy.copy_attributes(old);
  copy.permit(seen.st_mode & permission_bits);
  copy.put_in_place_as(whole);
  sync_directory(place, name);
  return name;
}

}  // namespace dockhost
