// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount.hpp"

#include <doctest/doctest.h>

#include "args/mask.hpp"
#include "run.hpp"

using namespace dockhost;

namespace {

constexpr const char* kFstab =
    "# the system\n"
    "UUID=root / ext4 errors=remount-ro 0 1\n"
    "/dev/vdb\t/srv  xfs defaults 0 2 # data\n";

// A host with / and /srv mounted as its fstab says, a spare disk and an empty directory /mnt.
State host() {
  State state;
  state.put<File>("/etc/fstab", File{kFstab});
  state.put<Reload>("systemd", Reload{});
  state.put<Mount>("/", Mount{"/dev/vda1", "/", "ext4", {"rw", "relatime", "errors=remount-ro"}, "/dev/vda1"});
  state.put<Mount>("/srv", Mount{"/dev/vdb", "/", "xfs", {"rw", "relatime", "attr2", "inode64"}, "/dev/vdb"});
  state.put<Mount>("/mnt", std::nullopt);
  state.put<Directory>("/mnt", Directory{});
  state.put<Directory>("/srv", Directory{});
  state.put<Covered>("/srv", Covered{});
  state.put<Device>("/dev/vdb", Device{"/dev/vdb", "/", "xfs", Device::Type::block});
  state.put<Device>("/dev/vdc", Device{"/dev/vdc", "/", "ext4", Device::Type::block});
  state.put<Device>("UUID=data", Device{"/dev/vdb", "/", "xfs", Device::Type::block});
  state.put<Device>("UUID=gone", std::nullopt);
  state.put<Device>("/srv", Device{"/dev/vdb", "/", "xfs", Device::Type::directory});
  state.put<Device>("/mnt", Device{"/dev/vda1", "/mnt", "ext4", Device::Type::directory});
  return state;
}

Plan planned(State state, const json& args) {
  Plan plan(std::move(state));
  const Resource resource = mount_resource();
  json all = validate(resource.spec, args).values;
  resource.plan(plan, all);
  return plan;
}

Strings sentences(const State& state, const json& args) { return planned(state, args).sentences(); }

std::string error(const State& state, const json& args) {
  try {
    planned(state, args);
  } catch (const Error& thrown) {
    return thrown.text();
  }
  return "none";
}

std::string fstab_after(const State& state, const json& args) {
  const Plan plan = planned(state, args);
  return plan.now().find<File>("/etc/fstab")->content;
}

// The task's arguments with some of them changed or added.
json but(json args, const json& changes) {
  args.update(changes);
  return args;
}

const json kSrv = {{"path", "/srv"}, {"src", "/dev/vdb"}, {"fstype", "xfs"}, {"passno", "2"}, {"state", "mounted"}};
const json kMnt = {{"path", "/mnt"}, {"src", "/dev/vdc"}, {"fstype", "ext4"}, {"state", "mounted"}};

Mount srv(const Strings& options) { return {"/dev/vdb", "/", "xfs", options, "/dev/vdb"}; }

}  // namespace

TEST_CASE("what is in fstab and mounted as asked is left alone") {
  const Plan plan = planned(host(), kSrv);
  CHECK(plan.empty());
  REQUIRE(plan.findings().size() == 2);
  CHECK(plan.findings()[0].what == "fstab entry");
  CHECK(plan.findings()[1].what == "mount");
  for (const Finding& finding : plan.findings()) CHECK(finding.status == Status::pass);
}

TEST_CASE("a new mount is written into fstab, told to systemd, and mounted") {
  const json args = but(kMnt, {{"opts", "nodev,nofail"}});
  CHECK(sentences(host(), args) == Strings{"change /etc/fstab: add the entry of /mnt: /dev/vdc ext4 nodev,nofail 0 0",
                                           "let systemd read its units and fstab again",
                                           "mount /dev/vdc on /mnt (nodev)"});
  CHECK(fstab_after(host(), args) == std::string(kFstab) + "/dev/vdc /mnt ext4 nodev,nofail 0 0\n");
}

