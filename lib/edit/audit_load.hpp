// SPDX-License-Identifier: GPL-3.0-or-later
// What happens when the rules are loaded at boot (augenrules(8), then auditctl -R).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "edit/audit_covers.hpp"
#include "edit/audit_rules_file.hpp"

namespace dockhost {

struct NamedRulesFile {
  std::string path;
  AuditRulesFile file;
};

// A line at which the load goes wrong. auditctl leaves out all lines behind it (`stops`), but where -i or -c precedes.
struct LoadFault {
  std::string path, why;
  std::size_t line = 0;  // from 1
  bool stops = true;
};

// The names of syscalls, by arch (b64, b32); of an arch that is missing here nothing is known.
using SyscallNames = std::map<std::string, Strings>;

// The faults of a load on a kernel without rules, in the order in which they are met; none after one that stops. The
// files come in the order of augenrules.
std::vector<LoadFault> load_faults(const std::vector<NamedRulesFile>& files, const AuditPlaceOf& place,
                                   const SyscallNames& syscalls);

// The name among the rule's syscalls that this machine does not know; "" where all are known, or nothing is.
std::string unknown_syscall(const AuditRule& rule, const SyscallNames& syscalls);

}  // namespace dockhost
