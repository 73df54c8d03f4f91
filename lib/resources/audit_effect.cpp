// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_effect.hpp"

#include <algorithm>

#include "edit/audit_silence.hpp"
#include "resources/audit_kernel.hpp"
#include "resources/audit_places.hpp"
#include "resources/audit_written.hpp"

namespace dockhost {
namespace {

constexpr const char* kAtBoot = "audit rule effective at boot";

void warn_once(Plan& plan, const std::string& text) {
  if (!contains(plan.warnings(), text)) plan.warn(text);
}

// Where the rule stands, as far as the files tell.
std::string place_of_rule(const Plan& plan, const AuditRule& rule) {
  const AuditPlaceOf place = places_of(plan);
  for (const PlacedRule& one : rules_in(rules_files(plan, ""))) {
    if (same_rule(one.rule, rule, place) || maybe_same(one.rule, rule)) return one.where;
  }
  return "the kernel alone";
}

// Where a setting of the kernel was made, "-r" with a value; "" where no file does.
std::string place_of_setting(const Plan& plan, const std::string& option, const std::string& value) {
  std::string where;
  for (const BootLine& at : boot_lines(rules_files(plan, ""))) {
    const Strings said = words(at.line.text);
    if (said == Strings{option, value} || said == Strings{option + value}) where = at.where();
  }
  return where;
}

std::string named(const AuditRule& rule, const std::string& where) { return quote(text_of(rule)) + " (" + where + ")"; }

// The number of the file system at the rule's path, where some rule leaves file systems out.
std::string magic_at(const Plan& plan, const std::vector<AuditRule>& rules, const AuditRule& want) {
  const std::string path = want.path();
  if (path.empty() || !judges_file_systems(rules)) return {};
  const auto& known = plan.now().find<AuditKnown>("magic " + places_of(plan)(path).real);
  return known ? known->text : "";
}

void warn_of_rate(Plan& plan, const Audit& audit) {
  if (audit.rate == 0) return;
  const std::string number = std::to_string(audit.rate), where = place_of_setting(plan, "-r", number);
  warn_once(plan, "the kernel takes " + number + " audit records a second and drops what is more: auditctl -r " +
                      number + (where.empty() ? "" : " (" + where + ")"));
}

std::string switched_off(const Plan& plan) {
  const std::string where = place_of_setting(plan, "-e", "0");
  return "audit is switched off" + (where.empty() ? "" : " by " + where) + ": auditctl -e 1 switches it on";
}

// The rule to blame where no ordinary process's event comes; "" where they do. What silences some is a warning.
std::string silenced_by(Plan& plan, const std::vector<AuditRule>& rules, const AuditRule& want) {
  std::string why;
  for (const Silence& one : silences(rules, want, places_of(plan), magic_at(plan, rules, want))) {
    const AuditRule& rule = rules[one.rule];
    const std::string blamed = named(rule, place_of_rule(plan, rule));
    if (one.all && why.empty()) why = "nothing is recorded, by " + blamed;
    const std::string what = one.of.starts_with("records") ? one.of : "events of " + one.of;
    if (!one.all) warn_once(plan, blamed + " keeps " + what + " out of the audit log");
  }
  return why;
}

}  // namespace

std::string silenced_now(Plan& plan, const AuditRule& want) {
  const Audit audit = plan.now().find<Audit>(kKernel).value_or(Audit{});
  if (!audit.enabled) return switched_off(plan);
  warn_of_rate(plan, audit);
  return silenced_by(plan, loaded_rules(plan).rules, want);
}

std::string silenced_as_last(Plan& plan, const AuditRule& want) {
  std::vector<AuditRule> others = loaded_rules(plan).rules;
  const AuditPlaceOf place = places_of(plan);
  std::erase_if(others, [&](const AuditRule& one) { return same_rule(one, want, place); });
  const std::string why = silenced_by(plan, others, want);
  return why.empty() ? ""
                     : "loaded again it would stand behind all others, and " + why +
                           "; augenrules --load brings them all back in their order";
}

void report_silenced_at_boot(Plan& plan, const AuditWish& wish, const Load& boot) {
  std::vector<AuditRule> rules;
  rules.reserve(boot.rules.size());
  for (const PlacedRule& one : boot.rules) rules.push_back(one.rule);
  const AuditPlaceOf place = places_at_boot(plan);
  for (const WantedRule& want : wish.rules) {
    const bool known = std::any_of(plan.findings().begin(), plan.findings().end(), [&](const Finding& finding) {
      return finding.what == "audit rule effective" && finding.key == want.text && finding.after == Status::fail;
    });
    if (known) continue;
    std::string why = boot.off.empty() ? "" : boot.off + " switches audit off";
    for (const Silence& one : silences(rules, want.rule, place, magic_at(plan, rules, want.rule))) {
      if (one.all && why.empty()) why = "nothing is recorded, by " + named(rules[one.rule], boot.rules[one.rule].where);
    }
    if (why.empty()) continue;
    why = "from the next boot on " + why;
    plan.find({kAtBoot, want.text, Status::fail, nullptr, true, why, Status::fail});
    warn_once(plan, why);
  }
}

std::string refused_word(const Plan& plan, const AuditNeed& need) {
  const auto known = [&](const std::string& question) -> const std::optional<AuditKnown>& {
    return plan.now().find<AuditKnown>(question);
  };
  switch (need.is) {
    case AuditNeed::Is::user:
      return known("user " + need.word) ? "" : "there is no user " + quote(need.word) + " on this host";
    case AuditNeed::Is::group:
      return known("group " + need.word) ? "" : "there is no group " + quote(need.word) + " on this host";
    case AuditNeed::Is::label:
      return known("label " + need.text).value_or(AuditKnown{}).text;
    case AuditNeed::Is::version:
      break;
  }
  const std::string version = known("version").value_or(AuditKnown{}).text;
  const bool early = !version.empty() && older(version, need.word);
  return early ? need.text + " needs auditctl " + need.word + "; this is " + version : "";
}

void look_at_words(const Plan& plan, const std::vector<AuditRule>& rules) {
  Strings questions;
  for (const AuditRule& rule : rules) {
    for (const AuditNeed& need : needs_of(rule)) {
      const bool of_version = need.is == AuditNeed::Is::version;
      const char* what = need.is == AuditNeed::Is::user    ? "user "
                         : need.is == AuditNeed::Is::group ? "group "
                                                           : "label ";
      questions.push_back(of_version ? "version" : what + (need.is == AuditNeed::Is::label ? need.text : need.word));
    }
  }
  plan.now().need<AuditKnown>(questions);
}

}  // namespace dockhost
