// SPDX-License-Identifier: GPL-3.0-or-later
// What the simulated dockerd refuses, release by release: what it says of a file as soon as it reads it, what it says
// at a reload, and what only a start meets. The tables are the simulation's own.
#pragma once

#include <string>

#include "sim/machine.hpp"

namespace dockhost::sim {

// Whether dockerd is of this release or newer.
bool since(const Machine& machine, int major, int minor = 0, int patch = 0);

// "" or the line. `keys` are the file's alone, `settings` those of the file and the flags.
std::string refuse_read(const Machine& machine, const json& keys);
std::string refuse_reload(const Machine& machine, const json& keys);
std::string refuse_start(const Machine& machine, const json& settings);

}  // namespace dockhost::sim
