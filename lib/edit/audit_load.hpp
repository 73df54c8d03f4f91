// SPDX-License-Identifier: GPL-3.0-or-later
// What happens when the rules are loaded at boot (augenrules(8), then auditctl -R).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "edit/audit_covers.hpp"
#include "edit/audit_rules_file.hpp"
#include "edit/audit_values.hpp"

namespace dockhost {

struct NamedRulesFile {
  std::string path;
  AuditRulesFile file;
};

// A line as augenrules hands it on: the last one of a file without a newline at its end runs into the first of the
// next.
struct BootLine {
  std::string path;
  AuditRulesFile::Line line;
  std::string next;  // the file whose first line is part of it; "" where none is
  std::string where() const { return path + ":" + std::to_string(line.number); }
};
// The files come in the order of augenrules.
std::vector<BootLine> boot_lines(const std::vector<NamedRulesFile>& files);

// A rule and where it stands.
struct PlacedRule {
  AuditRule rule;
  std::string where;  // "/etc/audit/rules.d/docker.rules:3"
};

// A line at which the load goes wrong. auditctl leaves out all lines behind it (`stops`), but where -i or -c precedes.
struct LoadFault {
  std::string path, why;
  std::size_t line = 0;  // from 1
  bool stops = true;
  bool glued = false;  // two lines are read as one, which no longer says what either of them did
};

// The names of syscalls, by arch (b64, b32); of an arch that is missing here nothing is known.
using SyscallNames = std::map<std::string, Strings>;

// What decides on a host how a load ends.
struct LoadHost {
  AuditPlaceOf place;
  SyscallNames syscalls;
  std::function<std::string(const AuditNeed&)> refuses = {};  // why a word is refused; "" where it is not
  bool blanks = true;  // awk knows \s: augenrules finds comments, -D, -b, -f and -e behind blanks too
};

// A load on a kernel without rules.
struct Load {
  std::vector<LoadFault> faults;  // in the order in which they are met; none after one that stops
  std::vector<PlacedRule> rules;  // that the kernel then has, in its order
  std::string off;                // where audit is switched off; "" where it is not
};
Load load_of(const std::vector<NamedRulesFile>& files, const LoadHost& host);

// The faults alone.
std::vector<LoadFault> load_faults(const std::vector<NamedRulesFile>& files, const AuditPlaceOf& place,
                                   const SyscallNames& syscalls);

// The name among the rule's syscalls that this machine does not know; "" where all are known, or nothing is.
std::string unknown_syscall(const AuditRule& rule, const SyscallNames& syscalls);

}  // namespace dockhost
