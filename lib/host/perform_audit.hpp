// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/state.hpp"
#include "host/host.hpp"

namespace dockhost {

// Loads, deletes or re-arms the one rule of the change through auditctl, and sees that it is listed afterwards, or not.
// A rule that is deleted to be re-armed comes back whatever fails. Throws Error.
void perform_audit(Host& host, const Change<AuditRules>& change);

// Brings the rules back that were there before `steps`, and takes those away that they loaded; for an undo, when the
// mounts are as they were, because a file system that is unmounted takes its rules along. Other rules stay.
void restore_audit(Host& host, const std::vector<Step>& steps);

}  // namespace dockhost
