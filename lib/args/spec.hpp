// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "args/convert.hpp"
#include "args/mask.hpp"
#include "base/text.hpp"

namespace dockhost {

inline constexpr std::string_view kCollection = "dockhost.hardening";
inline constexpr std::string_view kFirstVersion = "0.1.0";

// One option of a module: what is taken, and what is said about it. Validation, defaults, `dockhost doc`, the
// documentation stubs and the role are all made from it. Texts use Ansible's marks: O(option), V(value), C(code).
struct Option {
  std::string name;
  Type type = Type::text;
  Strings description = {};  // sentences; each becomes a paragraph
  json fallback = nullptr;   // the default; null: none
  bool required = false;
  Strings choices = {};  // of a text, or of each element of a list of texts
  Strings aliases = {};
  Type elements = Type::text;           // of a list
  std::vector<Option> suboptions = {};  // of a dict, or of each element of a list of dicts
  bool no_log = false;                  // the value is shown nowhere
  std::string no_log_if = {};           // a boolean option beside it: unless that one is false, the same
  std::string version_added = std::string(kFirstVersion);
};

// `inner` as suboptions of `option`: where their texts name one of themselves, they say O(option.name).
std::vector<Option> suboptions_of(const std::string& option, std::vector<Option> inner);

// One key of a result, as documented under "Return Values". The controller takes what is in the table and within its
// bounds, and nothing else (args/schema.hpp).
struct Return {
  std::string name;
  Strings description;
  std::string returned = "success";  // "always": an answer without it is none
  Type type = Type::text;
  Type elements = Type::text;         // of a list
  json sample = nullptr;              // null: none
  std::vector<Return> contains = {};  // of a dict, or of each element of a list of dicts
  std::size_t most = 0;               // characters of a text, elements of a list; 0: kLongestText, kMostElements
  Strings choices = {};               // of a text, or of each element of a list of texts
  std::string pattern = {};           // of a text; a regular expression
  bool null = false;                  // it may be null
  std::int64_t least = 0, greatest = std::numeric_limits<std::int64_t>::max();  // of an integer
};

// Bounds of whatever has none of its own.
inline constexpr std::size_t kLongestText = 65536;     // characters of a text
inline constexpr std::size_t kMostElements = 100'000;  // of a list
inline constexpr std::size_t kDeepest = 64;            // levels of a result; lists and dicts in each other

// `needs` must be given when `option` has `value` (all of them, or any one).
struct RequiredIf {
  std::string option;
  json value;
  Strings needs;
  bool any = false;
};

struct RequiredBy {
  std::string option;
  Strings needs;
};

struct Module {
  std::string name;     // without the collection: "mount"
  std::string summary;  // one line, no full stop
  Strings description = {};
  std::vector<Option> options = {};
  Strings notes = {};
  Strings requirements = {};         // beyond a POSIX shell on the managed host
  Strings see_also = {};             // modules with their collection: "ansible.posix.mount"
  std::string examples = {};         // YAML
  std::vector<Return> returns = {};  // beyond the keys that every module returns
  std::vector<Strings> mutually_exclusive = {}, required_together = {}, required_one_of = {};
  std::vector<RequiredIf> required_if = {};
  std::vector<RequiredBy> required_by = {};
};

struct Arguments {
  json values;  // every option under its own name, in the table's order: converted, default or null
  Strings warnings;
  Secrets secrets;  // for Mask
};

// The options that every module takes: put them last in its table.
std::vector<Option> common_options();

// What must not be shown of `given`, valid or not: the values of no_log options, defaults among them, and those that
// are sensitive by their name. For Mask, also where validate() throws.
Secrets secrets_of(const Module& module, const json& given);

// The arguments of a call, checked against the table and converted. Keys that begin with _ansible_ are skipped. A null
// counts as not given, except for an option that is required or has a default, as in ansible-core 2.21, where a text
// becomes "".
// Throws Error with every problem, one a line, in the words of ansible-core 2.21 and in its order (its module would
// tell the first alone), already masked.
Arguments validate(const Module& module, const json& given);

}  // namespace dockhost
