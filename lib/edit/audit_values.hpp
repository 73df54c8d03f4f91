// SPDX-License-Identifier: GPL-3.0-or-later
// Whether auditctl and the kernel take a field's operator and value (libaudit.c of audit-userspace 3.0.9 to 4.2,
// kernel/auditfilter.c of Linux 6); compared with both by tests/vm/scenarios/audit.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "edit/audit_rule.hpp"

namespace dockhost {

// Why every auditctl, or every kernel, refuses the field in a rule of that list; "" where it depends on the host, or
// nothing does. Of path, dir, perm, arch and key nothing is said.
std::string refused_value(const std::string& list, const AuditField& field);

// Why two fields cannot be compared ("uid!=euid", of -C); "" where they can.
std::string refused_comparison(const std::string& list, const std::string& text);

// What decides on this host whether a field is taken: an account that has to be there by name, a label of a security
// module, or a version of auditctl.
struct AuditNeed {
  enum class Is { user, group, label, version } is = Is::user;
  std::string word;  // the name or label; the version, as 3.1
  std::string text;  // the field, or the list, as it was written
};
std::vector<AuditNeed> needs_of(const AuditRule& rule);

// What labels of rules are judged by.
struct SecurityModules {
  Strings active;       // as the kernel lists them (/sys/kernel/security/lsm)
  bool policy = false;  // SELinux has one
  Strings profiles;     // of AppArmor, a line each, as the kernel lists them
  bool operator==(const SecurityModules&) const = default;
};

// Why the kernel refuses the label; "" where it takes it, as it takes any label where no security module judges it.
std::string refused_label(const AuditNeed& need, const SecurityModules& modules);

// Whether a version ("3.0.9") is an earlier one than the other ("3.1").
bool older(const std::string& version, const std::string& wanted);

// "0x1f", "017" and "31" as strtoul(3) reads the beginning of the text; -1 becomes 4294967295. Nothing where it does
// not begin with a digit.
std::optional<std::uint32_t> audit_number(const std::string& text);

// Whether the word names a type of records, or an error; in capitals or not.
bool names_message(const std::string& word);
bool names_error(const std::string& word);

}  // namespace dockhost
