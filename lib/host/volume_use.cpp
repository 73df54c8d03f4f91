// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/volume_use.hpp"

#include "host/block.hpp"
#include "host/mountinfo.hpp"
#include "host/own_mounts.hpp"

namespace dockhost {
namespace {

// Offsets in ext4's superblock, which begins at byte 1024 (fs/ext4/ext4.h), and in that of xfs, at byte 0
// (fs/xfs/libxfs/xfs_format.h).
constexpr std::size_t kExt4 = 1024, kMountedAt = 0x2c, kIncompatible = 0x60, kXfsInProgress = 126;
constexpr std::uint64_t kRecover = 0x4;

std::string ext4_super(const Host& host, const std::string& device) { return host.peek(device, kExt4, 1024); }

// ext4 keeps the time of the last mount that could write; a look of dockhost's own is none.
bool mounted_once(const Host& host, const std::string& device) {
  const std::string super = ext4_super(host, device);
  return super.size() == 1024 && little_endian(super, kMountedAt, 4) != 0;
}

// mkfs.xfs takes its mark away as the last thing it does; what has the mark cannot be mounted.
bool half_made_xfs(const Host& host, const std::string& device) {
  const std::string super = host.peek(device, 0, 512);
  return super.size() > kXfsInProgress && super[kXfsInProgress] != '\0';
}

bool xfs_log_is_dirty(Host& host, const std::string& device) {
  const Output output = host.run({"xfs_logprint", "-t", "--", device});
  if (!output.found) throw Error("the tool 'xfs_logprint' is not installed (package xfsprogs)");
  return output.out.find("state: <CLEAN>") == std::string::npos;
}

std::string content_of(Host& host, const std::string& device, const std::string& type) {
  OwnMounts own(host);
  std::string at;
  try {
    at = own.file_system(device, type, true);
  } catch (const Error& failure) {
    // mke2fs writes the superblock among its last, not as the last, and the kernel has never mounted this one.
    if (type == "ext4") return "";
    return "its file system cannot be looked into (" + std::string(failure.what()) + ")";
  }
  for (const std::string& name : host.list(at)) {
    if (name != "lost+found") return "its file system holds " + quote(name);
  }
  return "";
}

}  // namespace

bool needs_replay(Host& host, const std::string& device, const std::string& type) {
  if (type == "xfs") return xfs_log_is_dirty(host, device);
  if (type != "ext4") return false;
  const std::string super = ext4_super(host, device);
  return super.size() == 1024 && (little_endian(super, kIncompatible, 4) & kRecover) != 0;
}

std::string use_of(Host& host, const std::string& device, const std::string& type) {
  const auto node = host.node(device);
  const std::string point = node ? mounted_on(host, device_number(node->device)) : "";
  if (!point.empty()) return "it is mounted on " + point;
  if (host.held(device)) return "something holds it (it cannot be opened exclusively)";
  if (type.empty()) return "";
  if (type != "ext4" && type != "xfs") return "it holds " + type;
  if (type == "ext4" && mounted_once(host, device)) return "its file system was mounted once";
  if (type == "xfs" && half_made_xfs(host, device)) return "";
  if (needs_replay(host, device, type)) return "its file system was in use and not unmounted cleanly";
  return content_of(host, device, type);
}

}  // namespace dockhost
