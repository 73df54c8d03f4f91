// SPDX-License-Identifier: GPL-3.0-or-later
// What a run that failed has left, as the host shows it.
#pragma once

#include <vector>

#include "core/state.hpp"
#include "host/host.hpp"

namespace dockhost {

// One sentence for each thing that the steps changed and that is not as it was at `before`: the last of the steps on it
// stays. What cannot be looked at is told, too.
Strings kept_steps(Host& host, const State& before, const std::vector<Step>& steps);

// Units that ran at `before`, in the order in which they are started: the reverse of that in which the steps stop them,
// then the others.
Strings in_starting_order(const State& before, const std::vector<Step>& steps);

}  // namespace dockhost
