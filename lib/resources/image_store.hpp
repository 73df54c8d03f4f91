// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// The root of the containerd whose store holds the images (29.0 by default), where Docker uses it.
inline constexpr const char* kContainerdRoot = "/var/lib/containerd";

// Warns of what a move of Docker's data root leaves behind: images and the layers of containers that containerd keeps
// in a root of its own, by name, with the file system that they stay on and its room.
void warn_of_images_elsewhere(Plan& plan, const std::string& unit);

}  // namespace dockhost
