// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"
#include "dockerd/pairs.hpp"

namespace dockhost {

// Something that dockerd would refuse, ignore or take otherwise than it reads.
struct Problem {
  std::string key;                   // the member of the file's outermost object
  std::string pointer;               // JSON Pointer into the file as it would be
  std::string text;                  // "settings.icc: ..." when wished for, "icc: ..." when found on disk only
  bool fatal = false;                // wished for and harmful: an error before anything is written; else a warning
  Refused refused = Refused::never;  // when dockerd refuses the whole file for it
  bool alone = false;                // whatever else the file says
  bool operator==(const Problem&) const = default;
};

// Everything that can be told about a daemon.json from the file alone: unknown keys, keys of other versions, types,
// ignored names, values that dockerd refuses at start, and pairs that exclude each other.
// `wished` are the settings after convert_setting(), `result` is the file as it would be. In the order of the file,
// pairs last.
// Sources: daemon/config/config.go (what is refused while reading), daemon/daemon_unix.go verifyDaemonSettings (later).
std::vector<Problem> check_settings(const json& wished, const json& result, const Dockerd& dockerd);

}  // namespace dockhost
