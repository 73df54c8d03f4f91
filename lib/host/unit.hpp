// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd says of a unit: systemctl show, machine output.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/kinds.hpp"
#include "host/host.hpp"

namespace dockhost {

using Properties = std::map<std::string, std::string>;

// The value of a property; "" when there is none.
std::string property(const Properties& properties, const std::string& name);

// The unit's properties that dockhost decides by. An unknown unit has LoadState=not-found; where there is no systemd,
// Manager is "none", too. Where this user may not ask
// systemd, ActiveState is "unknown" and Why says so. Throws Error when systemd does not answer root.
Properties unit_properties(Host& host, const std::string& unit);

// Any properties of a unit, by name; none where there is no systemd, or it may not be asked.
Properties properties_of(Host& host, const std::string& unit, const Strings& names);

// What a stop of a unit takes along, and why not all of it would run again, as sentences: a unit that is masked, has no
// file any more, or is gone once it is stopped; one that is at its start, which a stop ends.
struct StopsAlong {
  Strings units, no_return;
};

// Active units, sorted, that stop when this one is stopped: those to which systemd's stop goes on, over as many levels
// as there are (RequiredBy, RequisiteOf, BoundBy, ConsistsOf, PropagatesStopTo), and what would start it again
// (TriggeredBy), which is stopped along. One question a level.
StopsAlong stops_along(Host& host, const Properties& first);

// Units that this one needs (Requires, Requisite, BindsTo, Wants), in no order.
Strings needed_by(const Properties& properties);

// Whether systemd is at the unit's start for the first time since somebody asked for it; whether the last start has
// failed, also where Restart= lets systemd try again ("activating (auto-restart)", and the tries themselves).
bool starting(const Properties& properties);
bool start_failed(const Properties& properties);

// The command of ExecStart=, with the variables of EnvironmentFile= put in as systemd does (systemd.exec(5): $A is
// split into words, ${A} is one), argv[0] first.
Strings unit_argv(const Host& host, const Properties& properties);

// Where a word of the command line stands: "/etc/default/docker:3", a drop-in, the unit; "" when in none of them.
std::string place_of(const Host& host, const Properties& properties, const std::string& word);

// Lines that the unit's own processes printed, or systemd wrote about it, oldest first. What dockerd passes on for its
// containers (the log driver journald) is in the journal under its unit, too, and is none of them. `which`: an option
// of journalctl(1).
Strings journal_lines(Host& host, const std::string& unit, const std::string& which);

// The last of these.
Strings journal_tail(Host& host, const std::string& unit, unsigned lines);

}  // namespace dockhost
