// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_load.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dockhost {
namespace {

bool empty_or_comment(const AuditRulesFile::Line& line) { return !line.told(); }

// What augenrules looks for at the beginning of a line.
std::string begun(const std::string& text, bool blanks) { return blanks ? trim(text) : text; }

// augenrules puts the last of -D, -b and -f first, and the last of -e last.
std::vector<BootLine> in_order(std::vector<BootLine> lines, bool blanks) {
  constexpr std::array<std::string_view, 3> kFirst = {"-D", "-b", "-f"};
  std::array<std::vector<BootLine>, 3> first;
  std::vector<BootLine> last, rest;
  for (BootLine& one : lines) {
    const std::string text = begun(one.line.text, blanks);
    // A line that begins with a tab is no comment to auditctl.
    const bool tabbed = !blanks && one.line.said.is == AuditLine::Is::comment && !text.starts_with('#') &&
                        trim(text).starts_with('#') && text.find_first_not_of(' ') != text.find('#');
    if (tabbed) one.line.flaw = "a tab precedes the comment";
    if (!one.line.told() && one.next.empty()) continue;
    if (text.starts_with("-e")) {
      last = {std::move(one)};
    } else if (text == kFirst[0]) {
      first[0] = {std::move(one)};
    } else if (text.starts_with(kFirst[1])) {
      first[1] = {std::move(one)};
    } else if (text.starts_with(kFirst[2])) {
      first[2] = {std::move(one)};
    } else {
      rest.push_back(std::move(one));
    }
  }
  std::vector<BootLine> all;
  for (const std::vector<BootLine>& part : {first[0], first[1], first[2], rest, last})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

class Loading {
 public:
  explicit Loading(const LoadHost& host) : host_(host) {}

  // Why the kernel or auditctl refuses the line; "" where they take it.
  std::string refusal(const BootLine& at) {
    if (!at.line.flaw.empty()) return at.line.flaw;
    const AuditLine& said = at.line.said;
    if (said.is == AuditLine::Is::rule) return add(said.rule, at.where());
    const Strings option = words(at.line.text);
    if (option == Strings{"-D"}) known_.clear(), load.rules.clear();
    if (option.size() == 2 && option[0] == "-e") {
      load.off = option[1] == "0" ? at.where() : "";
      if (option[1] == "2") immutable_ = at.where();
    }
    const bool deletes = !said.rule.fields.empty();
    return deletes ? remove(said.rule) : "";
  }

  Load load;

 private:
  std::string add(const AuditRule& rule, const std::string& where) {
    if (!immutable_.empty()) return "the rules cannot be changed any more, by " + immutable_;
    const std::string name = unknown_syscall(rule, host_.syscalls);
    if (!name.empty()) return "there is no syscall " + quote(name) + " on this machine";
    for (const AuditNeed& need : needs_of(rule)) {
      std::string why = host_.refuses ? host_.refuses(need) : "";
      if (!why.empty()) return why;
    }
    std::string missing = unloadable(rule, host_.place);
    if (!missing.empty()) return missing;
    const auto known = known_.try_emplace(identity_in_kernel(rule, host_.place), where);
    if (!known.second) return rule.first ? "" : "the same rule stands in " + known.first->second;
    load.rules.insert(rule.first ? load.rules.begin() : load.rules.end(), {rule, where});
    return {};
  }

  std::string remove(const AuditRule& rule) {
    const std::string identity = identity_in_kernel(rule, host_.place);
    if (known_.erase(identity) == 0) return "there is no such rule to delete";
    std::erase_if(load.rules,
                  [&](const PlacedRule& one) { return identity_in_kernel(one.rule, host_.place) == identity; });
    return {};
  }

  const LoadHost& host_;
  std::map<std::string, std::string> known_;  // where each rule stands
  std::string immutable_;                     // where the rules are locked
};

std::string glued(const BootLine& at, const std::string& why) {
  const std::string both =
      "it has no newline at its end, so that the first line of " + at.next + " is read as part of it";
  return why.empty() ? both : both + " (" + why + ")";
}

}  // namespace

std::vector<BootLine> boot_lines(const std::vector<NamedRulesFile>& files) {
  std::vector<BootLine> all;
  bool open = false;  // the last line of all has no newline at its end
  for (const NamedRulesFile& file : files) {
    const std::vector<AuditRulesFile::Line>& lines = file.file.lines();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i != 0 || !open) {
        all.push_back({file.path, lines[i], ""});
        continue;
      }
      BootLine& last = all.back();
      const bool harmless = empty_or_comment(last.line) && empty_or_comment(lines[i]);
      const std::size_t number = last.line.number;
      last.line = AuditRulesFile::parse(last.line.text + lines[i].text).lines().front();
      last.line.number = number;
      if (!lines[i].text.empty() && !harmless) last.next = file.path;
    }
    if (!file.file.text().empty()) open = !file.file.text().ends_with('\n');
  }
  return all;
}

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

Load load_of(const std::vector<NamedRulesFile>& files, const LoadHost& host) {
  Loading loading(host);
  bool goes_on = false;
  for (const BootLine& at : in_order(boot_lines(files), host.blanks)) {
    const std::string text = trim(at.line.text);
    goes_on = goes_on || text == "-i" || text == "-c";
    const std::string why = loading.refusal(at);
    if (why.empty() && at.next.empty()) continue;
    const bool stops = !why.empty() && !goes_on;
    loading.load.faults.push_back(
        {at.path, at.next.empty() ? why : glued(at, why), at.line.number, stops, !at.next.empty()});
    if (stops) break;
  }
  return std::move(loading.load);
}

std::vector<LoadFault> load_faults(const std::vector<NamedRulesFile>& files, const AuditPlaceOf& place,
                                   const SyscallNames& syscalls) {
  return load_of(files, {place, syscalls}).faults;
}

}  // namespace dockhost
