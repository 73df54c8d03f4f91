// SPDX-License-Identifier: GPL-3.0-or-later
// The part of `audit_rules` that plans what the kernel has loaded.
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"
#include "resources/audit_rules.hpp"

namespace dockhost {

// The kernel's rules: the lines of the listing, and what they say. Lines that cannot be read are left out.
struct LoadedRules {
  Strings lines;
  std::vector<AuditRule> rules;
};
// None where the kernel cannot be asked.
LoadedRules loaded_rules(const Plan& plan);

// Why the rules of the kernel cannot be changed, in words; "" where they can.
std::string why_not_loaded(const Plan& plan);

// Plans that the rule is loaded and watches what it names; two findings, `loaded` and `effective`.
void plan_loaded(Plan& plan, const WantedRule& want);

// Plans that the rule is not loaded, unless `kept` says what else needs it. One finding.
void plan_not_loaded(Plan& plan, const WantedRule& want, const std::string& kept);

// Plans that rules are loaded again which a run that died had deleted.
void plan_owed_rules(Plan& plan);

}  // namespace dockhost
