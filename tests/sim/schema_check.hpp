// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/text.hpp"

namespace dockhost::sim {

// What of the module's answer is not as result_schema() says, with its place; "" where all is.
std::string misfit(const std::string& module, const json& result);

}  // namespace dockhost::sim
