// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"
#include "dockerd/values.hpp"

namespace dockhost {

// What dockerd refuses, or passes over, in single entries of exec-opts, labels, registry-mirrors and runtimes; nothing
// for other keys. `value` has the type of its key.
std::vector<Mismatch> refused_entries(const std::string& key, const json& value, const Version& version);

}  // namespace dockhost
