// SPDX-License-Identifier: GPL-3.0-or-later
// The words of an audit rule, for its parser: each throws Error with the column where auditctl would refuse it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dockhost {

struct AuditWord {
  std::string text;
  std::size_t column = 0;  // from 1
};

// Split at blanks alone.
std::vector<AuditWord> audit_words(std::string_view text);

[[noreturn]] void refuse_at(const std::string& what, const AuditWord& at);

// auditctl looks most words up in small letters.
void make_lower(std::string& text);

// The letters of -p and perm=, in the kernel's order.
std::string audit_permissions(const AuditWord& word, const std::string& letters);

// b64 and b32 stand for the archs of the machines dockhost runs on, by name or number.
std::string audit_arch(const AuditWord& word, std::string name);

void check_audit_path(const AuditWord& word, const std::string& path);

// The kernel has room for 2048 syscalls. Whether a name is one of them is known to the host alone.
void check_audit_syscall(const AuditWord& word, const std::string& name);

}  // namespace dockhost
