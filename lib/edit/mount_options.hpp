// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace dockhost {

// The options of a mount(8) option list. A comma inside double quotes does not separate: context="u:r:t:s0:c1,c2" is
// one option. Empty options are left out.
Strings split_options(std::string_view text);

// What an option decides, the same for all options of which only one can be in force: `X` and `noX`; `ro` and `rw`;
// `sync` and `async`; `atime`, `noatime`, `relatime` and `strictatime`; `name` and `name=value`. `nofail` and
// `norecovery` stand alone, and so does each use of an option that may stand several times (x-systemd.requires=).
std::string option_group(const std::string& option);

// What is in force after the options were read from left to right, beginning with what mount(8) calls the defaults:
// rw, suid, dev, exec, auto, nouser, async. The word `defaults` changes nothing. `user` and `users` imply noexec,
// nosuid and nodev, `owner` and `group` nosuid and nodev, unless a later option says otherwise. Sorted, one option a
// group.
Strings effective(const Strings& options);

// Whether two option lists, as text, leave the same in force.
bool same_effect(std::string_view a, std::string_view b);

// The existing list with each wished option in force and the others kept: a replaced option keeps its place, a new one
// goes last, and one that is in force already changes nothing. Only an option that would be reset by a later one
// (`exec` before `users`) goes last instead. An option that a later one of the wished resets is not wished. The result
// of nothing at all is `defaults`. Throws Error, which quotes no option, where a double quote is not closed.
std::string merge_options(std::string_view existing, std::string_view wanted);

}  // namespace dockhost
