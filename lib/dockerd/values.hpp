// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"

namespace dockhost {

// The value wished for `key`, as daemon.json wants it: by the key's type, as Ansible converts options ("yes" is true,
// "5" is 5, "a,b" a list), and inside a map of texts a boolean or number in its JSON spelling (3 is "3"). A value of a
// key that the table does not know stays as it is.
// Throws Error with one line for each thing that cannot be converted, and for each null: "settings.log-opts.max-file:
// ...".
json convert_setting(const std::string& key, const json& wished);

// When dockerd refuses a whole file for something in it. What a reload refuses, a start refuses as well.
enum class Refused { never, at_start, at_reload };

// What dockerd would refuse about a value, or take otherwise: where (the key, then the way down), and why.
struct Mismatch {
  Strings path;
  std::string text;
  Refused refused = Refused::at_reload;
  bool operator==(const Mismatch&) const = default;
};

// All mismatches of a value as it stands in the file: nothing is converted, and null is allowed (it means the default).
std::vector<Mismatch> mismatches(const DaemonKey& key, const json& value);

// The path as messages show it, "log-opts.max-file", and as a JSON Pointer, "/log-opts/max-file".
std::string dotted(const Strings& path);
std::string pointer_to(const Strings& path);

// The member of that name (in lower case), whatever its case, as Go's decoder finds it; null when there is none.
const json* member(const json& object, std::string_view name);

// The text that a value is; "" where it is none.
std::string text_or_empty(const json& value);

// A to Z in lower case, every other byte as it is.
std::string ascii_lower(std::string text);

}  // namespace dockhost
