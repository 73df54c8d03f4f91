// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/step.hpp"
#include "host/host.hpp"

namespace dockhost {

// One step of the move of Docker's data (storage.md, Specification): the copy with its comparison, the commit (the old
// data aside, an empty directory in its place), its undo, the end, or the removal of the old data. Throws Error; a copy
// that was begun stays, guarded, and the next run makes it anew.
void perform_data(Host& host, const Change<Data>& change);

}  // namespace dockhost
