// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// Who keeps the mount on `path` busy, for people: "used by 812 (nginx) and 900 (bash)", "/srv/a is mounted below it";
// "" when nobody was found. Processes are looked for by their working and root directory, executable, open files and
// mapped files, each by the mount that it lies on; mounts below in every mount namespace.
std::string mount_users(const Host& host, const std::string& path);

}  // namespace dockhost
