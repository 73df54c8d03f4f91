// SPDX-License-Identifier: GPL-3.0-or-later
// /proc of a simulated machine: the engine's process, those who use a mount point, mountinfo and the boot time.
#pragma once

#include <optional>

#include "sim/machine.hpp"

namespace dockhost::sim {

std::optional<std::string> process_file(const Machine& machine, const std::string& path);
std::optional<Node> process_node(const Machine& machine, const std::string& path);
Strings process_list(const Machine& machine, const std::string& directory);

}  // namespace dockhost::sim
