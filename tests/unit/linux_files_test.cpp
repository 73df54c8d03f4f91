// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/linux_files.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "scratch.hpp"

using namespace dockhost;
namespace fs = std::filesystem;

namespace {

constexpr unsigned nobody = 65534;

struct Fixture {
  Scratch dir;
  LinuxFiles files{dir.path()};
  unsigned uid = ::geteuid(), gid = ::getegid();

  void write(const std::string& name, const std::string& text, unsigned mode = 0644) const {
    files.write(dir / name, text, mode, uid, gid);
  }
};

// Whether this process may give files away; says so where the test cannot run.
bool as_root() {
  if (::geteuid() == 0) return true;
  MESSAGE("skipped: only root can give a file to another user");
  return false;
}

void give_away(const std::string& path) { REQUIRE(::lchown(path.c_str(), nobody, nobody) == 0); }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a written file has its content, mode and owner, and nothing else is left beside it") {
  write("a", "one\n", 0640);
  write("a", "two\n", 0600);
  CHECK(get(dir / "a") == "two\n");
  const auto node = LinuxFiles::node(dir / "a");
  REQUIRE(node);
  CHECK(node->type == Node::Type::file);
  CHECK(node->mode == 0600);
  CHECK(node->uid == uid);
  CHECK(node->gid == gid);
  CHECK(LinuxFiles::list(dir.path()) == Strings{"a"});
}

TEST_CASE_FIXTURE(Fixture, "a file is given to the user and group that are asked for, set-id bits included") {
  if (!as_root()) return;
  files.write(dir / "a", "x", 04750, nobody, 7);
  const auto node = LinuxFiles::node(dir / "a");
  REQUIRE(node);
  CHECK(node->uid == nobody);
  CHECK(node->gid == 7);
  CHECK(node->mode == 04750);
}

TEST_CASE_FIXTURE(Fixture, "a replaced file keeps its extended attributes") {
  write("a", "old");
  if (::setxattr((dir / "a").c_str(), "user.note", "kept", 4, 0) != 0) {
    MESSAGE("skipped: no extended attributes on this file system");
    return;
  }
  write("a", "new");
  std::array<char, 16> value{};
  REQUIRE(::getxattr((dir / "a").c_str(), "user.note", value.data(), value.size()) == 4);
  CHECK(std::string(value.data()) == "kept");
  CHECK(get(dir / "a") == "new");
}

TEST_CASE_FIXTURE(Fixture, "a replaced file keeps its access list, and its group bits are the mode asked for") {
  write("a", "old", 0640);
  // acl(5) as the kernel stores it: version 2; owner rw-, user 65534 r--, group r--, mask r--, others ---.
  const std::string list(
      "\x02\0\0\0"
      "\x01\0\x06\0\xff\xff\xff\xff"
      "\x02\0\x04\0\xfe\xff\0\0"
      "\x04\0\x04\0\xff\xff\xff\xff"
      "\x10\0\x04\0\xff\xff\xff\xff"
      "\x20\0\0\0\xff\xff\xff\xff",
      44);
  constexpr const char* name = "system.posix_acl_access";
  if (::setxattr((dir / "a").c_str(), name, list.data(), list.size(), 0) != 0) {
    MESSAGE("skipped: no access lists on this file system");
    return;
  }
  write("a", "new", 0640);
  std::string found(64, '\0');
  const ssize_t size = ::getxattr((dir / "a").c_str(), name, found.data(), found.size());
  REQUIRE(size == 44);
  CHECK(found.substr(0, 44) == list);
  CHECK(LinuxFiles::node(dir / "a")->mode == 0640);
}

