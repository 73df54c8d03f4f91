// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the events of a loaded rule are recorded, for all that other rules and settings do; nothing of it is
// repaired.
#pragma once

#include <string>

#include "core/plan.hpp"
#include "edit/audit_load.hpp"
#include "resources/audit_rules.hpp"

namespace dockhost {

// Why no event of the rule comes, with the rule or setting to blame; "" where they come.
// Warns of what leaves out some of them.
std::string silenced_now(Plan& plan, const AuditRule& want);

// The same of a rule that is deleted and loaded again, which puts it behind all others; "" where its events come.
std::string silenced_as_last(Plan& plan, const AuditRule& want);

// The same from the next boot on, for rules that are heard now: one finding each, `audit rule effective at boot`.
void report_silenced_at_boot(Plan& plan, const AuditWish& wish, const Load& boot);

// Why a word in a rule is refused on this host; "" where it is taken, or that cannot be told.
std::string refused_word(const Plan& plan, const AuditNeed& need);

// Asks for all that refused_word() will look at.
void look_at_words(const Plan& plan, const std::vector<AuditRule>& rules);

}  // namespace dockhost
