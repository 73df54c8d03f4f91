// SPDX-License-Identifier: GPL-3.0-or-later
// systemctl and journalctl of a simulated machine (systemd 252).
#pragma once

#include "sim/machine.hpp"

namespace dockhost::sim {

// "" or the complaint that systemctl prints when the job fails. A unit that runs already is no job.
std::string start_unit(Machine& machine, const std::string& name);

// systemctl start does not return before the jobs of its units are over, or its caller's patience is. Time passes.
Output wait_for_start(Machine& machine, const Output& queued, std::int64_t patience);

// So many seconds pass: starts come to their end, and those that failed are tried again.
void pass(Machine& machine, std::int64_t seconds);

// Stops the unit and those to which the stop goes on.
void stop_unit(Machine& machine, const std::string& name);

// `systemctl VERB ...`; changes() says whether the verb changes something.
Output systemctl(Machine& machine, const Strings& argv);
bool systemctl_changes(const Strings& argv);
Output journalctl(const Machine& machine, const Strings& argv);

}  // namespace dockhost::sim
