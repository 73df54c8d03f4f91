// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"

namespace dockhost {

// A key of daemon.json whose change has dockerd look elsewhere than where its data is.
struct Hidden {
  std::string key;
  bool volumes = true;   // of a storage driver or an image store they are seen on
  bool root = true;      // it has another data root then
  std::string stay;      // where what is hidden stays, "in /var/lib/docker"
  std::string way = {};  // what to do instead
  bool changed = true;   // by this run; else it stands in the file already, and a restart brings it into force
};

// The keys that hide data once dockerd reads `after`. `before` is the file as it is; what the running daemon shows to
// be in force counts more. What this run does not change counts only where it has dockerd start.
// Sources: daemon/image_store_choice.go (29.0), daemon/graphdriver/driver.go, daemon/daemon.go, cmd/dockerd.
std::vector<Hidden> hidden_by(const Plan& plan, const std::string& unit, const json& before, const json& after,
                              bool starts);

}  // namespace dockhost
