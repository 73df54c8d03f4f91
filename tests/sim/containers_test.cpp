// SPDX-License-Identifier: GPL-3.0-or-later
// Containers over a stop of Docker, where a case of tests/plans cannot say it: what a run leaves, and at what price.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "host/sharing.hpp"
#include "run.hpp"
#include "sim/sim_host.hpp"

using namespace dockhost;
using sim::Container;
using sim::Killed;
using sim::Machine;
using sim::SimHost;

namespace {

json base_with(const json& containers) {
  std::ifstream file(std::filesystem::path(DOCKHOST_SOURCE_DIR) / "tests/sim/base.json", std::ios::binary);
  json host = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
  host["docker"]["roots"]["/var/lib/docker"]["containers"] = containers;
  return host;
}

json daemon_json(SimHost& host, const json& settings) {
  Request request;
  request.module = "daemon_json";
  request.args = {{"settings", settings}, {"apply", "restart"}};
  return run(host, request);
}

std::map<std::string, Container>& containers_of(SimHost& host) {
  return host.machine.engine.roots.at("/var/lib/docker").containers;
}

bool docker_runs(const SimHost& host) { return host.machine.units.at("docker.service").state == "active"; }

// How often the daemon said that it is stopping.
std::ptrdiff_t stops(const SimHost& host) {
  return std::count_if(host.machine.journal.begin(), host.machine.journal.end(), [](const std::string& line) {
    return line.find("Processing signal 'terminated'") != std::string::npos;
  });
}

const char* const kWords = "OCI runtime create failed: permission denied";

json one_broken() { return {{"app", {{"broken", kWords}}}, {"db", json::object()}, {"web", json::object()}}; }

}  // namespace

TEST_CASE("a container that does not start stops Docker for nobody, and is told once") {
  SimHost host(sim::machine_of(base_with(one_broken())));
  const json result = daemon_json(host, {{"icc", false}});
  CHECK(result.at("failed") == true);
  CHECK(result.at("changed") == true);
  CHECK(result.at("rolled_back") == false);
  CHECK(result.at("not_undone") == json::array());
  const auto told = result.at("msg").get<std::string>();
  CHECK(told ==
        "container 'app' did not start: OCI runtime create failed: permission denied; docker.service runs, with db and "
        "web (while start docker.service, then the containers app, db and web and the unit docker.socket)");
  CHECK(docker_runs(host));
  CHECK(stops(host) == 1);
  CHECK(host.machine.engine.in_force.at("icc") == false);
  CHECK(containers_of(host).at("db").running);
  CHECK(containers_of(host).at("web").running);
  CHECK(host.machine.owed == json::object());
  // What was told is not tried again.
  CHECK(daemon_json(host, {{"icc", false}}).at("changed") == false);
}

TEST_CASE("a setting that can be to blame goes back with the old file, once") {
  json containers = one_broken();
  containers["app"]["broken_by"] = "default-ulimits";
  SimHost host(sim::machine_of(base_with(containers)));
  const json limits = {{"nofile", {{"Name", "nofile"}, {"Soft", 64}, {"Hard", 64}}}};
  const json result = daemon_json(host, {{"default-ulimits", limits}});
  CHECK(result.at("failed") == true);
  CHECK(result.at("rolled_back") == true);
  CHECK(result.at("changed") == false);
  CHECK(docker_runs(host));
  CHECK(stops(host) == 2);
  CHECK_FALSE(host.machine.entries.contains("/etc/docker/daemon.json"));
  for (const auto& [name, container] : containers_of(host)) CHECK(container.running);
}

TEST_CASE("a container that starts with neither file keeps Docker up with the old one") {
  SimHost host(sim::machine_of(base_with(one_broken())));
  const json limits = {{"nofile", {{"Name", "nofile"}, {"Soft", 64}, {"Hard", 64}}}};
  const json result = daemon_json(host, {{"default-ulimits", limits}});
  CHECK(result.at("failed") == true);
  CHECK(result.at("not_undone") == json::array({std::string("container 'app' did not start: ") + kWords}));
  CHECK(docker_runs(host));
  CHECK(stops(host) == 2);
  CHECK_FALSE(host.machine.entries.contains("/etc/docker/daemon.json"));
  CHECK(containers_of(host).at("db").running);
  CHECK(containers_of(host).at("web").running);
  CHECK(host.machine.owed == json::object());
}

