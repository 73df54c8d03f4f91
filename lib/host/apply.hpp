// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/plan.hpp"
#include "host/host.hpp"

namespace dockhost {

// Does one step. Looks first and throws Error when the host is not as the step's `before` any more. The step happens
// or leaves no trace.  Returns the name of the backup, where one was asked for and made.
std::string perform(Host& host, const Step& step);

struct Applied {
  std::size_t steps = 0;  // done
  std::string backup;     // the last backup made
};

// Does the steps of a plan in order. When one fails, those of its part are undone, newest first (a reload comes last:
// it must see the files that are back), the host is looked at again, and the Error names in not_undone what is not as
// before. After success everything that changed is looked at again; a difference from the prediction is an Error.
// Afterwards nothing is owed that the plan knows of; an empty plan settles what is owed and fulfilled.
Applied apply(Host& host, const Plan& plan);

}  // namespace dockhost