TEST_CASE("a second run finds nothing to do") {
  const json args = but(kMnt, {{"opts", "nodev,nofail"}});
  CHECK(planned(planned(host(), args).now(), args).empty());
}

TEST_CASE("the missing directories of a mount point are made") {
  State state = host();
  state.put<Mount>("/mnt/a/b", std::nullopt);
  state.put<Directory>("/mnt/a/b", std::nullopt);
  state.put<Directory>("/mnt/a", std::nullopt);
  CHECK(sentences(state, but(kMnt, {{"path", "/mnt/a/b/"}})) ==
        Strings{"change /etc/fstab: add the entry of /mnt/a/b: /dev/vdc ext4 defaults 0 0",
                "let systemd read its units and fstab again", "make the directory /mnt/a (mode 0755)",
                "make the directory /mnt/a/b (mode 0755)", "mount /dev/vdc on /mnt/a/b"});
}

TEST_CASE("a missing fstab is made with its directory") {
  State state = host();
  state.put<File>("/chroot/etc/fstab", std::nullopt);
  state.put<Directory>("/chroot/etc", std::nullopt);
  state.put<Directory>("/chroot", Directory{});
  const json args = but(kMnt, {{"fstab", "/chroot/etc/fstab"}, {"state", "present"}});
  CHECK(sentences(state, args) == Strings{"make the directory /chroot/etc (mode 0755)",
                                          "create /chroot/etc/fstab (mode 0644): add the entry of /mnt: /dev/vdc ext4 "
                                          "defaults 0 0"});
}

TEST_CASE("present does not look at what is mounted") {
  State state;
  state.put<File>("/etc/fstab", File{"tmpfs /a tmpfs rw 0 0\n"});
  state.put<Reload>("systemd", Reload{});
  CHECK(sentences(state, {{"path", "/a"}, {"src", "tmpfs"}, {"fstype", "tmpfs"}, {"state", "present"}}).empty());
}

TEST_CASE("the same device under another name is the same, and its spelling in fstab stays") {
  CHECK(planned(host(), but(kSrv, {{"src", "UUID=data"}})).empty());
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vg/lv /srv xfs defaults 0 2\n"});
  const json args = but(kSrv, {{"src", "/dev/mapper/vg-lv"}, {"state", "present"}});
  CHECK(planned(state, args).empty());
}

TEST_CASE("another device in fstab is replaced") {
  const json args = but(kSrv, {{"src", "/dev/vdc"}, {"state", "present"}});
  CHECK(sentences(host(), args) == Strings{"change /etc/fstab: the entry of /srv: source /dev/vdb to /dev/vdc",
                                           "let systemd read its units and fstab again"});
  CHECK(fstab_after(host(), args).ends_with("/dev/vdc\t/srv  xfs defaults 0 2 # data\n"));
}

TEST_CASE("a device that is not on the host is an error before anything is done") {
  CHECK(error(host(), but(kMnt, {{"src", "UUID=gone"}})) == "there is no 'UUID=gone' on this host");
}

TEST_CASE("a directory is mounted only as a bind mount") {
  CHECK(error(host(), but(kMnt, {{"src", "/srv"}})) == "'/srv' is a directory: mount it with the option bind");
}

TEST_CASE("a directory that holds data is not hidden unless that is allowed") {
  State state = host();
  state.put<Directory>("/mnt", Directory{0755, 0, 0, false});
  CHECK(error(state, kMnt) ==
        "the directory '/mnt' holds data, which the mount would hide: move it away, or set hide_existing_data");
  CHECK(sentences(state, but(kMnt, {{"hide_existing_data", true}})).back() == "mount /dev/vdc on /mnt");
}

