// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs of systemd: the start and the stop of units, however long they take.
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// Starts the unit and waits for the end of its start job; what the unit says last is told meanwhile. `seconds` 0: as
// long as the unit allows, a quarter of an hour where it sets no limit. Throws Error where the job failed, whatever
// Restart= makes of it; where it has not ended in time, one that `stays`: the job is left alone.
void start_and_wait(Host& host, const std::string& unit, int seconds);

// Starts further units. One that fails is tried again once, and keeps no other one down. Throws Error, one that
// `stays`, naming those that do not run.
void start_others(Host& host, const Strings& units);

// Stops the units in this order, in one call, and waits for the end of their jobs.
void stop_and_wait(Host& host, const Strings& units);

}  // namespace dockhost
