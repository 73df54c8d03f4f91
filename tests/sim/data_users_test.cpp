// SPDX-License-Identifier: GPL-3.0-or-later
// Who uses a data root or a mount, where a plan of tests/plans does not show it.
#include "host/data_users.hpp"

#include <doctest/doctest.h>

#include "core/kinds.hpp"
#include "host/mount_users.hpp"
#include "modules.hpp"
#include "resources/data_refusals.hpp"
#include "run.hpp"
#include "sim/sim_host.hpp"

using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

constexpr const char* kRoot = "/var/lib/docker";

// A disk on /data, a namespace whose mounts follow those of the host, and one whose mounts do not.
Machine with_namespaces() {
  return sim::machine_of(
      {{"directories", {{"/data", json::object()}}},
       {"devices", {{"/dev/vda", {{"fstype", "ext4"}}}, {"/dev/vdb", {{"fstype", "ext4"}}}}},
       {"mounts",
        {{"/", {{"source", "/dev/vda"}, {"fstype", "ext4"}}}, {"/data", {{"source", "/dev/vdb"}, {"fstype", "ext4"}}}}},
       {"spaces", {{"follows", json::object()}, {"other", {{"mounts", {{{"path", "/data"}, {"fstype", "tmpfs"}}}}}}}},
       {"processes",
        {{"900", {{"name", "chronyd"}, {"space", "follows"}, {"cwd", "/data"}}},
         {"901", {{"name", "backup"}, {"space", "other"}, {"cwd", "/data"}}}}}});
}

Machine with_docker(const json& more) {
  json host = {{"directories", {{kRoot, json::object()}}},
               {"devices", {{"/dev/vda", {{"fstype", "ext4"}}}}},
               {"mounts", {{"/", {{"source", "/dev/vda"}, {"fstype", "ext4"}}}}},
               {"units", {{"docker.service", {{"active", true}}}}},
               {"docker",
                {{"version", "20.10.24"},
                 {"running", true},
                 {"roots", {{kRoot, {{"containers", {{"web", json::object()}, {"db", json::object()}}}}}}}}}};
  host.merge_patch(more);
  return sim::machine_of(host);
}

}  // namespace

TEST_CASE(
    "a process in a namespace that follows ours keeps a mount busy, one whose path only spells like it does not") {
  const SimHost host(with_namespaces());
  CHECK(in_words(mount_use(host, "/data")) == "used by 900 (chronyd)");
}

TEST_CASE("a mount of which nobody can tell who uses it is not taken for one that nobody uses") {
  State state;
  state.put<Mount>("/data", Mount{});
  state.put_error(MountUse::kind, "/data", Error("no answer within 60 seconds", {"/data"}));
  Change<Mount> unmount;
  unmount.key = "/data";
  unmount.before = Mount{};
  CHECK_THROWS_WITH_AS(state.apply(unmount), "no answer within 60 seconds", Error);
}

TEST_CASE("where it cannot be told what is in the way of a change, nothing is changed") {
  State state;
  state.put<File>("/etc/x", std::nullopt);
  state.put_error(Reach::kind, "/etc/x", Error("no answer within 60 seconds", {"/etc/x"}));
  Change<File> write;
  write.key = "/etc/x";
  write.after = File{};
  CHECK_THROWS_WITH_AS(state.apply(write), "no answer within 60 seconds", Error);
}

TEST_CASE("who comes between the look and the unmount is named when the unmount fails") {
  SimHost host(with_namespaces());
  host.machine.processes.clear();
  host.meanwhile_at = 1;
  host.meanwhile = [](Machine& machine) { machine.users["/data"] = {"812 postgres"}; };
  const json result = run(host, Request{"mount", {{"path", "/data"}, {"state", "unmounted"}}});
  CHECK(result.at("failed") == true);
  CHECK(result.at("changed") == false);
  CHECK(result.at("msg").get<std::string>().find("target is busy.; used by 812 (postgres)") != std::string::npos);
  const json again = run(host, Request{"mount", {{"path", "/data"}, {"state", "unmounted"}}});
  CHECK(again.at("msg").get<std::string>().starts_with("/data: cannot be unmounted: used by 812 (postgres)."));
}

TEST_CASE("whoever names a process or a mount point hides no path and gives no command") {
  SimHost host(with_namespaces());
  host.machine.processes.clear();
  host.machine.users["/data"] = {"812 pw=/data", "813 pw=process"};
  const json result = run(host, Request{"mount", {{"path", "/data"}, {"state", "unmounted"}}});
  CHECK(result.at("msg") ==
        "/data: cannot be unmounted: used by 812 (pw=********) and 813 (pw=********). First end these processes.");
  MountUse use;
  use.below = {"/data/x;reboot", "/data/a'$(id)' b", "/data/a-b_c.d:1@x,y=%"};
  CHECK(why_not_unmounted(use).ends_with(
      R"(First umount '/data/x;reboot', umount '/data/a'\''$(id)'\'' b' and umount /data/a-b_c.d:1@x,y=%.)"));
}

