// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dockhost {

// A size in LVM's words: "20G", "20GiB", "512m", "80%VG", "100%FREE", "50%PVS".
struct LvmSize {
  enum class Of { bytes, group, free, listed } of = Of::bytes;
  std::uint64_t bytes = 0;    // rounded up to one, where it is no percentage
  std::uint64_t percent = 0;  // of the group's extents, of what is free and the volume's own, of the listed disks'
  bool relative() const { return of != Of::bytes; }
};

// As lvcreate(8) reads it: units are powers of 1024 whatever their case, without one MiB is meant, `s` is a sector of
// 512 bytes; a percentage is a whole number. Throws Error with the text for anything else, for 0, and for bytes that
// are no whole sectors.
LvmSize lvm_size(const std::string& text);

// The extents that a volume of that size has. `own`: extents that it has already, `free`: of the group, `all`: of the
// group, `listed`: of the disks that were named. Rounds bytes up to whole extents, percentages down.
struct Extents {
  std::uint64_t own = 0, free = 0, all = 0, listed = 0;
};
std::uint64_t extents_of(const LvmSize& size, const Extents& there, std::uint64_t extent);

}  // namespace dockhost
