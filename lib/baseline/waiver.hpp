// SPDX-License-Identifier: GPL-3.0-or-later
// Waivers: a control that fails with its owner's knowledge, for a reason and until a day.
#pragma once

#include <string>
#include <vector>

#include "args/spec.hpp"
#include "base/text.hpp"

namespace dockhost {

struct Waiver {
  std::string id;                 // as the user wrote it
  Strings keys;                   // of the controls that it means
  std::string reason, until, by;  // until: the last day, in UTC, or "never"
  Strings hosts;                  // patterns (fnmatch); empty: every host
  bool expired(const std::string& day) const;
  bool ends_soon(const std::string& day) const;  // within 30 days
};

// The suboptions of `waivers`.
std::vector<Option> waiver_options();

// From the option, for a host of this name; those that are for others are left out. `version`: of the benchmark that
// bare numbers mean. Throws Error with each entry that cannot be taken, one a line.
std::vector<Waiver> waivers_of(const json& option, const std::string& version, const std::string& host);

// The controls that a list of keys or numbers means. A number that lost its last zero on the way (2.10 is 2.1) is
// refused: `named` is what stands before it in the message.
Strings keys_of(const json& ids, const std::string& version, const std::string& named);

}  // namespace dockhost
