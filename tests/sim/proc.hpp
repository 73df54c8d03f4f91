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

// umount(8) of a container's layer: that succeeds also while the container lives, which has it in its own namespace.
// False where no layer is mounted there.
bool unmount_layer(Machine& machine, const std::string& path);

}  // namespace dockhost::sim
