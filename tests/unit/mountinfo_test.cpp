// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mountinfo.hpp"

#include <doctest/doctest.h>

#include "core/in_force.hpp"
#include "host/perform_mount.hpp"
#include "resources/remountable.hpp"

using namespace dockhost;

namespace {

constexpr const char* kHost =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
    "22 21 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:2 - proc proc rw\n"
    "23 21 8:16 / /srv rw,relatime shared:3 master:7 - xfs /dev/sdb rw,attr2\n"
    "24 23 0:41 / /srv ro,relatime - tmpfs tmpfs rw,size=1024k\n"
    "25 23 8:17 / /srv/data rw,noatime - ext4 /dev/sdb1 rw\n"
    "26 21 8:1 /home/with\\040blank /mnt/a\\134b rw,nosuid - ext4 /dev/sda1 rw,errors=remount-ro\n";

Strings paths(const Way& way) {
  Strings all;
  for (const MountLine& line : way.mounts) all.push_back(line.path + " " + line.source);
  return all;
}

}  // namespace

TEST_CASE("a line of mountinfo is read with its optional fields skipped and its escapes taken back") {
  const auto lines = parse_mountinfo(kHost);
  REQUIRE(lines.size() == 6);
  CHECK(lines[2].id == 23);
  CHECK(lines[2].parent == 21);
  CHECK(lines[2].device == "8:16");
  CHECK(lines[2].fstype == "xfs");
  CHECK(lines[2].source == "/dev/sdb");
  CHECK(lines[2].super == Strings{"rw", "attr2"});
  CHECK(lines[5].root == "/home/with blank");
  CHECK(lines[5].path == "/mnt/a\\b");
  CHECK(lines[5].options == Strings{"rw", "nosuid"});
}

TEST_CASE("what is no line of mountinfo is left out") {
  CHECK(parse_mountinfo("").empty());
  CHECK(parse_mountinfo("21 1 8:1 / / rw\n21 1 8:1 / / rw,relatime shared:1 ext4 /dev/sda1 rw\nx\n").empty());
}

TEST_CASE("an empty source is read as one") {
  const auto lines = parse_mountinfo("21 1 0:5 / /x rw shared:1 - tmpfs  rw\n");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].source.empty());
  CHECK(lines[0].super == Strings{"rw"});
}

TEST_CASE("options in force are those of the mount and of the file system, each once") {
  const auto lines = parse_mountinfo(kHost);
  CHECK(join(options_in_force(lines[0]), ",") == "rw,relatime,errors=remount-ro");
}

TEST_CASE("a mount is read-only when it or its file system is") {
  const auto lines = parse_mountinfo(
      "1 0 8:1 / /a ro,relatime - ext4 /dev/sda1 rw\n"
      "2 0 8:1 / /b rw,relatime - ext4 /dev/sda1 ro\n");
  CHECK(join(options_in_force(lines[0]), ",") == "ro,relatime");
  CHECK(join(options_in_force(lines[1]), ",") == "ro,relatime");
}

TEST_CASE("the uppermost of several mounts on a path comes last, with the others before it") {
  const Way way = way_to(parse_mountinfo(kHost), "/srv");
  CHECK(paths(way) == Strings{"/ /dev/sda1", "/srv /dev/sdb", "/srv tmpfs"});
  CHECK(way.depth == 2);
}

TEST_CASE("a mount that another one above its path hides is not there") {
  // /dev/sdb1 is mounted below /dev/sdb, and a tmpfs covers that.
  const Way way = way_to(parse_mountinfo(kHost), "/srv/data");
  CHECK(paths(way) == Strings{"/ /dev/sda1", "/srv /dev/sdb", "/srv tmpfs"});
  CHECK(way.depth == 0);
}

TEST_CASE("the way to a path that is no mount point ends at the file system that holds it") {
  CHECK(paths(way_to(parse_mountinfo(kHost), "/etc/fstab")) == Strings{"/ /dev/sda1"});
  CHECK(way_to(parse_mountinfo(kHost), "/").depth == 1);
}

