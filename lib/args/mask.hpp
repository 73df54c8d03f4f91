// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace dockhost {

// Hides what must not leave the host, in every text and tree that is returned or printed.
//
// Values of no_log options: a whole value becomes VALUE_SPECIFIED_IN_NO_LOG_PARAMETER, a part of a text or of a key
// ******** (ansible-core, module_utils/common/parameters.py); they are also found as JSON or fstab escape them.
// Always, whatever the options say: the user and password part of a URL; a member or assignment whose name holds
// token, password or secret (the names of log-opts: "splunk-token": "x", splunk-token=x); the values of password= and
// pass= in mount options, while username= stays.
// The words of a result itself ("plan", "status", ...) are kept as keys, and a plan_digest is never cut up.
class Mask {
 public:
  explicit Mask(Strings secrets);

  // `text` with every secret in it replaced.
  std::string text(std::string_view text) const;

  // `tree` with every text, number and key in it masked.
  json tree(const json& tree) const;

 private:
  std::string whole_or_part(const std::string& value) const;
  std::string parts(std::string text) const;
  json member(const std::string& key, const json& value, bool listed) const;

  Strings secrets_;    // as they are given, longest first
  Strings spellings_;  // the same, also as JSON and fstab escape them
};

// The values behind sensitive names in `tree` (options, or a daemon.json that was read), so that Mask also finds them
// in sentences that do not name them. Words that are too common to be a secret (true, false, under 4 letters) are left
// out: they would blot out half of every text.
Strings sensitive_values(const json& tree);

// Each text and number inside `value`, as no_log hides them (Ansible's _return_datastructure_name): no keys, no bools.
Strings texts_in(const json& value);

}  // namespace dockhost
