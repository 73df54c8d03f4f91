// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/tree.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "host/descriptor.hpp"
#include "scratch.hpp"

using namespace dockhost;
namespace fs = std::filesystem;

namespace {

constexpr unsigned nobody = 65534;
constexpr std::time_t old_time = 1000000000;

void set_time(const std::string& path, std::time_t seconds, long nanoseconds = 0) {
  const std::array<timespec, 2> times = {timespec{seconds, nanoseconds}, timespec{seconds, nanoseconds}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0);
}

constexpr unsigned both_flags = FS_IMMUTABLE_FL | FS_APPEND_FL;

// Adds flags; false where the file system or the user cannot set them.
bool set_flags(const std::string& path, unsigned flags) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  unsigned all = 0;
  if (!file || ::ioctl(file.get(), FS_IOC_GETFLAGS, &all) != 0) return false;
  all |= flags;
  return ::ioctl(file.get(), FS_IOC_SETFLAGS, &all) == 0;
}

unsigned flags(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  unsigned found = 0;
  REQUIRE(::ioctl(file.get(), FS_IOC_GETFLAGS, &found) == 0);
  return found & both_flags;
}

// What `act` returns in a process with mounts of its own; nullopt where such cannot be had.
template <class Act>
std::optional<std::string> with_own_mounts(const Act& act) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool own = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    std::string text;
    try {
      if (own) text = act();
    } catch (const Error& error) {
      text = error.text();
    } catch (...) {  // A failed REQUIRE: this process must not go on with the tests.
      text = "a check failed";
    }
    write_all(ends[1], text);
    ::_exit(own ? 0 : 1);
  }
  ::close(ends[1]);
  const Descriptor end(ends[0]);
  std::string text = read_all(end.get(), "pipe", 65536);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status == 0) return text;
  MESSAGE("skipped: no mounts of its own for this process");
  return std::nullopt;
}

std::string mount_at(const std::string& path) {
  return ::mount("none", path.c_str(), "tmpfs", 0, nullptr) == 0 ? "" : "no tmpfs; ";
}

// The mtime in microseconds of a file that is written again until it is later than `than`.
std::int64_t time_of_later_file(const std::string& path, std::int64_t than) {
  struct stat seen {};
  std::int64_t time = 0;
  do {
    put(path, "x");
    REQUIRE(::stat(path.c_str(), &seen) == 0);
    time = std::int64_t{seen.st_mtim.tv_sec} * 1'000'000 + seen.st_mtim.tv_nsec / 1000;
  } while (time <= than);
  return time;
}

// A tree and a faithful copy of it.
struct Fixture {
  Scratch dir;
  std::string from = dir / "from", to = dir / "to";
  Comparison how;

  Fixture() {
    for (const std::string& top : {from, to}) {
      fs::create_directories(top + "/a/b");
      fs::create_directory(top + "/empty");
      put(top + "/a/b/one", "one\n");
      put(top + "/a/two", std::string("t\0o", 3));
      fs::create_hard_link(top + "/a/two", top + "/zwei");
      fs::create_symlink("a/two", top + "/link");
      REQUIRE(::mkfifo((top + "/pipe").c_str(), 0600) == 0);
      set_times(top);
    }
    how.guard = ".guard";
    how.content = false;  // it syncs the disk of the machine that tests
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    // The flags would outlive the directory that holds the files.
    error_text([this] { clear_flags(dir.path()); });
  }

