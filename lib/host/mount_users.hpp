// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "host/host.hpp"

namespace dockhost {

// Who keeps the mount on `path` busy, for people: "used by 812 (nginx) and 900 (bash)", "/srv/a is mounted below it";
// "" when nobody was found. Processes are looked for by their working and root directory, executable, open files and
// mapped files; mounts in the namespaces of all processes.
struct NotCounted {
  std::function<bool(const std::string& process)> process = {};  // "/proc/812"
  std::function<bool(const std::string& path)> mount = {};       // a mount point below
};
std::string mount_users(const Host& host, const std::string& path, const NotCounted& except = {});

}  // namespace dockhost