TEST_CASE("another source that is mounted is unmounted first") {
  State state = host();
  state.put<Mount>("/srv", Mount{"/dev/vdc", "/", "ext4", {"rw", "relatime"}, "/dev/vdc"});
  CHECK(sentences(state, kSrv) == Strings{"unmount /srv (/dev/vdc)", "mount /dev/vdb on /srv"});
}

TEST_CASE("data below another mount counts before that one is unmounted") {
  State state = host();
  state.put<Mount>("/srv", Mount{"/dev/vdc", "/", "ext4", {"rw", "relatime"}, "/dev/vdc"});
  state.put<Covered>("/srv", Covered{{0755, 0, 0, false}});
  CHECK(error(state, kSrv) ==
        "the directory '/srv' holds data, which the mount would hide: move it away, or set hide_existing_data");
  CHECK(planned(state, but(kSrv, {{"hide_existing_data", true}})).steps().size() == 2);
}

TEST_CASE("a mount that something else is mounted over is refused, naming both") {
  State state = host();
  Mount over{"tmpfs", "/", "tmpfs", {"rw", "relatime"}, "tmpfs"};
  over.below = {"/dev/vdb"};
  state.put<Mount>("/srv", over);
  const std::string text =
      "several file systems are mounted on '/srv', 'tmpfs' over /dev/vdb: unmount by hand what does not belong there";
  CHECK(error(state, kSrv) == text);
  CHECK(error(state, {{"path", "/srv"}, {"state", "unmounted"}}) == text);
}

TEST_CASE("the root is never unmounted") {
  CHECK(error(host(), {{"path", "/"}, {"state", "unmounted"}}) == "'/' is not unmounted: '/dev/vda1' is mounted there");
}

TEST_CASE("options that differ in force are remounted although fstab is right") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv xfs nodev,noexec 0 2\n"});
  const json args = but(kSrv, {{"opts", "noexec,nodev"}});
  CHECK(sentences(state, args) == Strings{"remount /srv (nodev,noexec)"});
  state.put<Mount>("/srv", srv({"rw", "nodev", "noexec", "noatime", "attr2"}));
  CHECK(sentences(state, args) == Strings{"remount /srv (relatime)"});
  state.put<Mount>("/srv", srv({"ro", "nosuid", "nodev", "noexec", "relatime", "attr2"}));
  CHECK(sentences(state, args) == Strings{"remount /srv (rw,suid)"});
}

TEST_CASE("options that the kernel adds are no difference, nor are those that it never sees") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv xfs rw,nofail,x-systemd.device-timeout=9,_netdev 0 2\n"});
  state.put<Mount>("/srv", srv({"rw", "relatime", "attr2", "inode64", "logbufs=8", "logbsize=32k", "noquota"}));
  CHECK(planned(state, but(kSrv, {{"opts", "nofail,x-systemd.device-timeout=9,_netdev"}})).empty());
}

TEST_CASE("user stands for noexec, nosuid and nodev") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv xfs user,exec 0 2\n"});
  CHECK(sentences(state, but(kSrv, {{"opts", "user,exec"}})) == Strings{"remount /srv (nodev,nosuid)"});
}

TEST_CASE("what a remount cannot change is an error before anything is done") {
  CHECK(
      error(host(), but(kSrv, {{"opts", "logbsize=256k"}})) ==
      "the option 'logbsize=256k' cannot be changed while the file system is mounted (xfs): unmount '/srv' first, with "
      "state unmounted");
  CHECK(error(host(), but(kSrv, {{"fstype", "ext4"}})) ==
        "'/dev/vdb' is mounted on '/srv' as xfs, not as ext4: unmount it first, with state unmounted");
}

