// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/in_force.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/option_spelling.hpp"

namespace dockhost {
namespace {

constexpr std::size_t npos = std::string::npos;

// An option holds when the kernel shows `word`, or when it does not, as `present` says; without a word it cannot be
// told.
struct Flagged {
  std::string_view name, subject, word;
  bool present = false;
};
constexpr std::array<Flagged, 29> kFlags = {{
    {"ro", "rw", "ro", true},
    {"rw", "rw", "ro", false},
    {"nosuid", "suid", "nosuid", true},
    {"suid", "suid", "nosuid", false},
    {"nodev", "dev", "nodev", true},
    {"dev", "dev", "nodev", false},
    {"noexec", "exec", "noexec", true},
    {"exec", "exec", "noexec", false},
    {"nodiratime", "diratime", "nodiratime", true},
    {"diratime", "diratime", "nodiratime", false},
    {"nosymfollow", "symfollow", "nosymfollow", true},
    {"symfollow", "symfollow", "nosymfollow", false},
    {"noatime", "atime", "noatime", true},
    {"atime", "atime", "noatime", false},
    {"relatime", "atime", "relatime", true},
    {"norelatime", "atime", "relatime", false},
    {"strictatime", "atime", "", false},
    {"nostrictatime", "atime", "", false},
    {"sync", "sync", "sync", true},
    {"async", "sync", "sync", false},
    {"dirsync", "dirsync", "dirsync", true},
    {"lazytime", "lazytime", "lazytime", true},
    {"nolazytime", "lazytime", "lazytime", false},
    {"mand", "mand", "mand", true},
    {"nomand", "mand", "mand", false},
    {"silent", "silent", "", false},
    {"loud", "silent", "", false},
    {"iversion", "iversion", "", false},
    {"noiversion", "iversion", "", false},
}};

const Flagged* flag(const std::string& option) {
  const auto* const found =
      std::find_if(kFlags.begin(), kFlags.end(), [&](const Flagged& known) { return known.name == option; });
  return found == kFlags.end() ? nullptr : found;
}

bool has(const Strings& shown, std::string_view word) {
  return std::find(shown.begin(), shown.end(), word) != shown.end();
}

InForce answer(bool yes) { return yes ? InForce::yes : InForce::no; }

InForce flag_in_force(const Strings& shown, const Flagged& known) {
  if (known.name == "strictatime") return answer(!has(shown, "noatime") && !has(shown, "relatime"));
  if (known.word.empty()) return InForce::unknown;
  return answer(has(shown, known.word) == known.present);
}

// Options whose value the kernel rounds or replaces by what a server agreed to: other than as asked says nothing.
bool negotiated(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {"vers", "nfsvers", "rsize", "wsize",  "sec",
                                                     "addr", "proto",   "timeo", "discard"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The layers of an overlay, which the kernel shows as one option or, since 6.8, one by one.
Strings layers(const Strings& shown) {
  Strings all;
  for (const std::string& option : shown) {
    if (option.starts_with("lowerdir=")) all = split(option.substr(9), ':');
    if (option.starts_with("lowerdir+=") || option.starts_with("datadir+=")) {
      all.push_back(option.substr(option.find('=') + 1));
    }
  }
  std::erase(all, "");
  return all;
}

InForce layers_in_force(const Strings& shown, const std::string& name, const std::string& value) {
  const Strings seen = layers(shown);
  if (seen.empty()) return InForce::unknown;
  if (name != "lowerdir") return answer(contains(seen, value));
  Strings asked = split(value, ':');
  std::erase(asked, "");
  return answer(asked == seen);
}

// `option` and what is shown are in one spelling.
InForce value_in_force(const std::string& fstype, const Strings& shown, const std::string& option) {
  const std::size_t equals = option.find('=');
  const std::string name = option.substr(0, equals), value = option.substr(equals + 1);
  if (name == "lowerdir" || name == "lowerdir+" || name == "datadir+") return layers_in_force(shown, name, value);
  for (const std::string& other : shown) {
    if (!other.starts_with(name + "=")) continue;
    // "size=50%" is shown as bytes, the name of an account as its number, a password not at all.
    const bool account = name == "uid" || name == "gid";
    const bool in_words = value.ends_with('%') || (account && !told_by_value(fstype, option));
    const bool masked = other.starts_with(name + "=*");
    if (negotiated(name) || in_words || masked || value.empty()) return InForce::unknown;
    return told_by_value(fstype, option) && told_by_value(fstype, other) ? InForce::no : InForce::other;
  }
  const auto unshown = unshown_value(fstype, name);
  if (!unshown) return InForce::unknown;
  if (*unshown == value) return InForce::yes;
  return told_by_value(fstype, option) || value.ends_with('%') ? InForce::no : InForce::unknown;
}

InForce word_in_force(const std::string& fstype, const Strings& shown, const std::string& option) {
  const std::string name = subject(option);
  if (name == option && option.starts_with("no")) return InForce::unknown;
  const std::string opposite = name == option ? "no" + option : name;
  if (has(shown, opposite)) return InForce::no;
  if (std::any_of(shown.begin(), shown.end(),
                  [&](const std::string& other) { return other.starts_with(name + "="); })) {
    return InForce::unknown;
  }
  if (shown_when_on(fstype, option)) return InForce::no;
  return shown_when_on(fstype, opposite) ? InForce::yes : InForce::unknown;
}

}  // namespace

bool generic(const std::string& option) { return flag(option) != nullptr; }

std::string subject(const std::string& option) {
  if (const Flagged* const known = flag(option)) return std::string(known->subject);
  const std::size_t equals = option.find('=');
  if (equals != npos) return option.substr(0, equals);
  if (option == "nofail" || option == "norecovery" || option == "nouuid") return option;
  return option.size() > 2 && option.starts_with("no") ? option.substr(2) : option;
}

InForce in_force(const Strings& shown, const std::string& option, const std::string& fstype) {
  if (const Flagged* const known = flag(option)) return flag_in_force(shown, *known);
  const std::string asked = in_one_spelling(fstype, option);
  Strings all;
  for (const std::string& other : shown) all.push_back(in_one_spelling(fstype, other));
  if (has(all, asked)) return InForce::yes;
  if (asked.find('=') != npos) return value_in_force(fstype, all, asked);
  return word_in_force(fstype, all, asked);
}

}  // namespace dockhost
