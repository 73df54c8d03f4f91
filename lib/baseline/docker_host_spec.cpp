// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "args/schema.hpp"
#include "baseline/catalogue.hpp"
#include "baseline/docker_host.hpp"
#include "baseline/waiver.hpp"
#include "resources/audit_rules.hpp"
#include "resources/docker_data_spec.hpp"

namespace dockhost {
namespace {

constexpr const char* kHostExamples = R"(- name: The article's baseline
  dockhost.hardening.docker_host:
    profile: article

- name: The same, on a host that holds images already, with a setting of its own
  dockhost.hardening.docker_host:
    hide_existing_data: true
    daemon:
      log-opts:
        max-size: 10m

- name: What would it do?
  dockhost.hardening.docker_host:
  check_mode: true
  diff: true

- name: Level 2 of the CIS benchmark, with a control that is known to fail until its owner has mended it
  dockhost.hardening.docker_host:
    profile: cis_level2
    trusted_users: [deploy]
    waivers:
      - id: daemon.userns_remap
        reason: Build images use --privileged; separate VMs instead. SEC-402
        until: 2026-12-06
)";

std::vector<Option> what_counts() {
  return {
      {.name = "profile",
       .description = {"Baseline to bring the host to.",
                       "V(article) sets C(icc=false), C(userns-remap=default), C(live-restore=true) and "
                       "C(no-new-privileges=true), wants ten audit controls for Docker's files, and Docker's data on a "
                       "file system of its own. V(cis_level1) and V(cis_level2) are the controls of the CIS Docker "
                       "Benchmark on the host, the daemon and its files. V(none) sets nothing but what the other "
                       "options say."},
       .fallback = "article",
       .choices = {"article", "cis_level1", "cis_level2", "none"}},
      {.name = "benchmark",
       .description = {"The version of the CIS Docker Benchmark whose numbers are meant."},
       .fallback = "cis-docker 1.7.0",
       .choices = {"cis-docker 1.6.0", "cis-docker 1.7.0", "cis-docker 1.8.0"}},
      {.name = "only",
       .type = Type::list,
       .description = {"These controls and no others, by key or number: C(daemon.icc), C(\"2.10\")."},
       .elements = Type::raw},
      {.name = "waivers",
       .type = Type::list,
       .description = {"Controls that are known to fail. Each is looked at and shown as waived, and this module "
                       "does not bring it about."},
       .elements = Type::dict,
       .suboptions = suboptions_of("waivers", waiver_options())},
      {.name = "on_request",
       .type = Type::list,
       .description = {"Controls, by key or number, that are brought about although that may disturb what relies on "
                       "them; C(dockhost explain) names them as remedied on request."},
       .elements = Type::raw}};
}

std::vector<Option> what_is_set() {
  return {
      {.name = "daemon",
       .type = Type::dict,
       .description = {"Keys of C(daemon.json) on top of those of the profile, as in the option C(settings) of "
                       "M(dockhost.hardening.daemon_json)."},
       .fallback = json::object()},
      {.name = "userns_remap",
       .description = {"The user whose subordinate ids containers get: V(default) for C(dockremap), a name, or "
                       "C(uid:gid)."},
       .fallback = "default"},
      {.name = "hide_existing_data",
       .type = Type::boolean,
       .description = {"Allow C(userns-remap) on a host that holds images, containers or volumes, which Docker then "
                       "no longer lists. They stay on disk. Without it such a host keeps its user namespace setting, "
                       "and the rest is done."},
       .fallback = false},
      {.name = "userland_proxy",
       .type = Type::boolean,
       .description = {"With V(false) the userland proxy is switched off, where C(br_netfilter) is loaded, and it is "
                       "a control of the profile V(article). Ports that are published on loopback then depend on "
                       "the kernel alone."}},
      {.name = "restart",
       .description = {"V(auto): Docker restarts once where something needs it. V(never): it does not, and what "
                       "needs it is pending."},
       .fallback = "auto",
       .choices = {"auto", "never"}},
      {.name = "timeout",
       .type = Type::integer,
       .description = {"How many seconds a start of Docker is waited for, as in M(dockhost.hardening.daemon_json). One "
                       "that is not over in time is left alone, and the next run goes on from there."}},
      {.name = "storage",
       .type = Type::dict,
       .description =
           {"Docker's data on a file system of its own, as M(dockhost.hardening.docker_data) brings it there. "
            "Without C(volume) and C(device) nothing is moved.",
            "Docker is stopped once for it and for O(daemon)."},
       .suboptions = suboptions_of("storage", data_options())},
      {.name = "audit",
       .type = Type::dict,
       .description = {"Audit rules on top of those of the profile, as M(dockhost.hardening.audit_rules) writes and "
                       "loads them; its other options hold for both. With C(state=absent) these rules are taken "
                       "away, also where the profile has them."},
       .suboptions = suboptions_of("audit", audit_options())}};
}

std::vector<Option> what_decides() {
  return {{.name = "trusted_users",
           .type = Type::list,
           .description = {"Users who may be in the group C(docker). Without it nobody can say whether a member is a "
                           "finding."},
           .elements = Type::text},
          {.name = "remote_log_drivers",
           .type = Type::list,
           .description = {"Log drivers that send to another host here."},
           .elements = Type::text},
          {.name = "minimum_docker_version", .description = {"The oldest version of Docker that is new enough."}}};
}

std::vector<Option> options() {
  std::vector<Option> all = what_counts();
  for (const std::vector<Option>& more : {what_is_set(), what_decides(), common_options()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Controls of a site's own may stand beside those of the catalogue.
constexpr std::size_t kMostOwnControls = 500;
constexpr std::size_t kLongestName = 1000;
constexpr std::int64_t kMostContainers = 1'000'000;

Strings statuses() {
  return {"pass", "fail", "pending_restart", "pending_reboot", "excluded", "not_applicable", "not_testable"};
}

std::vector<Return> waived(const char* reason) {
  return {{.name = "reason", .description = {reason}, .returned = "always"},
          {.name = "until", .description = {"Its last day."}, .returned = "always", .most = 100},
          {.name = "by", .description = {"Who decided it."}, .returned = "when it is known", .most = kLongestName}};
}

Return where_return() {
  Return where{.name = "where", .description = {"The place on the host."}, .returned = "when there is one"};
  where.type = Type::dict;
  where.contains = {
      {.name = "path", .description = {"The file."}, .returned = "always"},
      {.name = "line", .description = {"Counted from 1."}, .returned = "when it is known", .type = Type::integer},
      {.name = "column", .description = {"Counted from 1."}, .returned = "when it is known", .type = Type::integer}};
  return where;
}

std::vector<Return> of_a_control() {
  const auto text = [](const char* name, const char* what, const char* when) {
    return Return{.name = name, .description = {what}, .returned = when};
  };
  const auto raw = [](const char* name, const char* what) {
    return Return{.name = name, .description = {what}, .returned = "when it is known", .type = Type::raw};
  };
  std::vector<Return> all = {
      {.name = "key", .description = {"Which control."}, .returned = "always", .most = kLongestName},
      {.name = "status", .description = {"How it stands."}, .returned = "always", .choices = statuses()},
      raw("expected", "What was wanted."),
      raw("configured", "What the file has."),
      raw("effective", "What is in force."),
      text("why", "The reason, in a sentence that is the same on all hosts.", "when there is one"),
      where_return(),
      text("by_hand", "What to do on this host.", "when the control's own remedy would be refused"),
      {.name = "evidence",
       .description = {"What proves it."},
       .returned = "when there is any",
       .type = Type::list,
       .most = 10'000},
      {.name = "after", .description = {"How it stands after the plan."}, .choices = statuses()},
      text("refused", "Why the plan does not bring it about.", "when it was asked for"),
      {.name = "waiver", .description = {"Its waiver."}, .returned = "when it is waived", .type = Type::dict},
      {.name = "expired", .description = {"Its waiver."}, .returned = "when that has expired", .type = Type::dict},
      {.name = "without_waiver",
       .description = {"How it would stand."},
       .returned = "when it is waived",
       .choices = statuses()}};
  for (Return& one : all) {
    if (one.name == "waiver" || one.name == "expired") one.contains = waived("Why it is all right.");
  }
  return all;
}

Return waivers_return() {
  Return waivers{.name = "waivers", .description = {"The waivers of this host."}, .returned = "always"};
  waivers.type = Type::list;
  waivers.elements = Type::dict;
  waivers.most = kMostWaivers;
  waivers.contains = waived("Why it is all right that the control fails.");
  waivers.contains.push_back(
      {.name = "id", .description = {"As it was given."}, .returned = "always", .most = kLongestName});
  waivers.contains.push_back({.name = "keys",
                              .description = {"The controls that are meant."},
                              .returned = "always",
                              .type = Type::list,
                              .most = kMostOwnControls});
  waivers.contains.push_back({.name = "state",
                              .description = {"Whether it holds on this day."},
                              .returned = "always",
                              .choices = {"valid", "ends_soon", "expired"}});
  waivers.contains.push_back({.name = "use",
                              .description = {"Whether a control would count without it."},
                              .returned = "always",
                              .choices = {"used", "not_needed", "unused"}});
  return waivers;
}

Return facts_return() {
  Return facts{.name = "facts", .description = {"Of the host."}, .returned = "always", .type = Type::dict};
  const auto text = [](const char* name, const char* what) {
    return Return{
        .name = name, .description = {what}, .returned = "when it is known", .most = kLongestName, .null = true};
  };
  facts.contains = {text("host", "Its own name."), text("os", "The distribution."), text("kernel", "Its release."),
                    text("docker", "Docker's version, empty without Docker.")};
  facts.contains.push_back({.name = "containers",
                            .description = {"How many run."},
                            .returned = "when Docker answers",
                            .type = Type::integer,
                            .greatest = kMostContainers});
  facts.contains.push_back({.name = "swarm",
                            .description = {"Whether it is in one."},
                            .returned = "when Docker answers",
                            .type = Type::boolean});
  facts.contains.push_back({.name = "root",
                            .description = {"V(false): what only root can see was not looked at."},
                            .returned = "when it was not looked at as root",
                            .type = Type::boolean});
  return facts;
}

Return counts_return() {
  Return counts{.name = "counts", .description = {"How many controls have each status."}, .type = Type::dict};
  for (const std::string& status : statuses()) {
    counts.contains.push_back({.name = status,
                               .description = {"How many."},
                               .returned = "when there is one",
                               .type = Type::integer,
                               .greatest = static_cast<std::int64_t>(controls().size() + kMostOwnControls)});
  }
  return counts;
}

// The options that say what was compared with: a result repeats them.
Return echo_of(const Option& option) {
  return {.name = option.name,
          .description = {"As the option of that name."},
          .returned = "always",
          .choices = option.choices};
}

Return report_return() {
  const std::size_t most = controls().size() + kMostOwnControls;
  const auto keys = [&](const char* name, const char* what) {
    return Return{.name = name, .description = {what}, .returned = "always", .type = Type::list, .most = most};
  };
  Return found = keys("controls", "Each other control.");
  found.elements = Type::dict;
  found.contains = of_a_control();
  Return actions = keys("actions", "The kinds of change in the plan.");
  actions.choices = {"edit", "audit", "file", "move", "reload", "restart", "reboot"};
  actions.most = actions.choices.size();
  const std::vector<Option> asked = what_counts();
  Return report{.name = "report",
                .description = {"How each control of the profile stands: the document that a report of many hosts is "
                                "made of."},
                .returned = "when the host was looked at",
                .type = Type::dict};
  report.contains = {
      {.name = "schema", .description = {"The form of this."}, .returned = "always", .choices = {"dockhost-result/1"}},
      {.name = "tool", .description = {"What looked, and its version."}, .returned = "always", .most = 100},
      echo_of(asked.at(1)),
      echo_of(asked.at(0)),
      {.name = "mode",
       .description = {"Whether the plan was executed."},
       .returned = "always",
       .choices = {"check", "apply"}},
      {.name = "started",
       .description = {"When, in UTC."},
       .returned = "always",
       .most = 20,
       .pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
      {.name = "duration_ms", .description = {"How long it took."}, .type = Type::integer},
      facts_return(),
      counts_return(),
      keys("passed", "The keys of the controls that are met."),
      keys("not_applicable", "The keys of those that do not apply to this host."),
      found,
      waivers_return(),
      actions};
  return report;
}

}  // namespace

Module docker_host_spec() {
  Module module;
  module.name = "docker_host";
  module.summary = "Bring a Docker host to its hardening baseline";
  module.description = {
      "Makes one plan for the whole host, and executes it unless in check mode: a run in check mode is "
      "the compliance run.",
      "Each control of the baseline has its result. What cannot be done on this host is one that "
      "fails, with the reason, and a warning; the other parts go on. The module fails only when a step "
      "was tried and did not succeed, or the options are wrong."};
  module.returns = {
      {.name = "msg",
       .description = {"The score in words, and what is open."},
       .returned = "always",
       .sample = "91 %: 41 of 45 controls met; 3 fail (2.2 2.5 3.16), 1 waits for a restart (2.14), 2 waived"},
      report_return()};
  module.options = options();
  module.notes = {
      "As a task it takes C(report_dir), too: a directory of the controller in whose C(hosts) the action plugin keeps "
      "this host's result, readable by its owner alone, for M(dockhost.hardening.report). The executable does not know "
      "it."};
  module.see_also = {"dockhost.hardening.daemon_json", "dockhost.hardening.docker_data",
                     "dockhost.hardening.audit_rules", "dockhost.hardening.mount"};
  module.examples = kHostExamples;
  return module;
}

}  // namespace dockhost
