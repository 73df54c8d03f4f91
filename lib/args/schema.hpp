// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "args/spec.hpp"

namespace dockhost {

// Of one host, in a report.
inline constexpr std::size_t kMostWaivers = 1000;

// What a host may answer, as one JSON Schema (2020-12): a definition for each module by its name, and `document`, what
// the controller keeps of a result with a report. Everything in it has a bound, and no object takes another key.
json result_schema(const std::vector<Module>& modules);

// A result of the module within these bounds: what is longer is cut, and says so where it is a text or a list of texts.
json fitted(const json& result, const Module& module);

}  // namespace dockhost
