// SPDX-License-Identifier: GPL-3.0-or-later
// The simulation held against what was seen on real hosts: a plan that passes on a wrong host proves nothing.
#include <doctest/doctest.h>

#include "sim/sim_host.hpp"

using namespace dockhost;
using sim::Killed;
using sim::SimHost;
using sim::Unknown;

namespace {

constexpr const char* kDaemon = "/etc/docker/daemon.json";

// A host with Docker running on `daemon_json` ("" for none), with these containers.
json docker_host(const std::string& daemon_json, const json& containers = json::object()) {
  json host = json::parse(R"({
    "files": {
      "/lib/systemd/system/docker.service": {"lines": ["[Service]", "EnvironmentFile=-/etc/default/docker",
                                                       "ExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS"]},
      "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n"
    },
    "directories": {"/etc/docker": {}, "/etc/default": {}},
    "units": {"docker.service": {"active": true, "requires": ["docker.socket"]},
              "docker.socket": {"active": true, "triggers": ["docker.service"]}},
    "docker": {"version": "20.10.24", "running": true}
  })");
  if (!daemon_json.empty()) host["files"][kDaemon] = daemon_json;
  host["docker"]["roots"]["/var/lib/docker"] = {{"images", json::array({"debian:12"})}, {"containers", containers}};
  return host;
}

SimHost running(const std::string& daemon_json, const json& containers = json::object()) {
  return SimHost(sim::machine_of(docker_host(daemon_json, containers)));
}

json get(SimHost& host, const std::string& target) {
  const Answer answer = host.request({"/run/docker.sock"}, "GET", target, std::chrono::seconds(5));
  REQUIRE(answer.status == 200);
  return json::parse(answer.body);
}

std::string icc(SimHost& host) {
  return get(host, "/networks/bridge").at("Options").at("com.docker.network.bridge.enable_icc").get<std::string>();
}

Strings listed(SimHost& host, const std::string& target) {
  Strings names;
  const json containers = get(host, target);
  for (const json& container : containers) names.push_back(container.at("Names").at(0).get<std::string>());
  return names;
}

void set(SimHost& host, const std::string& daemon_json) { host.write(kDaemon, daemon_json, 0644, 0, 0); }

Output restart(SimHost& host) {
  host.run({"systemctl", "stop", "docker.service"});
  return host.run({"systemctl", "start", "docker.service"});
}

std::string last_line(SimHost& host, const std::string& part) {
  const Output output = host.run({"journalctl", "--unit=docker.service", "--output=cat", "--no-pager", "--lines=30"});
  std::string last;
  for (const std::string& line : split(output.out, '\n')) {
    if (line.find(part) != std::string::npos) last = line;
  }
  return last;
}

// A host with /dev/vdb (ext4, one file on it) and a directory /data that holds another.
SimHost with_disk() {
  return SimHost(sim::machine_of(json::parse(R"({
    "files": {"/data/below": "old"},
    "devices": {"/dev/vda": {"fstype": "ext4"}, "/dev/vdb": {"fstype": "ext4", "uuid": "u-1", "files": {"/above": "new"}}},
    "mounts": {"/": {"source": "/dev/vda", "fstype": "ext4"}}
  })")));
}

}  // namespace

TEST_CASE("a simulated dockerd refuses at its start what a real one refuses, in its words") {
  const std::string file = "unable to configure the Docker daemon with file /etc/docker/daemon.json: ";
  const std::vector<std::pair<std::string, std::string>> refused = {
      {R"({"nonsense": 1})", file + "the following directives don't match any configuration option: nonsense"},
      {R"({"icc": "false"})", file + "json: cannot unmarshal string into Go struct field Config.icc of type bool"},
      {R"({"hosts": ["unix:///run/docker.sock"]})",
       file + "the following directives are specified both as a flag and in the configuration file: hosts: (from flag: "
              "[fd://], from file: [unix:///run/docker.sock])"},
      {R"({"icc": false, "iptables": false})",
       "failed to start daemon: You specified --iptables=false with --icc=false. ICC=false uses iptables to function. "
       "Please set --icc or --iptables to true"},
      {R"({"log-driver": "nosuch", "log-opts": {"a": "b"}})",
       "failed to start daemon: failed to set log opts: error looking up logging plugin nosuch: plugin \"nosuch\" not "
       "found"},
      {R"({"log-driver": "journald", "log-opts": {"max-size": "10m"}})",
       "failed to start daemon: failed to set log opts: unknown log opt 'max-size' for journald log driver"},
      {R"({"labels": ["a"]})", "bad attribute format: a"},
      {R"({"default-runtime": "gv"})", "specified default runtime 'gv' does not exist"},
      {R"({"seccomp-profile": "/none.json"})",
       "failed to start daemon: opening seccomp profile (/none.json) failed: open /none.json: no such file or "
       "directory"}};
  for (const auto& pair : refused) {
    const std::string &text = pair.first, &line = pair.second;
    CAPTURE(text);
    SimHost host = running("");
    set(host, text);
    CHECK(restart(host).code == 1);
    CHECK(last_line(host, line.substr(0, 20)) == line);
    CHECK(host.machine.units.at("docker.service").state == "failed");
  }
}

