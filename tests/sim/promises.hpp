// SPDX-License-Identifier: GPL-3.0-or-later
// What holds after any run, however it ended: Docker stays up, what could run runs, nothing of others is lost, and the
// result says what became of the host.
#pragma once

#include "sim/machine.hpp"

namespace dockhost::sim {

// Where two snapshots differ, as JSON Pointers, one a line; "" where they are the same.
std::string differences(const json& one, const json& other);

// A sentence for each promise that does not hold. In: the host before the run; the host after it, or, where the run was
// killed, after the next one; the result of the run that ended.
Strings broken_promises(const Machine& before, const Machine& after, const json& result);

}  // namespace dockhost::sim
