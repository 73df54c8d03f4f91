// SPDX-License-Identifier: GPL-3.0-or-later
// What a restart of Docker takes down and does not bring back by itself: what a run foresees, starts again, or is to
// leave alone.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "run.hpp"
#include "sim/sim_host.hpp"
#include "sim/units.hpp"

namespace outage_test {
using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

constexpr const char *kUnit = "docker.service", *kFile = "/etc/docker/daemon.json", *kRoot = "/var/lib/docker";

// The host of the plans with one container and this patch.
Machine machine_with(const json& patch) {
  std::ifstream base(DOCKHOST_SOURCE_DIR "/tests/sim/base.json");
  json host = json::parse(base);
  host["docker"]["roots"][kRoot] = {{"images", {"debian:12"}}, {"containers", {{"web", json::object()}}}};
  host["files"][kFile] = "{}\n";
  host.merge_patch(patch);
  return sim::machine_of(host);
}

json call(SimHost& host, const std::string& module, const json& args, bool check = false) {
  Request request;
  request.module = module;
  request.args = args;
  request.check = check;
  return run(host, request);
}

const json kIcc = {{"settings", {{"icc", false}}}};

bool failed(const json& result) { return result.value("failed", false); }
bool active(const SimHost& host, const std::string& unit) { return host.machine.units.at(unit).state == "active"; }
bool runs(const SimHost& host, const std::string& name) {
  const auto& containers = host.machine.engine.roots.at(kRoot).containers;
  return containers.contains(name) && containers.at(name).running;
}
std::string said(const json& result) { return result.value("msg", ""); }
bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

// It is refused in these words, by check mode and by a run, and nothing is touched.
void refused(const json& patch, const std::string& words) {
  for (const bool check : {true, false}) {
    SimHost host(machine_with(patch));
    const json result = call(host, "daemon_json", kIcc, check);
    INFO(result.dump(1));
    CHECK(failed(result));
    CHECK(holds(said(result), words));
    CHECK(host.machine.engine.stops == 0);
    CHECK(active(host, kUnit));
    CHECK(runs(host, "web"));
  }
}

}  // namespace

TEST_CASE("Docker is not stopped where systemd would not start it, or what stops along, again") {
  const auto along = [](const json& more) {
    json unit = {{"active", true}, {"requires", {kUnit}}};
    unit.update(more);
    return json{{"units", {{"app.service", unit}}}};
  };
  refused({{"units", {{kUnit, {{"masked", true}}}}}}, "docker.service is masked");
  refused({{"units", {{"docker.socket", {{"masked", true}}}}}}, "docker.socket, which docker.service needs, is masked");
  refused({{"units", {{kUnit, {{"requires", {"docker.socket", "gone.service"}}}}}}},
          "gone.service, which docker.service needs, has no unit file");
  refused(along({{"masked", true}}), "app.service is masked");
  refused(along({{"transient", true}}), "app.service is transient");
  refused(along({{"starting", 30}}), "app.service is at its start");
  refused(along({{"failed", "auto-restart"}}), "app.service is about to be started again by systemd");
  refused({{"docker", {{"swarm", true}, {"autolock", true}}}}, "the swarm is locked after a start");
}

TEST_CASE("nor where the stop would end the run itself") {
  const json unit = {{"units", {{"app.service", {{"active", true}, {"requires", {kUnit}}}}}}};
  for (const auto& [group, words] : {std::pair{"/system.slice/app.service", "app.service is what this run is in"},
                                     {"/system.slice/docker-WEB.scope", "the container web is what this run is in"}}) {
    Machine machine = machine_with(unit);
    machine.control_group = group;
    const std::size_t name = machine.control_group.find("WEB");
    if (name != std::string::npos)
      machine.control_group.replace(name, 3, machine.engine.roots.at(kRoot).containers.at("web").id);
    SimHost host(machine);
    const json result = call(host, "daemon_json", kIcc);
    INFO(result.dump(1));
    CHECK(failed(result));
    CHECK(holds(said(result), words));
    CHECK(host.machine.engine.stops == 0);
  }
}

