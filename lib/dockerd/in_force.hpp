// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/text.hpp"
#include "dockerd/keys.hpp"

namespace dockhost {

// What the Engine API shows to be in force, written as daemon.json would have it, but for userns-remap: there only
// true (some user is remapped) or false. `info` is GET /info, `bridge` GET /networks/bridge or null when there is none.
// Nothing when the API does not show the key, or not in this version.
// insecure-registries come without the two that dockerd adds itself (127.0.0.0/8 and ::1/128), exec-opts with the
// cgroup driver alone, data-root without the part that userns-remap adds, runtimes without dockerd's own.
std::optional<json> in_force(const std::string& key, const json& info, const json& bridge, const Version& version);

// All keys that the API shows, by name.
json all_in_force(const json& info, const json& bridge, const Version& version);

// Whether `shown`, from in_force(), is what `wanted` asks for: the value in the file, or default_value() when the file
// has none. Spelling that dockerd normalises makes no difference (a mirror's last slash, the order of labels, host
// bits).
bool same_in_force(const std::string& key, const json& wanted, const json& shown);

// What holds when the key is absent, as far as it is the same on every host and in every version from 20.10 on.
std::optional<json> default_value(const std::string& key);

}  // namespace dockhost
