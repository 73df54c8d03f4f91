// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/results.hpp"

#include <algorithm>
#include <map>

#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

Look::Daemon daemon_in(const Plan& plan) {
  Look::Daemon daemon = Look::Daemon::as_seen;
  for (const Plan::Planned& planned : plan.steps()) {
    if (key_of(planned.step) != kEngine) continue;
    if (const auto* service = std::get_if<Change<Service>>(&planned.step)) {
      const bool before = service->before && service->before->active, after = service->after && service->after->active;
      if (!before && after) daemon = Look::Daemon::restarted;
    }
    const bool reload = std::holds_alternative<Change<Reload>>(planned.step);
    if (reload && daemon == Look::Daemon::as_seen) daemon = Look::Daemon::reloaded;
  }
  return daemon;
}

bool changes(const Plan& plan, const std::string& path) {
  return std::any_of(plan.steps().begin(), plan.steps().end(), [&](const Plan::Planned& planned) {
    return std::holds_alternative<Change<File>>(planned.step) && key_of(planned.step) == path;
  });
}

// What is wrong with looking is not wrong with the host.
Judged judge(const Look& look, const std::string& control) {
  try {
    const bool setting = control.starts_with("daemon.");
    const bool needs_docker = setting || control.starts_with("storage.") || control.starts_with("docker.");
    if (needs_docker && engine_of(look.at).flavour.empty())
      return judged(Status::not_applicable, "Docker is not installed");
    if (setting) return judge_setting(look, control);
    return control.starts_with("file.") ? judge_file(look, control) : judge_host(look, control);
  } catch (const Error& error) {
    Judged result = judged(Status::not_testable, "it cannot be looked at");
    result.evidence.push_back(error.text());
    return result;
  }
}

// The part of the plan that was refused: the control's own, or the one it is in.
std::string refusal_of(const Plan& plan, const std::string& control) {
  const std::string group = control.substr(0, control.find('.'));
  const Strings parts = {control, group == "file" ? "files" : group};
  for (const Finding& finding : plan.findings()) {
    if (finding.what == "part" && finding.status == Status::refused && contains(parts, finding.key)) return finding.why;
  }
  return {};
}

std::map<std::string, AuditJudged> audit_results(const Plan& plan, const Baseline& baseline) {
  try {
    return judge_audit(plan, baseline.controls, baseline.audit);
  } catch (const Error& error) {
    std::map<std::string, AuditJudged> all;
    Judged result = judged(Status::not_testable, "the audit rules cannot be looked at");
    result.evidence.push_back(error.text());
    for (const std::string& control : baseline.controls) {
      if (control.starts_with("audit.")) all[control] = {result, result};
    }
    return all;
  }
}

json judged_json(const Judged& judged) {
  json shown = json::object();
  if (judged.expected) shown["expected"] = *judged.expected;
  if (judged.configured) shown["configured"] = *judged.configured;
  if (judged.effective) shown["effective"] = *judged.effective;
  if (!judged.why.empty()) shown["why"] = judged.why;
  if (!judged.where.path.empty()) {
    shown["where"] = {{"path", judged.where.path}};
    if (judged.where.line != 0) shown["where"]["line"] = judged.where.line;
    if (judged.where.column != 0) shown["where"]["column"] = judged.where.column;
  }
  if (!judged.by_hand.empty()) shown["by_hand"] = judged.by_hand;
  if (!judged.evidence.empty()) shown["evidence"] = judged.evidence;
  return shown;
}

json waiver_json(const Waiver& waiver) {
  json shown = {{"reason", waiver.reason}, {"until", waiver.until}};
  if (!waiver.by.empty()) shown["by"] = waiver.by;
  return shown;
}

json result_json(const Result& result, const Judged& judged, const std::string& day) {
  json shown = {{"key", result.control->key}, {"status", status_of(result, judged, day)}};
  shown.update(judged_json(judged));
  shown["after"] = status_of(result, result.after, day);
  if (!result.refused.empty()) shown["refused"] = result.refused;
  if (result.waiver == nullptr) return shown;
  const bool expired = result.waiver->expired(day);
  shown[expired ? "expired" : "waiver"] = waiver_json(*result.waiver);
  if (shown["status"] == "excluded") shown["without_waiver"] = to_string(judged.status);
  return shown;
}

