// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/fstab.hpp"

#include <doctest/doctest.h>

#include <string>

#include "scratch.hpp"

using dockhost::error_text;
using dockhost::Fstab;
using dockhost::FstabEntry;

namespace {

Fstab fstab_of(const std::string& text) { return Fstab::parse(text, "/etc/fstab"); }

FstabEntry data_entry() { return {"/dev/sdb1", "/data", "ext4", "noatime", 0, 2}; }

std::string appended(const std::string& text, const FstabEntry& wanted) {
  Fstab edited = fstab_of(text);
  CHECK(edited.set(std::nullopt, wanted));
  REQUIRE_FALSE(edited.entries().empty());
  CHECK(edited.entries().back() == wanted);
  return edited.text();
}

// The text after the first entry was changed.
template <class Change>
std::string changed(const std::string& text, const Change& change) {
  Fstab edited = fstab_of(text);
  REQUIRE_FALSE(edited.entries().empty());
  FstabEntry wanted = edited.entries().front();
  change(wanted);
  const bool differs = edited.set(0, wanted);
  CHECK(differs == (edited.text() != text));
  CHECK(same_entry(edited.entries().front(), wanted));
  return edited.text();
}

}  // namespace

TEST_CASE("a new entry is six fields with single spaces") {
  CHECK(appended("", data_entry()) == "/dev/sdb1 /data ext4 noatime 0 2\n");
  CHECK(appended("# a\nproc\t/proc\tproc\tdefaults\t0\t0\n", data_entry()) ==
        "# a\nproc\t/proc\tproc\tdefaults\t0\t0\n/dev/sdb1 /data ext4 noatime 0 2\n");
  Fstab edited = fstab_of("");
  CHECK(edited.set(std::nullopt, {"tmpfs", "/tmp", "tmpfs", "", 0, 0}));
  CHECK(edited.text() == "tmpfs /tmp tmpfs defaults 0 0\n");
}

TEST_CASE("a new entry takes the file's line end and always ends with one") {
  CHECK(appended("# a\r\n# b", data_entry()) == "# a\r\n# b\r\n/dev/sdb1 /data ext4 noatime 0 2\r\n");
  CHECK(appended("# a", data_entry()) == "# a\n/dev/sdb1 /data ext4 noatime 0 2\n");
  CHECK(appended("# a\n\n\n", data_entry()) == "# a\n\n\n/dev/sdb1 /data ext4 noatime 0 2\n");
}

TEST_CASE("a changed entry changes only the fields that differ, spacing and comment kept") {
  const std::string text = "# x\n  /dev/sdb1\t /data   ext4\tnoatime 0  2  # old disk\nbad\n";
  CHECK(changed(text, [](FstabEntry& e) { e.options = "nodev"; }) ==
        "# x\n  /dev/sdb1\t /data   ext4\tnodev 0  2  # old disk\nbad\n");
  CHECK(changed(text, [](FstabEntry& e) { e.source = "UUID=1", e.passno = 10; }) ==
        "# x\n  UUID=1\t /data   ext4\tnoatime 0  10  # old disk\nbad\n");
  CHECK(changed(text, [](FstabEntry& e) { e = {"a b", "/c", "xfs", "", 1, 0}; }) ==
        "# x\n  a\\040b\t /c   xfs\tdefaults 1  0  # old disk\nbad\n");
  CHECK(changed(text, [](FstabEntry&) {}) == text);
  CHECK(changed("a /b c d 0 0\r\nx /y z w 0 0", [](FstabEntry& e) { e.dump = 1; }) == "a /b c d 1 0\r\nx /y z w 0 0");
}

TEST_CASE("fields that are not written are defaults, 0 and 0, and are written only when they differ") {
  const Fstab three = fstab_of("/dev/sdb1 /data ext4\n");
  REQUIRE(three.entries().size() == 1);
  CHECK(three.entries()[0] == FstabEntry{"/dev/sdb1", "/data", "ext4", "defaults", 0, 0});
  CHECK(three.entries()[0].fields == 3);
  CHECK(changed("/dev/sdb1 /data ext4\n", [](FstabEntry& e) { e.options = "rw"; }) == "/dev/sdb1 /data ext4\n");
  CHECK(changed("/dev/sdb1 /data ext4\n", [](FstabEntry& e) { e.passno = 2; }) ==
        "/dev/sdb1 /data ext4 defaults 0 2\n");
  CHECK(changed("/dev/sdb1 /data ext4 noatime # x\n", [](FstabEntry& e) { e.dump = 1; }) ==
        "/dev/sdb1 /data ext4 noatime 1 # x\n");
  CHECK(changed("/dev/sdb1 /data ext4 noatime 1\r\n", [](FstabEntry& e) { e.options = "ro", e.passno = 2; }) ==
        "/dev/sdb1 /data ext4 ro 1 2\r\n");
}

