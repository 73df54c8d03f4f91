// SPDX-License-Identifier: GPL-3.0-or-later
// Disks, LVM and file systems of a simulated machine, with the tools that make them, as lvm2 2.03.16 does it.
#pragma once

#include <string>

#include "sim/machine.hpp"

namespace dockhost::sim {

// Puts what sysfs shows of the device into the machine's entries.
void show_disk(Machine& machine, const std::string& path);

// Makes a volume of a group, with its device.
void make_volume(Machine& machine, const std::string& group, const std::string& name, const Group::Volume& volume);

// The name of the group that has the device; null where none has.
const std::string* group_name_with(const Machine& machine, const std::string& device);

// Up to `length` bytes from `offset` on.
std::string bytes_of(const Machine& machine, const std::string& device, std::uint64_t offset, std::size_t length);
void overwrite(Machine& machine, const std::string& device, std::uint64_t offset, const std::string& bytes);

// Whether it cannot be opened with O_EXCL.
bool is_held(const Machine& machine, const std::string& device);

bool is_storage_tool(const std::string& program);
Output storage_tool(Machine& machine, const Strings& argv);

}  // namespace dockhost::sim