TEST_CASE("an option that leaves fstab is taken back, or named where that cannot be") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv ext4 discard,errors=remount-ro 0 2\n"});
  state.put<Mount>("/srv",
                   Mount{"/dev/vdb", "/", "ext4", {"rw", "relatime", "discard", "errors=remount-ro"}, "/dev/vdb"});
  const Plan plan = planned(state, but(kSrv, {{"fstype", "ext4"}}));
  CHECK(plan.sentences().back() == "remount /srv (nodiscard)");
  CHECK(plan.warnings() == Strings{"the option 'errors=remount-ro' stays in force on '/srv' until it is unmounted"});
}

TEST_CASE("what is read-only whatever it is mounted with stays so when ro leaves fstab") {
  State state = host();
  state.put<File>("/etc/fstab", File{"overlay /srv overlay lowerdir=/a:/b,ro,noexec 0 0\n"});
  state.put<Mount>("/srv", Mount{"overlay", "/", "overlay", {"ro", "noexec", "relatime", "lowerdir=/a:/b"}, "overlay"});
  const json joined = {
      {"path", "/srv"}, {"src", "overlay"}, {"fstype", "overlay"}, {"opts", "lowerdir=/a:/b"}, {"state", "mounted"}};
  CHECK(sentences(state, joined).back() == "remount /srv (exec)");
}

TEST_CASE("merge adds and replaces single options in fstab and in force") {
  State state = host();
  state.put<File>("/etc/fstab", File{"tmpfs /srv tmpfs size=1G,exec,nodev 0 0\n"});
  state.put<Mount>("/srv", Mount{"tmpfs", "/", "tmpfs", {"rw", "nodev", "relatime", "size=1048576k"}, "tmpfs"});
  const json args = {{"path", "/srv"},           {"src", "tmpfs"},       {"fstype", "tmpfs"},
                     {"opts", "noexec,size=2G"}, {"opts_mode", "merge"}, {"state", "mounted"}};
  CHECK(sentences(state, args) ==
        Strings{"change /etc/fstab: the entry of /srv: options size=1G,exec,nodev to size=2G,noexec,nodev",
                "let systemd read its units and fstab again", "remount /srv (noexec,size=2G)"});
  CHECK(planned(planned(state, args).now(), args).empty());
}

TEST_CASE("without boot the entry gets noauto") {
  CHECK(fstab_after(host(), but(kMnt, {{"boot", false}, {"state", "present"}}))
            .ends_with("/dev/vdc /mnt ext4 defaults,noauto 0 0\n"));
  CHECK(fstab_after(host(), but(kMnt, {{"boot", false}, {"opts", "noauto,ro"}, {"state", "present"}}))
            .ends_with("/dev/vdc /mnt ext4 noauto,ro 0 0\n"));
}

TEST_CASE("several entries of a mount point are an error that names both lines") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv xfs defaults 0 2\n\n/dev/vdc /srv/ ext4 ro 0 0\n"});
  CHECK(error(state, kSrv) ==
        "/etc/fstab:3: the mount point '/srv' has several entries, in lines 1 and 3: leave one of them");
}

TEST_CASE("several entries that all are what is wanted are left alone") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv xfs defaults 0 2\n/dev/vdb /srv xfs rw 0 2\n"});
  CHECK(planned(state, kSrv).empty());
}

TEST_CASE("absent unmounts, removes the empty directory and takes the entry out last") {
  CHECK(sentences(host(), {{"path", "/srv"}, {"state", "absent"}}) ==
        Strings{"unmount /srv (/dev/vdb)", "remove the directory /srv", "change /etc/fstab: remove the entry of /srv",
                "let systemd read its units and fstab again"});
  CHECK(fstab_after(host(), {{"path", "/srv"}, {"state", "absent"}}) ==
        "# the system\nUUID=root / ext4 errors=remount-ro 0 1\n");
}

TEST_CASE("absent leaves a directory that holds data, with a warning") {
  State state = host();
  state.put<Covered>("/srv", Covered{{0755, 0, 0, false}});
  const Plan plan = planned(state, {{"path", "/srv"}, {"state", "absent"}});
  CHECK(plan.steps().size() == 3);
  CHECK(plan.warnings() == Strings{"the directory '/srv' holds data and stays"});
}

