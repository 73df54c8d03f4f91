// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace dockhost {

// Ansible's messages show values as Python writes them, and a template's text may be a Python dictionary.

// "str", "int", "float", "bool", "list", "dict" or "NoneType".
std::string python_type(const json& value);

// As repr() writes it: text in quotes, True, None, {'a': 1}.
std::string python_repr(const json& value);

// As str() writes it: text as it is, everything else as repr().
std::string python_str(const json& value);

// What ast.literal_eval() makes of a dictionary written in Python, nothing where the text is none. Its keys must be
// text, its strings plain ('a', "a", the usual escapes), because that is what JSON can hold.
std::optional<json> python_dict(std::string_view text);

}  // namespace dockhost