TEST_CASE("options are compared by effect") {
  const std::string text = "/dev/sdb1 /data ext4 defaults,noatime,nodev 0 2\n";
  CHECK(changed(text, [](FstabEntry& e) { e.options = "nodev,rw,noatime"; }) == text);
}

TEST_CASE("a trailing slash on a mount point makes no difference, the spelling on disk stays") {
  const std::string text = "/dev/sdb1 /data/ ext4 noatime 0 2\n/dev/sda1 / ext4 rw 0 1\n";
  CHECK(changed(text, [](FstabEntry& e) { e.target = "/data"; }) == text);
  const Fstab both = fstab_of(text);
  REQUIRE(both.at("/data").size() == 1);
  CHECK(both.at("/data//").front()->line == 1);
  CHECK(both.at("/").front()->source == "/dev/sda1");
  CHECK(both.at("/dat").empty());
}

TEST_CASE("duplicate entries for a mount point are all found") {
  const Fstab twice = fstab_of("a /x e\n# c\nb /x/ e\n");
  REQUIRE(twice.at("/x").size() == 2);
  CHECK(twice.at("/x")[0]->line == 1);
  CHECK(twice.at("/x")[1]->line == 3);
  CHECK(twice.at("/x")[1]->index == 1);
}

TEST_CASE("a mount point that is not absolute is refused, except none and swap for swap") {
  Fstab edited = fstab_of("");
  CHECK(error_text([&] {
          edited.set(std::nullopt, {"a", "data", "ext4", "", 0, 0});
        }) == "the mount point 'data' is not an absolute path");
  CHECK(error_text([&] {
          edited.set(std::nullopt, {"a", "none", "ext4", "", 0, 0});
        }) == "the mount point 'none' is not an absolute path");
  CHECK(error_text([&] {
          edited.set(std::nullopt, {"a", "", "swap", "", 0, 0});
        }) == "the mount point '' is not an absolute path");
  CHECK(error_text([&] { edited.set(std::nullopt, {"", "/a", "ext4", "", 0, 0}); }) == "an fstab entry needs a source");
  CHECK(error_text([&] {
          edited.set(std::nullopt, {"a", "/a", "", "", 0, 0});
        }) == "an fstab entry needs a file system type");
  CHECK(edited.text().empty());
  CHECK(edited.set(std::nullopt, {"a", "none", "swap", "sw", 0, 0}));
  CHECK(edited.set(std::nullopt, {"b", "swap", "swap", "sw", 0, 0}));
  CHECK(edited.text() == "a none swap sw 0 0\nb swap swap sw 0 0\n");
}

TEST_CASE("entries of swap are told apart by source") {
  const std::string text = "/dev/a none swap sw 0 0\nLABEL=\"s\" swap swap sw 0 0\n";
  const Fstab both = fstab_of(text);
  CHECK(both.at("none").empty());
  REQUIRE(both.swap("LABEL=s").size() == 1);
  CHECK(both.swap("LABEL=s").front()->line == 2);
  CHECK(both.swap("/dev/b").empty());
  CHECK(changed(text, [](FstabEntry& e) { e.target = "swap"; }) == text);
}

TEST_CASE("the two names of a logical volume are the same source, without the device") {
  CHECK(dockhost::same_source("/dev/vg-0/data", "/dev/mapper/vg--0-data"));
  CHECK(dockhost::same_source("/dev/mapper/a-b--c", "/dev/a/b-c"));
  CHECK_FALSE(dockhost::same_source("/dev/a/b", "/dev/mapper/a--b"));
  CHECK_FALSE(dockhost::same_source("/dev/a", "/dev/mapper/a"));
  CHECK_FALSE(dockhost::same_source("/dev/disk/by-id/x", "/dev/mapper/disk-by--id-x"));
  const std::string text = "/dev/mapper/vg-data /data ext4 noatime 0 2\n";
  CHECK(changed(text, [](FstabEntry& e) { e.source = "/dev/vg/data"; }) == text);
}

TEST_CASE("quotes around the value of a tag make no difference") {
  CHECK(dockhost::same_source("UUID=\"1-2\"", "UUID=1-2"));
  CHECK(dockhost::same_source("LABEL='x'", "LABEL=\"x\""));
  CHECK_FALSE(dockhost::same_source("\"a\"", "a"));
  const std::string text = "UUID=\"1-2\" /data ext4\n";
  CHECK(fstab_of(text).entries()[0].source == "UUID=1-2");
  CHECK(changed(text, [](FstabEntry& e) { e.source = "UUID=1-2"; }) == text);
}

