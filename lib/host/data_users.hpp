// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// Who uses Docker's data root, in words as mount_users() has them; "" when nobody does. While Docker runs, its own
// processes, its containers and the mounts that it makes below its root do not count.
std::string data_users(const Host& host, const std::string& root, bool docker_runs);

// Ends the mounts that a Docker which was stopped has left below its root, as its next start would: a container that
// dies at once, or is killed, can outrun the clean-up (seen with 20.10). They get ten seconds to go by themselves; one
// that is in use stays.
void end_left_mounts(Host& host, const std::string& root);

}  // namespace dockhost
