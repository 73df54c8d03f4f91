// SPDX-License-Identifier: GPL-3.0-or-later
// Rules that the kernel lists and that watch nothing any more, because their directory was mounted over or made anew
// since they were loaded (docker-and-audit.md, D.8, Path life cycle).
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// What can be told of a loaded rule, given as a line of the kernel's listing.
struct Armed {
  enum class Is { yes, no, unknown } is = Is::yes;
  std::string why;  // for `no` and `unknown`
};
Armed armed(const Plan& plan, const std::string& line);

// Plans that it is deleted and loaded again. `text`: the rule as it was written, else the line.
void plan_rearm(Plan& plan, const std::string& line, const std::string& text, const std::string& why);

// The same for every loaded rule that names the path or something below it, or is recursive from above it, and that
// does not watch it any more; and for those that a run which died had deleted. Nothing where rules cannot be changed.
void plan_rearmed_below(Plan& plan, const std::string& path);

}  // namespace dockhost
