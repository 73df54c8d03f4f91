// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/kinds.hpp"
#include "host/host.hpp"

namespace dockhost {

// The directory below its data root that this dockerd works in under userns-remap, "165536.165536", the ids of the
// remapped root; "" without user namespaces. Of a daemon that runs, what is in force counts; of one that does not, its
// flags and its file, and the ids that the user has.
std::string userns_folder(Host& host, const Docker& docker);

// Whether a directory below a data root is named like that for some user who has ranges of subordinate ids.
bool names_userns(const Host& host, const std::string& name);

// What dockerd goes by for a key that is a text: its flag, else its file; "" where neither is there.
std::string flag_or_setting(const Host& host, const Docker& docker, const std::string& key);

}  // namespace dockhost