TEST_CASE("dockerd before 23.0 reads no file with a byte order mark") {
  const std::string mark = "\xEF\xBB\xBF";
  for (const char* version : {"20.10.24+dfsg1", "26.1.5+dfsg1"}) {
    CAPTURE(version);
    const bool old = version[0] == '2' && version[1] == '0';
    for (const json& wish : {kIcc, json{{"settings", {{"labels", {"a=b"}}}}}}) {
      SimHost host(machine_with({{"docker", {{"version", version}}}, {"files", {{kFile, "{}\n"}}}}));
      host.machine.entries.at(kFile).text = mark + "{}\n";
      const json result = call(host, "daemon_json", wish);
      INFO(result.dump(1));
      CHECK(failed(result) == old);
      CHECK(holds(said(result), "byte order mark") == old);
      CHECK(host.machine.engine.stops == (old || wish != kIcc ? 0 : 1));
      CHECK(active(host, kUnit));
    }
  }
}

TEST_CASE("containers that a unit removes and makes anew are waited for") {
  const json app = {{"active", true}, {"requires", {kUnit}}, {"makes", {"app"}}};
  const json patch = {{"units", {{"app.service", app}}},
                      {"docker", {{"roots", {{kRoot, {{"containers", {{"app", json::object()}}}}}}}}}};
  for (const json& wish : {kIcc, json{{"settings", {{"userland-proxy", false}}}}}) {
    SimHost host(machine_with(patch));
    const json result = call(host, "daemon_json", wish);
    INFO(result.dump(1));
    CHECK_FALSE(failed(result));
    CHECK(host.machine.engine.stops == 1);
    CHECK(runs(host, "app"));
    CHECK(runs(host, "web"));
    CHECK(active(host, "app.service"));
    CHECK(host.owed() == json::object());
  }
}

TEST_CASE("one that no unit makes anew is told") {
  const json app = {{"active", true}, {"requires", {kUnit}}, {"makes", {"app"}}};
  json patch = {{"units", {{"app.service", app}}},
                {"docker", {{"roots", {{kRoot, {{"containers", {{"app", json::object()}}}}}}}}}};
  SimHost host(machine_with(patch));
  host.meanwhile = [](Machine& machine) { machine.units.at("app.service").makes = {"other"}; };
  host.meanwhile_at = 4;  // while Docker is stopped
  const json result = call(host, "daemon_json", {{"settings", {{"log-driver", "local"}}}});
  INFO(result.dump(1));
  CHECK(failed(result));
  CHECK(holds(said(result), "container 'app' did not start: No such container: app"));
  CHECK(active(host, kUnit));
  CHECK(active(host, "app.service"));
  CHECK(runs(host, "web"));
}

TEST_CASE("a container with an address of its own starts before another takes it") {
  const json containers = {{"app", {{"takes", "172.18.0.2"}}}, {"db", {{"address", "172.18.0.2"}}}};
  SimHost host(machine_with({{"docker", {{"roots", {{kRoot, {{"containers", containers}}}}}}}}));
  const json result = call(host, "daemon_json", kIcc);
  INFO(result.dump(1));
  CHECK_FALSE(failed(result));
  CHECK(runs(host, "app"));
  CHECK(runs(host, "db"));
}

TEST_CASE("a restart that ends live-restore starts again what dockerd kills then") {
  for (const json& wish :
       {json{{"absent", {"live-restore"}}}, json{{"settings", {{"live-restore", false}, {"log-driver", "local"}}}},
        json{{"settings", {{"live-restore", false}, {"icc", false}}}}}) {
    CAPTURE(wish.dump());
    const Machine before = machine_with({{"files", {{kFile, "{\"live-restore\": true}\n"}}}});
    SimHost host(before);
    const json result = call(host, "daemon_json", wish);
    INFO(result.dump(1));
    CHECK_FALSE(failed(result));
    CHECK(runs(host, "web"));
    CHECK(result.at("plan").at(0) ==
          "stop the container web, then docker.service; with it stop the unit docker.socket");
    SimHost again(host.machine);
    CHECK(call(again, "daemon_json", wish).at("changed") == false);
    for (std::size_t k = 1; k <= host.changes; ++k) {
      CAPTURE(k);
      SimHost failing(before);
      failing.fail_at = k;
      call(failing, "daemon_json", wish);
      CHECK(active(failing, kUnit));
      CHECK(runs(failing, "web"));
      SimHost killed(before);
      killed.kill_at = k;
      CHECK_THROWS_AS(call(killed, "daemon_json", wish), sim::Killed);
      SimHost next(killed.machine);
      call(next, "daemon_json", wish);
      CHECK(active(next, kUnit));
      CHECK(runs(next, "web"));
    }
  }
}

