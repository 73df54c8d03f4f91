// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"
#include "dockerd/values.hpp"

namespace dockhost {

// The dockerd that is to read a file, as far as it decides what the file may hold.
struct Dockerd {
  std::optional<Version> version = {};  // nothing where none could be asked: the newest of the table counts
  Strings argv = {};                    // its command line
  std::string cgroup_driver = {};       // that it takes where no option names one; "" where it is not known
  std::optional<bool> log_plugin = {};  // a plugin offers the log driver; nothing where nobody was asked
  bool swarm = false;                   // the node is in a swarm
};

// Keys that dockerd refuses together, whatever each says for itself.
struct PairProblem {
  std::vector<Strings> sides;  // where each of them stands in the file; at least one does
  std::string text;
  Refused refused = Refused::at_start;
  bool harmless = false;  // never a reason to refuse a wish
  bool of_first = false;  // the text speaks of the first side alone
};

// The combinations in this daemon.json, together with dockerd's flags, that exclude each other. What only a newer
// version refuses is told in any, so that an upgrade does not meet it, but for what is of use before.
// Sources: verifyDaemonSettings in daemon/daemon_unix.go, Validate in daemon/config, setupRuntimes in
// daemon/runtime_unix.go, defaultLogConfig in daemon/logs.go, IsSwarmCompatible, command/daemon_linux.go (29.0).
std::vector<PairProblem> pair_problems(const json& document, const Dockerd& dockerd);

}  // namespace dockhost
