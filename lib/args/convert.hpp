// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/text.hpp"

namespace dockhost {

// What an option holds. Ansible calls them str, path, bool, int, float, list, dict and raw.
enum class Type { text, path, boolean, integer, number, list, dict, raw };

// Ansible's word for it.
std::string type_name(Type type);

// The value as `type`, converted as ansible-core 2.21 does (module_utils/common/validation.py): "yes" to true, "5" to
// 5, 7 to "7", "a,b" to a list, JSON or key=value text to a dict, null to "" where text is wanted.
// Three differences, each on the safe side: a dict or list is refused where text is wanted; a path that begins with ~
// is refused (whose home would it be?) and $VARIABLES in it stay as they are; numbers that JSON cannot hold are
// refused. Throws Error with the reason alone, in Ansible's words: "'12x'" cannot be converted to an int
json convert(Type type, const json& value);

// A bool, or a word or number that Ansible takes for one; nothing otherwise.
std::optional<bool> boolean(const json& value);

}  // namespace dockhost
