// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/audit_profile.hpp"

#include <algorithm>
#include <array>

#include "edit/audit_rules_file.hpp"
#include "resources/audit_written.hpp"
#include "resources/docker_data.hpp"

namespace dockhost {
namespace {

// The article's ten rules first, word for word and in its order: of two rules for one event the first one reports.
struct ControlRule {
  const char *control, *rule;
  bool article;
};

constexpr std::array kRules = {
    ControlRule{"audit.dockerd", "-w /usr/bin/dockerd -k docker", true},
    ControlRule{"audit.etc_docker", "-w /etc/docker -p rwxa -k docker", true},
    ControlRule{"audit.etc_default_docker", "-w /etc/default/docker -p rwxa -k docker", true},
    ControlRule{"audit.daemon_json", "-w /etc/docker/daemon.json -p rwxa -k docker", true},
    ControlRule{"audit.data_root", "-w /var/lib/docker -p rwxa -k docker", true},
    ControlRule{"audit.docker_service", "-w /usr/lib/systemd/system/docker.service -p rwxa -k docker", true},
    ControlRule{"audit.docker_socket", "-w /usr/lib/systemd/system/docker.socket -p rwxa -k docker", true},
    ControlRule{"audit.docker_runc", "-w /usr/bin/docker-runc -p rwxa -k docker", true},
    ControlRule{"audit.docker_containerd", "-w /usr/bin/docker-containerd -p rwxa -k docker", true},
    ControlRule{"audit.containerd", "-w /usr/bin/containerd -p rwxa -k docker", true},
    ControlRule{"audit.run_containerd", "-w /run/containerd -p rwxa -k docker", false},
    ControlRule{"audit.docker_sock", "-w /run/docker.sock -p rwxa -k docker", false},
    ControlRule{"audit.containerd_sock", "-w /run/containerd/containerd.sock -p rwxa -k docker", false},
    ControlRule{"audit.containerd_config", "-w /etc/containerd/config.toml -p rwxa -k docker", false},
    ControlRule{"audit.etc_sysconfig_docker", "-w /etc/sysconfig/docker -p rwxa -k docker", false},
    ControlRule{"audit.containerd_shim", "-w /usr/bin/containerd-shim -p rwxa -k docker", false},
    ControlRule{"audit.containerd_shim_runc_v1", "-w /usr/bin/containerd-shim-runc-v1 -p rwxa -k docker", false},
    ControlRule{"audit.containerd_shim_runc_v2", "-w /usr/bin/containerd-shim-runc-v2 -p rwxa -k docker", false},
    ControlRule{"audit.runc", "-w /usr/bin/runc -p rwxa -k docker", false},
};

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool there(const Plan& plan, const std::string& path) {
  const auto& place = plan.now().find<WatchedPlace>(path);
  return place && place->there;
}

std::string real(const Plan& plan, const std::string& path) {
  const auto& place = plan.now().find<WatchedPlace>(path);
  return place ? place->real : path;
}

// Where the executable really is: the one that the unit starts, else the first of PATH; "" where it is at `path`, or
// nowhere.
std::string executable_elsewhere(const Plan& plan, const std::string& path) {
  const std::string& started = engine_of(plan).executable;
  const bool starts = name_of(started) == name_of(path) && there(plan, started);
  if (starts) return real(plan, started) == real(plan, path) ? "" : started;
  if (there(plan, path)) return {};
  Strings places = {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};
  for (std::string& place : places) place += name_of(path);
  plan.now().need<WatchedPlace>(places);
  const auto found =
      std::find_if(places.begin(), places.end(), [&](const std::string& one) { return there(plan, one); });
  return found == places.end() ? "" : *found;
}

// The unit's own file where that is not the rule's; "" where it is, or there is no such unit.
std::string fragment_elsewhere(const Plan& plan, const std::string& path) {
  const auto& unit = plan.now().find<Unit>(name_of(path));
  if (!unit || unit->fragment.empty() || real(plan, unit->fragment) == real(plan, path)) return {};
  return unit->fragment;
}

// Where Docker's data is; "" where that is at `path`, or cannot be told.
std::string data_elsewhere(const Plan& plan, const std::string& path) {
  try {
    const std::string root = data_root(plan, DataWish{});
    return root == path ? "" : root;
  } catch (const Error&) {
    return {};
  }
}

std::string elsewhere(const Plan& plan, const ControlRule& row, const std::string& path) {
  const std::string control = row.control;
  if (path.starts_with("/usr/bin/")) return executable_elsewhere(plan, path);
  if (control == "audit.docker_service" || control == "audit.docker_socket") return fragment_elsewhere(plan, path);
  return control == "audit.data_root" ? data_elsewhere(plan, path) : "";
}

// A control of the article wants its rule in any case, the others where there is something to watch.
std::vector<WantedRule> rules_of(const Plan& plan, const ControlRule& row) {
  std::vector<WantedRule> all = {wanted_rule(row.rule, "", "the baseline's rules")};
  const std::string path = all.back().rule.path(), found = elsewhere(plan, row, path);
  if (!row.article && !there(plan, path)) all.clear();
  if (!found.empty()) all.push_back(wanted_rule("-w " + found + " -p rwxa -k docker", "", "the baseline's rules"));
  return all;
}

std::vector<WantedRule> profile_rules(const Plan& plan, const Strings& controls) {
  std::vector<WantedRule> all;
  for (const ControlRule& row : kRules) {
    if (!contains(controls, row.control)) continue;
    const std::vector<WantedRule> more = rules_of(plan, row);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

// The worse of two, in the order in which people have to know.
int weight(Status status) {
  switch (status) {
    case Status::not_applicable:
      return 0;
    case Status::pass:
      return 1;
    case Status::not_testable:
    case Status::unknown:
      return 2;
    case Status::pending_reboot:
    case Status::pending_restart:
      return 3;
    default:
      return 4;
  }
}

std::string reason(const Finding& finding) {
  if (finding.what == "audit rule written") return "no file in /etc/audit/rules.d holds the rule";
  if (finding.what == "audit rule loaded") return "the rule is not in the kernel";
  if (finding.what == "audit boot load") return "the next boot stops loading rules before this one";
  if (!finding.why.empty()) return finding.why;
  return "the rule is in the kernel and watches nothing";
}

// What one rule's findings make of its control.
void take(Judged& whole, const Finding& finding, Status status) {
  if (finding.what == "audit rule written" && whole.configured != json(nullptr))
    whole.configured = status == Status::pass ? json(finding.key) : json(nullptr);
  if (finding.what == "audit rule effective" && whole.effective != json(nullptr))
    whole.effective = status == Status::pass ? json(finding.key) : json(nullptr);
  const bool bad = status == Status::fail || status == Status::refused;
  // The rule of a place that does not exist says nothing about one that does.
  if (weight(status) <= weight(whole.status)) return;
  whole.status = status == Status::unknown ? Status::not_testable : bad ? Status::fail : status;
  whole.why = bad ? reason(finding) : status == Status::pass ? "" : finding.why;
  if (!finding.why.empty() && status != Status::pass) whole.evidence.push_back(finding.key + ": " + finding.why);
}

const Finding* found_in(const std::vector<Finding>& all, const Finding& wanted) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Finding& one) { return one.what == wanted.what && one.key == wanted.key; });
  return found == all.end() ? nullptr : &*found;
}

// What a finding becomes: the plan's own word where it plans the rule, else it stays.
Status after(const Plan& plan, const Finding& finding) {
  if (finding.status != Status::fail) return finding.status;
  const Finding* planned = found_in(plan.findings(), finding);
  if (planned == nullptr) return Status::fail;
  return planned->status == Status::fail ? planned->after : planned->status;
}

// All that the rules will be planned from, asked for while beginning anew is cheap: they come last.
void look_at_rules(const State& now, const std::string& file) {
  now.need<Audit>({kKernel});
  now.need<Listing>({kRulesFolder});
  now.need<Directory>({"/etc/audit", kRulesFolder});
  Strings files = {file, "/etc/fstab"};
  const auto listing = now.all<Listing>().find(kRulesFolder);  // not find(): that it cannot be read is the rules' error
  const bool listed = listing != now.all<Listing>().end() && listing->second;
  const Strings names = listed ? in_order_of_augenrules(listing->second->names) : Strings{};
  for (const std::string& name : names) files.push_back(std::string(kRulesFolder) + "/" + name);
  now.need<File>(files);
}

}  // namespace

