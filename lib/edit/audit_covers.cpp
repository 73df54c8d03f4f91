// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_covers.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace dockhost {
namespace {

// auditctl 3.1.3 and later stores a rule that has arch and perm with the syscalls of these permissions (permtab.h).
// Those that every version of the table has, and every kernel dockhost runs on.
Strings syscalls_of(const std::string& permissions) {
  const auto has = [&](char letter) { return permissions.find(letter) != std::string::npos; };
  Strings all;
  const auto put = [&](const Strings& names) { all.insert(all.end(), names.begin(), names.end()); };
  if (has('r')) put({"readlinkat", "listxattr", "llistxattr", "flistxattr", "getxattr", "lgetxattr", "fgetxattr"});
  if (has('r') || has('w')) put({"quotactl", "openat"});
  if (has('w')) put({"mkdirat", "mknodat", "unlinkat", "symlinkat", "acct", "swapon", "truncate", "ftruncate", "bind"});
  if (has('w') || has('a')) put({"linkat"});
  if (has('x')) put({"execve", "execveat"});
  if (has('a')) put({"fchmod", "fchown", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "fchownat", "fchmodat"});
  return all;
}

std::string permissions_of(const AuditRule& rule) {
  const AuditField* field = rule.field("perm");
  return field == nullptr ? "" : field->value;
}

std::string arch_of(const AuditRule& rule) {
  const AuditField* field = rule.field("arch");
  return field != nullptr && field->op == "=" ? field->value : "";
}

// No perm at all means every syscall, which is more than rwxa.
bool permits(const AuditRule& rule, const AuditRule& want) {
  const AuditField *has = rule.field("perm"), *wanted = want.field("perm");
  if (has == nullptr) return true;
  if (wanted == nullptr) return false;
  return std::all_of(wanted->value.begin(), wanted->value.end(),
                     [&](char letter) { return has->value.find(letter) != std::string::npos; });
}

bool has_syscalls(const AuditRule& rule, const AuditRule& want) {
  if (rule.syscalls.empty()) return true;
  if (!want.syscalls.empty()) return arch_of(rule) == arch_of(want) && contains_all(rule.syscalls, want.syscalls);
  // Listed so by auditctl, for a rule that names none.
  const std::string wanted = permissions_of(want);
  return rule.field("perm") != nullptr && !arch_of(rule).empty() && want.field("perm") != nullptr &&
         contains_all(rule.syscalls, syscalls_of(wanted));
}

// As auditctl lists the values that have more than one spelling.
std::string normal_value(const AuditField& field) {
  const std::string& value = field.value;
  const bool id = field.name.ends_with("uid") || field.name.ends_with("gid") || field.name == "sessionid";
  if (id && (value == "unset" || value == "4294967295")) return "-1";
  if (id && value == "root") return "0";
  const bool argument = field.name.size() == 2 && field.name[0] == 'a';
  if (!argument) return value;
  const bool hex = value.starts_with("0x") || value.starts_with("0X");
  const bool octal = !hex && value.size() > 1 && value[0] == '0';
  std::uint64_t number = 0;
  const char* begin = value.data() + (hex ? 2 : 0);
  const auto read = std::from_chars(begin, value.data() + value.size(), number, hex ? 16 : octal ? 8 : 10);
  if (read.ptr != value.data() + value.size()) return value;
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (; number != 0 || text.empty(); number /= 16) text.insert(0, 1, digits[number % 16]);
  return "0x" + text;
}

std::string normal_text(const AuditField& field) {
  return (field.name == "loginuid" ? "auid" : field.name) + field.op + normal_value(field);
}

bool of_known_meaning(const AuditField& field) {
  return field.name == "path" || field.name == "dir" || field.name == "perm" ||
         (field.name == "arch" && field.op == "=");
}

// The fields that restrict a rule beyond what is compared by meaning.
Strings restrictions(const AuditRule& rule) {
  Strings all;
  for (const AuditField& field : rule.fields) {
    if (!of_known_meaning(field)) all.push_back(normal_text(field));
  }
  return all;
}

bool recursive(const AuditRule& rule, const AuditPlace& at) {
  return rule.field("dir") != nullptr || (rule.watch && at.directory);
}

// Of the files, leaving out everything else.
Covers covers_files(const AuditRule& rule, const AuditRule& want, const AuditPlaceOf& place) {
  const std::string has = rule.path(), wanted = want.path();
  if (has.empty()) return Covers::whole;
  if (wanted.empty()) return Covers::no;
  const AuditPlace there = place(has), here = place(wanted);
  if (there.real == here.real) return recursive(rule, there) || !recursive(want, here) ? Covers::whole : Covers::no;
  return recursive(rule, there) && at_or_below(here.real, there.real) ? Covers::parent : Covers::no;
}

bool for_programs_of(const AuditRule& rule, const std::string& arch) {
  const std::string own = arch_of(rule);
  return own.empty() || own == arch;
}

Strings sorted(Strings names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// What both are must be the same: the events of `never`, and those of the other lists, are compared as text.
bool records(const AuditRule& rule) { return rule.list == "exit" && rule.action == "always"; }

// Everything but the fields, for rules that are compared as text.
bool same_frame(const AuditRule& a, const AuditRule& b) {
  return a.list == b.list && a.action == b.action && sorted(a.syscalls) == sorted(b.syscalls) &&
         same_keys(a.keys, b.keys);
}

Strings fields_in_order(const AuditRule& rule, const AuditPlaceOf& place) {
  Strings all;
  for (const AuditField& field : rule.fields) {
    const bool below = rule.watch && field.name == "path" && place(field.value).directory;
    all.push_back(below ? "dir=" + field.value : normal_text(field));
  }
  return all;
}

Strings names_of(const AuditRule& rule) {
  Strings all;
  for (const AuditField& field : rule.fields) {
    const std::string name = field.name == "loginuid" ? "auid" : field.name;
    all.push_back(of_known_meaning(field) ? normal_text(field) : name + field.op);
  }
  return sorted(all);
}

}  // namespace

bool same_keys(const Strings& a, const Strings& b) { return sorted(a) == sorted(b); }

Covers covers(const AuditRule& rule, const AuditRule& want, const std::string& arch, const AuditPlaceOf& place) {
  if (!records(rule) || !records(want) || !for_programs_of(rule, arch)) return Covers::no;
  const Covers files = covers_files(rule, want, place);
  if (files == Covers::no || !permits(rule, want) || !has_syscalls(rule, want)) return Covers::no;
  return contains_all(restrictions(want), restrictions(rule)) ? files : Covers::no;
}

Strings arches_of(const AuditRule& rule) {
  const std::string arch = arch_of(rule);
  return arch.empty() ? Strings{"b64", "b32"} : Strings{arch};
}

Coverage coverage(std::span<const AuditRule> rules, const AuditRule& want, Keys keys, const AuditPlaceOf& place) {
  Coverage all;
  for (const std::string& arch : arches_of(want)) {
    std::optional<std::size_t> whole, parent;
    for (std::size_t i = 0; i < rules.size() && !whole; ++i) {
      if (keys == Keys::same && !contains_all(rules[i].keys, want.keys)) continue;
      const Covers how = covers(rules[i], want, arch, place);
      if (how == Covers::whole) whole = i;
      if (how == Covers::parent && !parent) parent = i;
    }
    if (!whole && !parent) return {};
    const std::size_t taken = whole ? *whole : *parent;
    all.parent = all.parent || !whole;
    if (std::find(all.rules.begin(), all.rules.end(), taken) == all.rules.end()) all.rules.push_back(taken);
  }
  return all;
}

bool same_rule(const AuditRule& a, const AuditRule& b, const AuditPlaceOf& place) {
  if (!same_keys(a.keys, b.keys)) return false;
  if (!records(a) || !records(b)) {
    return same_frame(a, b) && sorted(fields_in_order(a, place)) == sorted(fields_in_order(b, place));
  }
  const Strings arches = arches_of(a);
  return arches == arches_of(b) && std::all_of(arches.begin(), arches.end(), [&](const std::string& arch) {
           return covers(a, b, arch, place) == Covers::whole && covers(b, a, arch, place) == Covers::whole;
         });
}

std::string unloadable(const AuditRule& rule, const AuditPlaceOf& place) {
  const AuditField* program = rule.field("exe");
  if (program != nullptr && !place(program->value).parent)
    return "the directory that holds " + program->value + " does not exist";
  const std::string path = rule.path();
  if (path.empty()) return {};
  const AuditPlace at = place(path);
  if (!at.parent) return "the directory that holds " + path + " does not exist";
  return rule.field("dir") != nullptr && !at.there ? "the directory " + path + " does not exist" : "";
}

std::string identity_in_kernel(const AuditRule& rule, const AuditPlaceOf& place) {
  const Strings parts = {rule.action + "," + rule.list, join(sorted(rule.syscalls), ","),
                         join(fields_in_order(rule, place), " "), join(rule.keys, " ")};
  return join(parts, "\n");
}

bool same_in_kernel(const AuditRule& a, const AuditRule& b, const AuditPlaceOf& place) {
  return identity_in_kernel(a, place) == identity_in_kernel(b, place);
}

bool maybe_same(const AuditRule& a, const AuditRule& b) { return same_frame(a, b) && names_of(a) == names_of(b); }

std::string normal_path(const std::string& path) {
  std::string normal;
  for (const std::string& part : split(path, '/')) {
    if (!part.empty() && part != ".") normal += "/" + part;
  }
  return normal.empty() ? "/" : normal;
}

}  // namespace dockhost
