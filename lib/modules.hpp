// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "resources/resource.hpp"

namespace dockhost {

// Every module that a playbook can name, sorted by name. The one place to add one.
const std::vector<Resource>& all_modules();

// By its name without the collection's; null where there is none.
const Resource* find_module(const std::string& name);

// The same; throws Error that lists the names.
const Resource& module_named(const std::string& name);

}  // namespace dockhost
