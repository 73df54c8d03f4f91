// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "host/tree_walk.hpp"

namespace dockhost {

// Of a regular file or directory: FS_IMMUTABLE_FL and FS_APPEND_FL of linux/fs.h, as chattr(1) shows them with +i and
// +a; 0 of anything else, and where the file system has none. Throws Error.
unsigned flags_of(const Descent& at, const std::string& name, const Seen& seen);

}  // namespace dockhost
