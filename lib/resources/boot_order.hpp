// SPDX-License-Identifier: GPL-3.0-or-later
// Drop-ins that put units behind a mount at boot. A `nofail` mount has no place in the order of its own: Docker would
// start on the empty directory below it, and auditd would watch that one (storage.md 8). Whoever calls these plans that
// systemd reads its units again.
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// Plans that the unit does not start without the mount on `root`, nor while `guard` lies in it.
void plan_mount_required(Plan& plan, const std::string& unit, const std::string& root, const std::string& guard);

// Plans that the audit daemon, where there is one, starts after the mount on `root`, and without it where it fails.
void plan_mount_before_audit(Plan& plan, const std::string& root);

}  // namespace dockhost
