// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "host/host.hpp"

namespace dockhost {

// One request of the Engine API over its unix socket, if the process behind it is one that may answer, answered within
// `limit`, with a body of at most 64 MB. `target` begins with "/" and has no API version. Trouble of any kind is an
// Answer of status 0 that says what, at the socket's path. Nothing but `engine` decides whom we ask (no DOCKER_HOST, no
// proxy).
Answer ask_engine(const EngineAt& engine, const std::string& method, const std::string& target,
                  std::chrono::milliseconds limit);

}  // namespace dockhost
