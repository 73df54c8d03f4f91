// SPDX-License-Identifier: GPL-3.0-or-later
// Starts of Docker that take long, for ever, or fail: what a run does with them, and what the next one does.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "run.hpp"
#include "sim/sim_host.hpp"
#include "sim/units.hpp"

namespace start_test {
using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

constexpr const char *kUnit = "docker.service", *kFile = "/etc/docker/daemon.json";

std::string text_of(const std::string& path) {
  std::ifstream file(DOCKHOST_SOURCE_DIR + ("/" + path), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The host of the plans with one container and this patch; its docker.service sets no limit to a start.
Machine machine_with(const json& patch) {
  json host = json::parse(text_of("tests/sim/base.json"));
  host["files"]["/lib/systemd/system/docker.service"]["lines"].push_back("TimeoutStartSec=infinity");
  host["docker"]["roots"]["/var/lib/docker"] = {{"images", {"debian:12"}}, {"containers", {{"web", json::object()}}}};
  host["files"][kFile] = "{}\n";
  host.merge_patch(patch);
  return sim::machine_of(host);
}

Machine slow(int seconds) { return machine_with({{"docker", {{"start_takes", seconds}}}}); }

json daemon(SimHost& host, const json& args, bool check = false) {
  Request request;
  request.module = "daemon_json";
  request.args = args;
  request.check = check;
  return run(host, request);
}

const json kIcc = {{"settings", {{"icc", false}}}}, kNoSuch = {{"settings", {{"metrics-addr", "192.0.2.9:9323"}}}};

bool failed(const json& result) { return result.value("failed", false); }
const std::string& state(const SimHost& host) { return host.machine.units.at(kUnit).state; }
bool web_runs(const SimHost& host) {
  return host.machine.engine.roots.at("/var/lib/docker").containers.at("web").running;
}
std::string file(const SimHost& host) { return host.read(kFile).value_or("none"); }
void expect(const json& result, bool is_changed, bool is_rolled_back) {
  INFO(result.dump(1));
  CHECK(failed(result));
  CHECK(result.at("changed") == is_changed);
  CHECK(result.at("rolled_back") == is_rolled_back);
}

}  // namespace

TEST_CASE("a start that takes minutes is waited for, and its journal is told meanwhile") {
  SimHost host(slow(200));
  const json result = daemon(host, kIcc);
  INFO(result.dump(1));
  CHECK_FALSE(failed(result));
  CHECK(web_runs(host));
  const bool told = std::any_of(host.told.begin(), host.told.end(), [](const std::string& words) {
    return words.find("waiting for the start of docker.service") != std::string::npos;
  });
  CHECK(told);
  CHECK(host.machine.engine.stops == 1);
}

TEST_CASE("a start that does not end is left to systemd, and the next run goes on") {
  SimHost host(slow(-1));
  const json result = daemon(host, kIcc);
  expect(result, true, false);
  CHECK(result.at("msg").get<std::string>().find("docker.service is still starting after 900 seconds") == 0);
  CHECK(state(host) == "activating");
  CHECK(host.machine.engine.stops == 1);
  CHECK(file(host).find("icc") != std::string::npos);
  CHECK(host.owed().at("units").at(kUnit).at("containers") == json::array({"web"}));
  CHECK(host.owed().at("units").at(kUnit).at("file").at("content") == "{}\n");
  SUBCASE("it is at its start still") {
    json in_time = kIcc;
    in_time["timeout"] = 20;
    const json next = daemon(host, in_time);
    CHECK(failed(next));
    CHECK(state(host) == "activating");
    CHECK(host.owed().at("units").contains(kUnit));
  }
  SUBCASE("it ends while the next run waits") {
    host.machine.units.at(kUnit).until = host.machine.clock + 30;
    SimHost looked(host.machine);
    const json check = daemon(looked, kIcc, true), next = daemon(host, kIcc);
    CHECK(check.at("plan") ==
          json::array({"wait for the start of docker.service, then the container web and the unit docker.socket"}));
    CHECK(next.at("plan") == check.at("plan"));
    INFO(next.dump(1));
    CHECK_FALSE(failed(next));
    CHECK(web_runs(host));
    CHECK(host.owed() == json::object());
  }
  SUBCASE("it has ended") {
    host.machine.units.at(kUnit).until = host.machine.clock + 30;
    sim::pass(host.machine, 40);
    CHECK(state(host) == "active");
    const json next = daemon(host, kIcc);
    INFO(next.dump(1));
    CHECK_FALSE(failed(next));
    CHECK(web_runs(host));
    CHECK(host.owed() == json::object());
  }
  SUBCASE("somebody has ended it") {
    host.run({"systemctl", "stop", kUnit});
    host.machine.engine.start_takes = 0;
    const json next = daemon(host, kIcc);
    INFO(next.dump(1));
    CHECK_FALSE(failed(next));
    CHECK(web_runs(host));
    CHECK(host.owed() == json::object());
  }
}

TEST_CASE("a start that fails after its run has ended: the next one puts the old file back") {
  SimHost host(slow(100));
  json wish = kNoSuch;
  wish["timeout"] = 60;
  expect(daemon(host, wish), true, false);
  // It fails after 100 seconds; systemd tries again, and again, and then no more.
  for (const int seconds : {41, 60, 500}) {
    CAPTURE(seconds);
    SimHost next(host.machine);
    sim::pass(next.machine, seconds);
    CHECK(state(next) == (seconds == 500 ? "failed" : "activating"));
    next.machine.engine.start_takes = 0;
    SimHost looked(next.machine);
    const json check = daemon(looked, wish, true), result = daemon(next, wish);
    INFO(result.dump(1));
    CHECK(failed(result));
    CHECK(check.at("plan") == result.at("plan"));
    CHECK(check.at("msg") == result.at("msg"));
    CHECK(result.at("changed") == true);
    CHECK(file(next) == "{}\n");
    CHECK(state(next) == "active");
    CHECK(web_runs(next));
    CHECK(next.owed() == json::object());
  }
  SUBCASE("and takes what was corrected") {
    sim::pass(host.machine, 500);
    host.machine.engine.start_takes = 0;
    const Machine before = host.machine;
    const json result = daemon(host, kIcc);
    INFO(result.dump(1));
    CHECK_FALSE(failed(result));
    CHECK(result.at("plan") ==
          json::array({"change /etc/docker/daemon.json: as it was, because docker.service did not start with it",
                       "change /etc/docker/daemon.json: set icc=false",
                       "start docker.service, then the container web and the unit docker.socket"}));
    // Whichever step fails, Docker runs afterwards: with the old file where it cannot be with the new one.
    for (std::size_t k = 3; k <= host.changes; ++k) {
      CAPTURE(k);
      SimHost again(before);
      again.fail_at = k;
      daemon(again, kIcc);
      CHECK(file(again).find("192.0.2.9") == std::string::npos);
      CHECK(state(again) == "active");
      CHECK(web_runs(again));
    }
    CHECK(file(host).find("192.0.2.9") == std::string::npos);
    CHECK(file(host).find("icc") != std::string::npos);
    CHECK(web_runs(host));
  }
}

TEST_CASE("a start that fails is undone at once, whatever Restart= makes of it") {
  SimHost host(slow(100));
  const std::int64_t began = host.machine.clock;
  expect(daemon(host, kNoSuch), false, true);
  CHECK(host.machine.clock - began < 230);  // twice a start, and nothing more
  CHECK(host.machine.engine.stops == 1);
  CHECK(state(host) == "active");
  CHECK(file(host) == "{}\n");
  CHECK(web_runs(host));
  CHECK(host.owed() == json::object());
}

TEST_CASE("where the old file does not start in time either, that is told, and the next run finishes") {
  SimHost host(slow(100));
  json wish = kNoSuch;
  wish["timeout"] = 150;
  host.machine.units.at(kUnit).attempts = 0;
  host.meanwhile = [](Machine& machine) { machine.engine.start_takes = -1; };
  host.meanwhile_at = 8;  // after the start that failed
  const json result = daemon(host, wish);
  INFO(result.dump(1));
  CHECK(failed(result));
  if (state(host) != "activating") return;
  CHECK(host.owed().at("units").contains(kUnit));
  host.machine.units.at(kUnit).until = host.machine.clock + 5;
  const json next = daemon(host, {{"absent", {"debug"}}});
  INFO(next.dump(1));
  CHECK(web_runs(host));
}

TEST_CASE("a unit that cannot start again keeps neither Docker nor another one down") {
  json patch = {{"units",
                 {{"app.service", {{"active", true}, {"requires", {kUnit}}, {"cannot_start", true}}},
                  {"zeta.service", {{"active", true}, {"requires", {kUnit}}}}}}};
  SimHost host(machine_with(patch));
  const json result = daemon(host, kIcc);
  expect(result, true, false);
  CHECK(result.at("msg").get<std::string>().find("app.service does not start again") == 0);
  CHECK(state(host) == "active");
  CHECK(host.machine.units.at("zeta.service").state == "active");
  CHECK(host.machine.engine.stops == 1);
  CHECK(web_runs(host));
  CHECK(host.owed() == json::object());
  CHECK(file(host).find("icc") != std::string::npos);
}

TEST_CASE("a failed last stage tells what stays, and what ran runs") {
  json patch = {{"devices", {{"/dev/vdb", {{"fstype", nullptr}, {"uuid", nullptr}, {"label", nullptr}}}}}};
  const Machine before = machine_with(patch);
  Request request;
  request.module = "docker_data";
  request.args = {{"volume", {{"disks", {"/dev/vdb"}}}}};
  SimHost whole(before);
  REQUIRE_FALSE(failed(run(whole, request)));
  for (std::size_t k = 1; k <= whole.changes; ++k) {
    CAPTURE(k);
    SimHost host(before);
    host.fail_at = k;
    const json result = run(host, request);
    INFO(result.dump(1));
    CHECK(state(host) == "active");
    if (!failed(result)) continue;
    CHECK(web_runs(host));
    json was = sim::snapshot(before), is = sim::snapshot(host.machine);
    for (json* one : {&was, &is}) one->erase("owed");
    CHECK(result.at("changed") == (was != is));
    if (result.contains("rolled_back")) CHECK(result.at("rolled_back") == (was == is));
  }
}

}  // namespace start_test
