// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace dockhost {

// The pointer of a member of the object that `pointer` names: child_pointer("/a", "b/c") is "/a/b~1c".
std::string child_pointer(const std::string& pointer, std::string_view key);

// The names that a JSON Pointer goes through; none for "". Throws Error when it does not begin with a slash or holds a
// `~` that is neither ~0 nor ~1.
Strings pointer_names(const std::string& pointer);

}  // namespace dockhost
