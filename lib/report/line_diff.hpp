// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/text.hpp"

namespace dockhost {

// The difference of two texts in the unified format, three lines of context, without line ends. Empty when equal.
// A last line without a line end is told as diff(1) does.
Strings line_diff(const std::string& name, const std::string& before, const std::string& after);

}  // namespace dockhost
