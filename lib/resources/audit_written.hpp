// SPDX-License-Identifier: GPL-3.0-or-later
// The part of `audit_rules` that plans what stands in the files of /etc/audit/rules.d.
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"
#include "edit/audit_load.hpp"
#include "resources/audit_rules.hpp"

namespace dockhost {

inline constexpr const char* kRulesFolder = "/etc/audit/rules.d";

// All files that augenrules reads, in its order, as the plan so far leaves them; `own` may be new among them.
std::vector<NamedRulesFile> rules_files(const Plan& plan, const std::string& own);

// The rules that the files hold, as augenrules reads them.
std::vector<PlacedRule> rules_in(const std::vector<NamedRulesFile>& files);

// What became of the rules that are asked for, by their position: why one is not written, "" where it is.
using Unwritten = std::vector<std::string>;

// Plans that the rules stand in one file or another: those that stand in none are added to the wish's file. `unwritten`
// names those that are left out, which are taken out of that file too; it gets those that others cover where that is
// accepted.
void plan_written(Plan& plan, const AuditWish& wish, Unwritten& unwritten);

// Plans that none of the rules stands in the wish's file.
void plan_not_written(Plan& plan, const AuditWish& wish);

// Where else the rule stands; "" where it does not.
std::string stands_elsewhere(const Plan& plan, const AuditWish& wish, const AuditRule& rule);

}  // namespace dockhost
