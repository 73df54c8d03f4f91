// SPDX-License-Identifier: GPL-3.0-or-later
// Docker's own processes, told by what only root can arrange: the executable and the user of a process.
#pragma once

#include <string>
#include <vector>

#include "host/processes.hpp"

namespace dockhost {

// The parent of a container of Docker's, or of a plugin, that containerd started; it outlives dockerd and containerd.
struct Shim {
  int pid = 0;
  std::string container;  // the whole id
};
std::vector<Shim> shims_of(const Host& host, const Processes& processes);

// dockerd, containerd or docker-proxy.
bool is_engine(const Process& process);

}  // namespace dockhost
