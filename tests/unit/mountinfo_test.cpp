// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mountinfo.hpp"

#include <doctest/doctest.h>

#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
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

TEST_CASE("an index finds what a look at each line finds") {
  const auto lines = parse_mountinfo(kHost);
  const MountIndex index(lines);
  for (const char* path : {"/", "/srv", "/srv/data", "/etc/fstab", "/nowhere/at/all"}) {
    CAPTURE(path);
    Strings found;
    for (const MountLine* line : index.on_the_way(path)) found.push_back(line->path + " " + line->source);
    CHECK(found == paths(way_to(lines, path)));
  }
  for (const MountLine& line : lines) CHECK(index.with_id(line.id) == with_id(lines, line.id));
  CHECK(index.with_id(4711) == nullptr);
  // One that has itself for a parent is no way to anything below it, and no circle.
  const auto odd = parse_mountinfo("1 1 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sdb rw\n");
  CHECK(paths(way_to(odd, "/a")) == Strings{"/ /dev/sda1", "/a /dev/sdb"});
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
                                  "uid=0", "uid=root", "errors=continue", "sync", "nodiscard"}) {
    CAPTURE(other);
    CHECK(in_force(shown, other) == InForce::no);
  }
  for (const char* const unknown :
       {"loop", "user_xattr", "vers=4", "size=50%", "uid=alice", "data=ordered", "nofail"}) {
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

namespace {

struct Spelled {
  const char *fstype, *asked, *shown;  // shown: all that the kernel shows, separated by commas
};

}  // namespace

TEST_CASE("an option is in force however the kernel spells it") {
  // As Linux 6.18 shows them.
  for (const Spelled& one :
       std::initializer_list<Spelled>{{"proc", "hidepid=2", "rw,hidepid=invisible"},
                                      {"proc", "hidepid=invisible", "rw,hidepid=2"},  // before 5.8
                                      {"proc", "hidepid=0", "rw"},
                                      {"proc", "gid=0", "rw"},
                                      {"tmpfs", "size=64M", "rw,size=65536k"},
                                      {"tmpfs", "size=100000", "rw,size=100k"},
                                      {"tmpfs", "nr_blocks=1k", "rw,size=4096k"},
                                      {"tmpfs", "nr_inodes=1k", "rw,nr_inodes=1024"},
                                      {"tmpfs", "mode=01777", "rw"},
                                      {"tmpfs", "mode=0755", "rw,mode=755"},
                                      {"tmpfs", "uid=root", "rw"},
                                      {"tmpfs", "size=50%", "rw"},
                                      {"tmpfs", "inode32", "rw"},
                                      {"ext4", "commit=5", "rw"},
                                      {"ext4", "commit=0", "rw"},
                                      {"ext4", "barrier=0", "rw,nobarrier"},
                                      {"ext4", "noload", "ro,norecovery"},
                                      {"xfs", "pquota", "rw,inode64,logbufs=8,logbsize=32k,prjquota"},
                                      {"xfs", "prjquota", "rw,inode64,logbufs=8,logbsize=32k,prjquota"},
                                      {"xfs", "uquota", "rw,usrquota"},
                                      {"xfs", "logbsize=32768", "rw,logbsize=32k"},
                                      {"xfs", "allocsize=1m", "rw,allocsize=1024k"},
                                      {"xfs", "nolargeio", "rw"},
                                      {"btrfs", "compress=zstd", "rw,compress=zstd:3,subvol=/"},
                                      {"btrfs", "compress", "rw,compress=zlib:3"},
                                      {"btrfs", "compress=none", "rw,space_cache=v2"},
                                      {"btrfs", "discard=sync", "rw,discard"},
                                      {"btrfs", "max_inline=1k", "rw,max_inline=1024"},
                                      {"overlay", "lowerdir=/a:/b", "ro,lowerdir+=/a,lowerdir+=/b"},
                                      {"overlay", "lowerdir+=/b", "ro,lowerdir=/a:/b"},
                                      {"overlay", "volatile", "rw,fsync=volatile"},
                                      {"devpts", "mode=0620", "rw,mode=620,ptmxmode=000"},
                                      {"devpts", "ptmxmode=000", "rw,mode=620,ptmxmode=000"},
                                      {"hugetlbfs", "mode=0755", "rw,pagesize=2M"},
                                      {"vfat", "umask=022", "rw,umask=0022"},
                                      {"nfs4", "nfsvers=4.2", "rw,vers=4.2"}}) {
    CAPTURE(one.fstype);
    CAPTURE(one.asked);
    CHECK(in_force(split(one.shown, ','), one.asked, one.fstype) == InForce::yes);
  }
}

TEST_CASE("an option that the kernel would show is missing where it does not") {
  for (const Spelled& one : std::initializer_list<Spelled>{{"tmpfs", "size=64M", "rw"},
                                                           {"tmpfs", "mode=0700", "rw"},
                                                           {"tmpfs", "nr_blocks=16k", "rw,size=65540k"},
                                                           {"proc", "hidepid=2", "rw"},
                                                           {"proc", "hidepid=2", "rw,hidepid=noaccess"},
                                                           {"ext4", "commit=30", "rw"},
                                                           {"xfs", "prjquota", "rw,noquota"},
                                                           {"xfs", "largeio", "rw"},
                                                           {"btrfs", "compress=zstd", "rw,compress-force=zstd:3"},
                                                           {"btrfs", "compress=zstd:1", "rw,compress=zstd:3"},
                                                           {"overlay", "lowerdir+=/c", "ro,lowerdir=/a:/b"}}) {
    CAPTURE(one.fstype);
    CAPTURE(one.asked);
    CHECK(in_force(split(one.shown, ','), one.asked, one.fstype) == InForce::no);
  }
}

TEST_CASE("a value that no table knows is neither in force nor missing") {
  CHECK(in_force({"redirect_dir=on"}, "redirect_dir=off", "overlay") == InForce::other);
  CHECK(in_force({"x=1"}, "x=2", "somethingfs") == InForce::other);
  CHECK(in_force({"rw"}, "data=ordered", "ext4") == InForce::unknown);
  CHECK(in_force({"rw"}, "barrier", "ext4") == InForce::unknown);  // tune2fs(8) may have made nobarrier the default
  CHECK(in_force({"size=12342048k"}, "size=50%", "tmpfs") == InForce::unknown);
}

TEST_CASE("a remount says every flag, and of the others those that change") {
  const Mount seen{"/dev/sda1", "/", "ext4", {"rw", "nosuid", "relatime", "errors=remount-ro"}, "/dev/sda1"};
  Mount wished = seen;
  wished.options = {"rw", "nosuid", "errors=continue", "noatime", "discard"};
  CHECK(join(remount_options(seen, wished), ",") == "rw,nosuid,noatime,dev,exec,errors=continue,discard");
  // Its undo begins with what was wished for and ends with what was seen.
  CHECK(join(remount_options(wished, seen), ",") == "rw,nosuid,relatime,dev,exec,errors=remount-ro,nodiscard");
}

TEST_CASE("a remount names again what it would take back") {
  const Mount seen{
      "devpts", "/", "devpts", {"rw", "nosuid", "relatime", "gid=5", "mode=620", "ptmxmode=000"}, "devpts"};
  Mount wished = seen;
  wished.options.emplace_back("noexec");
  CHECK(join(remount_options(seen, wished), ",") == "rw,nosuid,relatime,noexec,dev,gid=5,mode=620,ptmxmode=000");
  const Mount disk{"/dev/sdb1", "/", "xfs", {"rw", "relatime", "inode32", "noquota"}, "/dev/sdb1"};
  wished = disk;
  wished.options = {"ro", "relatime", "inode32", "noquota"};
  CHECK(join(remount_options(disk, wished), ",") == "ro,relatime,suid,dev,exec,inode32");
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

TEST_CASE("options with different names may decide the same") {
  CHECK(decided_by("btrfs", "compress-force=zstd") == decided_by("btrfs", "nodatacow"));
  CHECK(decided_by("xfs", "inode32") == decided_by("xfs", "inode64"));
  CHECK(decided_by("tmpfs", "nr_blocks=1k") == decided_by("tmpfs", "size=1g"));
  CHECK(decided_by("ext4", "commit=5") != decided_by("ext4", "compress"));
}

TEST_CASE("no remount makes directories synchronous or takes that back") {
  CHECK_FALSE(remountable("ext4", "dirsync"));
  CHECK_FALSE(remountable("ext4", "nodelalloc"));
  CHECK_FALSE(remountable("fuse.sshfs", "allow_other"));
}

TEST_CASE("parents in a circle are no way without an end") {
  const std::vector<MountLine> lines = parse_mountinfo(
      "3 99 8:1 / / rw - ext4 /dev/a rw\n1 3 8:2 / / rw - ext4 /dev/b rw\n3 1 8:3 / / rw - ext4 /dev/c rw\n");
  CHECK(lines.size() == 3);
  CHECK(way_to(lines, "/").mounts.size() <= lines.size());
}

TEST_CASE("one spelling is its own, and every option decides something") {
  for (const char* option : {"commit=00", "commit=0", "barrier=0", "data=\"ordered\"", "resuid=root"}) {
    CAPTURE(option);
    const std::string one = in_one_spelling("ext4", option);
    CHECK(in_one_spelling("ext4", one) == one);
  }
  CHECK(in_one_spelling("ext4", "commit=00") == "commit=5");
  CHECK(subject("no") == "no");
}
