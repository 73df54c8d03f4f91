// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_kernel.hpp"

#include <algorithm>
#include <map>

#include "edit/audit_covers.hpp"
#include "resources/audit_effect.hpp"
#include "resources/audit_places.hpp"
#include "resources/audit_rearm.hpp"

namespace dockhost {
namespace {

constexpr const char* kLoaded = "audit rule loaded";
constexpr const char* kEffective = "audit rule effective";
constexpr const char* kEvidence =
    "no mount that concerns it is younger than its load; a directory that was renamed and made anew cannot be seen";

Audit audit_of(const Plan& plan) { return plan.now().find<Audit>(kKernel).value_or(Audit{}); }

void load(Plan& plan, const AuditRule& rule, const std::string& text, const std::string& note) {
  const std::optional<AuditRules> found = plan.now().find<AuditRules>(kKernel);
  AuditRules before = found.value_or(AuditRules{}), after = before;
  after.text = text;
  after.rearm = false;
  after.doubtful = before.doubtful = {};
  after.owed = without(after.owed, {text});
  const std::string path = rule.path();
  after.lines.push_back(listing_of(rule, !path.empty() && places_of(plan)(path).directory));
  plan.record(Change<AuditRules>{kKernel, before, after, note});
}

// The finding of a rule that is loaded, or will be.
Finding effect(Plan& plan, const WantedRule& want, bool loaded) {
  Finding finding{kEffective, want.text, loaded ? Status::pass : Status::fail, kEvidence, true, ""};
  if (!loaded) finding.found = nullptr;
  const std::string path = want.rule.path();
  const std::string silence = silenced_now(plan, want.rule);
  if (!silence.empty() && !audit_of(plan).enabled)
    return {kEffective, want.text, Status::fail, nullptr, true, silence, Status::fail};
  if (!path.empty() && !places_of(plan)(path).there) {
    finding.status = Status::not_applicable;
    finding.found = nullptr;
    finding.why = "nothing is at " + path + " to watch yet";
  } else if (!silence.empty()) {
    return {kEffective, want.text, Status::fail, nullptr, true, silence, Status::fail};
  }
  return finding;
}

void plan_armed(Plan& plan, const WantedRule& want, const Strings& lines) {
  Finding finding = effect(plan, want, true);
  const bool silenced = finding.status == Status::fail;
  for (const std::string& line : lines) {
    const Armed state = armed(plan, line);
    if (state.is == Armed::Is::yes) continue;
    const bool changes = audit_of(plan).can == Audit::Can::change;
    const std::string behind =
        changes && state.is == Armed::Is::no && !silenced ? silenced_as_last(plan, want.rule) : "";
    if (!behind.empty()) {
      plan.find({kEffective, want.text, Status::fail, state.why, true, state.why + "; " + behind, Status::fail});
      return;
    }
    const Status status = state.is == Armed::Is::unknown ? Status::unknown
                          : changes                      ? Status::fail
                                                         : Status::pending_reboot;
    if (!silenced) {
      finding.found = state.why;
      finding.status = status;
      if (status != Status::fail) finding.why = state.why;
    }
    if (status == Status::pending_reboot) plan.pend("reboot");
    // The text as it was asked for tells path= from a watch, which the listing does not.
    if (status == Status::fail) plan_rearm(plan, line, lines.size() == 1 ? want.text : line, state.why);
  }
  plan.find(std::move(finding));
}

// Each rule that is wanted is compared with all that are loaded, in plans that begin anew again and again.
const std::vector<AuditRule>& known_listing(const std::string& line) {
  static std::map<std::string, std::vector<AuditRule>> known;
  const auto found = known.find(line);
  return found != known.end() ? found->second : known.emplace(line, parse_audit_listing(line)).first->second;
}

}  // namespace

LoadedRules loaded_rules(const Plan& plan) {
  LoadedRules all;
  const Audit::Can can = audit_of(plan).can;
  if (can != Audit::Can::change && can != Audit::Can::immutable) return all;
  const Strings lines = plan.now().find<AuditRules>(kKernel).value_or(AuditRules{}).lines;
  for (const std::string& line : lines) {
    const std::vector<AuditRule>& rule = known_listing(line);
    if (rule.empty()) continue;
    all.lines.push_back(line);
    all.rules.push_back(rule.front());
  }
  return all;
}

std::string why_not_loaded(const Plan& plan) {
  switch (audit_of(plan).can) {
    case Audit::Can::change:
      return {};
    case Audit::Can::no_tool:
      return "auditctl is not installed (package auditd): the rules are in the file, and nothing loads them";
    case Audit::Can::no_kernel:
      return "this kernel has no audit, or it was switched off at boot (audit=0)";
    case Audit::Can::contained:
      return "this is a container: the audit rules of the kernel belong to its host";
    case Audit::Can::not_root:
      return "only root can ask for the rules of the kernel";
    case Audit::Can::immutable:
      break;
  }
  return "audit is immutable (auditctl -s: enabled 2): the kernel takes rules at the next boot";
}

void plan_loaded(Plan& plan, const WantedRule& want) {
  const Audit::Can can = audit_of(plan).can;
  const std::string why = why_not_loaded(plan);
  if (!why.empty() && can != Audit::Can::immutable) {
    plan.find({kLoaded, want.text, Status::not_testable, nullptr, true, why});
    return;
  }
  const LoadedRules loaded = loaded_rules(plan);
  const AuditPlaceOf place = places_of(plan);
  const Coverage there = coverage(loaded.rules, want.rule, Keys::same, place);
  Strings lines;
  for (const std::size_t i : there.rules) lines.push_back(loaded.lines[i]);
  if (there.full() && !there.parent) {
    plan.find({kLoaded, want.text, Status::pass, join(lines, ", "), true, ""});
    return plan_armed(plan, want, lines);
  }
  const auto similar = std::find_if(loaded.rules.begin(), loaded.rules.end(),
                                    [&](const AuditRule& one) { return maybe_same(one, want.rule); });
  if (similar != loaded.rules.end()) {
    const std::string line = loaded.lines[static_cast<std::size_t>(similar - loaded.rules.begin())];
    plan.find({kLoaded, want.text, Status::unknown, line, true,
               "the kernel has " + quote(line) + ", and whether that is the same rule cannot be told by its text"});
    return;
  }
  const std::string missing = unloadable(want.rule, place);
  if (!missing.empty()) {
    plan.find({kLoaded, want.text, Status::not_applicable, nullptr, true, missing});
    return;
  }
  if (can == Audit::Can::immutable) {
    plan.pend("reboot");
    plan.find({kLoaded, want.text, Status::pending_reboot, nullptr, true, why});
    return;
  }
  plan.find({kLoaded, want.text, Status::fail, nullptr, true, ""});
  plan.find(effect(plan, want, false));
  load(plan, want.rule, want.text, "");
}

void plan_not_loaded(Plan& plan, const WantedRule& want, const std::string& kept) {
  const LoadedRules loaded = loaded_rules(plan);
  const AuditPlaceOf place = places_of(plan);
  bool found = false;
  for (std::size_t i = 0; i < loaded.rules.size(); ++i) {
    if (!same_rule(loaded.rules[i], want.rule, place)) continue;
    found = true;
    if (!kept.empty() || !why_not_loaded(plan).empty()) continue;
    const std::optional<AuditRules> now = plan.now().find<AuditRules>(kKernel);
    AuditRules before = now.value_or(AuditRules{}), after = before;
    before.doubtful = after.doubtful = {};
    after.rearm = false;
    after.text = loaded.lines[i];
    after.lines.erase(std::find(after.lines.begin(), after.lines.end(), loaded.lines[i]));
    plan.record(Change<AuditRules>{kKernel, before, after, ""});
  }
  if (found && !kept.empty()) {
    plan.find({kLoaded, want.text, Status::not_applicable, true, nullptr, "it stands in " + kept + " too"});
  } else if (found && !why_not_loaded(plan).empty()) {
    plan.pend("reboot");
    plan.find({kLoaded, want.text, Status::pending_reboot, true, nullptr, why_not_loaded(plan)});
  } else {
    plan.find(
        {kLoaded, want.text, found ? Status::fail : Status::pass, found ? json(true) : json(nullptr), nullptr, ""});
  }
}

void plan_owed_rules(Plan& plan) {
  if (audit_of(plan).can != Audit::Can::change) return;
  const std::optional<AuditRules> now = plan.now().find<AuditRules>(kKernel);
  const Strings owed = now ? now->owed : Strings{};
  for (const std::string& text : owed) {
    const std::vector<AuditRule> rule = parse_audit_listing(text);
    if (rule.empty() || !unloadable(rule.front(), places_of(plan)).empty()) continue;
    const LoadedRules loaded = loaded_rules(plan);
    const AuditPlaceOf place = places_of(plan);
    const bool there = std::any_of(loaded.rules.begin(), loaded.rules.end(),
                                   [&](const AuditRule& one) { return same_rule(one, rule.front(), place); });
    if (!there) load(plan, rule.front(), text, "a run that died had deleted it");
  }
}

}  // namespace dockhost
