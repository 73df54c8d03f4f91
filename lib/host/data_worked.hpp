// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what was started on the new file system has worked there. Containers with a restart policy run before dockerd
// says that it is ready, so that a start which failed may have left what is nowhere else.
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// What lives or was written below the root since the old data was moved aside, in words; "" where nothing was, but for
// dockerd's own books. Docker is stopped. Where it cannot be told, the words say so.
std::string worked_on(Host& host, const std::string& root);

// Once the old data is back: where dockerd has changed its books on the copy, the note says that the copy is to be made
// anew. A copy that holds more than that keeps its note, whose hash it does not have any more, and is never emptied.
void note_touched_copy(Host& host, const std::string& root, const std::string& device);

}  // namespace dockhost
