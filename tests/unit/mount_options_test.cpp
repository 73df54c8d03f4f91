// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/mount_options.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/error.hpp"

using dockhost::effective;
using dockhost::merge_options;
using dockhost::same_effect;
using dockhost::split_options;
using dockhost::Strings;

TEST_CASE("a comma inside quotes does not separate options") {
  CHECK(split_options("rw,context=\"u:r:t:s0:c1,c2\",noexec") == Strings{"rw", "context=\"u:r:t:s0:c1,c2\"", "noexec"});
  CHECK(split_options(",rw,,ro,") == Strings{"rw", "ro"});
  CHECK(split_options("").empty());
}

TEST_CASE("expansion begins with the defaults of mount(8)") {
  const Strings defaults = {"async", "auto", "dev", "exec", "nouser", "rw", "suid"};
  CHECK(effective({}) == defaults);
  CHECK(effective({"defaults"}) == defaults);
  CHECK(effective({"rw", "suid", "dev", "exec", "auto", "nouser", "async"}) == defaults);
}

TEST_CASE("the word defaults changes nothing, wherever it stands") {
  CHECK(same_effect("ro,noexec,defaults", "ro,noexec"));
  CHECK(same_effect("defaults,ro,noexec", "noexec,ro"));
  CHECK_FALSE(same_effect("defaults,ro", "defaults"));
}

TEST_CASE("the last option of a group is in force") {
  CHECK(same_effect("noexec,exec", ""));
  CHECK(same_effect("sync,async", ""));
  CHECK(same_effect("size=1G,size=2G", "size=2G"));
  CHECK(same_effect("noatime,relatime", "relatime"));
  CHECK(same_effect("relatime,norelatime", ""));
  CHECK(same_effect("noatime,nostrictatime", "noatime"));
  CHECK_FALSE(same_effect("noatime", "relatime"));
  CHECK_FALSE(same_effect("size=1G", "size=2G"));
}

TEST_CASE("user, users, owner and group imply options that later ones reset") {
  CHECK(same_effect("user", "user,noexec,nosuid,nodev"));
  CHECK(same_effect("users", "noexec,users,nosuid"));
  CHECK(same_effect("owner", "owner,nosuid,nodev"));
  CHECK(same_effect("group", "nodev,group"));
  CHECK_FALSE(same_effect("owner", "owner,noexec"));
  CHECK_FALSE(same_effect("exec,user", "user,exec"));
  CHECK(same_effect("exec,user", "user"));
  CHECK(effective({"user", "exec"}) == Strings{"async", "auto", "exec", "nodev", "nosuid", "rw", "user"});
  CHECK(same_effect("nousers,noowner,nogroup", ""));
}

TEST_CASE("nofail and norecovery stand alone") {
  CHECK_FALSE(same_effect("nofail", ""));
  CHECK(merge_options("recovery", "norecovery") == "recovery,norecovery");
  CHECK(merge_options("rw,nofail", "nofail") == "rw,nofail");
  CHECK(merge_options("norecovery", "recovery") == "norecovery,recovery");
}

TEST_CASE("merging: a replaced option keeps its place, a new one goes last") {
  CHECK(merge_options("defaults,exec,noatime", "noexec,nodev") == "defaults,noexec,noatime,nodev");
  CHECK(merge_options("size=1G,mode=0755", "size=2G") == "size=2G,mode=0755");
  CHECK(merge_options("ro,noatime", "rw") == "rw,noatime");
  CHECK(merge_options("async,x", "sync") == "sync,x");
  CHECK(merge_options("x,noatime,y", "strictatime") == "x,strictatime,y");
  CHECK(merge_options("discard=async,x", "nodiscard") == "nodiscard,x");
  CHECK(merge_options("", "noexec") == "noexec");
  CHECK(merge_options("context=\"a,b\"", "context=\"c,d\",ro") == "context=\"c,d\",ro");
}

TEST_CASE("merging: of several options of a group one stays, at the place of the last") {
  CHECK(merge_options("noatime,rw,relatime,x", "strictatime") == "rw,strictatime,x");
  CHECK(merge_options("size=1G,a,size=2G", "size=3G") == "a,size=3G");
}

TEST_CASE("merging changes nothing that is in force already") {
  CHECK(merge_options("defaults", "rw,exec,defaults") == "defaults");
  CHECK(merge_options("noexec,users", "users,nodev") == "noexec,users");
  CHECK(merge_options("", "") == "defaults");
  CHECK(merge_options("rw,,noatime", "noatime") == "rw,,noatime");
}

TEST_CASE("merging: an option that a later one would reset goes last") {
  CHECK(merge_options("noexec,users", "exec") == "users,exec");
  CHECK(merge_options("users", "exec") == "users,exec");
  CHECK(merge_options("users,noexec", "exec") == "users,exec");
}

TEST_CASE("options that may stand several times add up") {
  CHECK(merge_options("x-systemd.requires=a.service", "x-systemd.requires=b.service") ==
        "x-systemd.requires=a.service,x-systemd.requires=b.service");
  CHECK_FALSE(same_effect("x-systemd.after=a,x-systemd.after=b", "x-systemd.after=b"));
  CHECK(same_effect("x-systemd.after=a,x-systemd.after=b", "x-systemd.after=b,x-systemd.after=a"));
}

TEST_CASE("whatever is merged, each wished option is in force afterwards and the other groups are as before") {
  const Strings all = {"ro",   "rw",      "noexec",   "exec",    "nosuid",  "suid",   "nodev", "dev",
                       "sync", "noatime", "relatime", "size=1G", "size=2G", "nofail", "users", "owner"};
  for (const std::string& a : all) {
    for (const std::string& b : all) {
      for (const std::string& wished : all) {
        const std::string merged = merge_options(a + "," + b, wished);
        CAPTURE(a);
        CAPTURE(b);
        CAPTURE(wished);
        CAPTURE(merged);
        const Strings now = effective(split_options(merged));
        CHECK(std::find(now.begin(), now.end(), wished) != now.end());
        CHECK(merge_options(merged, wished) == merged);
        const Strings before = effective({a, b});
        const bool already = std::find(before.begin(), before.end(), wished) != before.end();
        CHECK(same_effect(merged, already ? a + "," + b : a + "," + b + "," + wished));
      }
    }
  }
}

TEST_CASE("options that may stand several times add up") {
  for (const std::string name :
       {"x-systemd.wants=", "x-systemd.requires=", "x-systemd.after=", "lowerdir+=", "datadir+=", "device="}) {
    CAPTURE(name);
    CHECK(merge_options(name + "a,ro", name + "b") == name + "a,ro," + name + "b");
    CHECK(merge_options(name + "a," + name + "b", name + "b") == name + "a," + name + "b");
  }
}

TEST_CASE("merging: what is merged already is not merged again") {
  for (const char* wanted : {"exec,users", "users,exec", "suid,owner", "ro,rw", "size=1G,size=2G", "noexec,defaults"}) {
    CAPTURE(wanted);
    const std::string once = merge_options("noatime", wanted);
    CHECK(merge_options(once, wanted) == once);
    CHECK(same_effect(once, std::string("noatime,") + wanted));
  }
}

TEST_CASE("merging: nothing goes behind a quote that is not closed") {
  const char* const told = "a double quote among the mount options has no other one";
  CHECK_THROWS_WITH_AS(merge_options("context=\"a", "ro"), told, dockhost::Error);
  CHECK_THROWS_WITH_AS(merge_options("ro", "context=\"a"), told, dockhost::Error);
}