TEST_CASE("a pipe that is open for writing, and memory that has the name of a deleted file, keep nothing writable") {
  SimHost host(with_namespaces());
  host.machine.entries["/data/pipe"].type = Node::Type::other;
  sim::Process& process = host.machine.processes[812];
  process.name = "qmgr";
  process.writes = {"/data/pipe"};
  process.files = {"/data/log"};
  CHECK(mount_use(host, "/data").system_writers.empty());
  CHECK(mount_use(host, "/").system_writers.empty());
  CHECK(host.run({"mount", "--options", "remount,ro", "/dev/vdb", "/data"}).good());
}

TEST_CASE("processes are walked through only where a mount is taken off") {
  SimHost host(with_namespaces());
  State seen;
  const Resource& resource = module_named("mount");
  const auto planned = [&](const json& args) {
    seen = State{};
    return make_plan(host, resource, validate(resource.spec, args).values, seen);
  };
  const json data = {{"path", "/data"}, {"src", "/dev/vdb"}, {"fstype", "ext4"}, {"opts", "nodev"}};
  json mounted = data;
  mounted["state"] = "mounted";
  CHECK_FALSE(planned(mounted).empty());
  CHECK_FALSE(seen.knows<MountUse>("/data"));
  CHECK_THROWS_AS(planned({{"path", "/data"}, {"state", "unmounted"}}), Refusal);
  CHECK(seen.knows<MountUse>("/data"));
}

TEST_CASE("containers of a Docker that runs are its own, on its root and aside; without it they are named") {
  const SimHost runs(with_docker(json::object()));
  CHECK(data_use(runs, kRoot, DockerIs::running).none());
  CHECK(data_use(runs, "/srv", DockerIs::elsewhere).none());
  Machine machine = runs.machine;
  machine.units["docker.service"].state = "inactive";
  machine.engine.in_force = nullptr;
  for (auto& [name, container] : machine.engine.roots[kRoot].containers) container.alone = true;
  SimHost alone(machine);
  const RootUse use = data_use(alone, kRoot, DockerIs::stopped);
  CHECK(use.containers == Strings{"db0000000000 (process 3002)", "web000000000 (process 3004)"});
  CHECK(use.others.empty());
  end_left_mounts(alone, kRoot);
  for (const auto& [name, container] : alone.machine.engine.roots[kRoot].containers) CHECK_FALSE(container.unmounted);
}

TEST_CASE("a layer that nobody shows is unmounted after the stop; until then it goes by itself") {
  Machine machine = with_docker(json::object());
  machine.units["docker.service"].state = "inactive";
  machine.engine.in_force = nullptr;
  machine.engine.roots[kRoot].containers["db"].left = true;
  SimHost host(machine);
  CHECK(data_use(host, kRoot, DockerIs::stopped).none());
  CHECK(data_users(host, kRoot, DockerIs::stopped_by_us).find("is mounted below it") != std::string::npos);
  end_left_mounts(host, kRoot);
  CHECK(data_users(host, kRoot, DockerIs::stopped_by_us).empty());
}

TEST_CASE("a volume counts as Docker's mount as far as its opts.json says so") {
  const std::string volume = std::string(kRoot) + "/volumes/v";
  const auto with = [&](const std::string& options) {
    return with_docker({{"files", {{volume + "/opts.json", options}}},
                        {"mounts", {{volume + "/_data", {{"source", "tmpfs"}, {"fstype", "tmpfs"}}}}}});
  };
  const SimHost says_so(with(R"({"MountType":"tmpfs","MountDevice":"tmpfs","MountOpts":""})"));
  CHECK(data_use(says_so, kRoot, DockerIs::running).none());
  const SimHost other(with(R"({"MountType":"nfs","MountDevice":":/export","MountOpts":"addr=10.0.0.1"})"));
  CHECK(data_use(other, kRoot, DockerIs::running).others == volume + "/_data is mounted below it");
  const SimHost broken(with("{"));
  CHECK_FALSE(data_use(broken, kRoot, DockerIs::running).none());
}

