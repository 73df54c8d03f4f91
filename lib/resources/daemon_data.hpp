// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/plan.hpp"
#include "resources/daemon_wish.hpp"

namespace dockhost {

// What new settings do to what Docker holds. userns-remap moves its data root to <root>/<uid>.<gid>, where images,
// containers and volumes of before are not listed any more (moby#21050); hidden_by() tells which other keys hide data.
struct DataMove {
  bool moves = false;
  std::string note;  // names what will not be listed, for the step that does it
  std::string why;   // no container is started again, because ...
};

// Whether the file's new content has dockerd look elsewhere, and what that hides. `starts`: it starts with the file in
// this run. Throws Refusal where something would be hidden without hide_existing_data, while containers run under
// live-restore (they would run on, unlisted), or in a swarm, whose state lies below the data root.
DataMove data_move(Plan& plan, const DaemonWish& wish, const json& before, const json& after, bool starts);

// Steps for the user and the subordinate ids that userns-remap in `after` needs: made for "default" (dockremap), only
// checked for a user of one's own. Throws Refusal when such a user or its ids are missing, or when a directory above
// the data root may not be entered by others (dockerd would not start).
void want_remapped_user(Plan& plan, const json& after);

}  // namespace dockhost