TEST_CASE("a unit that failed too often starts again only after reset-failed") {
  SimHost host = running("");
  set(host, R"({"nonsense": 1})");
  CHECK(restart(host).code == 1);
  set(host, "{}");
  CHECK(host.run({"systemctl", "start", "docker.service"}).code == 1);
  CHECK(host.run({"systemctl", "reset-failed", "docker.service"}).good());
  CHECK(host.run({"systemctl", "start", "docker.service"}).good());
}

TEST_CASE("a reload takes what is read on a reload and nothing else") {
  SimHost host = running("");
  set(host, R"({"live-restore": true, "icc": false})");
  CHECK(host.run({"systemctl", "reload", "docker.service"}).good());
  CHECK(get(host, "/info").at("LiveRestoreEnabled") == true);
  CHECK(icc(host) == "true");
  SUBCASE("a removed live-restore stays in force") {
    set(host, "{}");
    CHECK(host.run({"systemctl", "reload", "docker.service"}).good());
    CHECK(get(host, "/info").at("LiveRestoreEnabled") == true);
  }
  SUBCASE("of a file that is no JSON only the journal tells") {
    set(host, "{");
    CHECK(host.run({"systemctl", "reload", "docker.service"}).good());
    CHECK(last_line(host, "level=error").find("unable to configure the Docker daemon") != std::string::npos);
    CHECK(get(host, "/info").at("LiveRestoreEnabled") == true);
  }
}

TEST_CASE("a missing authorization plugin kills dockerd at a reload") {
  SimHost host = running("");
  set(host, R"({"authorization-plugins": ["opa"]})");
  CHECK(host.run({"systemctl", "reload", "docker.service"}).good());
  CHECK(host.machine.units.at("docker.service").state == "failed");
}

TEST_CASE("over a restart containers come back by their restart policy alone, and those with --rm are deleted") {
  SimHost host =
      running("", {{"always", {{"policy", "always"}}},
                   {"by-hand", {{"running", false}, {"policy", "unless-stopped"}, {"stopped_by_hand", true}}},
                   {"once", {{"auto_remove", true}}},
                   {"plain", json::object()}});
  CHECK(restart(host).good());
  CHECK(listed(host, "/containers/json") == Strings{"/always"});
  CHECK(listed(host, "/containers/json?all=1") == Strings{"/always", "/by-hand", "/plain"});
}

TEST_CASE("containers that live-restore keeps hold the bridge's settings back") {
  SimHost host = running(R"({"live-restore": true})", {{"web", json::object()}});
  set(host, R"({"live-restore": true, "icc": false})");
  CHECK(restart(host).good());
  CHECK(listed(host, "/containers/json") == Strings{"/web"});
  CHECK(icc(host) == "true");
  CHECK(last_line(host, "running containers").find("updated network configuration will not take affect") !=
        std::string::npos);
}

TEST_CASE("live-restore that is only written does not keep containers over the first restart") {
  SimHost host = running("", {{"web", json::object()}});
  set(host, R"({"live-restore": true, "icc": false})");
  CHECK(restart(host).good());
  CHECK(listed(host, "/containers/json").empty());
  CHECK(icc(host) == "false");
}

TEST_CASE("userns-remap makes its user and moves the data root, where nothing is listed") {
  SimHost host = running("", {{"web", json::object()}});
  set(host, R"({"userns-remap": "default"})");
  CHECK(restart(host).good());
  CHECK(get(host, "/info").at("DockerRootDir") == "/var/lib/docker/100000.100000");
  CHECK(get(host, "/images/json").empty());
  CHECK(listed(host, "/containers/json?all=1").empty());
  CHECK(host.read("/etc/subuid") == "dockremap:100000:65536\n");
  set(host, "{}");
  CHECK(restart(host).good());
  CHECK(get(host, "/images/json").size() == 1);
}

TEST_CASE("no-new-privileges is shown from 24.0 on") {
  for (const auto& release : {std::pair{"20.10.24", false}, {"24.0.0", true}}) {
    CAPTURE(release.first);
    json description = docker_host(R"({"no-new-privileges": true})");
    description["docker"]["version"] = release.first;
    SimHost host(sim::machine_of(description));
    const std::string options = get(host, "/info").at("SecurityOptions").dump();
    CHECK((options.find("name=no-new-privileges") != std::string::npos) == release.second);
  }
}

TEST_CASE("who connects to a stopped Docker starts it through its socket, and that is counted") {
  SimHost host = running("");
  host.run({"systemctl", "stop", "docker.service"});
  SUBCASE("with the socket") {
    CHECK(get(host, "/info").at("ServerVersion") == "20.10.24");
    CHECK(host.woken == 1);
  }
  SUBCASE("without it") {
    host.run({"systemctl", "stop", "docker.socket"});
    CHECK(host.request({"/run/docker.sock"}, "GET", "/info", std::chrono::seconds(5)).status == 0);
    CHECK(host.woken == 0);
  }
}

