// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// Copies the data in `root` to the file system on `device`, which is mounted for this run alone, and compares the two,
// with `content` every byte as the disk has it. What an earlier run copied is removed first; anything else on the file
// system is refused. Notes beside the root how far it came. Throws Error with what differs, and before the first byte
// where it does not fit.
void copy_data(Host& host, const std::string& root, const std::string& device, bool content);

}  // namespace dockhost
