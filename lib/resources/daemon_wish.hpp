// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "edit/json_text.hpp"

namespace dockhost {

// What is asked of daemon.json, with values as the file wants them.
struct DaemonWish {
  enum class Apply { automatic, reload, restart, never };
  json settings = json::object();
  Strings absent;       // names, or JSON Pointers when they begin with a slash
  bool append = false;  // list_merge: append_rp
  std::string path;     // "" is the running daemon's
  Apply apply = Apply::automatic;
  bool hide_existing_data = false, validate = true, backup = false;
  std::string unit = "docker.service";
  int seconds = 0;  // for a start; 0: what the unit allows
};

// Each setting by its key's type. Throws Error with every value that cannot be converted, one a line, under the name
// of the option that holds them.
json converted_settings(const json& settings, const std::string& option = "settings");

// The keys of the outermost object that the wish names, each once: settings in their order, then what is to go.
Strings wished_keys(const DaemonWish& wish);

// Changes the text so that the wish holds: objects are merged into objects that are there, scalars and lists are set.
// Throws Error when a key is both set and absent, or a pointer leads into a list.
void edit(JsonText& text, const DaemonWish& wish);

// "set icc=false, log-opts={"max-size":"10m"}; remove debug": what of `wish` differs between the two.
std::string wish_note(const DaemonWish& wish, const JsonText& before, const JsonText& after);

}  // namespace dockhost
