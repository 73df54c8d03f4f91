// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_load.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dockhost {
namespace {

struct Line {
  const NamedRulesFile* file = nullptr;
  const AuditRulesFile::Line* line = nullptr;
};

// augenrules puts the last of -D, -b and -f first, and the last of -e last.
std::vector<Line> in_order(const std::vector<NamedRulesFile>& files) {
  constexpr std::array<std::string_view, 3> kFirst = {"-D", "-b", "-f"};
  std::array<Line, 3> first;
  Line last;
  std::vector<Line> rest;
  for (const NamedRulesFile& file : files) {
    for (const AuditRulesFile::Line& line : file.file.lines()) {
      if (!line.told()) continue;
      const std::string text = trim(line.text);
      const Line here{&file, &line};
      if (text.starts_with("-e")) {
        last = here;
      } else if (text == kFirst[0]) {
        first[0] = here;
      } else if (text.starts_with(kFirst[1])) {
        first[1] = here;
      } else if (text.starts_with(kFirst[2])) {
        first[2] = here;
      } else {
        rest.push_back(here);
      }
    }
  }
  std::vector<Line> all(first.begin(), first.end());
  all.insert(all.end(), rest.begin(), rest.end());
  all.push_back(last);
  all.erase(std::remove_if(all.begin(), all.end(), [](const Line& line) { return line.line == nullptr; }), all.end());
  return all;
}

class Load {
 public:
  Load(const AuditPlaceOf& place, const SyscallNames& syscalls) : place_(place), syscalls_(syscalls) {}

  // Why the kernel or auditctl refuses the line; "" where they take it.
  std::string refusal(const Line& at) {
    if (!at.line->flaw.empty()) return at.line->flaw;
    const AuditLine& said = at.line->said;
    if (said.is == AuditLine::Is::rule) return add(said.rule, at);
    const bool deletes = !said.rule.fields.empty();
    return deletes ? remove(said.rule) : "";
  }

 private:
  std::string add(const AuditRule& rule, const Line& at) {
    const std::string name = unknown_syscall(rule, syscalls_);
    if (!name.empty()) return "there is no syscall " + quote(name) + " on this machine";
    std::string missing = unloadable(rule, place_);
    if (!missing.empty()) return missing;
    const std::string where = at.file->path + ":" + std::to_string(at.line->number);
    const auto known = loaded_.try_emplace(identity_in_kernel(rule, place_), where);
    const bool twice = !known.second && !rule.first;
    return twice ? "the same rule stands in " + known.first->second : "";
  }

  std::string remove(const AuditRule& rule) {
    return loaded_.erase(identity_in_kernel(rule, place_)) == 0 ? "there is no such rule to delete" : "";
  }

  const AuditPlaceOf& place_;
  const SyscallNames& syscalls_;
  std::map<std::string, std::string> loaded_;  // where each rule stands
};

}  // namespace

std::string unknown_syscall(const AuditRule& rule, const SyscallNames& syscalls) {
  if (rule.list != "exit") return {};
  const AuditField* arch = rule.field("arch");
  const auto names = syscalls.find(arch == nullptr ? "b64" : arch->value);
  if (names == syscalls.end()) return {};
  const auto unknown = std::find_if(rule.syscalls.begin(), rule.syscalls.end(), [&](const std::string& name) {
    const bool number = name[0] >= '0' && name[0] <= '9';
    return !number && !contains(names->second, name);
  });
  return unknown == rule.syscalls.end() ? "" : *unknown;
}

std::vector<LoadFault> load_faults(const std::vector<NamedRulesFile>& files, const AuditPlaceOf& place,
                                   const SyscallNames& syscalls) {
  std::vector<LoadFault> faults;
  Load load(place, syscalls);
  bool goes_on = false;
  for (const Line& at : in_order(files)) {
    const std::string text = trim(at.line->text);
    goes_on = goes_on || text == "-i" || text == "-c";
    const std::string why = load.refusal(at);
    if (why.empty()) continue;
    faults.push_back({at.file->path, why, at.line->number, !goes_on});
    if (!goes_on) break;
  }
  return faults;
}

}  // namespace dockhost