TEST_CASE("what a run does not pay of a dead run's debt stays noted") {
  const json owed = {{"units", {{kUnit, {{"containers", {"web"}}, {"units", {"docker.socket"}}}}}}};
  json patch = {
      {"owed", owed},
      {"units", {{kUnit, {{"active", false}}}, {"docker.socket", {{"active", false}}}}},
      {"docker", {{"running", false}, {"roots", {{kRoot, {{"containers", {{"web", {{"running", false}}}}}}}}}}},
      {"files", {{kFile, "{\"icc\": fals}\n"}}}};
  SimHost host(machine_with(patch));
  const json args = {{"only", {"daemon.icc"}}};
  const json result = call(host, "docker_host", args);
  INFO(result.dump(1));
  CHECK_FALSE(active(host, kUnit));
  CHECK(host.owed().value("units", json::object()).contains(kUnit));
  host.machine.entries.at(kFile).text = "{}\n";
  SimHost next(host.machine);
  const json again = call(next, "docker_host", args);
  INFO(again.dump(1));
  CHECK(active(next, kUnit));
  CHECK(runs(next, "web"));
}

TEST_CASE("a file that somebody has changed since a dead run is not taken back") {
  // A run is killed at the start that it has begun; systemd goes on, and fails.
  json host_of = {{"files", {{kFile, "{\"debug\": true}\n"}}}, {"docker", {{"start_takes", 100}}}};
  SimHost host(machine_with(host_of));
  call(host, "daemon_json", {{"settings", {{"metrics-addr", "192.0.2.9:9323"}}}, {"timeout", 60}});
  sim::pass(host.machine, 600);
  REQUIRE_FALSE(active(host, kUnit));
  host.machine.engine.start_takes = 0;
  SUBCASE("as the run left it, it is") {
    call(host, "daemon_json", kIcc);
    CHECK(holds(host.read(kFile).value(), "debug"));
    CHECK_FALSE(holds(host.read(kFile).value(), "192.0.2.9"));
  }
  SUBCASE("mended by hand, it stays") {
    host.machine.entries.at(kFile).text = "{\"labels\": [\"by=hand\"]}\n";
    SimHost looked(host.machine);
    const json check = call(looked, "daemon_json", kIcc, true), result = call(host, "daemon_json", kIcc);
    INFO(result.dump(1));
    CHECK(check.at("plan") == result.at("plan"));
    CHECK_FALSE(failed(result));
    CHECK(holds(host.read(kFile).value(), "by=hand"));
  }
  SUBCASE("nor where it asks for what is there") {
    host.machine.entries.at(kFile).text = "{\"icc\": false}\n";
    const json result = call(host, "daemon_json", kIcc);
    INFO(result.dump(1));
    CHECK_FALSE(failed(result));
    CHECK(holds(host.read(kFile).value(), "icc"));
  }
  CHECK(active(host, kUnit));
  CHECK(runs(host, "web"));
}

TEST_CASE("what containers log is not what dockerd says") {
  const json args = {{"settings", {{"labels", {"a=b"}}}}};
  SUBCASE("at a reload that goes through") {
    SimHost host(machine_with({{"docker", {{"container_says", "level=fatal msg=\"out of memory\""}}}}));
    const json result = call(host, "daemon_json", args);
    INFO(result.dump(1));
    CHECK_FALSE(failed(result));
  }
  SUBCASE("nor one that does not") {
    const json docker = {{"container_says", "Reloaded configuration: {\"shutdown-timeout\":9}"},
                         {"chatter", "Error reconfiguring the daemon: no"}};
    SimHost host(machine_with({{"docker", docker}}));
    const json result = call(host, "daemon_json", {{"settings", {{"shutdown-timeout", 9}}}});
    INFO(result.dump(1));
    CHECK(failed(result));
    CHECK_FALSE(holds(host.read(kFile).value(), "shutdown"));
  }
}

}  // namespace outage_test
