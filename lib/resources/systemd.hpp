// SPDX-License-Identifier: GPL-3.0-or-later
// What plans have to do with systemd itself.
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// Whether this system was booted with systemd, sd_booted(3), and has systemctl: where not, nobody reads units.
bool has_systemd(const Plan& plan);

// What systemd lets a unit be called (systemd.unit(5)). A pattern such as "*" is none: it would mean any unit. Throws
// Error, which begins with the option.
void check_unit_name(const std::string& option, const std::string& name);

// Plans that systemd reads its units and fstab again, where there is a systemd and a file of theirs has changed, in
// this plan or in a run that was killed.
void plan_read_by_systemd(Plan& plan);

}  // namespace dockhost
