// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// The secrets that one result must not show.
struct Secrets {
  Strings hidden;               // values of no_log options
  std::set<std::string> words;  // what is secret by its form or its name, in the options, the host's files, the result
  // By name, values that this run brings in the place of others.
  std::map<std::string, std::set<std::string>> changed;

  // Takes in what is secret in a text or a tree. Of values that are shorter than six characters, or that every text
  // has, only the places themselves are hidden.
  void learn_text(std::string_view text);
  void learn(const json& tree);
  // Takes in a file as it is and as it will be.
  void learn_change(std::string_view before, std::string_view after);
  void add(const Secrets& more);
};

// Hides what must not leave the host, in every text and tree that is returned or printed.
//
// Values of no_log options: a whole value becomes VALUE_SPECIFIED_IN_NO_LOG_PARAMETER, a part of a text or of a key
// ******** (ansible-core, module_utils/common/parameters.py); they are also found as JSON or fstab escape them.
// Always, whatever the options say: what secrets_in() finds, and in trees all that stands behind a name that holds a
// secret (sensitive()). One that this run changes becomes "******** (changed)".
// A word that was learned is hidden as a whole wherever it stands in a text: neither in keys and paths, nor in a
// status. The words of a result itself ("plan", "status", ...) are kept as keys, and a plan_digest is never cut up.
class Mask {
 public:
  explicit Mask(Secrets secrets);
  explicit Mask(const Strings& hidden) : Mask(Secrets{hidden, {}, {}}) {}

  // `text` with every secret in it replaced.
  std::string text(std::string_view text) const;

  // `tree` with every text, number and key in it masked.
  json tree(const json& tree) const;

 private:
  std::string whole_or_part(const std::string& value) const;
  std::string parts(std::string text) const;
  std::string words(std::string_view text) const;
  std::string forms(std::string_view text) const;
  std::string shown(const std::string& name, const Strings& values) const;
  const std::string* word_at(std::string_view text, std::size_t at) const;
  json member(const std::string& key, const json& value) const;
  json finding(const json& object) const;
  json list(const json& list) const;

  Secrets secrets_;
  Strings spellings_;  // of what is hidden, also as JSON and fstab escape it, longest first
  std::unordered_map<std::string, Strings> words_;  // by their first six bytes, longest first, in all spellings
};

// Each text and number inside `value`, as no_log hides them (Ansible's _return_datastructure_name): no keys, no bools.
Strings texts_in(const json& value);

}  // namespace dockhost