void look_at_watched(const Plan& plan, const HostAudit& audit) {
  if (audit.controls.empty() && audit.wish.rules.empty()) return;
  look_at_rules(plan.now(), audit.wish.file);
  Strings paths;
  const auto add = [&](const WantedRule& one) {
    if (!one.rule.path().empty()) paths.push_back(one.rule.path());
  };
  std::for_each(audit.wish.rules.begin(), audit.wish.rules.end(), add);
  for (const ControlRule& row : kRules) {
    if (contains(audit.controls, row.control)) add(wanted_rule(row.rule, "", "the baseline's rules"));
  }
  // Where the article's places are on this host.
  paths.push_back(engine_of(plan).executable);
  for (const char* name : {kEngine, "docker.socket"}) {
    if (!plan.now().knows<Unit>(name)) continue;
    const auto& unit = plan.now().find<Unit>(name);
    if (unit) paths.push_back(unit->fragment);
  }
  paths.erase(std::remove(paths.begin(), paths.end(), ""), paths.end());
  plan.now().need<WatchedPlace>(paths);
  const std::vector<WantedRule> profile = profile_rules(plan, audit.controls);
  std::for_each(profile.begin(), profile.end(), add);
  plan.now().need<WatchedPlace>(paths);
}

void plan_audit_profile(Plan& plan, const HostAudit& audit) {
  AuditWish all = audit.wish;
  std::vector<WantedRule> rules = profile_rules(plan, audit.controls);
  const auto& own = audit.wish.rules;
  std::erase_if(rules, [&](const WantedRule& rule) {
    return std::any_of(own.begin(), own.end(), [&](const WantedRule& other) { return other.rule == rule.rule; });
  });
  if (!rules.empty()) {
    all.rules = rules;
    if (audit.wish.present) all.rules.insert(all.rules.end(), own.begin(), own.end());
    all.present = true;
  }
  if (!all.rules.empty()) plan_audit(plan, all);
  if (!rules.empty() && !audit.wish.present) plan_audit(plan, audit.wish);
}

