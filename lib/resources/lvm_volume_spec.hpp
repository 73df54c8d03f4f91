// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "args/spec.hpp"

namespace dockhost {

// The options of `lvm_volume` that say what the volume is; `docker_data` has them too, with defaults of its own.
std::vector<Option> volume_options();

Module lvm_volume_spec();

}  // namespace dockhost