  static void set_times(const std::string& top) {
    for (const char* name : {"a/b/one", "a/two", "link", "pipe", "a/b", "a", "empty"})
      set_time(top + "/" + name, old_time, 5);
  }
  Strings differences() const { return compare_trees(from, to, how); }
  std::string hash() const { return sum_tree(from, {".guard"}).hash; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a sum counts each inode once, the top directory and links to the outside not") {
  put(dir / "outside", std::string(100000, 'x'));
  fs::create_symlink("../outside", from + "/out");
  const TreeSum sum = sum_tree(from, {});
  CHECK(sum.inodes == 8);  // a, a/b, a/b/one, a/two, empty, link, out, pipe
  CHECK(sum.bytes < 100000);
  CHECK(sum.limited == false);
}

TEST_CASE_FIXTURE(Fixture, "a sum counts what is allocated, not what is apparent") {
  put(from + "/sparse", "");
  REQUIRE(::truncate((from + "/sparse").c_str(), off_t{1} << 40) == 0);
  put(from + "/full", std::string(1048576, 'x'));
  sync_tree(from);
  const TreeSum sum = sum_tree(from, {});
  CHECK(sum.bytes >= 1048576);
  CHECK(sum.bytes < 2 * 1048576);
}

TEST_CASE_FIXTURE(Fixture, "newest is of regular files by their mtime, without the guard") {
  CHECK(sum_tree(from, {}).newest == old_time);
  put(from + "/.guard", "");
  CHECK(sum_tree(from, {".guard"}).newest == old_time);
  CHECK(sum_tree(from, {}).newest > old_time);
}

TEST_CASE_FIXTURE(Fixture, "written is what was changed or born since, not what has lost another name") {
  const std::int64_t since = time_of_later_file(dir / "probe", 0);
  CHECK(sum_tree(from, {"", since}).written == 0);
  time_of_later_file(dir / "probe", since);
  fs::remove(from + "/zwei");
  CHECK(sum_tree(from, {"", since}).written == 0);
  put(from + "/a/new", "");
  const TreeSum sum = sum_tree(from, {"", since});
  CHECK(sum.written == 1);
  CHECK(sum.written_name == "a/new");
  CHECK(sum_tree(from, {}).written == 0);
  const std::string refused = error_text([&] { empty_tree(from, {"", since}); });
  CHECK(refused == from + "/a/new: was written by somebody meanwhile and is not removed, nor what comes after it");
  CHECK(fs::exists(from + "/a/new"));
  CHECK(fs::exists(from + "/a/two"));
}

TEST_CASE_FIXTURE(Fixture, "by ctime, what was moved there or overwritten with its old times is written, too") {
  put(dir / "parked", "all there is");
  fs::create_directory(dir / "folder");
  set_time(dir / "parked", old_time, 5);
  set_time(dir / "folder", old_time, 5);
  const std::int64_t since = time_of_later_file(dir / "probe", 0);
  const auto written = [&] { return sum_tree(from, {"", since, true}).written_name; };
  CHECK(written().empty());
  time_of_later_file(dir / "probe", since);
  fs::rename(dir / "parked", from + "/parked");
  CHECK(written() == "parked");
  fs::rename(from + "/parked", dir / "parked");
  CHECK(written().empty());
  fs::rename(dir / "folder", from + "/folder");
  CHECK(written() == "folder");
  fs::remove(from + "/folder");
  put(from + "/a/b/one", "other");
  set_time(from + "/a/b/one", old_time, 5);
  CHECK(written() == "a/b/one");
}

TEST_CASE_FIXTURE(Fixture,
                  "what was brought into a copy with its old times is work of others, as long as that can be told") {
  set_time(from, old_time, 5);
  const std::int64_t since = time_of_later_file(dir / "probe", 0);
  time_of_later_file(dir / "probe", since);
  const auto work = [&] { return work_in_copy(to, from, {".guard", since}); };
  CHECK_FALSE(work().by_others());
  const auto bring = [&](const std::string& name, const std::string& text) {
    fs::remove(to + name);
    put(to + name, text);
    set_time(to + name, old_time - 1000, 5);
  };
  bring("/backup", "x");
  CHECK(work().name == "backup");
  CHECK(work().by_others());
  fs::remove(to + "/backup");
  bring("/a/b/one", "two\n");
  CHECK(work().name == "a/b/one");
  CHECK(work().by_others());
  // Somebody may have removed or changed it in the original since.
  put(from + "/a/b/one", "now\n");
  set_time(from + "/a/b/one", old_time, 5);
  CHECK_FALSE(work().by_others());
  fs::create_directory(to + "/own");
  bring("/own/file", "x");
  CHECK(work().name == "own/file");
  put(from + "/gone", "");
  fs::remove(from + "/gone");
  CHECK_FALSE(work().by_others());
}

TEST_CASE_FIXTURE(Fixture, "work in a copy is told from what copying leaves, whatever the times in the original") {
  const std::int64_t since = old_time * std::int64_t{1'000'000} - 1;  // all files are newer
  const auto work = [&] { return work_in_copy(to, from, {".guard", since}); };
  CHECK(work().files == 0);
  put(to + "/.guard", "");
  CHECK(work().files == 0);
  put(to + "/a/b/one", "on");  // killed in the middle of a file
  CHECK(work().files == 1);
  CHECK_FALSE(work().by_others());
  put(to + "/a/b/one", "longer than the original\n");
  CHECK(work().by_others());
  set_time(to + "/a/b/one", old_time, 5);
  fs::create_directory(to + "/a/own");
  put(to + "/a/own/file", "");
  CHECK(work().files == 1);
  CHECK(work().by_others());
  CHECK(work().name == "a/own/file");
  CHECK(work_in_copy(to, from, {".guard", std::int64_t{4'000'000'000'000'000}}).files == 0);
}

TEST_CASE_FIXTURE(Fixture, "what is left out of a comparison is not told, nor the times of directories") {
  put(to + "/a/b/more", "");
  CHECK(differences().size() == 2);  // and the mtime of a/b
  how.directory_times = false;
  CHECK(differences() == Strings{"a/b/more: is only in the copy"});
  how.left_out = [](const std::string& path) { return path == "a/b"; };
  CHECK(differences() == Strings{});
}

TEST_CASE_FIXTURE(Fixture, "the hash is that of an unchanged tree only") {
  const std::string before = hash();
  CHECK(before.size() == 64);
  CHECK(hash() == before);
  std::string last = before;
  const auto changes = [this, &last](const auto& change) {
    change();
    const std::string now = hash();
    return std::exchange(last, now) != now;
  };
  CHECK(changes([this] { put(from + "/a/b/one", "1"); }));
  CHECK(changes([this] { fs::rename(from + "/a/b/one", from + "/a/one"); }));
  CHECK(changes([this] { fs::remove(from + "/pipe"); }));
  CHECK(changes([this] { REQUIRE(::chmod((from + "/empty").c_str(), 0711) == 0); }));
}

TEST_CASE_FIXTURE(Fixture, "the guard and lost+found at the top have no part in the hash, but elsewhere they do") {
  const std::string before = hash();
  put(from + "/.guard", "");
  fs::create_directories(from + "/lost+found/x/y");
  put(from + "/lost+found/#12", "found");
  CHECK(hash() == before);
  put(from + "/empty/.guard", "");
  const std::string after = hash();
  CHECK(after != before);
  fs::create_directory(from + "/a/lost+found");
  CHECK(hash() != after);
}

TEST_CASE_FIXTURE(Fixture, "a copy that is alike has no differences, the guard and its lost+found apart") {
  how.content = true;
  fs::create_directory(to + "/lost+found");
  put(to + "/.guard", "");
  CHECK(differences() == Strings{});
}

TEST_CASE_FIXTURE(Fixture, "what is on one side only is named once, whatever it holds") {
  fs::create_directories(from + "/a/new/x");
  fs::create_directory(from + "/lost+found");
  put(to + "/zz", "");
  put(to + "/a/.guard", "");
  set_times(from);
  set_times(to);
  CHECK(differences() == Strings{"a/.guard: is only in the copy", "a/new: is missing in the copy",
                                 "lost+found: is missing in the copy", "zz: is only in the copy"});
}

TEST_CASE_FIXTURE(Fixture, "mode, time, size, content, type and target are compared") {
  const auto remade = [this](const std::string& name) {
    fs::remove(to + "/" + name);
    return to + "/" + name;
  };
  SUBCASE("mode") {
    REQUIRE(::chmod((from + "/a").c_str(), 02750) == 0);
    REQUIRE(::chmod((to + "/a").c_str(), 0700) == 0);
    CHECK(differences() == Strings{"a: mode 2750 to 0700"});
  }
  SUBCASE("mode of the top") {
    REQUIRE(::chmod(from.c_str(), 0710) == 0);
    REQUIRE(::chmod(to.c_str(), 0755) == 0);
    CHECK(differences() == Strings{"the top directory: mode 0710 to 0755"});
  }
  SUBCASE("time") {
    set_time(to + "/a/b/one", old_time, 6);
    CHECK(differences() == Strings{"a/b/one: mtime 1000000000.000000005 to 1000000000.000000006"});
  }
  SUBCASE("size") {
    put(to + "/a/b/one", "one");
    set_times(to);
    CHECK(differences() == Strings{"a/b/one: size 4 to 3"});
  }
  SUBCASE("content") {
    put(to + "/a/b/one", "onE\n");
    set_times(to);
    CHECK(differences() == Strings{});
    how.content = true;
    CHECK(differences() == Strings{"a/b/one: content differs from byte 2 on"});
  }
  SUBCASE("type") {
    fs::create_directory(remade("pipe"));
    CHECK(differences() == Strings{"pipe: is a pipe, in the copy a directory"});
  }
  SUBCASE("target") {
    fs::create_symlink("a/twoo", remade("link"));
    set_times(to);
    CHECK(differences() == Strings{"link: target 'a/two' to 'a/twoo'"});
  }
}

TEST_CASE_FIXTURE(Fixture, "hard links are compared as groups of names") {
  SUBCASE("a link that became a file of its own") {
    fs::remove(to + "/zwei");
    put(to + "/zwei", std::string("t\0o", 3));
    set_time(to + "/zwei", old_time, 5);
  }
  SUBCASE("a file of its own that became a link") {
    fs::remove(from + "/zwei");
    put(from + "/zwei", std::string("t\0o", 3));
    set_time(from + "/zwei", old_time, 5);
  }
  CHECK(differences() == Strings{"zwei: is not a hard link of the same names in the copy"});
}

TEST_CASE_FIXTURE(Fixture, "owners and device numbers are compared") {
  if (::geteuid() != 0 || ::mknod((from + "/dev").c_str(), S_IFCHR | 0600, ::makedev(1, 5)) != 0) {
    MESSAGE("skipped: only root can make devices and give files away, and not everywhere");
    return;
  }
  REQUIRE(::mknod((to + "/dev").c_str(), S_IFCHR | 0600, ::makedev(1, 3)) == 0);
  REQUIRE(::lchown((to + "/link").c_str(), nobody, 7) == 0);
  for (const std::string& top : {from, to}) set_time(top + "/dev", old_time);
  CHECK(differences() == Strings{"dev: device number 1:5 to 1:3", "link: owner 0:0 to 65534:7"});
}

TEST_CASE_FIXTURE(Fixture, "extended attributes are compared, values of any size too") {
  const std::string value(2000, 'v');
  const auto set = [](const std::string& path, const char* name, const std::string& text) {
    return ::lsetxattr(path.c_str(), name, text.data(), text.size(), 0) == 0;
  };
  if (!set(from + "/a/b/one", "user.big", value)) {
    MESSAGE("skipped: no extended attributes on this file system");
    return;
  }
  REQUIRE(set(to + "/a/b/one", "user.big", value.substr(1) + "w"));
  REQUIRE(set(from + "/a", "user.gone", ""));
  REQUIRE(set(to + "/a", "user.new", "\n"));
  REQUIRE(set(to, "user.top", "1"));
  CHECK(differences() == Strings{"the top directory: attribute user.top is only in the copy",
                                 "a: attribute user.gone is missing in the copy",
                                 "a: attribute user.new is only in the copy", "a/b/one: attribute user.big differs"});
}

TEST_CASE_FIXTURE(Fixture, "what xfs shows of access lists once more is not compared") {
  if (::lsetxattr((to + "/a").c_str(), "trusted.SGI_ACL_FILE", "x", 1, 0) != 0) {
    MESSAGE("skipped: only root can set trusted attributes, and not everywhere");
    return;
  }
  REQUIRE(::lsetxattr((to + "/link").c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0);
  CHECK(differences() == Strings{"link: attribute trusted.overlay.opaque is only in the copy"});
}

TEST_CASE_FIXTURE(Fixture, "at most ten differences are told, and how many more there are") {
  for (int i = 10; i < 23; ++i) put(from + "/new" + std::to_string(i), "");
  const Strings told = differences();
  REQUIRE(told.size() == 11);
  CHECK(told[9] == "new19: is missing in the copy");
  CHECK(told[10] == "and 3 more");
}

TEST_CASE_FIXTURE(Fixture, "names of any bytes are compared, and told so that no terminal is driven") {
  put(from + "/\x1b[2J\n\xe9", "");
  CHECK(differences() == Strings{"\\x1b[2J\\x0a\\xe9: is missing in the copy"});
}

TEST_CASE_FIXTURE(Fixture, "a file of a terabyte that is all holes but some bytes is compared by these") {
  for (const std::string& top : {from, to}) {
    put(top + "/sparse", "start");
    REQUIRE(::truncate((top + "/sparse").c_str(), off_t{1} << 40) == 0);
    const Descriptor file(::open((top + "/sparse").c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(::pwrite(file.get(), "middle", 6, off_t{1} << 39) == 6);
    set_time(top + "/sparse", old_time);
  }
  std::uint64_t done = 0;
  how.content = true;
  how.progress = [&done](std::uint64_t bytes) { done = bytes; };
  CHECK(differences() == Strings{});
  CHECK(done > 10);
  CHECK(done < 10 * 1048576);
  const Descriptor file(::open((to + "/sparse").c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(::pwrite(file.get(), "x", 1, (off_t{1} << 39) + (off_t{1} << 38)) == 1);
  set_time(to + "/sparse", old_time);
  CHECK(differences() == Strings{"sparse: content differs from byte 824633720832 on"});
}

TEST_CASE_FIXTURE(Fixture, "a hole and zeros that are written are alike") {
  how.content = true;
  put(from + "/zeros", std::string(3000000, '\0'));
  put(to + "/zeros", "");
  REQUIRE(::truncate((to + "/zeros").c_str(), 3000000) == 0);
  for (const std::string& top : {from, to}) set_time(top + "/zeros", old_time);
  CHECK(differences() == Strings{});
}

TEST_CASE_FIXTURE(Fixture, "many files, and one of more than a block, are compared to the last byte") {
  for (const std::string& top : {from, to}) {
    for (int i = 0; i < 50; ++i) put(top + "/a/b/" + std::to_string(i), std::string(5000, 'x'));
    put(top + "/large", std::string(2500000, 'x'));
  }
  put(to + "/large", std::string(2499999, 'x') + "y");
  put(to + "/a/b/3", std::string(4999, 'x') + "y");
  for (const std::string& top : {from, to}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(top)) set_time(entry.path(), old_time);
  }
  std::uint64_t done = 0;
  how.content = true;
  how.progress = [&done](std::uint64_t bytes) { done = bytes; };
  CHECK(differences() ==
        Strings{"a/b/3: content differs from byte 4999 on", "large: content differs from byte 2499999 on"});
  CHECK(done == 50 * 5000 + 2500000 + 4 + 3);
}

TEST_CASE_FIXTURE(Fixture, "thousands of levels are summed, compared and removed with few open files") {
  how.content = true;
  const std::string name(100, 'd');
  constexpr int levels = 3000;
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (const std::string& top : {from, to}) {
    Descriptor at(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < levels; ++i) {
      REQUIRE(::mkdirat(at.get(), name.c_str(), 0700) == 0);
      at = Descriptor(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    const Descriptor file(::openat(at.get(), "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::write(file.get(), top == from ? "x" : "y", 1) == 1);
  }
  const struct rlimit tight { 100, before.rlim_max };
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  CHECK(sum_tree(from, {}).inodes == 7 + levels + 1);
  const Strings told = differences();
  CHECK(told.size() == 11);
  clear_flags(from);
  copy_flags(from, to);
  empty_tree(from, {});
  empty_tree(to, {});
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(fs::is_empty(from));
  CHECK(fs::is_empty(to));
}

TEST_CASE_FIXTURE(Fixture, "flags are copied, compared and cleared") {
  if (!set_flags(from + "/a/b/one", FS_IMMUTABLE_FL)) {
    MESSAGE("skipped: no flag +i for this user or on this file system");
    return;
  }
  REQUIRE(set_flags(from + "/a/two", FS_APPEND_FL));
  REQUIRE(set_flags(from + "/a/b", both_flags));
  REQUIRE(set_flags(from, FS_IMMUTABLE_FL));
  CHECK(differences() == Strings{"a/b: flags +i +a to none", "a/b/one: flags +i to none", "a/two: flags +a to none"});
  copy_flags(from, to);
  CHECK(flags(to + "/a/b/one") == FS_IMMUTABLE_FL);
  CHECK(flags(to + "/zwei") == FS_APPEND_FL);
  CHECK(flags(to + "/a/b") == both_flags);
  CHECK(flags(to) == 0);
  CHECK(differences() == Strings{});
  clear_flags(from);
  CHECK(flags(from) == 0);
  CHECK(flags(from + "/a/b/one") == 0);
  CHECK(flags(from + "/a/b") == 0);
  CHECK(flags(from + "/a/two") == 0);
}

TEST_CASE_FIXTURE(Fixture, "flags for what the copy misses are an error") {
  if (!set_flags(from + "/a/b/one", FS_IMMUTABLE_FL)) {
    MESSAGE("skipped: no flag +i for this user or on this file system");
    return;
  }
  fs::remove(to + "/a/b/one");
  CHECK(error_text([this] { copy_flags(from, to); }) == to + "/a/b/one: cannot be opened: No such file or directory");
  fs::remove(to + "/a/b");
  CHECK(error_text([this] { copy_flags(from, to); }) == to + "/a/b: is not there as in the original");
}

TEST_CASE_FIXTURE(Fixture, "a tree is emptied but for what is kept and lost+found, and no link is followed") {
  fs::create_directories(dir / "victim/d");
  fs::create_symlink(dir / "victim", from + "/to-victim");
  fs::create_directory(from + "/lost+found");
  fs::create_directory(from + "/a/lost+found");
  put(from + "/.guard", "");
  put(from + "/a/.guard", "");
  empty_tree(from, {".guard"});
  CHECK(fs::exists(dir / "victim/d"));
  Strings left;
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) left.push_back(entry.path().filename());
  std::sort(left.begin(), left.end());
  CHECK(left == Strings{".guard", "lost+found"});
}

TEST_CASE_FIXTURE(Fixture, "flags do not keep a tree from being emptied") {
  if (!set_flags(from + "/a/b/one", FS_IMMUTABLE_FL)) {
    MESSAGE("skipped: no flag +i for this user or on this file system");
    return;
  }
  REQUIRE(set_flags(from + "/a/two", FS_APPEND_FL));
  REQUIRE(set_flags(from + "/a/b", FS_IMMUTABLE_FL));
  REQUIRE(set_flags(from, FS_APPEND_FL));
  empty_tree(from, {});
  CHECK(fs::is_empty(from));
}

TEST_CASE_FIXTURE(Fixture, "a mount below is not summed and not removed, one from the same device neither") {
  put(dir / "outside", std::string(100000, 'x'));
  fs::create_directories(dir / "other/d");
  put(dir / "other/file", std::string(100000, 'x'));
  fs::create_directory(from + "/bound");
  const std::uint64_t inodes = sum_tree(from, {}).inodes;
  const auto text = with_own_mounts([this] {
    std::string said = mount_at(from + "/empty");
    put(from + "/empty/file", std::string(100000, 'x'));
    if (::mount((dir / "other").c_str(), (from + "/bound").c_str(), nullptr, MS_BIND, nullptr) != 0)
      said += "no bind; ";
    if (::mount((dir / "outside").c_str(), (from + "/a/two").c_str(), nullptr, MS_BIND, nullptr) != 0)
      said += "no file; ";
    const TreeSum sum = sum_tree(from, {});
    said += std::to_string(sum.inodes) + " inodes, " + (sum.bytes < 100000 ? "few" : "many") + " bytes; ";
    ::umount((from + "/a/two").c_str());
    const std::string refused = error_text([this] { empty_tree(from, {}); });
    ::umount((from + "/bound").c_str());
    return said + refused + "; " + error_text([this] { empty_tree(from, {}); });
  });
  if (!text) return;
  // Of a/two and zwei, one is a mount point and counts apart.
  CHECK(*text == std::to_string(inodes + 1) + " inodes, few bytes; " + from +
                     "/bound: is a mount point and is not removed; " + from +
                     "/empty: is a mount point and is not removed");
  CHECK(fs::exists(dir / "other/d"));
  CHECK(fs::exists(dir / "other/file"));
}

TEST_CASE_FIXTURE(Fixture, "what a mount below hides has no part in the comparison") {
  const auto text = with_own_mounts([this] {
    std::string said = mount_at(from + "/empty");
    put(from + "/empty/file", "x");
    for (const std::string& top : {from, to}) {
      REQUIRE(::chmod((top + "/empty").c_str(), 0700) == 0);
      set_time(top + "/empty", old_time);
    }
    said += join(differences(), "; ");
    put(to + "/empty/file", "x");
    set_time(to + "/empty", old_time);
    said += "; " + join(differences(), "; ");
    ::umount((from + "/empty").c_str());
    return said;
  });
  if (!text) return;
  CHECK(*text == "; empty: is a mount point, whose files are in the copy");
}

TEST_CASE_FIXTURE(Fixture, "a directory that is mounted on the copy is a difference") {
  const auto text = with_own_mounts([this] {
    std::string said = mount_at(to + "/a");
    REQUIRE(::chmod((to + "/a").c_str(), 0755) == 0);
    set_time(to + "/a", old_time, 5);
    return said + join(differences(), "; ");
  });
  if (!text) return;
  CHECK(*text == "a: is a mount point or subvolume in the copy");
}

TEST_CASE_FIXTURE(Fixture, "a tree that is no directory, or is reached through a link of others, is an error") {
  put(dir / "file", "");
  fs::create_symlink("from", dir / "way");
  CHECK(error_text([this] { sum_tree(dir / "file", {}); }) == dir / "file" + ": cannot be opened: Not a directory");
  CHECK(error_text([this] { sum_tree(dir / "none", {}); }) ==
        dir / "none" + ": cannot be opened: No such file or directory");
  CHECK(error_text([this] { empty_tree(dir / "way", {}); }) ==
        dir / "way" + ": '" + dir / "way" +
            "' is a symbolic link that is not followed: others than root can change '/tmp'");
  CHECK(error_text([this] { sync_tree(dir / "none"); }) ==
        dir / "none" + ": cannot be opened: No such file or directory");
  sync_tree(from);
}
