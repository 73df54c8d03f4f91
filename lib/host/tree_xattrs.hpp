// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "host/tree_walk.hpp"

namespace dockhost {

using Xattrs = std::map<std::string, std::string>;

// All extended attributes of a name (of a link itself, not of where it leads) but trusted.SGI_ACL_*, by which xfs shows
// root the access lists once more. Throws Error.
Xattrs xattrs_of(const Descent& at, const std::string& name);

}  // namespace dockhost