TEST_CASE_FIXTURE(Fixture, "a write that fails half way leaves the old file and no trace") {
  write("a", "old");
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit tight { 4096, before.rlim_max };
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const std::string text = error_text([this] { write("a", std::string(10000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(text == dir / "a" + ": cannot be written: File too large");
  CHECK(get(dir / "a") == "old");
  CHECK(LinuxFiles::list(dir.path()) == Strings{"a"});
}

TEST_CASE_FIXTURE(Fixture, "what a killed run left of a write is replaced by the next one") {
  put(dir / ".a.dockhost-tmp", "half");
  write("a", "whole");
  CHECK(get(dir / "a") == "whole");
  CHECK(LinuxFiles::list(dir.path()) == Strings{"a"});
}

TEST_CASE_FIXTURE(Fixture, "a link laid where the temporary file goes is removed and never written through") {
  put(dir / "victim", "precious");
  fs::create_symlink(dir / "victim", dir / ".a.dockhost-tmp");
  write("a", "x");
  CHECK(get(dir / "victim") == "precious");
  CHECK(LinuxFiles::list(dir.path()) == Strings{"a", "victim"});
}

TEST_CASE_FIXTURE(Fixture, "a link that only root can change stays a link, and its target is replaced") {
  fs::create_directory(dir / "real");
  put(dir / "real/b", "old");
  fs::create_symlink("real/b", dir / "a");
  write("a", "new");
  CHECK(fs::is_symlink(dir / "a"));
  CHECK(get(dir / "real/b") == "new");
  CHECK(LinuxFiles::list(dir / "real") == Strings{"b"});
  files.remove(dir / "a");
  CHECK(fs::is_symlink(dir / "a"));
  CHECK_FALSE(fs::exists(dir / "real/b"));
}

TEST_CASE_FIXTURE(Fixture, "a chain of links, absolute and with .., is followed to its end") {
  fs::create_directories(dir / "x/y");
  fs::create_symlink(dir / "x/y", dir / "one");
  fs::create_symlink("../b", dir / "x/y/two");
  write("one/two", "new");
  CHECK(get(dir / "x/b") == "new");
}

TEST_CASE_FIXTURE(Fixture, "links that lead in a circle are an error") {
  fs::create_symlink("b", dir / "a");
  fs::create_symlink("a", dir / "b");
  CHECK(error_text([this] { write("a", "x"); }) ==
        dir / "a" + ": cannot be reached: Too many levels of symbolic links");
}

TEST_CASE_FIXTURE(Fixture, "a link that belongs to a user is not followed") {
  if (!as_root()) return;
  put(dir / "victim", "precious");
  fs::create_symlink("victim", dir / "a");
  give_away(dir / "a");
  const std::string expected =
      dir / "a" + ": '" + dir / "a" + "' is a symbolic link that is not followed: it belongs to uid 65534";
  CHECK(error_text([this] { write("a", "x"); }) == expected);
  CHECK(error_text([this] { files.remove(dir / "a"); }) == expected);
  CHECK(error_text([this] { files.back_up(dir / "a"); }) == expected);
  CHECK(get(dir / "victim") == "precious");
}

TEST_CASE_FIXTURE(Fixture, "a link in a directory that others can write to is not followed, sticky or not") {
  fs::create_directory(dir / "open");
  put(dir / "victim", "precious");
  fs::create_symlink("../victim", dir / "open/a");
  for (const mode_t mode : {0777, 01777, 0775}) {
    CAPTURE(mode);
    REQUIRE(::chmod((dir / "open").c_str(), mode) == 0);
    CHECK(error_text([this] { write("open/a", "x"); }) ==
          dir / "open/a" + ": '" + dir / "open/a" +
              "' is a symbolic link that is not followed: others than root can change '" + dir / "open" + "'");
  }
  CHECK(get(dir / "victim") == "precious");
}

TEST_CASE_FIXTURE(Fixture, "a parent that is a user's link is refused for every verb that changes something") {
  if (!as_root()) return;
  fs::create_directories(dir / "victim/d");
  put(dir / "victim/a", "precious");
  fs::create_symlink("victim", dir / "parent");
  give_away(dir / "parent");
  const auto refused = [this](const std::string& name) {
    return dir / name + ": '" + dir / "parent" + "' is a symbolic link that is not followed: it belongs to uid 65534";
  };
  CHECK(error_text([this] { write("parent/a", "x"); }) == refused("parent/a"));
  CHECK(error_text([this] { files.remove(dir / "parent/a"); }) == refused("parent/a"));
  CHECK(error_text([this] { files.make_directory(dir / "parent/n", 0755, 0, 0); }) == refused("parent/n"));
  CHECK(error_text([this] { files.remove_directory(dir / "parent/d"); }) == refused("parent/d"));
  CHECK(error_text([this] { files.back_up(dir / "parent/a"); }) == refused("parent/a"));
  CHECK(get(dir / "victim/a") == "precious");
}

TEST_CASE_FIXTURE(Fixture, "a link below a directory that a user owns is not followed, however deep") {
  if (!as_root()) return;
  fs::create_directories(dir / "home/etc");
  fs::create_symlink("/etc/passwd", dir / "home/etc/a");
  give_away(dir / "home");
  CHECK(error_text([this] { write("home/etc/a", "x"); }) ==
        dir / "home/etc/a" + ": '" + dir / "home/etc/a" +
            "' is a symbolic link that is not followed: others than root can change '" + dir / "home" + "'");
  write("home/etc/b", "a plain file is written there");
  CHECK(get(dir / "home/etc/b") == "a plain file is written there");
}

TEST_CASE("under /tmp no link is followed") {
  const Scratch dir;
  fs::create_symlink("b", dir / "a");
  CHECK(error_text([&dir] { LinuxFiles().write(dir / "a", "x", 0644, ::geteuid(), ::getegid()); }) ==
        dir / "a" + ": '" + dir / "a" +
            "' is a symbolic link that is not followed: others than root can change '/tmp'");
}

TEST_CASE_FIXTURE(Fixture, "only a regular file is replaced, and only in a directory that is there") {
  fs::create_directory(dir / "d");
  CHECK(error_text([this] { write("d", "x"); }) == dir / "d" + ": is not a regular file");
  CHECK(error_text([this] { write("none/a", "x"); }) ==
        dir / "none/a" + ": cannot be reached: No such file or directory");
  CHECK(error_text([this] { files.write("a", "x", 0644, uid, gid); }) == "a: is not an absolute path");
  CHECK(error_text([this] { files.write("/", "x", 0644, uid, gid); }) == "/: names no entry of a directory");
}

TEST_CASE_FIXTURE(Fixture, "a file can be read through any link; what is absent is nullopt, what is no file an error") {
  put(dir / "a", std::string("\0\xff\n", 3));
  fs::create_symlink("a", dir / "link");
  fs::create_symlink("nowhere", dir / "dangling");
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CHECK(LinuxFiles::read(dir / "link") == std::string("\0\xff\n", 3));
  CHECK(LinuxFiles::read(dir / "dangling") == std::nullopt);
  CHECK(LinuxFiles::read(dir / "a/below") == std::nullopt);
  CHECK(error_text([this] { LinuxFiles::read(dir.path()); }) == dir.path() + ": is not a regular file");
  CHECK(error_text([this] { LinuxFiles::read(dir / "pipe"); }) == dir / "pipe" + ": is not a regular file");
  CHECK(LinuxFiles::read("/proc/self/stat").value_or("").empty() == false);
}

TEST_CASE_FIXTURE(Fixture, "a node tells what the path itself is, and resolve where it leads") {
  put(dir / "a", "");
  fs::create_symlink("a", dir / "link");
  fs::create_symlink("nowhere", dir / "dangling");
  const auto node = LinuxFiles::node(dir / "link");
  REQUIRE(node);
  CHECK(node->type == Node::Type::link);
  CHECK(node->target == "a");
  CHECK_FALSE(LinuxFiles::node(dir / "none"));
  CHECK(LinuxFiles::node(dir.path())->type == Node::Type::directory);
  CHECK(LinuxFiles::resolve(dir / "./link") == dir / "a");
  CHECK(LinuxFiles::resolve(dir / "dangling") == "");
  CHECK(LinuxFiles::list(dir.path()) == Strings{"a", "dangling", "link"});
  CHECK(LinuxFiles::list(dir / "none").empty());
}

TEST_CASE_FIXTURE(Fixture, "rights are given to what stands at the path, a socket too, and never to a link's target") {
  write("a", "text", 0666);
  files.set_rights(dir / "a", 0640, uid, gid);
  CHECK(LinuxFiles::node(dir / "a")->mode == 0640);
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0666) == 0);
  files.set_rights(dir / "pipe", 0600, uid, gid);
  CHECK(LinuxFiles::node(dir / "pipe")->mode == 0600);
  CHECK(error_text([&] { files.set_rights(dir / "absent", 0600, uid, gid); }) ==
        dir / "absent" + ": cannot be reached: No such file or directory");
  if (!as_root()) return;
  files.set_rights(dir / "a", 04755, nobody, nobody);
  CHECK(LinuxFiles::node(dir / "a")->mode == 04755);
  CHECK(LinuxFiles::node(dir / "a")->uid == nobody);
  fs::create_symlink("a", dir / "link");
  give_away(dir / "link");
  CHECK_THROWS(files.set_rights(dir / "link", 0600, uid, gid));
  CHECK(LinuxFiles::node(dir / "a")->mode == 04755);
  // A user's file may be the other name of one that is not the user's.
  fs::create_hard_link(dir / "a", dir / "other");
  CHECK(error_text([&] { files.set_rights(dir / "a", 0644, uid, gid); }) ==
        dir / "a" + ": has other names (hard links) and belongs to uid 65534");
}

TEST_CASE_FIXTURE(Fixture, "a directory is made with its mode and removed only when it is empty") {
  files.make_directory(dir / "d/", 02750, uid, gid);
  CHECK(LinuxFiles::node(dir / "d")->mode == 02750);
  CHECK(error_text([this] { files.make_directory(dir / "d", 0755, uid, gid); }) ==
        dir / "d" + ": cannot be made: File exists");
  put(dir / "d/a", "");
  CHECK(error_text([this] { files.remove_directory(dir / "d"); }) ==
        dir / "d" + ": cannot be removed: Directory not empty");
  files.remove(dir / "d/a");
  files.remove_directory(dir / "d");
  CHECK(LinuxFiles::list(dir.path()).empty());
  CHECK(error_text([this] { files.remove(dir / "d"); }) ==
        dir / "d" + ": cannot be removed: No such file or directory");
}

TEST_CASE_FIXTURE(Fixture, "two backups in one second are two files, each with the original's mode and owner") {
  write("fstab", "one", 0640);
  if (uid == 0) give_away(dir / "fstab");
  const std::string first = files.back_up(dir / "fstab");
  write("fstab", "two", 0600);
  const std::string second = files.back_up(dir / "fstab");
  CHECK(first != second);
  CHECK(get(first) == "one");
  CHECK(get(second) == "two");
  CHECK(LinuxFiles::node(first)->mode == 0640);
  CHECK(LinuxFiles::node(first)->uid == (uid == 0 ? nobody : uid));
  const std::string start = dir / "fstab" + "." + std::to_string(::getpid()) + ".";
  REQUIRE(first.size() == start.size() + std::string("2024-01-31@23:59:59~").size());
  CHECK(first.starts_with(start));
  for (const auto& [at, mark] : {std::pair{4, '-'}, {7, '-'}, {10, '@'}, {13, ':'}, {16, ':'}, {19, '~'}})
    CHECK(first[start.size() + static_cast<std::size_t>(at)] == mark);
}

TEST_CASE("the mount that a link of /proc leads to is told as mountinfo has it") {
  const std::uint64_t id = LinuxFiles::mount_behind("/proc/self/cwd");
  const std::string all = "\n" + LinuxFiles::read("/proc/self/mountinfo").value_or("");
  CHECK(all.find("\n" + std::to_string(id) + " ") != std::string::npos);
  CHECK(LinuxFiles::mount_behind("/proc/self/nothing") == 0);
}
