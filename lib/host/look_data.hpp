// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/data.hpp"
#include "host/host.hpp"

namespace dockhost {

// As look<Data>(), but only what a step changes: whether there is data in the root's own directory and aside.
Data glance(Host& host, const std::string& key);

// Bytes and inodes that are free to everybody on the file system at `path` (df(1)).
std::pair<std::uint64_t, std::uint64_t> free_room(Host& host, const std::string& path);

}  // namespace dockhost
