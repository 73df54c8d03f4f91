// SPDX-License-Identifier: GPL-3.0-or-later
// Containers that could not be started again after a stop of Docker: told before it is stopped.
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// The containers that are to be started again after the stop of the unit.
struct Restart {
  std::string unit;
  Strings containers;
  Strings deleted;     // which Docker deletes when they stop (--rm)
  json settings = {};  // of daemon.json, as Docker will find them
};

// Throws Refusal with each container that Docker is known not to start again, why, and what to do; warns where it would
// start with an empty directory in the place of a source that is gone. Nothing where Docker cannot be asked.
void refuse_broken_containers(Plan& plan, const Restart& restart);

// The settings among these whose change can keep a container from starting that started before.
Strings blamable(const Strings& keys);

}  // namespace dockhost
