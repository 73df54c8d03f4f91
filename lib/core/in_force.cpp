// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/in_force.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

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

// "2G", "2097152k", "1024" as bytes; nothing for "50%" or a word.
std::optional<std::uint64_t> bytes(const std::string& text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || text.empty() || text.size() > 15) return std::nullopt;
  const std::uint64_t number = std::stoull(text);
  if (end == npos) return number;
  if (end + 1 != text.size()) return std::nullopt;
  constexpr std::string_view units = "kmgt";
  const std::size_t unit = units.find(static_cast<char>(text[end] | 0x20));
  if (unit == npos) return std::nullopt;
  return number << (10 * (unit + 1));
}

std::string without_leading_zeros(const std::string& text) {
  const std::size_t start = text.find_first_not_of('0');
  return start == npos ? "0" : text.substr(start);
}

// Options whose value the kernel rounds or replaces by what a server agreed to: other than as asked says nothing.
bool negotiated(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {"vers", "nfsvers", "rsize", "wsize",  "sec",
                                                     "addr", "proto",   "timeo", "discard"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A quoted value, as in context="system_u:object_r:tmp_t:s0", is shown with or without the quotes.
std::string unquoted(const std::string& text) {
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

bool same_value(const std::string& name, const std::string& a, const std::string& b) {
  if (unquoted(a) == unquoted(b)) return true;
  if (name.ends_with("mode") || name.ends_with("mask")) return without_leading_zeros(a) == without_leading_zeros(b);
  if (name == "subvol") return "/" + a == b || a == "/" + b;
  return bytes(a) && bytes(a) == bytes(b);
}

InForce value_in_force(const Strings& shown, const std::string& name, const std::string& value) {
  for (const std::string& option : shown) {
    if (!option.starts_with(name + "=")) continue;
    const std::string other = option.substr(name.size() + 1);
    if (same_value(name, value, other)) return InForce::yes;
    // "size=50%" is shown as bytes.
    if (negotiated(name) || value.ends_with('%') || value.empty() || other.starts_with('*')) return InForce::unknown;
    const bool words_for_ids = (name == "uid" || name == "gid") && value.find_first_not_of("0123456789") != npos;
    return words_for_ids ? InForce::unknown : InForce::no;
  }
  return InForce::unknown;
}

// Flags of single file systems that are shown whenever they are on (ext4, xfs, f2fs, fat; btrfs shows discard=async).
bool always_shown(std::string_view option) { return option == "discard"; }

}  // namespace

bool generic(const std::string& option) { return flag(option) != nullptr; }

std::string subject(const std::string& option) {
  if (const Flagged* const known = flag(option)) return std::string(known->subject);
  const std::size_t equals = option.find('=');
  if (equals != npos) return option.substr(0, equals);
  if (option == "nofail" || option == "norecovery" || option == "nouuid") return option;
  return option.starts_with("no") ? option.substr(2) : option;
}

InForce in_force(const Strings& shown, const std::string& option) {
  if (const Flagged* const known = flag(option)) return flag_in_force(shown, *known);
  const std::size_t equals = option.find('=');
  if (equals != npos) return value_in_force(shown, option.substr(0, equals), option.substr(equals + 1));
  if (has(shown, option)) return InForce::yes;
  const std::string name = subject(option);
  if (name == option && option.starts_with("no")) return InForce::unknown;
  const std::string opposite = name == option ? "no" + option : name;
  if (has(shown, opposite)) return InForce::no;
  if (std::any_of(shown.begin(), shown.end(),
                  [&](const std::string& other) { return other.starts_with(name + "="); })) {
    return InForce::unknown;
  }
  return always_shown(option) ? InForce::no : always_shown(name) ? InForce::yes : InForce::unknown;
}

}  // namespace dockhost