TEST_CASE("absent leaves a directory that cannot be seen below its mount") {
  State state = host();
  state.put<Covered>("/srv", std::nullopt);
  const Plan plan = planned(state, {{"path", "/srv"}, {"state", "absent"}});
  CHECK(plan.steps().size() == 3);
  CHECK(plan.warnings() == Strings{"the directory '/srv' stays: what is below the mount cannot be seen"});
}

TEST_CASE("absent_mount leaves the directory, absent_from_fstab the mount") {
  CHECK(sentences(host(), {{"path", "/srv"}, {"state", "absent_mount"}}) ==
        Strings{"unmount /srv (/dev/vdb)", "change /etc/fstab: remove the entry of /srv",
                "let systemd read its units and fstab again"});
  CHECK(sentences(host(), {{"path", "/srv"}, {"state", "absent_from_fstab"}}) ==
        Strings{"change /etc/fstab: remove the entry of /srv", "let systemd read its units and fstab again"});
}

TEST_CASE("absent without an entry does nothing, and says what is still mounted") {
  State state = host();
  state.put<File>("/etc/fstab", File{""});
  const Plan plan = planned(state, {{"path", "/srv"}, {"state", "absent"}});
  CHECK(plan.empty());
  CHECK(plan.warnings() == Strings{"'/srv' has no entry in /etc/fstab, so that what is mounted there stays: state "
                                   "'unmounted' unmounts it"});
}

TEST_CASE("unmounted leaves fstab alone and has nothing to do where nothing is mounted") {
  CHECK(sentences(host(), {{"path", "/srv"}, {"state", "unmounted"}}) == Strings{"unmount /srv (/dev/vdb)"});
  CHECK(sentences(host(), {{"path", "/mnt"}, {"state", "unmounted"}}).empty());
}

TEST_CASE("remounted is always a step") {
  CHECK(sentences(host(), {{"path", "/srv"}, {"state", "remounted"}}) == Strings{"remount /srv"});
  CHECK(sentences(host(), {{"path", "/srv"}, {"state", "remounted"}, {"opts", "noexec"}}) ==
        Strings{"remount /srv (noexec)"});
  CHECK(error(host(), {{"path", "/mnt"}, {"state", "remounted"}}) == "nothing is mounted on '/mnt'");
}

TEST_CASE("ephemeral mounts without fstab, and once") {
  State state = host();
  const json args = but(kMnt, {{"state", "ephemeral"}, {"opts", "ro"}});
  CHECK(sentences(state, args) == Strings{"mount /dev/vdc on /mnt (ro)"});
  CHECK(planned(planned(state, args).now(), args).empty());
  CHECK(error(state, but(args, {{"path", "/srv"}})) ==
        "'/dev/vdb' is mounted on '/srv', not '/dev/vdc': unmount it first, with state unmounted, or choose another "
        "path");
}

TEST_CASE("a bind mount is known by the device and the folder it shows") {
  State state = host();
  state.put<Device>("/srv/shared", Device{"/dev/vdb", "/shared", "xfs", Device::Type::directory});
  state.put<File>("/etc/fstab", File{"/srv/shared /mnt none bind,ro 0 0\n"});
  const json args = {
      {"path", "/mnt"}, {"src", "/srv/shared"}, {"fstype", "none"}, {"opts", "bind,ro"}, {"state", "mounted"}};
  CHECK(sentences(state, args) == Strings{"mount /srv/shared on /mnt (bind,ro)"});
  state.put<Mount>("/mnt",
                   Mount{"/dev/vdb", "/shared", "xfs", {"ro", "nosuid", "relatime", "attr2"}, "/srv/shared", true});
  CHECK(planned(state, args).empty());
  state.put<Mount>("/mnt", Mount{"/dev/vdb", "/shared", "xfs", {"rw", "relatime"}, "/srv/shared", true});
  CHECK(sentences(state, args) == Strings{"remount /mnt (ro)"});
  state.put<Mount>("/mnt", Mount{"/dev/vdb", "/other", "xfs", {"ro", "relatime"}, "/srv/other", true});
  state.put<Covered>("/mnt", Covered{});
  CHECK(sentences(state, args) == Strings{"unmount /mnt (/srv/other)", "mount /srv/shared on /mnt (bind,ro)"});
}

