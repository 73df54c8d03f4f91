// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"

namespace dockhost {

// Keys that dockerd refuses together, whatever each says for itself.
struct PairProblem {
  std::vector<Strings> sides;  // where each of them stands in the file
  std::string text;
};

// The combinations in this daemon.json that exclude each other. All but one are told in any version, so that an upgrade
// does not meet them; ip6tables without experimental is refused before 27.0 only.
// Sources: verifyDaemonSettings in daemon/daemon_unix.go, Validate in daemon/config, command/daemon_linux.go (29.0).
std::vector<PairProblem> pair_problems(const json& document, const Version& version);

}  // namespace dockhost
