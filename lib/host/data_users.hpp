// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/root_use.hpp"
#include "host/host.hpp"

namespace dockhost {

// When it is asked who uses a data root: while Docker runs on it, before a run has begun to do something about a Docker
// that is stopped, in that run, or when Docker runs on another root. Of the mounts that Docker makes below its root,
// those that only it knows do not count in the first two.
enum class DockerIs { running, stopped, stopped_by_us, elsewhere };

// Who uses Docker's data root. A use is told by the mount that a file lies on and its place there, not by a spelling:
// a container that lives on without dockerd has its layer and its files in a mount namespace of its own.
RootUse data_use(const Host& host, const std::string& root, DockerIs docker);

// The same in words; "" when nobody does.
std::string data_users(const Host& host, const std::string& root, DockerIs docker);

// Ends the mounts that a Docker which was stopped has left below its root, as its next start would: a container that
// dies at once, or is killed, can outrun the clean-up (seen with 20.10). They, and the containers, get ten seconds to
// go by themselves. One that is in use, that another namespace shows, or that Docker did not make, stays.
void end_left_mounts(Host& host, const std::string& root);

}  // namespace dockhost
