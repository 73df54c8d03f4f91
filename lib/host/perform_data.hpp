// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/step.hpp"
#include "host/host.hpp"

namespace dockhost {

// One step of the move of Docker's data (storage.md, Specification): the copy with its comparison, the commit (the old
// data aside, an empty directory in its place), the end, the removal of the old data, or the undo of one of them
// (Data::Verb). Throws Error; a copy that was begun stays, guarded, and the next run makes it anew.
void perform_data(Host& host, const Change<Data>& change);

// Why these steps, which were done, are not undone although the start behind them failed: what was started has worked
// on the new file system, and with the old data that would be lost. "" where nothing is in the way.
std::string why_data_stays(Host& host, const std::vector<Step>& done);

}  // namespace dockhost
