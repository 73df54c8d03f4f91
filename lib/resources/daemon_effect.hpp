// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"
#include "resources/daemon_wish.hpp"

namespace dockhost {

// How far a wished key is in force, and what brings it there.
struct KeyEffect {
  std::string key;
  json before, after;      // in the file; null: not there
  bool changed = false;    // the file's text for it changes
  bool wrong = false;      // the running daemon shows something else than the file will hold
  bool shown = false;      // the running daemon shows it at all
  bool by_reload = false;  // a reload is enough
  bool held_back = false;  // a restart would not apply it: containers run under live-restore (moby#34660)
  bool undecided = false;  // not shown, not changed, and the daemon is older than the file
};

struct Effect {
  enum class Action { none, reload, restart } action = Action::none;
  std::vector<KeyEffect> keys;
  json expected = json::object();  // what the daemon must show afterwards
  Strings pending;                 // keys that will not be in force although they are in the file
};

// What has to happen to the daemon so that the keys of `wish` are in force. `before` and `after` are the file.
// Containers that live-restore, which is in force, would keep over a stop, and that dockerd kills when it starts with
// this file, because it is not in force then (moby, daemon/daemon.go, restore).
Strings killed_at_start(const Docker& docker, const json& file);

Effect effect_of(const Docker& docker, const DaemonWish& wish, const JsonText& before, const JsonText& after);

// Those keys whose text in the file changes.
Strings changed_keys(const Effect& effect);

// One finding a key, and the warnings and `pending` that follow.
void tell(Plan& plan, const Docker& docker, const Effect& effect, const std::string& path);

}  // namespace dockhost
