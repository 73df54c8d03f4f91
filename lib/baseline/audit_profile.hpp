// SPDX-License-Identifier: GPL-3.0-or-later
// The audit rules of a Docker host: the article's ten, and those that the option `audit` adds.
#pragma once

#include "core/plan.hpp"
#include "resources/audit_rules.hpp"

namespace dockhost {

struct HostAudit {
  AuditWish wish;        // as the option says it
  bool article = false;  // the article's rules too
};

// From the validated option `audit`, or null. Throws Error for what the table cannot say.
HostAudit host_audit(const json& option, bool article);

// Plans all of them. Where an executable of the article's rules is elsewhere on this host, as /usr/sbin/dockerd in
// Debian's package, the real place is watched beside the article's.
void plan_audit_profile(Plan& plan, const HostAudit& audit);

// Asks the plan for all places that the rules name. Each thing that was not looked at yet begins the plan anew, so what
// comes last and asks for much does so before the parts that take long to plan.
void look_at_watched(const Plan& plan, const HostAudit& audit);

}  // namespace dockhost