TEST_CASE("a file is bound to a file") {
  State state = host();
  state.put<Device>("/srv/hosts", Device{"/srv/hosts", "/", "", Device::Type::file});
  state.put<Device>("/etc/hosts", Device{"/etc/hosts", "/", "", Device::Type::file});
  state.put<Mount>("/etc/hosts", std::nullopt);
  const json args = {
      {"path", "/etc/hosts"}, {"src", "/srv/hosts"}, {"fstype", "none"}, {"opts", "bind"}, {"state", "ephemeral"}};
  const Plan plan = planned(state, args);
  CHECK(plan.sentences() == Strings{"mount /srv/hosts on /etc/hosts (bind)"});
  CHECK(plan.now().find<Mount>("/etc/hosts")->root == "/hosts");
  state.put<Device>("/etc/hosts", std::nullopt);
  CHECK(error(state, args) == "a file is to be bound to '/etc/hosts', which is missing: an empty file must be there");
}

TEST_CASE("a subvolume is what is mounted, not an option of it") {
  State state = host();
  const json args = {
      {"path", "/srv"}, {"src", "/dev/vdb"}, {"fstype", "btrfs"}, {"opts", "subvol=@data"}, {"state", "ephemeral"}};
  state.put<Mount>("/srv", Mount{"/dev/vdb", "/@data", "btrfs", {"rw", "relatime", "subvol=/@data"}, "/dev/vdb"});
  CHECK(planned(state, args).empty());
  state.put<Mount>("/srv", Mount{"/dev/vdb", "/@old", "btrfs", {"rw", "relatime", "subvol=/@old"}, "/dev/vdb"});
  CHECK(error(state, args).starts_with("'/dev/vdb' is mounted on '/srv', not '/dev/vdb'"));
}

TEST_CASE("swap is put into fstab and never mounted") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdd none swap sw 0 0\n/dev/vde none swap sw 0 0\n"});
  state.put<Device>("/dev/vdd", Device{"/dev/vdd", "/", "swap", Device::Type::block});
  state.put<Device>("/dev/vde", Device{"/dev/vde", "/", "swap", Device::Type::block});
  const json args = {
      {"path", "none"}, {"src", "/dev/vde"}, {"fstype", "swap"}, {"opts", "sw,pri=5"}, {"state", "mounted"}};
  CHECK(sentences(state, args) == Strings{"change /etc/fstab: the entry of /dev/vde: options sw to sw,pri=5",
                                          "let systemd read its units and fstab again"});
  CHECK(fstab_after(state, {{"path", "none"}, {"src", "/dev/vdd"}, {"fstype", "swap"}, {"state", "absent"}}) ==
        "/dev/vde none swap sw 0 0\n");
  CHECK(error(state, {{"path", "none"}, {"state", "absent"}}) ==
        "option 'src' is required for swap: it tells which one is meant");
}

TEST_CASE("a path that is not absolute, or leads up, is an error") {
  CHECK(error(host(), but(kMnt, {{"path", "mnt"}})) == "option 'path': 'mnt' is not an absolute path");
  CHECK(error(host(), but(kMnt, {{"path", "/srv/../mnt"}})) == "option 'path': '/srv/../mnt' holds '..'");
  CHECK(error(host(), but(kMnt, {{"passno", "two"}})) == "option 'passno': 'two' is not a number");
}

