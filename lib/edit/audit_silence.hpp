// SPDX-License-Identifier: GPL-3.0-or-later
// What keeps the events of a rule that is loaded from being recorded: other rules of the kernel, by its own order
// (audit_filter_rules and audit_filter in kernel/auditsc.c and auditfilter.c of Linux 6; events counted by
// tests/vm/scenarios/audit_silence.py).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edit/audit_covers.hpp"

namespace dockhost {

struct Silence {
  std::size_t rule = 0;  // by position
  bool all = false;      // no event of an ordinary process comes, one that succeeds and is not special in any way
  std::string of;        // what is left out else: "some users"
};

// `rules`: as the kernel lists them, those of each list in order. `magic`: the number of the file system that the
// rule's path is on, in hexadecimal; "" where it is not known. For a rule that is not loaded yet: as if it were the
// last.
std::vector<Silence> silences(const std::vector<AuditRule>& rules, const AuditRule& want, const AuditPlaceOf& place,
                              const std::string& magic);

// Whether one of the rules leaves out file systems, so that `magic` counts.
bool judges_file_systems(const std::vector<AuditRule>& rules);

}  // namespace dockhost
