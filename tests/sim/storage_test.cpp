// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody else is at work on the same disks: what is theirs is not touched, whatever becomes of our run.
#include <doctest/doctest.h>

#include "core/kinds.hpp"
#include "run.hpp"
#include "sim/sim_host.hpp"
#include "sim/storage.hpp"

using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

Machine with_blank_disk() {
  return sim::machine_of(json{{"devices", {{"/dev/vda", json::object()}, {"/dev/vdb", json::object()}}}});
}

json volume_on_vdb(SimHost& host) {
  Request request;
  request.module = "lvm_volume";
  request.args = {{"disks", {"/dev/vdb"}}, {"volume_group", "docker"}, {"logical_volume", "data"}, {"size", "50%VG"}};
  return run(host, request);
}

}  // namespace

TEST_CASE("a disk that another group takes at the last moment keeps its bytes") {
  SimHost host(with_blank_disk());
  host.meanwhile_at = 1;
  host.meanwhile = [](Machine& machine) {
    machine.groups["theirs"] = {4194304, {{"/dev/vdb", 511, 1048576}}, {}, false, false, false};
    machine.disks.at("/dev/vdb").start = "their metadata";
  };
  const json result = volume_on_vdb(host);
  INFO(result.dump(1));
  CHECK(result.at("failed") == true);
  CHECK(result.at("msg").get<std::string>().find("belongs to the volume group 'theirs'") != std::string::npos);
  CHECK(host.machine.disks.at("/dev/vdb").start == "their metadata");
  CHECK(host.machine.groups.contains("theirs"));
}

TEST_CASE("a group of that name that somebody makes at the last moment stays") {
  SimHost host(with_blank_disk());
  host.meanwhile_at = 1;
  host.meanwhile = [](Machine& machine) {
    machine.groups["docker"] = {4194304, {{"/dev/vda", 511, 1048576}}, {}, false, false, false};
  };
  const json result = volume_on_vdb(host);
  INFO(result.dump(1));
  CHECK(result.at("failed") == true);
  CHECK(host.machine.groups.contains("docker"));
  CHECK(host.machine.disks.at("/dev/vdb").start.empty());
}

TEST_CASE("a volume of that name that somebody makes at the last moment stays") {
  SimHost host(with_blank_disk());
  host.meanwhile_at = 2;
  host.meanwhile = [](Machine& machine) { sim::make_volume(machine, "docker", "data", {10, "linear", "", true}); };
  const json result = volume_on_vdb(host);
  INFO(result.dump(1));
  CHECK(result.at("failed") == true);
  CHECK(host.machine.groups.at("docker").volumes.at("data").extents == 10);
}
