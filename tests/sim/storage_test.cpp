// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody else is at work on the same disks: what is theirs is not touched, whatever becomes of our run.
#include <doctest/doctest.h>

#include "core/kinds.hpp"
#include "run.hpp"
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"
#include "sim/storage.hpp"

using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

Machine with_blank_disk() {
  return sim::machine_of(json{{"devices", {{"/dev/vda", json::object()}, {"/dev/vdb", json::object()}}}});
}

json volume_on_vdb(SimHost& host, const std::string& fstype = "ext4") {
  Request request;
  request.module = "lvm_volume";
  request.args = {{"disks", {"/dev/vdb"}},
                  {"volume_group", "docker"},
                  {"logical_volume", "data"},
                  {"size", "50%VG"},
                  {"fstype", fstype}};
  return run(host, request);
}

constexpr const char* kVolume = "/dev/mapper/docker-data";

// The changes of volume_on_vdb().
enum At : std::size_t { vgcreate = 1, lvcreate, mkfs, end_of_tag };

bool left(const json& result, const std::string& why) {
  const json all = result.value("not_undone", json::array());
  const std::string text = all.dump() + result.at("msg").dump();
  INFO(result.dump(1));
  CHECK(text.find(why) != std::string::npos);
  return result.at("failed") == true;
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

TEST_CASE("a file system that somebody mounts before it is undone stays, and so does all below it") {
  SimHost host(with_blank_disk());
  host.meanwhile_at = host.fail_at = At::end_of_tag;
  host.meanwhile = [](Machine& machine) {
    machine.entries["/srv"] = {Node::Type::directory, "", 0755, 0, 0, 0, 0};
    CHECK(sim::mount_on(machine, {kVolume, "/srv", "ext4", {}}) == "");
  };
  CHECK(left(volume_on_vdb(host), "it is mounted on /srv, and is left so"));
  CHECK(host.machine.disks.at(kVolume).fstype == "ext4");
  CHECK(host.machine.groups.at("docker").volumes.contains("data"));
}

TEST_CASE("a file system that somebody has written to before it is undone stays, mounted or not") {
  for (const std::string fstype : {"ext4", "xfs"}) {
    CAPTURE(fstype);
    SimHost host(with_blank_disk());
    host.meanwhile_at = host.fail_at = At::end_of_tag;
    host.meanwhile = [](Machine& machine) {
      machine.disks.at(kVolume).files["/mine"] = {Node::Type::file, "text", 0644, 0, 0, 0, 0};
    };
    CHECK(left(volume_on_vdb(host, fstype), "its file system holds 'mine', and is left so"));
    CHECK(host.machine.disks.at(kVolume).files.contains("/mine"));
  }
}

TEST_CASE("a tagged volume that somebody has used is not removed by an undo") {
  SimHost host(with_blank_disk());
  host.meanwhile_at = host.fail_at = At::mkfs;
  host.meanwhile = [](Machine& machine) {
    sim::Disk& disk = machine.disks.at(kVolume);
    disk.fstype = "xfs";
    disk.files["/mine"] = {Node::Type::file, "text", 0644, 0, 0, 0, 0};
  };
  CHECK(left(volume_on_vdb(host), "its file system holds 'mine'"));
  CHECK(host.machine.disks.at(kVolume).files.contains("/mine"));
}

TEST_CASE("bytes that are not LVM's are not taken off a disk that it gives back") {
  SimHost host(with_blank_disk());
  host.meanwhile_at = host.fail_at = At::vgcreate;
  host.meanwhile = [](Machine& machine) { machine.disks.at("/dev/vdb").start = "their data"; };
  CHECK(left(volume_on_vdb(host), "holds data of somebody else by now, and is left so"));
  CHECK(host.machine.disks.at("/dev/vdb").start == "their data");
}
