// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/state.hpp"

namespace dockhost {

// The step that takes a step back: before and after change places.
Step undo(const Step& step);

// One sentence for people, a function of the step alone: no size of data, time, pid or temporary name.
std::string describe(const Step& step);

// What it changes: the kind's name ("file") and which of them.
std::string kind_of(const Step& step);
std::string key_of(const Step& step);

}  // namespace dockhost