TEST_CASE("escapes are kept on disk and not seen in values") {
  const std::string text = "//h/a\\040b /m\\011n cifs user=a\\134b,x\\043 0 0\n";
  const Fstab escaped = fstab_of(text);
  REQUIRE(escaped.entries().size() == 1);
  CHECK(escaped.entries()[0] == FstabEntry{"//h/a b", "/m\tn", "cifs", "user=a\\b,x#", 0, 0});
  CHECK(escaped.text() == text);
  CHECK(changed(text, [](FstabEntry& e) { e.passno = 1; }) == "//h/a\\040b /m\\011n cifs user=a\\134b,x\\043 0 1\n");
  CHECK(dockhost::fstab_escape("a b\tc\nd\\e#f\r") == "a\\040b\\011c\\012d\\134e#f\\015");
  CHECK(dockhost::fstab_escape("#a") == "\\043a");
  CHECK(dockhost::fstab_unescape("\\043a\\012\\8\\400\\04") == "#a\n\\8\\400\\04");
}

TEST_CASE("a # inside a field is no comment, one that begins a field is") {
  const Fstab text = fstab_of("sshfs#u@h: /m fuse defaults 0 0\n#a /x e d 0 0\na /x e #d 0 0\n");
  REQUIRE(text.entries().size() == 2);
  CHECK(text.entries()[0].source == "sshfs#u@h:");
  CHECK(text.entries()[1].fields == 3);
}

TEST_CASE("a malformed line is kept and never an obstacle") {
  const std::string bad =
      "x\nx /y\n/dev/a /data ext4 rw zero 0\n/dev/a /data ext4 rw 0 1x\n/dev/sdb1: UUID=\"1\" TYPE=\"ext4\"\n \t\n#\n";
  const Fstab text = fstab_of(bad);
  CHECK(text.entries().empty());
  CHECK(appended(bad, data_entry()) == bad + "/dev/sdb1 /data ext4 noatime 0 2\n");
  CHECK(fstab_of("a /b c d 0 0 junk behind it\n").entries().size() == 1);
  CHECK(fstab_of("none none swap\nproc none proc\n").entries().size() == 2);
}

TEST_CASE("a removed entry takes its line with the line end, and nothing else") {
  Fstab edited = fstab_of("# a\r\nx /y z w 0 0 # c\r\n\r\nb /c d e 0 0");
  edited.remove({0});
  CHECK(edited.text() == "# a\r\n\r\nb /c d e 0 0");
  edited.remove({0});
  CHECK(edited.text() == "# a\r\n\r\n");
  CHECK(error_text([&] { edited.remove({0}); }) == "/etc/fstab: there is no entry 1");
  CHECK(error_text([&] { edited.set(3, data_entry()); }) == "/etc/fstab: there is no entry 4");
}

TEST_CASE("entries are equal literally, and the same by meaning") {
  const FstabEntry a = {"/dev/v/d", "/data", "ext4", "rw,noatime", 0, 2};
  FstabEntry b = {"/dev/mapper/v-d", "/data/", "ext4", "noatime", 0, 2};
  CHECK_FALSE(a == b);
  CHECK(same_entry(a, b));
  b.passno = 1;
  CHECK_FALSE(same_entry(a, b));
  b = a;
  b.line = 7;
  CHECK(a == b);
}

TEST_CASE("a slash at the end of a server's path makes no other source") {
  CHECK(dockhost::same_source("server:/x", "server:/x/"));
  CHECK(dockhost::same_source("[fe80::1]:/x", "[fe80::1]:/x//"));
  CHECK(dockhost::same_source("//server/share/", "//server/share"));
  CHECK_FALSE(dockhost::same_source("server:/", "server:/x"));
  CHECK_FALSE(dockhost::same_source("/dev/x", "/dev/x/"));
}

TEST_CASE("a swap entry keeps sw, which says nothing") {
  Fstab fstab = Fstab::parse("UUID=a none swap sw 0 0\n", "fstab");
  CHECK_FALSE(fstab.set(0, {"UUID=a", "none", "swap", "defaults", 0, 0}));
  CHECK(fstab.text() == "UUID=a none swap sw 0 0\n");
  CHECK(fstab.set(0, {"UUID=a", "none", "swap", "pri=5", 0, 0}));
}
