// SPDX-License-Identifier: GPL-3.0-or-later
// What comes from outside (options, Docker's answers, other users' files) decides about itself and about nothing else.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "host/docker_api.hpp"
#include "sim/plan_case.hpp"

namespace hostile_test {
using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

json checked(const Machine& machine, const std::string& module, const json& args) {
  SimHost host(machine);
  return run(host, Request{module, args, true, false});
}

std::string message(const std::string& module, const json& args) {
  return checked(sim::host_of_case("daemon-article"), module, args).value("msg", "");
}

// Tools that take "--", as often as they are given anything but options.
bool marked(const Strings& argv) {
  const Strings marking = {"systemctl", "umount",    "df",           "wipefs",   "userdel",   "useradd",
                           "usermod",   "gpasswd",   "getent",       "blkid",    "xfs_info",  "e2fsck",
                           "cp",        "mkfs.ext4", "mkfs.xfs",     "pvremove", "vgcreate",  "vgextend",
                           "vgreduce",  "vgremove",  "pvresize",     "lvcreate", "lvextend",  "lvremove",
                           "lvchange",  "stat",      "xfs_logprint", "xfs_io",   "xfs_admin", "mount"};
  if (!contains(marking, argv[0]) || argv == Strings{"systemctl", "daemon-reload"}) return true;
  // Here what comes from outside is an argument of an option.
  if (argv[0] == "mount" && contains(argv, "--target")) return true;
  const auto mark = std::find(argv.begin(), argv.end(), "--");
  return mark != argv.end() && std::next(mark) != argv.end();
}

}  // namespace

TEST_CASE("every tool that takes it gets -- before what comes from outside") {
  std::set<std::string> tools;
  for (const sim::PlanCase& one : sim::tried_cases()) {
    CAPTURE(one.name);
    SimHost host(one.machine);
    sim::run_on(host, one, false);
    for (const Strings& argv : host.commands) {
      CAPTURE(join(argv, " "));
      CHECK(marked(argv));
      tools.insert(argv[0]);
    }
  }
  for (const char* tool : {"systemctl", "umount", "df", "wipefs", "mount", "mkfs.ext4", "vgcreate", "lvcreate"})
    CHECK(tools.contains(tool));
}

TEST_CASE("a NUL is refused in every option, wherever it stands in it") {
  const std::string nul("a\0b", 3);
  CHECK(message("mount", {{"path", "/srv/" + nul}, {"state", "unmounted"}}).find("option 'path' holds a NUL") !=
        std::string::npos);
  CHECK(
      message("daemon_json", {{"settings", {{"labels", json::array({nul})}}}}).find("option 'settings' holds a NUL") !=
      std::string::npos);
  CHECK(message("daemon_json", {{"settings", {{nul, 1}}}}).find("option 'settings' holds a NUL") != std::string::npos);
  CHECK(message("audit_rules", {{"key", "k"}, {"rules", json::array({"-w /etc/" + nul})}}).find("holds a NUL") !=
        std::string::npos);
}

TEST_CASE("a unit is called as systemd lets it be called") {
  for (const std::string name : {"-H", "--root=/x", "a/b.service", "docker*.service", "a b", "x\ny", "", ".."}) {
    CAPTURE(name);
    CHECK(message("daemon_json", {{"settings", {{"icc", false}}}, {"unit", name}}).find("is no name of a unit") !=
          std::string::npos);
  }
  CHECK(message("daemon_json", {{"settings", {{"icc", false}}}, {"unit", "docker@1-a_b:c.service"}})
            .find("is no name of a unit") == std::string::npos);
}

TEST_CASE("units to stop are units, and the group of Docker's socket is a group") {
  for (const std::string name : {"*", "-H", "a/b.service", "x\ny"}) {
    CAPTURE(name);
    const json stop = {{"device", "/dev/vdb"}, {"stop", json::array({"docker.service", name})}};
    const json result = checked(sim::host_of_case("data-blank"), "docker_data", stop);
    CHECK(result.value("msg", "").starts_with("stop: "));
    CHECK(result.value("msg", "").find("is no name of a unit") != std::string::npos);
  }
  for (const std::string name : {"-x", "a/b", "docker\nExecStartPre=/x"}) {
    CAPTURE(name);
    Machine machine = sim::host_of_case("control-cis-level1");
    machine.entries["/etc/docker/daemon.json"] = {Node::Type::file, json{{"group", name}}.dump()};
    const json result = checked(machine, "docker_host", {{"only", json::array({"file.docker_sock.owner"})}});
    CHECK(result.at("report").at("controls").dump().find("is no name of a group") != std::string::npos);
  }
}

