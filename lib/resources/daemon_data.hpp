// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/plan.hpp"
#include "resources/daemon_wish.hpp"

namespace dockhost {

// What a change of the data root does to what Docker holds. userns-remap moves it to <root>/<uid>.<gid>, where images,
// containers and volumes of before are not listed any more (moby#21050).
struct DataMove {
  bool moves = false;
  std::string note;  // names what will not be listed, for the step that does it
};

// Whether the file's new content moves the data root, and what that hides. Throws Refusal where it would hide something
// without hide_existing_data, or while containers run under live-restore (they would run on, unlisted).
DataMove data_move(Plan& plan, const DaemonWish& wish, const json& before, const json& after);

// Steps for the user and the subordinate ids that userns-remap in `after` needs: made for "default" (dockremap), only
// checked for a user of one's own. Throws Refusal when such a user or its ids are missing, or when a directory above
// the data root may not be entered by others (dockerd would not start).
void want_remapped_user(Plan& plan, const json& after);

}  // namespace dockhost
