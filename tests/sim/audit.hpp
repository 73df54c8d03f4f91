// SPDX-License-Identifier: GPL-3.0-or-later
// Linux audit of a simulated machine: auditctl and its companions, as audit 3.0.9 (or 4) on kernel 6.x.
#pragma once

#include "sim/machine.hpp"

namespace dockhost::sim {

// The tools auditctl, ausearch, ausyscall, systemd-detect-virt, and `systemctl show` of times.
bool is_audit_tool(const Strings& argv);
Output audit_tool(Machine& machine, const Strings& argv);
bool audit_tool_changes(const Strings& argv);

// Loads a rule as at boot, without a record. `dead`: as it was loaded before the mounts that are there now.
void load_audit_rule(Machine& machine, const std::string& text, bool dead);

// A record of a load by hand, as of auditctl with the rule's own words.
void note_audit_load(Machine& machine, std::int64_t time, const std::string& text);

// What the clock told, in seconds since the boot as it tells that now, when the host was up for `up` seconds.
std::int64_t audit_clock(const Machine& machine, std::int64_t up);

// Whether each rule records or silences, as the kernel tells over netlink.
Strings audit_actions_of(const Machine& machine);

// A file system that is unmounted takes along the rules that were loaded on it.
void forget_audit_rules(Machine& machine, std::int64_t mount);

// The rules, sorted, each with whether it still watches what it names.
json shown_audit(const Machine& machine);

}  // namespace dockhost::sim
