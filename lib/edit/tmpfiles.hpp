// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace dockhost {

// A file of tmpfiles.d(5) with a line that makes the directory at boot: as it is where one of its lines makes it
// already, else with `d PATH MODE root root -` added as the last; every other byte stays.
std::string with_directory(const std::string& text, const std::string& path, unsigned mode);

}  // namespace dockhost
