// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/mountinfo.hpp"

namespace dockhost {

// A data root by its places: where its directory lies, what is mounted on it first.
struct RootPlaces {
  std::string root;
  std::vector<MountPlace> data;
};
RootPlaces places_of(const std::string& root, const std::vector<MountLine>& ours);

// The path below the root that has this place; nullopt where it is no part of the data.
std::optional<std::string> path_in(const RootPlaces& places, const MountPlace& place);

// Whether Docker mounted it below its root, and unmounts it when it stops: a layer, the shared memory or a secret of a
// container, a volume as its opts.json says, a plugin, its own folder of a driver or of plugins on itself. Told by what
// is mounted, not by the path alone: somebody's own disk on R/overlay2 is none.
bool made_by_docker(const Host& host, const RootPlaces& places, const MountLine& mount);

// Whether it is such a mount that holds files of no other place: a layer or shared memory. What a volume or a plugin
// shows may well be mounted elsewhere, too.
bool of_a_layer(const Host& host, const RootPlaces& places, const MountLine& mount);

}  // namespace dockhost
