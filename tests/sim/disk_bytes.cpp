// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in the first MiB of a simulated disk, as far as the product reads it.
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"
#include "sim/storage.hpp"

namespace dockhost::sim {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes += static_cast<char>(value & 0xffU);
    value >>= 8U;
  }
  return bytes;
}

void put(std::string& bytes, std::size_t at, const std::string& what) { bytes.replace(at, what.size(), what); }

// The fields of ext4's superblock that say how large it is, with blocks of 4 KiB, when it was last mounted, and whether
// its journal needs a replay.
void put_ext4(std::string& bytes, const Disk& disk) {
  constexpr std::size_t super = 1024;
  put(bytes, super + 0x04, little(disk.system_bytes / 4096, 4));
  put(bytes, super + 0x18, little(2, 4));
  put(bytes, super + 0x20, little(32768, 4));
  put(bytes, super + 0x2c, little(disk.mounted_once ? 1 : 0, 4));
  put(bytes, super + 0x60, little(disk.dirty ? 4 : 0, 4));
}

// The label of LVM2 in the second sector, one area of metadata at 4 KiB, and its text in the sector behind.
void put_label(std::string& bytes, const std::string& group) {
  std::string places = little(kMiB, 8) + little(0, 8) + little(0, 16) + little(4096, 8) + little(kMiB - 4096, 8);
  places += little(0, 16) + little(2, 4) + little(group.empty() ? 0 : 1, 4);
  put(bytes, 512,
      "LABELONE" + little(1, 8) + little(0, 4) + little(32, 4) + "LVM2 001" + std::string(32, 'u') + little(0, 8) +
          places);
  put(bytes, 4096,
      little(0, 4) + " LVM2 x[5A%r0N*>" + little(1, 4) + little(4096, 8) + little(kMiB - 4096, 8) +
          little(group.empty() ? 0 : 512, 8) + little(group.empty() ? 0 : 700, 8));
  if (!group.empty()) put(bytes, 4608, group + " {\nid = \"3DK3jv\"\n");
}

std::string first_mib(const Machine& machine, const std::string& path, const Disk& disk) {
  std::string bytes(kMiB, '\0');
  put(bytes, 0, disk.start);
  if (disk.fstype == "ext4") put_ext4(bytes, disk);
  if (disk.fstype == "xfs") put(bytes, 0, "XFSB");
  if (disk.fstype == "xfs" && disk.half_made) put(bytes, 126, "\1");
  const std::string* group = group_name_with(machine, path);
  if (group != nullptr || contains(disk.signatures, "LVM2_member 0x218"))
    put_label(bytes, group == nullptr ? "" : *group);
  return bytes;
}

}  // namespace

std::string bytes_of(const Machine& machine, const std::string& device, std::uint64_t offset, std::size_t length) {
  const std::string path = real_path(machine, device);
  const auto disk = machine.disks.find(path);
  if (disk == machine.disks.end()) throw Unknown("the device " + device);
  if (offset + length > kMiB) throw Unknown("bytes of " + device + " from " + std::to_string(offset));
  return first_mib(machine, path, disk->second).substr(offset, length);
}

}  // namespace dockhost::sim
