// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "resources/resource.hpp"

namespace dockhost {

// The module docker_host: a host's baseline in one task, as a composition of the other planners on one plan.
Resource docker_host_resource();

// Its options and their documentation.
Module docker_host_spec();

}  // namespace dockhost