// Used: something it is for would count without it. Not needed: all of that passes.
json waivers_json(const std::vector<Result>& results, const Baseline& baseline, const std::string& day, bool applied) {
  json all = json::array();
  for (const Waiver& waiver : baseline.waivers) {
    std::string use = "unused";
    for (const Result& result : results) {
      if (result.waiver != &waiver) continue;
      const Status found = (applied ? result.after : result.before).status;
      const bool passes = found == Status::pass || found == Status::not_applicable;
      if (use != "used") use = passes ? "not_needed" : "used";
    }
    json shown = {{"id", waiver.id}, {"keys", waiver.keys}};
    shown.update(waiver_json(waiver));
    shown["state"] = waiver.expired(day) ? "expired" : waiver.ends_soon(day) ? "ends_soon" : "valid";
    shown["use"] = use;
    all.push_back(shown);
  }
  return all;
}

json facts_of(const Plan& plan) {
  const System system = plan.before().find<System>(kKernel).value_or(System{});
  const Docker& docker = engine_of(plan);
  json facts = json::object();
  if (!system.name.empty()) facts["host"] = system.name;
  if (!system.os.empty()) facts["os"] = system.os;
  if (!system.kernel.empty()) facts["kernel"] = system.kernel;
  if (!system.root) facts["root"] = false;
  facts["docker"] = docker.version;
  if (!docker.asked) return facts;
  facts["containers"] = docker.service.running.size();
  facts["swarm"] = docker.swarm;
  return facts;
}

// The kinds of change in a plan, as people group them.
Strings actions_of(const Plan& plan) {
  Strings seen;
  for (const Plan::Planned& planned : plan.steps()) {
    const std::string kind = kind_of(planned.step), key = key_of(planned.step);
    if (kind == File::kind) seen.emplace_back(key.find("audit") != std::string::npos ? "audit" : "edit");
    if (kind == AuditRules::kind) seen.emplace_back("audit");
    if (kind == Access::kind || kind == AccountGroup::kind) seen.emplace_back("file");
    if (kind == Data::kind) seen.emplace_back("move");
    if (kind == Reload::kind && key != "systemd") seen.emplace_back("reload");
    if (kind == Service::kind && key == kEngine) seen.emplace_back("restart");
  }
  if (plan.pending() == "reboot") seen.emplace_back("reboot");
  Strings all;
  for (const char* action : {"edit", "audit", "file", "move", "reload", "restart", "reboot"}) {
    if (contains(seen, action)) all.emplace_back(action);
  }
  return all;
}

struct Tally {
  std::map<std::string, std::size_t> count;
  Strings failing, waiting;  // ids, each once
  std::size_t of(const std::string& status) const {
    const auto found = count.find(status);
    return found == count.end() ? 0 : found->second;
  }
};

// What is not seen may be there for root.
void tell_not_root(Result& result) {
  for (Judged* judged : {&result.before, &result.after}) {
    if (judged->status == Status::not_testable) judged->why += "; this check does not run as root";
  }
}

void add_once(Strings& ids, const std::string& id) {
  if (!contains(ids, id)) ids.push_back(id);
}

std::string message(const Tally& tally, bool any) {
  if (!any) return "no control is part of this run";
  const std::size_t pass = tally.of("pass"), fail = tally.of("fail");
  const std::size_t restart = tally.of("pending_restart"), reboot = tally.of("pending_reboot");
  const std::size_t all = pass + fail + restart + reboot;
  if (all == 0 && tally.of("excluded") != 0)
    return "no control counts on this host: " + std::to_string(tally.of("excluded")) + " waived";
  if (all == 0) return "no control applies to this host, or can be judged on it";
  Strings parts;
  if (fail != 0)
    parts.push_back(std::to_string(fail) + (fail == 1 ? " fails (" : " fail (") + join(tally.failing, " ") + ")");
  if (restart + reboot != 0) {
    const std::string what = reboot == 0 ? "a restart" : restart == 0 ? "a reboot" : "a restart or reboot";
    const std::size_t waiting = restart + reboot;
    parts.push_back(std::to_string(waiting) + (waiting == 1 ? " waits for " : " wait for ") + what + " (" +
                    join(tally.waiting, " ") + ")");
  }
  if (tally.of("excluded") != 0) parts.push_back(std::to_string(tally.of("excluded")) + " waived");
  const std::string more = parts.empty() ? "" : "; " + join(parts, ", ");
  return std::to_string(100 * pass / all) + " %: " + std::to_string(pass) + " of " + std::to_string(all) +
         " controls met" + more;
}

}  // namespace

