// SPDX-License-Identifier: GPL-3.0-or-later
// Directory trees of the simulated machine, and the tools that copy and measure them.
#pragma once

#include "host/host.hpp"
#include "sim/machine.hpp"

namespace dockhost::sim {

// What the verbs of Host do, without counting a change.
TreeSum sum_of(const Machine& machine, const std::string& path, const TreeRules& rules);
Strings differences_between(const Machine& machine, const std::string& from, const std::string& to,
                            const Comparison& how);
TreeSum sum_of_disk(const Machine& machine, const std::string& uuid);
CopyWork work_in(const Machine& machine, const std::string& copy, const std::string& original, const TreeRules& rules);
void empty(Machine& machine, const std::string& path, const TreeRules& rules);
void rename(Machine& machine, const std::string& from, const std::string& to);

// The mounts of a run's own: /run/dockhost with its two directories.
void make_own_place(Machine& machine);
void remove_own_place(Machine& machine);

bool is_data_tool(const std::string& program);

// blkid, df and cp. A cp with `half` ends in the middle of the work.
Output data_tool(Machine& machine, const Strings& argv, bool half);

}  // namespace dockhost::sim
