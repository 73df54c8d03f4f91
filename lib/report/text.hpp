// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/text.hpp"

namespace dockhost {

// A module's result in words, for a person at a terminal: the error, or the plan as numbered sentences, the diff when
// it is there, what is pending, and the warnings. Control characters of the host's text are escaped.
std::string for_people(const json& result, bool check, bool color);

}  // namespace dockhost
