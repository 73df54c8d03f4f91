// SPDX-License-Identifier: GPL-3.0-or-later
// One rule of Linux audit, as auditctl(8) and audit.rules(7) write it. What auditctl accepts was read in its source
// (3.0.9) and is compared with it by tests/vm/scenarios/audit.py.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// "auid>=1000"; a comparison of two fields (-C) has the name "-C" and all of its text as value.
struct AuditField {
  std::string name, op, value;
  bool operator==(const AuditField&) const = default;
};

// The kernel's limits: all keys of a rule with a byte between each two, and a path with its last part.
inline constexpr std::size_t kAuditKeyBytes = 256, kAuditPathBytes = 4095, kAuditNameBytes = 255;

struct AuditRule {
  bool watch = false;  // written as -w: recursive where a directory is at its path
  std::string list = "exit", action = "always";
  bool first = false;  // written as -A: goes before the others
  // In the order in which the kernel keeps them, without the keys. A -w has `path` and `perm`; perm has its letters in
  // the order rwxa, arch is b64 or b32 where it has that short name.
  std::vector<AuditField> fields;
  Strings syscalls;  // as written; none: all
  Strings keys;
  const AuditField* field(std::string_view name) const;  // the last of that name, which is the one that counts; or null
  std::string path() const;                              // of `path` or `dir`; "" where it has neither
  bool operator==(const AuditRule&) const = default;
};

// A line of a rules file, or the same as arguments in one text. Words are split at blanks alone, as auditctl does: a
// tab or carriage return is part of its word.
struct AuditLine {
  enum class Is {
    blank,
    comment,
    rule,
    control  // -D, -b 8192, -e 2 and the like; a rule to be deleted (-d, -W) too
  } is = Is::blank;
  AuditRule rule;  // also of -d and -W
};

// Throws Error with the column (from 1) of the first word that auditctl refuses. Of syscall names, and of the values of
// other fields than path, dir, perm, key and arch, nothing is said.
AuditLine parse_audit_line(std::string_view text);

// Whether auditctl has a field of this name.
bool names_audit_field(const std::string& word);

// A line that is a rule to be added. Throws Error also for any other line.
AuditRule parse_audit_rule(std::string_view text);

// The rules that `auditctl -l` printed; a line that is none (No rules) is left out. Where path= and dir= are listed
// alike, as -w, the rule counts as a watch.
std::vector<AuditRule> parse_audit_listing(std::string_view text);

// As auditctl takes it, one line: `-w PATH -p PERM -k KEY` for a watch, else `-a ...`.
std::string text_of(const AuditRule& rule);

// As `auditctl -l` lists it, with what it hides: path and dir as -w, and `never` too, where no other field is there.
// `directory`: there is one at the path of the watch.
std::string listing_of(const AuditRule& rule, bool directory);

// auditctl's arguments that add the rule, or delete it. What the kernel has of a watch is `dir` or `path`: `directory`
// says which of them is to be deleted, or added where the rule cannot be written as -w.
Strings adding_argv(const AuditRule& rule, bool directory);
Strings deleting_argv(const AuditRule& rule, bool directory);

}  // namespace dockhost
