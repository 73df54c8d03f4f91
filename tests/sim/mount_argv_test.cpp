// SPDX-License-Identifier: GPL-3.0-or-later
// What every local user can see of a mount: the command line of mount(8).
#include <doctest/doctest.h>

#include "run.hpp"
#include "sim/plan_case.hpp"

using namespace dockhost;
using sim::SimHost;

namespace {

const json kShare = {{"path", "/data"},
                     {"src", "//files/share"},
                     {"fstype", "cifs"},
                     {"opts", "username=u,password=hunter22,vers=3"},
                     {"state", "ephemeral"}};

json with(json args, const json& more) {
  args.update(more);
  return args;
}

SimHost host_with(const json& more = json::object()) {
  json described = json::parse(sim::text_of(sim::plans_folder().parent_path() / "sim/base.json"));
  described["directories"]["/data"] = json::object();
  described.merge_patch(more);
  return SimHost(sim::machine_of(described));
}

// The command lines of mount(8), one a line.
std::string mounts_of(SimHost& host, const json& args, bool works = true) {
  const json result = run(host, {"mount", args, false, true});
  INFO(result.dump());
  CHECK(sim::failed(result) != works);
  CHECK(result.dump().find("hunter22") == std::string::npos);
  Strings lines;
  for (const Strings& argv : host.commands) {
    if (argv[0] == "mount") lines.push_back(join(argv, " "));
  }
  return join(lines, "\n");
}

}  // namespace

TEST_CASE("what stands in fstab is mounted by its path alone") {
  SimHost plain = host_with();
  CHECK(mounts_of(plain, with(kShare, {{"state", "mounted"}})) == "mount -- /data");
  CHECK(contains(plain.machine.mounts.back().super, "password=hunter22"));
  SimHost disk = host_with();
  const json args = {
      {"path", "/data"}, {"src", "/dev/vdb"}, {"fstype", "ext4"}, {"opts", "noexec"}, {"state", "mounted"}};
  CHECK(mounts_of(disk, args) == "mount -- /data");
  SimHost bound = host_with();
  CHECK(mounts_of(bound, with(args, {{"src", "/srv"}, {"fstype", "none"}, {"opts", "bind,ro"}})) == "mount -- /data");
}

TEST_CASE("an unmount that is undone takes from fstab what the kernel does not show") {
  SimHost host = host_with();
  mounts_of(host, with(kShare, {{"state", "mounted"}}));
  std::size_t mounted_again = 0;
  for (std::size_t k = 1; k <= 8; ++k) {
    SimHost undone(host.machine);
    undone.fail_at = k;
    const json result = run(undone, {"mount", {{"path", "/data"}, {"state", "absent_mount"}}, false, true});
    if (!sim::failed(result) || undone.machine.mounts.back().path != "/data") continue;
    for (const Strings& argv : undone.commands) mounted_again += argv == Strings{"mount", "--", "/data"} ? 1 : 0;
    CHECK(contains(undone.machine.mounts.back().super, "password=hunter22"));
  }
  CHECK(mounted_again != 0);
}

TEST_CASE("nofail makes mount say nothing where the device is gone, and that is no success") {
  SimHost gone = host_with();
  gone.meanwhile_at = 3;  // fstab is written, systemd has read it, and mount comes next
  gone.meanwhile = [](sim::Machine& machine) { machine.entries.erase("/dev/vdb"); };
  const json args = {
      {"path", "/data"}, {"src", "/dev/vdb"}, {"fstype", "ext4"}, {"opts", "nofail"}, {"state", "mounted"}};
  const json result = run(gone, {"mount", args, false, false});
  INFO(result.dump());
  CHECK(result.at("msg").get<std::string>().starts_with("/data: mount said nothing, and nothing is mounted"));
}

TEST_CASE("options that fstab does not hold go through a table when they are secret") {
  for (const bool hidden : {true, false}) {
    SimHost ephemeral = host_with();
    CHECK(mounts_of(ephemeral, with(kShare, {{"opts_no_log", hidden}})) == "mount -T % -- /data");
    CHECK(contains(ephemeral.machine.mounts.back().super, "password=hunter22"));
  }
  SimHost elsewhere = host_with();
  CHECK(mounts_of(elsewhere, with(kShare, {{"state", "mounted"}, {"fstab", "/srv/fstab"}})) == "mount -T % -- /data");
  SimHost open = host_with();
  CHECK(mounts_of(open, with(kShare, {{"opts", "vers=3"}})) == "mount -t cifs -o vers=3 -- //files/share /data");
  SimHost failing = host_with();
  failing.fail_at = 1;
  CHECK(mounts_of(failing, with(kShare, {{"opts_no_log", true}}), false) == "mount -T % -- /data");
}

TEST_CASE("so do those of a remount") {
  SimHost mounted =
      host_with({{"mounts", {{"/data", {{"source", "tmpfs"}, {"fstype", "tmpfs"}, {"options", "rw,size=64k"}}}}}});
  const json args = {{"path", "/data"}, {"opts", "size=128k"}, {"state", "remounted"}, {"opts_no_log", true}};
  CHECK(mounts_of(mounted, args) == "mount -T % -o remount -- /data");
  CHECK(contains(mounted.machine.mounts.back().super, "size=128k"));
}

TEST_CASE("the mount of busybox reads no options of systemd in fstab, and no table at a remount") {
  const json busybox = {{"files", {{"/bin/busybox", "x"}}},
                        {"links", {{"/bin/mount", "/bin/busybox"}}},
                        {"directories", {{"/bin", json::object()}}}};
  SimHost open = host_with(busybox);
  CHECK(mounts_of(open, with(kShare, {{"state", "mounted"}, {"opts", "vers=3,nofail"}})) ==
        "mount -t cifs -o vers=3 -- //files/share /data");
  SimHost secret = host_with(busybox);
  CHECK(mounts_of(secret, with(kShare, {{"state", "mounted"}})) == "mount -T % -- /data");
}
