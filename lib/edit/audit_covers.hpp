// SPDX-License-Identifier: GPL-3.0-or-later
// What audit rules mean: whether one records the events of another one (docker-and-audit.md, D.8).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "edit/audit_rule.hpp"

namespace dockhost {

// What a path of a rule leads to on this host.
struct AuditPlace {
  std::string real;        // without double slashes and ".", links of its parents resolved
  bool directory = false;  // a directory is there (a link to one is none: the link itself is watched)
  bool there = true;       // something is
  bool parent = true;      // the directory that it stands in, or would, is there
};
using AuditPlaceOf = std::function<AuditPlace(const std::string& path)>;

enum class Covers {
  no,
  whole,  // all events of the rule that is wanted
  parent  // all of them, by a recursive rule for a directory above
};

// Whether `rule` records every event that `want` would, for programs of that arch (b64, b32). Keys are not compared.
// Exact for rules of path, dir, perm, arch and syscalls; other fields are text.
Covers covers(const AuditRule& rule, const AuditRule& want, const std::string& arch, const AuditPlaceOf& place);

// The programs a rule is for: its arch, or both.
Strings arches_of(const AuditRule& rule);

// The rules among `rules`, by position, that record together every event of `want`, one for each arch: with a key of
// each that it has, or with any. None where some event is left out. The first of the list that covers is taken, as in
// the kernel; `whole` ones before those of a parent.
struct Coverage {
  std::vector<std::size_t> rules;
  bool parent = false;  // at least one of them is a parent's
  bool full() const { return !rules.empty(); }
};
enum class Keys { same, any };
Coverage coverage(std::span<const AuditRule> rules, const AuditRule& want, Keys keys, const AuditPlaceOf& place);

// Whether the two record the same events under the same keys, each by itself.
bool same_rule(const AuditRule& a, const AuditRule& b, const AuditPlaceOf& place);

// Whether the two sets of keys are the same.
bool same_keys(const Strings& a, const Strings& b);

// Why the kernel would not take the rule now: the directory that it needs is missing; "" where it is there.
std::string unloadable(const AuditRule& rule, const AuditPlaceOf& place);

// A text that is the same for two rules when the kernel takes them for one, and refuses the second (EEXIST): the same
// fields in the same order.
std::string identity_in_kernel(const AuditRule& rule, const AuditPlaceOf& place);
bool same_in_kernel(const AuditRule& a, const AuditRule& b, const AuditPlaceOf& place);

// Whether the two differ, if at all, in the values of fields whose spelling decides nothing (a user's name and number):
// whether they are the same cannot be told.
bool maybe_same(const AuditRule& a, const AuditRule& b);

// "/run/x" for "/run//x/./": what the kernel's path lookup makes of it, without asking it; ".." stays.
std::string normal_path(const std::string& path);

}  // namespace dockhost