TEST_CASE("with opts_no_log no sentence and no finding shows an option") {
  State state = host();
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv ext4 commit=77 0 2\n"});
  state.put<Mount>("/srv", Mount{"/dev/vdb", "/", "ext4", {"rw", "relatime", "commit=77"}, "/dev/vdb"});
  const json args = but(kSrv, {{"fstype", "ext4"}, {"opts", "commit=88,noexec"}, {"opts_no_log", true}});
  const Plan plan = planned(state, args);
  CHECK(plan.sentences() == Strings{"change /etc/fstab: the entry of /srv: options",
                                    "let systemd read its units and fstab again", "remount /srv"});
  for (const Finding& finding : plan.findings()) {
    CHECK_FALSE(finding.found.contains("opts"));
    CHECK_FALSE(finding.wanted.contains("opts"));
  }
  CHECK(describe(undo(plan.steps().back().step)) == "remount /srv");
  CHECK(mount_secrets(state, args) == Strings{"commit=88,noexec", "commit=88", "commit=77"});
  CHECK(mount_resource().returns(plan, args, false).at("opts") == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
}

TEST_CASE("hidden options are hidden before anything is validated") {
  for (const json& hidden : {json(true), json("yes"), json("no boolean")}) {
    const json args = {
        {"path", "/srv"}, {"state", "x=hunter22,commit=77"}, {"opts_no_log", hidden}, {"opts", "x=hunter22,commit=77"}};
    const json refusal = refusal_of_arguments({"mount", args, true, false});
    CAPTURE(refusal.dump());
    CHECK(refusal.at("failed") == true);
    CHECK(refusal.dump().find("hunter22") == std::string::npos);
    const std::string told = Mask(secrets({"mount", args, true, false})).tree(args).dump();
    CHECK(told.find("commit=77") == std::string::npos);
  }
  const json shown = {{"path", "/srv"}, {"state", "x"}, {"opts_no_log", false}, {"opts", "commit=77"}};
  CHECK(secrets({"mount", shown, true, false}).hidden.empty());
}

TEST_CASE("a merge shows none of the hidden options that have a value") {
  State state;
  state.put<File>("/etc/fstab", File{"/dev/vdb /srv ext4 a=one,commit=77,b=two 0 2\n"});
  const json args = but(kSrv, {{"opts", "commit=88"}, {"opts_mode", "merge"}, {"opts_no_log", true}});
  const Mask mask(mount_secrets(state, args));
  CHECK(mask.text("/dev/vdb /srv ext4 a=one,commit=88,b=two 0 2") ==
        "/dev/vdb /srv ext4 ********,********,******** 0 2");
}

TEST_CASE("the return values are those of the model") {
  const json args = but(kMnt, {{"boot", false}, {"path", "/mnt/"}});
  const Plan plan = planned(host(), args);
  CHECK(mount_resource().returns(plan, args, false).dump() ==
        R"({"name":"/mnt/","src":"/dev/vdc","fstype":"ext4","opts":"defaults,noauto","dump":"0","passno":"0",)"
        R"("fstab":"/etc/fstab","boot":"no"})");
}

TEST_CASE("a source without a device is known by its type, a share by its name") {
  State state = host();
  state.put<Mount>("/srv", Mount{"tmpfs", "/", "tmpfs", {"rw", "relatime"}, "tmpfs"});
  const json tmp = {{"path", "/srv"}, {"src", "none"}, {"fstype", "tmpfs"}, {"state", "ephemeral"}};
  CHECK(planned(state, tmp).empty());
  state.put<Mount>("/srv", Mount{"nas:/vol", "/", "nfs4", {"rw", "relatime", "vers=4.2", "hard"}, "nas:/vol"});
  const json nfs = {
      {"path", "/srv"}, {"src", "nas:/vol/"}, {"fstype", "nfs"}, {"opts", "vers=4,soft,bg"}, {"state", "ephemeral"}};
  CHECK(planned(state, nfs).empty());
}
