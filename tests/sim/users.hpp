// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts and subordinate ids of a simulated machine: /etc/passwd, /etc/group, /etc/subuid, /etc/subgid as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/machine.hpp"

namespace dockhost::sim {

bool has_user(const Machine& machine, const std::string& name);
void add_user(Machine& machine, const std::string& name);

// The first id of the user's range in the file.
std::optional<std::uint64_t> sub_range(const Machine& machine, const std::string& path, const std::string& user);

// A range of 65536 after all others, from 100000 on, as dockerd takes one.
void add_sub_ids(Machine& machine, const std::string& user, const std::string& path);

// useradd, userdel, usermod, getent as tools.
Output user_tool(Machine& machine, const Strings& argv);

}  // namespace dockhost::sim
