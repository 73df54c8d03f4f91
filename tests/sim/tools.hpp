// SPDX-License-Identifier: GPL-3.0-or-later
// The tools that the product runs, by argv.
#pragma once

#include "sim/machine.hpp"

namespace dockhost::sim {

// Throws Unknown for a tool or an argument that the simulation has no answer to.
Output run_tool(Machine& machine, const Strings& argv);
Output run_tool_on(Machine& machine, const Strings& argv, const std::string& text);

// Whether the command changes the machine.
bool tool_changes(const Strings& argv);

}  // namespace dockhost::sim
