// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan.hpp"
#include "resources/audit_rules.hpp"

namespace dockhost {

// Whether the next boot would load all rules files as the plan so far leaves them; one finding, `audit boot load`, with
// the file and line at which it would stop. And whether the rules of the wish would record anything then.
void report_boot_load(Plan& plan, const AuditWish& wish);

}  // namespace dockhost
