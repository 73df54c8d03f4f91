// SPDX-License-Identifier: GPL-3.0-or-later
// Audit rules: in the file first, then in the kernel, then whether the next boot would load them.
#include "resources/audit_rules.hpp"

#include <algorithm>
#include <set>

#include "edit/audit_load.hpp"
#include "resources/audit_boot.hpp"
#include "resources/audit_effect.hpp"
#include "resources/audit_kernel.hpp"
#include "resources/audit_places.hpp"
#include "resources/audit_written.hpp"

namespace dockhost {
namespace {

std::string refused_by_option(std::size_t index, const WantedRule& want, const std::string& why) {
  return "rules[" + std::to_string(index) + "]: " + why + ": " + want.text;
}

// auditctl judges the names of syscalls by a table of its own, which ausyscall shows.
void check_syscalls(const Plan& plan, const AuditWish& wish) {
  for (std::size_t i = 0; i < wish.rules.size(); ++i) {
    const AuditRule& rule = wish.rules[i].rule;
    const AuditField* field = rule.field("arch");
    const std::string arch = field == nullptr ? "b64" : field->value;
    if (rule.syscalls.empty() || (arch != "b64" && arch != "b32")) continue;
    const auto& table = plan.now().find<SyscallTable>(arch);
    const std::string name = table ? unknown_syscall(rule, {{arch, table->names}}) : "";
    if (!name.empty())
      throw Error(refused_by_option(i, wish.rules[i], "there is no syscall " + quote(name) + " on this machine"));
  }
}

// Names of accounts and labels are judged by the host.
void check_words(const Plan& plan, const AuditWish& wish) {
  std::vector<AuditRule> rules;
  rules.reserve(wish.rules.size());
  for (const WantedRule& want : wish.rules) rules.push_back(want.rule);
  look_at_words(plan, rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const AuditNeed& need : needs_of(rules[i])) {
      const std::string why = refused_word(plan, need);
      if (!why.empty()) throw Error(refused_by_option(i, wish.rules[i], why));
    }
  }
}

// All places that rules name, together: the plan begins anew for each that nobody has looked at.
void look_at_places(const Plan& plan, const AuditWish& wish) {
  Strings paths;
  const auto add = [&](const AuditRule& rule) {
    for (const AuditField& field : rule.fields) {
      if (contains({"path", "dir", "exe"}, field.name)) paths.push_back(field.value);
    }
  };
  for (const WantedRule& want : wish.rules) add(want.rule);
  for (const PlacedRule& one : rules_in(rules_files(plan, wish.file))) add(one.rule);
  if (wish.present || wish.load) {
    const LoadedRules loaded = loaded_rules(plan);
    std::for_each(loaded.rules.begin(), loaded.rules.end(), add);
  }
  plan.now().need<WatchedPlace>(paths);
}

// Runtime directories are made; what is missing for good leaves its rule out, or not, as the option says.
Unwritten left_out(Plan& plan, const AuditWish& wish) {
  Unwritten all(wish.rules.size());
  std::set<std::string> runtimes;
  for (std::size_t i = 0; i < wish.rules.size(); ++i) {
    const AuditRule& rule = wish.rules[i].rule;
    const std::string path = rule.path();
    const auto runtime = path.empty() ? std::nullopt : runtime_directory(plan, path);
    if (runtime) {
      if (runtimes.insert(*runtime).second) plan_runtime_directory(plan, *runtime);
      continue;
    }
    const std::string why = unloadable(rule, places_of(plan));
    if (why.empty() || wish.when_missing == AuditWish::Missing::write) continue;
    if (wish.when_missing == AuditWish::Missing::fail) throw Error(refused_by_option(i, wish.rules[i], why));
    all[i] = why;
  }
  return all;
}

void warn_of_audit(Plan& plan, const AuditWish& wish) {
  if (!wish.load) return;
  const auto& audit = plan.now().find<Audit>(kKernel);
  if (!audit) return;
  const std::string why = why_not_loaded(plan);
  if (!why.empty()) plan.warn(why);
  const bool asked = audit->can == Audit::Can::change || audit->can == Audit::Can::immutable;
  if (asked && audit->lost) plan.warn("some audit records were lost since the boot (auditctl -s: lost)");
  if (asked && !audit->daemon) plan.warn("auditd does not run: the kernel sends events to its own log");
}

void plan_present(Plan& plan, const AuditWish& wish) {
  Unwritten unwritten = left_out(plan, wish);
  plan_written(plan, wish, unwritten);
  Strings paths;
  for (std::size_t i = 0; i < wish.rules.size(); ++i) {
    const std::string path = wish.rules[i].rule.path();
    if (unwritten[i].empty() && !path.empty()) paths.push_back(path);
  }
  plan_boot_order(plan, paths);
  if (wish.load) plan_owed_rules(plan);
  for (std::size_t i = 0; i < wish.rules.size() && wish.load; ++i) {
    if (unwritten[i].empty()) plan_loaded(plan, wish.rules[i]);
  }
}

void plan_gone(Plan& plan, const AuditWish& wish) {
  plan_not_written(plan, wish);
  for (const WantedRule& want : wish.rules) {
    const std::string elsewhere = stands_elsewhere(plan, wish, want.rule);
    if (!elsewhere.empty()) plan.warn(want.text + " stands in " + elsewhere + " too, which is not changed");
    if (wish.load) plan_not_loaded(plan, want, elsewhere);
  }
}

}  // namespace

void plan_audit(Plan& plan, const AuditWish& wish) {
  check_syscalls(plan, wish);
  if (wish.present) check_words(plan, wish);
  warn_of_audit(plan, wish);
  look_at_places(plan, wish);
  if (wish.present) {
    plan_present(plan, wish);
  } else {
    plan_gone(plan, wish);
  }
  report_boot_load(plan, wish);
}

Resource audit_rules_resource() {
  const auto planner = [](Plan& plan, const json& args) { plan_audit(plan, audit_wish(args)); };
  return {audit_rules_spec(), planner, {}, {}};
}

}  // namespace dockhost
