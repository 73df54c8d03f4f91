// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_option.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "edit/audit_rule.hpp"
#include "edit/audit_values.hpp"

namespace dockhost {

std::vector<AuditWord> audit_words(std::string_view text) {
  std::vector<AuditWord> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    all.push_back({std::string(text.substr(begin, end - begin)), begin + 1});
    at = end;
  }
  return all;
}

void refuse_at(const std::string& what, const AuditWord& at) { throw Error(what, {"", 0, at.column}); }

void make_lower(std::string& text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::string audit_permissions(const AuditWord& word, const std::string& letters) {
  std::string found;
  if (letters.size() > 4) refuse_at("permissions are four letters at most, not " + quote(letters), word);
  for (const char c : letters) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if (std::string_view("rwxa").find(lower) == std::string_view::npos)
      refuse_at("permissions are letters of rwxa, not " + quote(letters), word);
    found += lower;
  }
  std::string ordered;
  for (const char c : std::string_view("rwxa")) {
    if (found.find(c) != std::string::npos) ordered += c;
  }
  return ordered;
}

std::string audit_arch(const AuditWord& word, std::string name) {
  make_lower(name);
  if (contains({"b64", "x86_64", "aarch64"}, name)) return "b64";
  if (contains({"b32", "i386", "i486", "i586", "i686", "arm"}, name)) return "b32";
  if (const auto number = name.starts_with('-') || name == "unset" ? std::nullopt : audit_number(name)) {
    if (*number == 0xc000003e || *number == 0xc00000b7) return "b64";
    if (*number == 0x40000003 || *number == 0x40000028) return "b32";
    refuse_at("there is no arch " + quote(name) + " on the machines that dockhost runs on", word);
  }
  const bool known = contains({"ppc64", "ppc64le", "ppc", "s390x", "s390", "ia64", "armeb", "armv5tejl", "armv5tel",
                               "armv6l", "armv7l", "riscv32", "riscv64", "loongarch64"},
                              name);
  if (!known) refuse_at("there is no arch " + quote(name), word);
  return name;
}

void check_audit_path(const AuditWord& word, const std::string& path) {
  if (!path.starts_with('/')) refuse_at("the path " + quote(path) + " is not absolute", word);
  if (path.size() > kAuditPathBytes) refuse_at("the path is longer than 4095 bytes", word);
  if (path.size() - path.rfind('/') - 1 > kAuditNameBytes)
    refuse_at("the last part of the path is longer than 255 bytes", word);
}

void check_audit_syscall(const AuditWord& word, const std::string& name) {
  const auto number = name.empty() || name[0] > '9' ? std::nullopt : audit_number(name);
  const bool bad = number ? *number > 2047 : !name.empty() && name[0] < 'a';
  if (bad) refuse_at("there is no syscall " + quote(name), word);
}

}  // namespace dockhost