TEST_CASE("a name goes into a request as a name") {
  CHECK(container_target("web", "json") == "/containers/web/json");
  CHECK(container_target("a_b.c-1", "stop") == "/containers/a_b.c-1/stop");
  CHECK(container_target("../x?a=b&c#d", "json") == "/containers/..%2Fx%3Fa%3Db%26c%23d/json");
  CHECK(container_target(std::string("\r\n \0\xC3\xA4%", 7), "json") == "/containers/%0D%0A%20%00%C3%A4%25/json");
}

TEST_CASE("an answer of Docker's that is not as documented is as good as none, with the reason") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::map<std::string, std::pair<std::string, std::string>> answers = {
      {"[]", {"/info", "GET /info gives no object"}},
      {"{\"Plugins\": 7}", {"/info", "not as documented"}},
      {"{\"SecurityOptions\": {\"x\": " + deep + "}}", {"/info", "more than 200 levels of nesting"}},
      {"{\"ServerVersion\": [1]}", {"/info", "not as documented"}},
      {"{", {"/networks/bridge", "no JSON"}},
      {"[{\"Names\": 5}]", {"/containers/json", "not as documented"}},
      {"[{\"Names\": [\"/..\"]}]", {"/containers/json", "which is no name"}},
      {"[{\"Names\": [\"/-x\"]}]", {"/containers/json", "'-x', which is no name"}},
      {"[{\"Names\": [\"/a\\n\"]}]", {"/containers/json", "which is no name"}},
      {"[{\"Names\": [\"/a\"], \"Id\": {}}]", {"/containers/json", "not as documented"}}};
  for (const auto& [answer, where] : answers) {
    CAPTURE(answer.substr(0, 100));
    Machine machine = sim::host_of_case("control-cis-level1");
    machine.engine.answers[where.first] = answer;
    const json result = checked(machine, "docker_host", {{"profile", "cis_level1"}});
    REQUIRE(result.contains("report"));
    CHECK_FALSE(result.value("failed", false));
    CHECK(result.at("warnings").dump().find(where.second) != std::string::npos);
    // What has nothing to do with it is judged as before.
    const json& report = result.at("report");
    const std::string all = report.at("passed").dump() + report.at("controls").dump();
    CHECK(all.find("file.") != std::string::npos);
    CHECK(all.find("it cannot be looked at") == std::string::npos);
  }
}

TEST_CASE("what a user keeps from us is not seen, and decides about nothing else") {
  Machine machine = sim::host_of_case("control-docker-absent");
  const json before = checked(machine, "docker_host", json::object());
  machine.entries["/home/alice"] = {Node::Type::directory, "", 0700, 1000, 1000};
  machine.unreadable = {"/home/alice/.config"};
  const json after = checked(machine, "docker_host", json::object());
  CHECK(after.at("report").at("controls") == before.at("report").at("controls"));
  CHECK(after.at("report").at("not_applicable") == before.at("report").at("not_applicable"));
}

namespace {

// The controls of a report whose keys do not begin so, as text.
std::string controls_but(const json& result, const Strings& beginnings) {
  json left = json::array();
  for (const json& control : result.at("report").at("controls")) {
    const auto key = control.at("key").get<std::string>();
    const auto begins = [&](const std::string& one) { return key.starts_with(one); };
    if (std::none_of(beginnings.begin(), beginnings.end(), begins)) left.push_back(control);
  }
  return left.dump(1);
}

}  // namespace

