// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include "resources/daemon_wish.hpp"
#include "resources/docker_engine.hpp"
#include "resources/resource.hpp"

namespace dockhost {

// The module daemon_json.
Resource daemon_json_resource();

// Its planner, for others that bring settings of their own: checks, the user of userns-remap, and the file between a
// stop and a start of Docker, or before a reload. In a `downtime` that another part has planned, the file alone: the
// start that ends it then shows the settings. Throws Error or Refusal.
void plan_daemon(Plan& plan, const DaemonWish& wish, Downtime* downtime = nullptr);

// Why this host would refuse each of the settings whatever else is set with it, by key; none for the others. One look
// at all of them.
std::map<std::string, std::string> refused_alone(const Plan& plan, const DaemonWish& wish);

}  // namespace dockhost
