// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// Who uses Docker's data root, in words as mount_users() has them; "" when nobody does. While Docker runs, its own
// processes, its containers and the mounts that it makes below its root do not count.
std::string data_users(const Host& host, const std::string& root, bool docker_runs);

}  // namespace dockhost
