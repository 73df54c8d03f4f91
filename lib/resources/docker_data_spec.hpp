// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "args/spec.hpp"

namespace dockhost {

// The options that say where Docker's data goes and how; `docker_host` takes them as its option `storage`.
std::vector<Option> data_options();

Module docker_data_spec();

}  // namespace dockhost
