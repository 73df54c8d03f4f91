// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_boot.hpp"

#include "edit/audit_load.hpp"
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

}  // namespace

void report_boot_load(Plan& plan, const std::string& own) {
  const std::vector<NamedRulesFile> files = rules_files(plan, own);
  const std::vector<LoadFault> faults = load_faults(files, places_at_boot(plan), syscalls_for(plan, files));
  for (const LoadFault& fault : faults) {
    if (!fault.stops) continue;
    const std::string where = fault.path + ":" + std::to_string(fault.line);
    const std::string why =
        where + ": " + fault.why + "; the load at boot stops there, and the rules behind it are lost";
    plan.find({kBootLoad, kRulesFolder, Status::fail, where, nullptr, why, Status::fail});
    plan.warn(why);
    return;
  }
  plan.find({kBootLoad, kRulesFolder, Status::pass, nullptr, nullptr, ""});
}

}  // namespace dockhost
