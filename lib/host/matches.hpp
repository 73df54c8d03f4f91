// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/audit.hpp"
#include "core/kinds.hpp"
#include "dockerd/in_force.hpp"
#include "host/audit_tool.hpp"

namespace dockhost {

// Whether what was seen is what a step expects or predicts. Equality, but where the host adds to what was asked for:
// options of a mount that the kernel adds, containers that somebody else starts, settings nobody predicted.
template <class K>
bool matches(const K& expected, const K& seen) {
  return expected == seen;
}

template <>
inline bool matches(const Mount& expected, const Mount& seen) {
  return seen.satisfies(expected);
}

// What counts as unfinished is overwritten: nobody may have used it since the plan was made.
template <>
inline bool matches(const Filesystem& expected, const Filesystem& seen) {
  return expected == seen && (seen.worked.empty() || expected.worked == seen.worked);
}

// A reload leaves nothing to see but the settings, which perform_reload() reads back.
template <>
inline bool matches(const Reload& /*expected*/, const Reload& /*seen*/) {
  return true;
}

// Rules that others load are nothing to us; one that is missing is, but where it may have gone with a mount.
template <>
inline bool matches(const AuditRules& expected, const AuditRules& seen) {
  return all_listed(without(expected.lines, expected.doubtful), seen.lines);
}

// Whether the settings wished for are among those shown.
inline bool all_shown(const json& wanted, const json& shown) {
  for (const auto& setting : wanted.items()) {
    const auto found = shown.find(setting.key());
    if (found == shown.end() || !same_in_force(setting.key(), setting.value(), *found)) return false;
  }
  return true;
}

template <>
inline bool matches(const Service& expected, const Service& seen) {
  if (expected.starting && seen.active) return true;  // it has started since
  if (expected.active != seen.active) return false;
  if (!contains_all(seen.running, without(expected.along.containers, seen.ended))) return false;
  if (!contains_all(seen.along.units, expected.along.units)) return false;
  // What was seen at two times is equal; what was wished for is judged as dockerd takes it.
  const bool both_seen = expected.in_force.is_object() && seen.in_force.is_object();
  if (both_seen && expected.in_force != seen.in_force) return false;
  return !expected.wanted.is_object() || all_shown(expected.wanted, seen.in_force);
}

template <class K>
bool matches(const std::optional<K>& expected, const std::optional<K>& seen) {
  if (!expected || !seen) return expected.has_value() == seen.has_value();
  return matches(*expected, *seen);
}

}  // namespace dockhost
