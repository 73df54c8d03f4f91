// SPDX-License-Identifier: GPL-3.0-or-later
// What keeps root from a path, or from changing what is there.
#pragma once

#include <string>

#include "sim/machine.hpp"

namespace dockhost::sim {

// Why a link on the way is not followed, as host/safe_place.hpp says it; "" where none is in the way.
std::string unsafe_way(const Machine& machine, const std::string& path);

// The kernel's words for why an entry cannot be made, replaced or removed at this real path; "" where it can.
std::string fixed(const Machine& machine, const std::string& real);

}  // namespace dockhost::sim