TEST_CASE("units that require a unit stop with it and do not start with it") {
  json description = docker_host("");
  description["units"]["web.service"] = {{"active", true}, {"requires", json::array({"docker.service"})}};
  SimHost host(sim::machine_of(description));
  CHECK(restart(host).good());
  CHECK(host.machine.units.at("web.service").state == "inactive");
  CHECK(host.machine.units.at("docker.socket").state == "active");
}

TEST_CASE("flags come from the unit and its EnvironmentFile") {
  SimHost host = running("");
  host.write("/etc/default/docker", "DOCKER_OPTS=\"--icc=false\"\n", 0644, 0, 0);
  CHECK(restart(host).good());
  CHECK(icc(host) == "false");
  const Output shown = host.run({"systemctl", "show", "--property=MainPID,EnvironmentFiles", "docker.service"});
  const std::string pid = words(split(shown.out, '\n')[0].substr(8))[0];
  CHECK(host.read("/proc/" + pid + "/cmdline") == std::string("/usr/sbin/dockerd\0-H\0fd://\0--icc=false\0", 39));
  CHECK(split(shown.out, '\n')[1] == "EnvironmentFiles=/etc/default/docker (ignore_errors=yes)");
}

TEST_CASE("a mount hides what stands below it, and an unmount shows it again") {
  SimHost host = with_disk();
  CHECK(host.run({"mount", "--types", "ext4", "UUID=u-1", "/data"}).good());
  CHECK(host.list("/data") == Strings{"above"});
  CHECK(host.read("/proc/self/mountinfo").value_or("").find("/ /data rw,relatime shared:2 - ext4 /dev/vdb rw\n") !=
        std::string::npos);
  CHECK(host.run({"umount", "/data"}).good());
  CHECK(host.list("/data") == Strings{"below"});
}

TEST_CASE("mount and umount fail as util-linux does") {
  SimHost host = with_disk();
  CHECK(host.run({"mount", "/dev/vdz", "/data"}).err == "mount: /data: special device /dev/vdz does not exist.\n");
  CHECK(host.run({"mount", "/dev/vdb", "/nowhere"}).err == "mount: /nowhere: mount point does not exist.\n");
  CHECK(host.run({"umount", "/data"}).code == 32);
  CHECK(host.run({"mount", "/dev/vdb", "/data"}).good());
  const Output refused = host.run({"mount", "--options", "remount,data=journal", "/dev/vdb", "/data"});
  CHECK(refused.err == "mount: /data: mount point not mounted or bad option.\n");
  host.machine.users["/data"] = {"812 postgres"};
  CHECK(host.run({"umount", "/data"}).err == "umount: /data: target is busy.\n");
  host.machine.users.clear();
  host.machine.processes[813].writes = {"/data/above"};
  CHECK(host.run({"umount", "/data"}).err == "umount: /data: target is busy.\n");
  CHECK(host.run({"mount", "--options", "remount,ro", "/dev/vdb", "/data"}).err ==
        "mount: /data: mount point is busy.\n");
}

TEST_CASE("a change that fails leaves no trace") {
  SimHost host = running("");
  const json before = sim::snapshot(host.machine);
  host.fail_at = 1;
  CHECK_THROWS_WITH_AS(set(host, "{}"), "cannot be written: injected failure", Error);
  host.fail_at = 2;
  CHECK_FALSE(host.run({"systemctl", "stop", "docker.service"}).good());
  CHECK(sim::snapshot(host.machine) == before);
  CHECK(host.changes == 2);
}

TEST_CASE("looking is no change") {
  SimHost host = running("");
  get(host, "/info");
  host.run({"systemctl", "show", "--property=Id", "docker.service"});
  host.run({"journalctl", "--unit=docker.service", "--output=cat"});
  host.run({"dockerd", "--version"});
  CHECK(host.changes == 0);
}

TEST_CASE("a run that is killed does nothing more, and what it owes stays noted") {
  SimHost host = running("");
  const json note = {{"reload", json::array({"docker.service"})}};
  host.owe(note);
  host.kill_at = 2;
  CHECK_THROWS_AS(set(host, "{}"), Killed);
  CHECK_FALSE(host.read(kDaemon).has_value());
  CHECK_THROWS_AS(host.run({"systemctl", "daemon-reload"}), Killed);
  CHECK_THROWS_AS(set(host, "{}"), Killed);
  CHECK(SimHost(host.machine).owed() == note);
}

TEST_CASE("a command that the simulation has no answer to is never taken for a success") {
  SimHost host = running("");
  CHECK_THROWS_WITH_AS(host.run({"lvs", "--noheadings"}), "the simulated host does not know: lvs --noheadings",
                       Unknown);
  CHECK_THROWS_AS(host.run({"systemctl", "isolate", "rescue.target"}), Unknown);
  CHECK_THROWS_AS(host.request({"/run/docker.sock"}, "GET", "/system/df", std::chrono::seconds(5)), Unknown);
}

TEST_CASE("a description with a word that is not known is an error") {
  CHECK_THROWS_WITH(sim::machine_of({{"mount", json::object()}}), "host description: a host does not know 'mount'");
}
