// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/text.hpp"

namespace dockhost {

// Who uses a data root beside the Docker that runs on it, by root_use_key(). Only looked at, and only where a plan
// moves the data: it takes a walk through all processes.
struct RootUse {
  static constexpr const char* kind = "use of a data root";
  Strings containers;  // that run although Docker does not: "web (0123456789ab, process 812)"
  std::string others;  // in words: "used by 812 (backup); /srv/x shows /var/lib/docker/volumes"; "" for none
  bool none() const { return containers.empty() && others.empty(); }
  bool operator==(const RootUse&) const = default;
};

// `docker_runs`: its own processes, containers and mounts do not count.
inline std::string root_use_key(const std::string& root, bool docker_runs) {
  return (docker_runs ? "running " : "stopped ") + root;
}

// Of the old data, once it is aside: Docker runs elsewhere.
inline std::string aside_use_key(const std::string& old) { return "elsewhere " + old; }

}  // namespace dockhost
