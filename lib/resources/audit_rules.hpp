// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/plan.hpp"
#include "edit/audit_rule.hpp"
#include "resources/resource.hpp"

namespace dockhost {

// One rule that is asked for.
struct WantedRule {
  AuditRule rule;
  std::string text;  // as it is written into the file: the user's words, single blanks between them, with the key
};

// What the options of `audit_rules` ask for.
struct AuditWish {
  enum class Missing { skip, write, fail };
  std::vector<WantedRule> rules;
  std::string file = "/etc/audit/rules.d/docker.rules";
  bool present = true, exclusive = false, load = true, accept_covered = false, backup = false;
  Missing when_missing = Missing::skip;
};

// From validated arguments. Throws Error for what the table cannot say: a rule that cannot be read, named by its index,
// the column and its text, or a file that augenrules does not read. `option`: what stands before `rules[0]` in it.
AuditWish audit_wish(const json& args, const std::string& option = "");

// Another rule, as those of the option `rules`. Throws Error.
WantedRule wanted_rule(const std::string& text, const std::string& key, const std::string& named);

// Plans that the rules stand in the file and are loaded, or do neither (docker-and-audit.md, D.8). Throws Error before
// anything is planned where a rule cannot be had.
void plan_audit(Plan& plan, const AuditWish& wish);

// The module.
Resource audit_rules_resource();

// Its options and their documentation; the options alone for docker_host.
Module audit_rules_spec();
std::vector<Option> audit_options();

}  // namespace dockhost
