// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "resources/resource.hpp"

namespace dockhost {

// The module `mount`: an entry of fstab and the mount itself. Options, states and return values of ansible.posix.mount
// on Linux, and its own beside them.
Resource mount_resource();

// The options of that module and their documentation.
Module mount_spec();

// What must not be shown because of `opts_no_log`: the options asked for and those found in fstab, whole. `seen` may
// know less than all.
Strings mount_secrets(const State& seen, const json& args);

}  // namespace dockhost
