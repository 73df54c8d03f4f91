// SPDX-License-Identifier: GPL-3.0-or-later
#include <doctest/doctest.h>

#include "baseline/check_text.hpp"

using namespace dockhost;

namespace {

json result() {
  return json::parse(R"json({
    "msg": "50 %: 1 of 2 controls met", "plan": ["change /etc/docker/daemon.json: set icc=false"],
    "report": {"benchmark": "cis-docker 1.7.0", "profile": "cis_level2",
      "facts": {"host": "web-paris-03", "os": "Debian GNU/Linux 12 (bookworm)", "docker": "28.5.2", "containers": 6},
      "counts": {"pass": 1, "fail": 3, "excluded": 1, "not_testable": 1, "not_applicable": 1},
      "passed": ["daemon.iptables"], "not_applicable": ["daemon.aufs"],
      "waivers": [], "actions": ["edit", "restart"],
      "controls": [
        {"key": "daemon.rootless", "status": "not_testable", "why": "this daemon runs as root", "after": "not_testable"},
        {"key": "audit.dockerd", "status": "fail", "why": "no file holds the rule", "after": "pass"},
        {"key": "audit.etc_docker", "status": "fail", "why": "no file holds the rule", "after": "pass"},
        {"key": "daemon.icc", "status": "fail", "expected": false, "configured": null, "effective": true,
         "why": "containers on the default bridge can reach each other",
         "where": {"path": "/etc/docker/daemon.json", "line": 7, "column": 3}, "after": "pass"},
        {"key": "daemon.userns_remap", "status": "excluded", "why": "userns-remap is not set", "after": "excluded",
         "without_waiver": "fail", "waiver": {"reason": "Build images use --privileged. SEC-402",
         "until": "2026-12-06", "by": "s.keller"}}]}})json");
}

}  // namespace

TEST_CASE("check prints what fails first and the score last") {
  CHECK(check_text(result(), {}) == R"text(web-paris-03   Debian GNU/Linux 12 (bookworm), Docker 28.5.2, 6 containers
CIS Docker 1.7.0, levels 1 and 2

FAIL    1.1.3 1.1.6 2 controls, one cause
               no file holds the rule
               harden: Add a watch for it in /etc/audit/rules.d and load it:
               audit of docker_host, or audit_rules.
FAIL    2.2    Containers on the default bridge cannot reach each other
               containers on the default bridge can reach each other
               want false   file not set   running true
               /etc/docker/daemon.json:7:3
               harden: Set icc to false, and connect containers that belong
               together by a network of their own.
WAIVED  2.9    Containers run in a user namespace
               userns-remap is not set
               until 2026-12-06, s.keller: Build images use --privileged.
               SEC-402
?       2.1    The daemon runs without root
               this daemon runs as root

harden would settle 3 of these 3 and restart Docker; see check --plan
25 %  1 of 4 met; 3 fail, 1 waived, 1 n/a, 1 not testable
)text");
}

TEST_CASE("what passes is shown when asked for, the plan too, and colour stands on the status alone") {
  const std::string text = check_text(result(), {.verbose = true, .plan = true, .color = true});
  CHECK(text.find("pass    2.4    Docker may set its firewall rules\n") != std::string::npos);
  CHECK(text.find("n/a     2.6    The aufs storage driver is not used\n") != std::string::npos);
  CHECK(text.find("  1.  change /etc/docker/daemon.json: set icc=false\n") != std::string::npos);
  CHECK(text.find("\033[1;31mFAIL   \033[0m 2.2    Containers") != std::string::npos);
}

TEST_CASE("a host's text drives no terminal") {
  json evil = result();
  evil["report"]["facts"]["host"] = "\033]0;x\007";
  CHECK(check_text(evil, {}).starts_with("\\x1b]0;x\\x07"));
}

TEST_CASE("the exit code of a check") {
  const auto with = [](const json& counts) {
    json given = result();
    given["report"]["counts"] = counts;
    return given;
  };
  CHECK(check_code(with({{"pass", 3}, {"excluded", 1}, {"not_testable", 1}}), false) == 0);
  CHECK(check_code(with({{"pass", 3}, {"not_testable", 1}}), true) == 1);
  CHECK(check_code(with({{"pass", 3}, {"pending_restart", 1}}), false) == 1);
  CHECK(check_code(with({{"not_testable", 4}, {"not_applicable", 1}}), false) == 2);
  CHECK(check_code({{"failed", true}}, false) == 2);
  json expired = with({{"pass", 3}});
  expired["report"]["waivers"] = json::array({{{"state", "expired"}, {"use", "used"}}});
  CHECK(check_code(expired, false) == 1);
}

TEST_CASE("a check by a user who is not root says so first") {
  json seen = result();
  seen["report"]["facts"]["root"] = false;
  const std::string first = "This check does not run as root: what only root can see is not tested.\n\n";
  CHECK(check_text(seen, {}) == first + check_text(result(), {}));
}
