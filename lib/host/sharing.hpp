// SPDX-License-Identifier: GPL-3.0-or-later
// Which containers a container needs, as Docker's API tells it.
#pragma once

#include <string>
#include <vector>

#include "core/containers.hpp"

namespace dockhost {

// The names of all containers, by id.
using Neighbours = std::map<std::string, std::string>;

// Of an answer to GET /containers/json?all=1.
Neighbours neighbours_of(const json& listed);

// A member that is a list; empty where it is null or missing. Throws json::exception where it is something else.
json list_in(const json& object, const std::string& member);

// What the container takes from others (HostConfig of its inspect).
std::vector<Sharing> sharing_of(const json& host_config, const Neighbours& neighbours);

// Containers that have to run, or only to be there (VolumesFrom), before this one starts: names.
Strings started_before(const json& host_config, const Neighbours& neighbours);

// [a-zA-Z0-9][a-zA-Z0-9_.-]*: what Docker lets a container be called (moby, daemon/names). Nothing else is asked for.
bool is_container_name(const std::string& name);

}  // namespace dockhost
