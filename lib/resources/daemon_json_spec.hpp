// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "args/spec.hpp"
#include "resources/daemon_wish.hpp"

namespace dockhost {

// The option table of daemon_json, and what its valid arguments wish for. Throws Error where a setting cannot be
// converted.
Module daemon_json_spec();
DaemonWish daemon_wish(const json& args);

}  // namespace dockhost
