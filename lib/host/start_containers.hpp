// SPDX-License-Identifier: GPL-3.0-or-later
// Starting again what ran before Docker was stopped: whatever can run, runs.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "core/kinds.hpp"
#include "host/host.hpp"

namespace dockhost {

// Some containers could not be started. Docker runs, and so does everything else: nothing is stopped for it.
class ContainersDown : public Error {
 public:
  ContainersDown(const std::string& what, Strings which) : Error(what), names(std::move(which)) {}
  Strings names;
  bool stopped = false;  // but where a setting can be to blame, which takes Docker down once more
};

// Starts those that do not run: what others need first, then again and again those that failed, until a round starts
// none; for what passes by itself half a minute in all is waited. Tasks of a swarm, which starts them itself, are left
// alone. Throws ContainersDown in the end, with Docker's words for each.
void start_containers(Host& host, const Docker& docker, const Strings& names);

// Waits half a minute until these run, which units that were started make anew (docker run, docker compose up); then
// those that do not are started. Throws ContainersDown.
void wait_for_containers(Host& host, const std::string& unit, const Strings& names);

// Those of the names that do not run, because they have run since the daemon was started, or are gone.
struct Ended {
  Strings by_themselves, gone;
};
Ended ended_since(Host& host, const Docker& docker, const Strings& names);

// Looks which of the containers expected here have run and ended, where some are missing: seen->ended.
void note_ended(Host& host, const std::string& unit, const std::optional<Service>& expected,
                std::optional<Service>& seen);

}  // namespace dockhost