TEST_CASE("a folder that somebody has bound on itself is not Docker's to unmount, a driver's own is") {
  const auto bound = [](const std::string& folder) {
    const std::string path = std::string(kRoot) + folder;
    return with_docker({{"directories", {{path, json::object()}}},
                        {"mounts", {{path, {{"source", "/dev/vda"}, {"fstype", "ext4"}, {"root", path}}}}}});
  };
  SimHost host(bound("/volumes"));
  CHECK(data_use(host, kRoot, DockerIs::running).others == std::string(kRoot) + "/volumes is mounted below it");
  const std::size_t mounts = host.machine.mounts.size();
  end_left_mounts(host, kRoot);
  CHECK(host.machine.mounts.size() == mounts);
  for (const char* const own : {"/overlay2", "/plugins"})
    CHECK(data_use(SimHost(bound(own)), kRoot, DockerIs::running).none());
}

TEST_CASE("what dockerd has mounted in a namespace of its own goes with it") {
  const json spaces = {{"own", {{"follows", false}}}};
  const auto with = [&](const std::string& name) {
    const SimHost host(
        with_docker({{"spaces", spaces},
                     {"processes", {{"601", {{"name", name}, {"exe", "/usr/bin/" + name}, {"space", "own"}}}}}}));
    return data_use(host, kRoot, DockerIs::running);
  };
  CHECK(with("dockerd").none());
  CHECK(with("backup").others.find("601 (backup) has overlay on " + std::string(kRoot)) == 0);
}

TEST_CASE("a file that the kernel has open is in use, though no process holds it") {
  const std::string file = std::string(kRoot) + "/volumes/v/_data/disk.img";
  const auto others = [](const json& more, DockerIs docker = DockerIs::running) {
    const SimHost host(with_docker(more));
    return data_use(host, kRoot, docker).others;
  };
  CHECK(others({{"files", {{"/sys/block/loop7/loop/backing_file", file + "\n"}}}}) ==
        file + ": /dev/loop7 is its loop device");
  CHECK(others({{"files", {{"/sys/block/loop7/loop/backing_file", "/srv/disk.img\n"}}}}).empty());
  const json own = {{"files", {{"/sys/block/loop7/loop/backing_file", std::string(kRoot) + "/devicemapper/data\n"}}}};
  CHECK(others(own).empty());
  CHECK(others(own, DockerIs::stopped).ends_with("/devicemapper/data: /dev/loop7 is its loop device"));
  const std::string swaps = "Filename\tType\n/dev/vdb partition 1\n" + std::string(kRoot) + "/a\\040b file 1\n";
  CHECK(others({{"files", {{"/proc/swaps", swaps}}}}) == std::string(kRoot) + "/a b: the kernel swaps to it");
  json exported = {{"files", {{"/var/lib/nfs/etab", std::string(kRoot) + "/volumes\t*(rw)\n/srv\t*(ro)\n"}}}};
  CHECK(others(exported).empty());
  exported["files"]["/proc/fs/nfsd/threads"] = "8\n";
  CHECK(others(exported) == std::string(kRoot) + "/volumes: the NFS server gives it out");
}

TEST_CASE("an overlay elsewhere that joins a part of the data uses it") {
  const std::string volume = std::string(kRoot) + "/volumes/v/_data";
  const auto others = [](const std::string& options) {
    const SimHost host(
        with_docker({{"directories", {{"/mnt/o", json::object()}}},
                     {"mounts", {{"/mnt/o", {{"source", "overlay"}, {"fstype", "overlay"}, {"options", options}}}}}}));
    return data_use(host, kRoot, DockerIs::running).others;
  };
  CHECK(others("rw,lowerdir=/srv/a,upperdir=" + volume + "/up,workdir=/srv/w") ==
        "/mnt/o shows " + volume + "/up (an overlay)");
  CHECK(others("rw,lowerdir=/srv/a:" + volume + ":/srv/b") == "/mnt/o shows " + volume + " (an overlay)");
  CHECK(others("rw,lowerdir=/srv/a:/srv/b,upperdir=/srv/up,workdir=/srv/w").empty());
}

TEST_CASE("data that a copy cannot take along is refused, told with the limit of what cp names") {
  Data data;
  data.longest = 4095 - 3 - std::string("/run/dockhost/copy").size();
  CHECK_NOTHROW(refuse_shape(Docker{}, kRoot, data));
  ++data.longest;
  data.deepest = "volumes/v/_data/d[...]d";
  CHECK_THROWS_WITH_AS(refuse_shape(Docker{}, kRoot, data), doctest::Contains("longer than cp can name"), Refusal);
  Docker zfs;
  zfs.driver = "zfs";
  CHECK_THROWS_WITH_AS(refuse_shape(zfs, kRoot, Data{}), doctest::Contains("data sets of zfs"), Refusal);
  CHECK(unmovable(Docker{}, kRoot, std::nullopt).empty());
  Mount mount;
  mount.source = "/dev/vdb";
  mount.root = "/@docker";
  mount.fstype = "btrfs";
  CHECK(unmovable(Docker{}, kRoot, mount).starts_with("the btrfs subvolume /@docker of /dev/vdb is mounted on"));
}
