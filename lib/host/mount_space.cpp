// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mount_space.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace dockhost {
namespace {

constexpr const char* kPlace = "/run/dockhost";

// /run is root's alone, so that nobody else can have put anything in the way.
void make(const char* path) {
  if (::mkdir(path, S_IRWXU) != 0 && errno != EEXIST) throw system_failure("cannot be made", path);
  struct stat seen {};
  if (::lstat(path, &seen) != 0) throw system_failure("cannot be looked at", path);
  if (!S_ISDIR(seen.st_mode) || seen.st_uid != ::geteuid()) throw Error("is not a directory of root", {path});
}

void fill_space() {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    throw system_failure("cannot be kept from spreading mounts", "/");
  if (::mount("tmpfs", kPlace, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700,size=1m") != 0)
    throw system_failure("cannot be mounted on", kPlace);
  make("/run/dockhost/own");
  make("/run/dockhost/copy");
}

}  // namespace

void MountSpace::begin() {
  Descriptor outside(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!outside) throw system_failure("cannot be opened", "/proc/self/ns/mnt");
  make(kPlace);
  if (::unshare(CLONE_NEWNS) != 0) throw system_failure("a mount namespace of its own cannot be had", kPlace);
  outside_ = std::move(outside);
  try {
    fill_space();
  } catch (const Error&) {
    end();
    throw;
  }
}

void MountSpace::end() noexcept {
  if (!outside_ || ::setns(outside_.get(), CLONE_NEWNS) != 0) return;
  outside_.close();
  ::rmdir(kPlace);
}

}  // namespace dockhost
