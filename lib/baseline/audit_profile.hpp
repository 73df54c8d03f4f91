// SPDX-License-Identifier: GPL-3.0-or-later
// The audit rules of the baseline's controls, as the host has the files that they name.
#pragma once

#include <map>

#include "baseline/judge.hpp"
#include "resources/audit_rules.hpp"

namespace dockhost {

// What `audit` of docker_host asks for together with the profile.
struct HostAudit {
  Strings controls;  // whose rules are wanted
  AuditWish wish;    // the user's own rules, and how rules are written
};

// Asks for the places of all rules: what they lead to decides before anything is mounted over them.
void look_at_watched(const Plan& plan, const HostAudit& audit);

// Plans all rules; those of the user replace the profile's where they are the same.
void plan_audit_profile(Plan& plan, const HostAudit& audit);

// The audit.* controls, by key, as the host is before the plan and as the plan leaves it.
struct AuditJudged {
  Judged before, after;
};
std::map<std::string, AuditJudged> judge_audit(const Plan& plan, const Strings& controls, const AuditWish& how);

}  // namespace dockhost
