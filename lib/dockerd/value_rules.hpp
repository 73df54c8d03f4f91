// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"
#include "dockerd/values.hpp"

namespace dockhost {

// What dockerd would refuse in the value of one key, of the right type, before it serves: choices, ranges, networks,
// storage drivers that were removed. `here` ends a sentence about the version ("dockerd is 24.0.7").
std::vector<Mismatch> refused_values(const DaemonKey& key, const json& value, const Version& version,
                                     const std::string& here);

// Whether units.RAMInBytes reads it: a number, then perhaps a unit, as 64M, 64m, 64MB, 1.5GiB.
bool size_in_bytes(const std::string& value);

// The cgroup driver that the list exec-opts names; the last one counts, empty for none.
std::string cgroup_driver(const json& exec_opts);

}  // namespace dockhost
