// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace dockhost {

// Ansible's marks in documentation: O(option) V(value) RV(return value) E(variable) C(code) M(module) P(plugin)
// U(url) L(text,url) R(text,anchor) B(bold) I(italics); a mark begins at a word's begin and its contents end at the
// first ) that is not escaped with a backslash.

// `text` with each mark replaced by what `shown(mark, contents)` returns; the contents come as they are written.
using Shown = std::function<std::string(std::string_view mark, std::string_view contents)>;
std::string replace_marks(std::string_view text, const Shown& shown);

// `text` for a terminal: names and values in backquotes, links written out.
std::string without_marks(std::string_view text);

// `text` as the role's documentation says it: O(x) becomes O(docker_host_x) and a return value names its module.
// `module` is the module's name, which is the prefix too.
std::string marks_for_role(std::string_view text, const std::string& module);

}  // namespace dockhost
