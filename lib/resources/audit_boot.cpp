// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_boot.hpp"

#include "edit/audit_load.hpp"
#include "resources/audit_effect.hpp"
#include "resources/audit_places.hpp"
#include "resources/audit_written.hpp"

namespace dockhost {
namespace {

constexpr const char* kBootLoad = "audit boot load";

// The tables of the arches that some rule names syscalls of.
SyscallNames syscalls_for(const Plan& plan, const std::vector<NamedRulesFile>& files) {
  SyscallNames all;
  const std::vector<PlacedRule> placed = rules_in(files);
  for (const PlacedRule& one : placed) {
    const AuditField* field = one.rule.field("arch");
    const std::string arch = field == nullptr ? "b64" : field->value;
    if (one.rule.syscalls.empty() || all.contains(arch) || (arch != "b64" && arch != "b32")) continue;
    const auto& table = plan.now().find<SyscallTable>(arch);
    if (table) all[arch] = table->names;
  }
  return all;
}

// Lines that are meant otherwise by an awk that does not know \s: a blank before what augenrules looks for, or behind
// -D.
bool blanks_count(const std::vector<NamedRulesFile>& files) {
  for (const BootLine& at : boot_lines(files)) {
    const std::string text = trim(at.line.text);
    const bool sought = text.starts_with("#") || text.starts_with("-e") || text == "-D" || text.starts_with("-f") ||
                        text.starts_with("-b");
    if (sought && text != at.line.text) return true;
  }
  return false;
}

std::vector<AuditRule> all_rules(const std::vector<NamedRulesFile>& files) {
  std::vector<AuditRule> all;
  for (PlacedRule& one : rules_in(files)) all.push_back(std::move(one.rule));
  return all;
}

LoadHost host_of(const Plan& plan, const std::vector<NamedRulesFile>& files) {
  LoadHost host{places_at_boot(plan), syscalls_for(plan, files)};
  look_at_words(plan, all_rules(files));
  host.refuses = [&plan](const AuditNeed& need) { return refused_word(plan, need); };
  if (blanks_count(files)) host.blanks = plan.now().find<AuditKnown>("blanks").value_or(AuditKnown{"1"}).text == "1";
  return host;
}

}  // namespace

void report_boot_load(Plan& plan, const AuditWish& wish) {
  const std::vector<NamedRulesFile> files = rules_files(plan, wish.file);
  const LoadHost host = host_of(plan, files);
  const Load load = load_of(files, host);
  Finding finding{kBootLoad, kRulesFolder, Status::pass, nullptr, nullptr, ""};
  for (const LoadFault& fault : load.faults) {
    if (!fault.stops && !fault.glued) continue;
    const std::string where = fault.path + ":" + std::to_string(fault.line);
    const std::string end = fault.stops ? "; the load at boot stops there, and the rules behind it are lost"
                                        : "; end the file with a newline";
    const std::string why = where + ": " + fault.why + end;
    plan.warn(why);
    if (finding.status == Status::pass)
      finding = {kBootLoad, kRulesFolder, Status::fail, where, nullptr, why, Status::fail};
  }
  plan.find(std::move(finding));
  if (wish.present) report_silenced_at_boot(plan, wish, load);
}

}  // namespace dockhost
