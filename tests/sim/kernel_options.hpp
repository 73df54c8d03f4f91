// SPDX-License-Identifier: GPL-3.0-or-later
// How Linux 6.18 shows the options of file systems, as watched on one.
#pragma once

#include <string>

namespace dockhost::sim {

// The option as mountinfo has it; "" where the kernel shows none, because it says no more than the default.
std::string as_kernel_shows(const std::string& fstype, const std::string& option);

}  // namespace dockhost::sim