TEST_CASE("where / is no mount point, the mounts below it are found") {
  const auto lines = parse_mountinfo("40 30 8:16 / /srv rw - ext4 /dev/sdb rw\n41 40 0:9 / /srv/x rw - tmpfs t rw\n");
  CHECK(paths(way_to(lines, "/srv/x")) == Strings{"/srv /dev/sdb", "/srv/x t"});
}

TEST_CASE("an option is judged by what the kernel shows") {
  const Strings shown = {"rw",       "nosuid", "relatime", "size=2097152k",     "mode=755",
                         "vers=4.2", "noacl",  "uid=1000", "errors=remount-ro", "discard"};
  for (const char* const held : {"rw", "nosuid", "relatime", "exec", "dev", "async", "size=2G", "size=2097152k",
                                 "mode=0755", "noacl", "uid=1000", "atime", "discard", "nolazytime"}) {
    CAPTURE(held);
    CHECK(in_force(shown, held) == InForce::yes);
  }
  for (const char* const other : {"ro", "suid", "noexec", "noatime", "strictatime", "size=1G", "mode=0700", "acl",
                                  "uid=0", "errors=continue", "sync", "nodiscard"}) {
    CAPTURE(other);
    CHECK(in_force(shown, other) == InForce::no);
  }
  for (const char* const unknown : {"loop", "user_xattr", "vers=4", "size=50%", "uid=root", "data=ordered", "nofail"}) {
    CAPTURE(unknown);
    CHECK(in_force(shown, unknown) == InForce::unknown);
  }
}

TEST_CASE("a read-only mount is not rw, and one without a rule for access times is strictatime") {
  CHECK(in_force({"ro"}, "rw") == InForce::no);
  CHECK(in_force({"rw"}, "strictatime") == InForce::yes);
  CHECK(in_force({"rw"}, "discard") == InForce::no);
  CHECK(in_force({"rw", "discard=async"}, "discard") == InForce::unknown);
}

TEST_CASE("a remount says every flag, and of the others those that change") {
  const Mount seen{"/dev/sda1", "/", "ext4", {"rw", "nosuid", "relatime", "errors=remount-ro"}, "/dev/sda1"};
  Mount wished = seen;
  wished.options = {"rw", "nosuid", "errors=continue", "noatime", "discard"};
  CHECK(join(remount_options(seen, wished), ",") == "rw,nosuid,noatime,dev,exec,errors=continue,discard");
  // Its undo begins with what was wished for and ends with what was seen.
  CHECK(join(remount_options(wished, seen), ",") == "rw,nosuid,relatime,dev,exec,errors=remount-ro,nodiscard");
}

TEST_CASE("a remount of a bind mount leaves the file system's options alone") {
  const Mount before{"/dev/sda1", "/a", "ext4", {"rw", "relatime", "errors=remount-ro"}, "/a", true};
  Mount after = before;
  after.options = {"ro", "relatime", "errors=continue", "sync"};
  CHECK(join(remount_options(before, after), ",") == "ro,relatime,suid,dev,exec");
}

TEST_CASE("a remount takes back what it is not told to keep") {
  const Mount before{"/dev/sda1", "/", "ext4", {"rw", "noatime", "sync", "lazytime"}, "/dev/sda1"};
  Mount after = before;
  after.options = {"rw"};
  CHECK(join(remount_options(before, after), ",") == "rw,suid,dev,exec,strictatime,async,nolazytime");
}

TEST_CASE("what a remount cannot change is known by file system") {
  CHECK(remountable("xfs", "noatime"));
  CHECK(remountable("xfs", "inode64"));
  CHECK_FALSE(remountable("xfs", "discard"));
  CHECK_FALSE(remountable("ext4", "data=journal"));
  CHECK_FALSE(remountable("ext4", "noload"));
  CHECK(remountable("ext4", "errors=remount-ro"));
  CHECK(remountable("tmpfs", "size=2G"));
  CHECK_FALSE(remountable("tmpfs", "mode=0700"));
  CHECK_FALSE(remountable("nfs4", "vers=4.1"));
  CHECK_FALSE(remountable("ext4", "context=system_u:object_r:tmp_t:s0"));
  CHECK(remountable("somethingfs", "x=y"));
}