TEST_CASE("a container that does not start in an undo keeps Docker up") {
  json description = base_with(one_broken());
  SimHost host(sim::machine_of(description));
  // zfs is refused by this dockerd when it starts.
  const json result = daemon_json(host, {{"log-driver", "fluffy"}});
  CHECK(result.at("failed") == true);
  CHECK(docker_runs(host));
  CHECK(containers_of(host).at("db").running);
  CHECK(containers_of(host).at("web").running);
  CHECK_FALSE(host.machine.entries.contains("/etc/docker/daemon.json"));
}

TEST_CASE("a container that ends by itself is started once, also by the run after one that was killed") {
  const json job = {{"job", {{"ends", true}}}, {"web", json::object()}};
  SimHost whole(sim::machine_of(base_with(job)));
  CHECK_FALSE(daemon_json(whole, {{"icc", false}}).value("failed", false));
  for (std::size_t k = 1; k <= whole.changes; ++k) {
    CAPTURE(k);
    SimHost host(sim::machine_of(base_with(job)));
    host.kill_at = k;
    CHECK_THROWS_AS(daemon_json(host, {{"icc", false}}), Killed);
    const auto before = containers_of(host).at("job").since;
    SimHost next(host.machine);
    CHECK_FALSE(daemon_json(next, {{"icc", false}}).value("failed", false));
    const bool had_run = before != 0 && docker_runs(host);
    if (had_run) CHECK(containers_of(next).at("job").since == before);
    CHECK(containers_of(next).at("job").since != 0);
    CHECK(containers_of(next).at("web").running);
  }
}

TEST_CASE("what a dead run owes and is not there any more is nothing to wait for") {
  json description = base_with({{"web", json::object()}});
  description["owed"] = {{"units", {{"docker.service", {{"containers", {"gone", "web"}}, {"units", json::array()}}}}}};
  SimHost host(sim::machine_of(description));
  const json result = daemon_json(host, {{"icc", false}});
  CHECK_FALSE(result.value("failed", false));
  CHECK(host.machine.owed == json::object());
}

TEST_CASE("what the API tells of containers is taken for what it is, or not at all") {
  const Neighbours neighbours = {{"aa11", "vpn"}, {"aa22", "db"}};
  const auto shares = [&](const json& settings) { return sharing_of(settings, neighbours); };
  CHECK(shares({{"NetworkMode", "container:aa11"}}) == std::vector<Sharing>{{"network", "vpn", true}});
  CHECK(shares({{"IpcMode", "container:vpn"}}) == std::vector<Sharing>{{"ipc", "vpn", true}});
  CHECK(shares({{"PidMode", "container:aa2"}}) == std::vector<Sharing>{{"pid", "db", true}});
  CHECK(shares({{"NetworkMode", "container:../../x\n"}}) == std::vector<Sharing>{{"network", "../../x\\x0a", false}});
  CHECK(shares({{"NetworkMode", "container:"}}).empty());
  CHECK(shares({{"NetworkMode", 7}, {"Links", nullptr}}).empty());
  // A link is a name and no more outside the default bridge, and nothing where the other one is gone.
  CHECK(shares({{"Links", {"/db:/app/db", "/gone:/app/gone"}}}) == std::vector<Sharing>{{"link", "db", true}});
  CHECK(shares({{"NetworkMode", "own"}, {"Links", {"/db:/app/db"}}}).empty());
  CHECK_THROWS_AS(shares({{"Links", "db"}}), json::exception);
  CHECK(started_before({{"VolumesFrom", {"db:ro"}}}, neighbours) == Strings{"db"});
  CHECK(is_container_name("web_1.x-2"));
  for (const char* name : {"", "../x", "-x", "a/b", "a?all=1", "a b"}) CHECK_FALSE(is_container_name(name));
}