bool runs_as_root(const Plan& plan) { return plan.before().find<System>(kKernel).value_or(System{}).root; }

std::vector<Result> results_of(const Plan& plan, const Baseline& baseline) {
  const bool root = runs_as_root(plan);
  const Plan before(plan.before());
  const Docker& docker = engine_of(before);
  const Look first{before, baseline.standards};
  const Look then{plan, baseline.standards, daemon_in(plan), changes(plan, docker.config_path)};
  const std::string name = foreign_docker(docker), foreign = name.empty() ? "" : "this host runs " + name;
  const auto audit = foreign.empty() ? audit_results(plan, baseline) : std::map<std::string, AuditJudged>{};
  std::vector<Result> all;
  for (const Control& control : controls()) {
    if (!contains(baseline.controls, control.key)) continue;
    Result result{&control, {}, {}, "", nullptr};
    const auto found = audit.find(control.key);
    if (!foreign.empty()) {
      result.before = result.after = judged(Status::not_applicable, foreign);
    } else if (found != audit.end()) {
      result.before = found->second.before;
      result.after = found->second.after;
    } else {
      result.before = judge(first, control.key);
      result.after = judge(then, control.key);
    }
    if (!root) tell_not_root(result);
    const bool open = result.after.status == Status::fail || result.after.status == Status::pending_restart;
    if (open && contains(baseline.remedied, control.key)) result.refused = refusal_of(plan, control.key);
    for (const Waiver& waiver : baseline.waivers) {
      if (contains(waiver.keys, control.key)) result.waiver = &waiver;
    }
    all.push_back(std::move(result));
  }
  return all;
}

std::string status_of(const Result& result, const Judged& judged, const std::string& day) {
  const bool counts = judged.status != Status::pass && judged.status != Status::not_applicable;
  if (counts && result.waiver != nullptr && !result.waiver->expired(day)) return "excluded";
  return to_string(judged.status);
}

json report_of(const Plan& plan, const Baseline& baseline, bool applied) {
  const std::vector<Result> results = results_of(plan, baseline);
  const std::string day = plan.before().find<System>(kKernel).value_or(System{}).day;
  Tally tally;
  json passed = json::array(), not_applicable = json::array(), rest = json::array();
  for (const Result& result : results) {
    const Judged& judged = applied ? result.after : result.before;
    const std::string status = status_of(result, judged, day), id = shown_id(*result.control, baseline.version);
    ++tally.count[status];
    if (status == "fail") add_once(tally.failing, id);
    if (status.starts_with("pending")) add_once(tally.waiting, id);
    if (status == "pass") {
      passed.push_back(result.control->key);
    } else if (status == "not_applicable") {
      not_applicable.push_back(result.control->key);
    } else {
      rest.push_back(result_json(result, judged, day));
    }
  }
  json counts = json::object();
  for (const char* status :
       {"pass", "fail", "pending_restart", "pending_reboot", "excluded", "not_applicable", "not_testable"}) {
    if (tally.of(status) != 0) counts[status] = tally.of(status);
  }
  const json report = {{"schema", "dockhost-result/1"},
                       {"tool", "dockhost " DOCKHOST_VERSION},
                       {"benchmark", "cis-docker " + baseline.version},
                       {"profile", baseline.profile},
                       {"mode", applied ? "apply" : "check"},
                       {"facts", facts_of(plan)},
                       {"counts", counts},
                       {"passed", passed},
                       {"not_applicable", not_applicable},
                       {"controls", rest},
                       {"waivers", waivers_json(results, baseline, day, applied)},
                       {"actions", actions_of(plan)}};
  return {{"msg", message(tally, !results.empty())}, {"report", report}};
}

}  // namespace dockhost
