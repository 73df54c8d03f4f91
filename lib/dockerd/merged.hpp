// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "base/text.hpp"

namespace dockhost {

// What dockerd goes by: the keys of its file, objects taken apart as it does (kept_whole()), and those that its command
// line sets.
struct Merged {
  json keys = json::object();                // null where the file has null
  std::map<std::string, Strings> places;     // the way to a key that stands in the file
  std::map<std::string, std::string> flags;  // the spelling of the flag for a key of the command line

  // The value; null where the key is not set at all.
  const json& at(const std::string& key) const;
};

// `argv` may begin with dockerd itself. A list or map of the command line is added to the file's, which dockerd refuses
// anyway.
Merged merged(const json& document, const Strings& argv);

}  // namespace dockhost
