// SPDX-License-Identifier: GPL-3.0-or-later
// /proc of a simulated machine: the engine, the containers with their shims and mount namespaces, those who use a mount
// point, other processes, and the mounts that each of them sees.
#pragma once

#include <optional>

#include "sim/machine.hpp"

namespace dockhost::sim {

std::optional<std::string> process_file(const Machine& machine, const std::string& path);
std::optional<Node> process_node(const Machine& machine, const std::string& path);
Strings process_list(const Machine& machine, const std::string& directory);
std::uint64_t mount_of_link(const Machine& machine, const std::string& link);  // by id; 0 where it is not told

// Whether the kernel refuses to unmount what is on the mount point, and to make it read-only: a process, the kernel's
// own use of a file, something that is mounted on it. `bind`: this mount alone.
bool keeps_busy(const Machine& machine, const std::string& mount_point);
bool keeps_writable(const Machine& machine, const std::string& mount_point, bool bind);

// umount(8) of a container's layer: that succeeds also while the container lives, which has it in its own namespace.
// False where no layer is mounted there.
bool unmount_layer(Machine& machine, const std::string& path);

}  // namespace dockhost::sim
