// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of a block device. All throw Error at its path where it is none.
#pragma once

#include <cstdint>
#include <string>

namespace dockhost {

// Up to `length` bytes from `offset` on; fewer where the device ends before. Nothing is written to it by reading.
std::string read_block(const std::string& device, std::uint64_t offset, std::size_t length);

// Whether something has it for itself (open(2), O_EXCL on block devices: EBUSY).
bool block_held(const std::string& device);

// The number that `size` bytes from `at` on are, the lowest first. They must be there.
std::uint64_t little_endian(const std::string& bytes, std::size_t at, std::size_t size);

// Overwrites, and ends when the bytes are on the medium. Refuses a device that something has for itself.
void write_block(const std::string& device, std::uint64_t offset, const std::string& bytes);

}  // namespace dockhost
