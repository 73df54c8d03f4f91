// SPDX-License-Identifier: GPL-3.0-or-later
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
      {.name = "report",
       .description =
           {"C(counts) by status, C(facts) of the host, the keys that C(passed) or are C(not_applicable), and "
            "in C(controls) each other one: C(status), C(expected), C(configured), C(effective), C(why), "
            "C(where), C(evidence), what it is C(after) the plan, and why it is C(refused)."},
       .type = Type::dict}};
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
