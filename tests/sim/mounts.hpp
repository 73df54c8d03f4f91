// SPDX-License-Identifier: GPL-3.0-or-later
// Mounting on a simulated machine, as Linux and util-linux 2.38 do it.
#pragma once

#include <string>

#include "sim/machine.hpp"

namespace dockhost::sim {

// What mount(8) is asked for.
struct MountWish {
  std::string source, path, fstype;
  Strings options;
  std::string root = "/";
};

// Mounts, or returns mount(8)'s complaint and leaves everything as it was; "" is success.
std::string mount_on(Machine& machine, const MountWish& wish);

// Changes the options of what is mounted on wish.path; as mount_on.
std::string remount(Machine& machine, const MountWish& wish);

// Takes the topmost mount off `path`; umount(8)'s complaint or "".
std::string unmount(Machine& machine, const std::string& path, bool lazily = false);

// The text of /proc/self/mountinfo (proc(5)).
std::string mountinfo(const Machine& machine);

// The topmost mount on `path`; null where none is.
const Mounted* topmost(const Machine& machine, const std::string& path);

// Whether the file system that holds the path is mounted read-only.
bool read_only(const Machine& machine, const std::string& path);

// realpath(3) over the machine's entries; "" where a component is missing.
std::string real_path(const Machine& machine, const std::string& path);

// mount and umount as tools.
Output mount_tool(Machine& machine, const Strings& argv);
Output mount_tool_with(Machine& machine, const Strings& argv, const std::string& table);  // in the place of fstab
Output umount_tool(Machine& machine, const Strings& argv);

}  // namespace dockhost::sim