std::map<std::string, AuditJudged> judge_audit(const Plan& plan, const Strings& controls, const AuditWish& how) {
  std::map<std::string, AuditJudged> all;
  Plan trial(plan.before());
  AuditWish wish = how;
  wish.present = true;
  wish.exclusive = false;
  wish.rules = profile_rules(trial, controls);
  if (!wish.rules.empty()) plan_audit(trial, wish);
  const auto& audit = plan.before().find<Audit>(kKernel);
  const auto& system = plan.before().find<System>(kKernel);
  const bool nothing_loads = audit && audit->can == Audit::Can::no_tool && !(system && system->contained);
  const bool contained = (audit && audit->can == Audit::Can::contained) || (system && system->contained);
  for (const ControlRule& row : kRules) {
    if (!contains(controls, row.control)) continue;
    if (contained) {
      const Judged unseen = judged(Status::not_testable, "this is a container: the kernel's audit belongs to its host");
      all.emplace(row.control, AuditJudged{unseen, unseen});
      continue;
    }
    const Judged nothing = judged(Status::not_applicable, "there is nothing to watch here");
    AuditJudged& control = all.emplace(row.control, AuditJudged{nothing, nothing}).first->second;
    const std::vector<WantedRule> rules = rules_of(trial, row);
    for (const WantedRule& rule : rules) {
      control.before.expected = control.after.expected = rule.text;
      for (const Finding& finding : trial.findings()) {
        const bool boot = finding.what == "audit boot load" && finding.status != Status::pass;
        if ((finding.key != rule.text || finding.what == "audit rule covered") && !boot) continue;
        const bool never = nothing_loads && finding.what == "audit rule loaded";
        take(control.before, finding, never ? Status::fail : finding.status);
        take(control.after, finding, never ? Status::fail : after(plan, finding));
      }
    }
  }
  return all;
}

}  // namespace dockhost
