// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// Whether the next boot would load all rules files as the plan so far leaves them; one finding, `audit boot load`, with
// the file and line at which it would stop. `own`: the file of the wish.
void report_boot_load(Plan& plan, const std::string& own);

}  // namespace dockhost