TEST_CASE("what of Docker lies in a home that is closed costs no control but its own") {
  struct Case {
    const char *what, *moved;
    Strings concerned;  // beginnings of the controls that are about it
  };
  const Strings of_the_file = {"daemon.", "file.daemon_json", "file.docker_sock", "file.tls", "users.", "storage."};
  for (const Case& one : std::vector<Case>{
           {"control-cis-level1", "/etc/docker/daemon.json", of_the_file},
           {"control-docker-stopped", "/etc/docker/daemon.json", of_the_file},
           {"control-cis-level1", "/etc/default/docker", {"file.etc_default_docker"}},
           {"control-docker-stopped", "/etc/default/docker", {"file.etc_default_docker"}},
           {"control-docker-stopped", "/usr/sbin/dockerd", {"docker.version", "daemon.", "audit."}},
           {"control-cis-level1", "/lib/systemd/system/docker.service", {"file.docker_service", "audit."}}}) {
    CAPTURE(one.what);
    CAPTURE(one.moved);
    Machine machine = sim::host_of_case(one.what);
    const std::string home = "/home/alice", there = home + "/thing";
    machine.entries[home] = {Node::Type::directory, "", 0700, 1000, 1000};
    if (!machine.entries.contains(one.moved)) machine.entries[one.moved] = {Node::Type::file, "{}"};
    machine.entries[there] = machine.entries[one.moved];
    machine.entries[one.moved] = {Node::Type::link, there};
    const json args = {{"profile", "cis_level2"}};
    const json before = checked(machine, "docker_host", args);
    machine.unreadable = {home};
    const json after = checked(machine, "docker_host", args);
    CAPTURE(after.value("msg", ""));
    REQUIRE(after.contains("report"));
    CHECK_FALSE(after.value("failed", false));
    CHECK(controls_but(after, one.concerned) == controls_but(before, one.concerned));
  }
}

TEST_CASE("a data root that cannot be told costs no control but its own") {
  Machine machine = sim::host_of_case("control-docker-stopped");
  const json args = {{"profile", "cis_level2"}};
  const json before = checked(machine, "docker_host", args);
  machine.entries["/etc/docker/daemon.json"] = {Node::Type::file, R"({"data-root": "/srv/my docker"})"};
  const json after = checked(machine, "docker_host", args);
  REQUIRE(after.contains("report"));
  const Strings concerned = {"daemon.", "file.daemon_json", "storage.", "audit.daemon_json"};
  CHECK(controls_but(after, concerned) == controls_but(before, concerned));
}

TEST_CASE("an audit rule for a closed home costs no other rule") {
  Machine machine = sim::host_of_case("control-cis-level1");
  machine.entries["/home/alice"] = {Node::Type::directory, "", 0700, 1000, 1000};
  machine.entries["/etc/audit/rules.d/own.rules"] = {
      Node::Type::file, "-w /home/alice/.ssh -p wa -k ssh\n-a always,exit -F dir=/home/alice/x -F perm=wa -k x\n"};
  const json args = {{"profile", "cis_level2"}};
  const json before = checked(machine, "docker_host", args);
  machine.unreadable = {"/home/alice"};
  CHECK(controls_but(checked(machine, "docker_host", args), {}) == controls_but(before, {}));
}

TEST_CASE("where a container mounts what cannot be looked at, nothing is known of that mount alone") {
  Machine machine = sim::host_of_case("daemon-bind-made");
  const json args = {{"settings", {{"icc", false}}}};
  const json before = checked(machine, "daemon_json", args);
  for (const auto& container : machine.engine.roots.at("/var/lib/docker").containers)
    machine.unreadable.push_back("/var/lib/docker/overlay2/" + container.second.id + "/merged");
  const json after = checked(machine, "daemon_json", args);
  CHECK_FALSE(after.value("failed", false));
  CHECK(after.at("plan") == before.at("plan"));
  CHECK(after.at("warnings").dump().find("and where it was a file, the container does not start") != std::string::npos);
}

TEST_CASE("who is not root is told so first, and with what could not be tested") {
  Machine machine = sim::host_of_case("control-not-root");
  const json result = checked(machine, "docker_host", {{"profile", "article"}});
  CHECK(result.at("report").at("facts").at("root") == false);
  CHECK(result.at("warnings").at(0) == "this check does not run as root: what only root can see is not tested");
  for (const json& control : result.at("report").at("controls")) {
    if (control.at("status") != "not_testable") continue;
    CAPTURE(control.dump());
    CHECK(control.at("why").get<std::string>().ends_with("; this check does not run as root"));
  }
}

TEST_CASE("the rights of a directory that is there are changed on no way that others can lead elsewhere") {
  for (const sim::PlanCase& one : sim::all_cases()) {
    SimHost host(one.machine);
    sim::run_on(host, one, false);
    for (const Strings& argv : host.commands) {
      CAPTURE(one.name);
      CHECK_FALSE(contains({"chmod", "chown", "mkdir"}, argv[0]));
    }
  }
}

}  // namespace hostile_test
