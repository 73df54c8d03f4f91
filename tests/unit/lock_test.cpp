// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/lock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "host/linux_host.hpp"
#include "host/process.hpp"
#include "scratch.hpp"

using namespace dockhost;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Lock::Wish wish(const std::string& path, milliseconds wait = milliseconds(0), const std::string& module = "mount") {
  Lock::Wish wish;
  wish.module = module;
  wish.path = path;
  wish.wait = wait;
  return wish;
}

// Another run: `act` in a forked process, which ends when it returns.
template <class Act>
pid_t in_a_child(const Act& act) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  act();
  ::_exit(0);
}

void make_pipe(const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }

// Waits until somebody writes into the named pipe.
void await(const std::string& pipe) { CHECK(get(pipe) == "\n"); }

void kill_and_wait(pid_t child) {
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WTERMSIG(status) == SIGKILL);
}

}  // namespace

TEST_CASE("the lock file is root's alone, holds who runs, and is empty after a run that owes nothing") {
  const Scratch dir;
  const std::string path = dir / "lock";
  CHECK_FALSE(Lock::look(path));
  {
    Lock lock(wish(path));
    struct stat seen {};
    REQUIRE(::stat(path.c_str(), &seen) == 0);
    CHECK((seen.st_mode & 07777) == 0600);
    CHECK(get(path) ==
          "{\"pid\":" + std::to_string(::getpid()) + ",\"module\":\"mount\",\"doing\":\"looking\",\"owes\":{}}\n");
    lock.doing("running mkfs.xfs");
    CHECK(Lock::look(path) == Note{::getpid(), "mount", "running mkfs.xfs", json::object(), true});
  }
  CHECK(get(path).empty());
  CHECK_FALSE(Lock::look(path));
}

TEST_CASE("a second run names the one that holds the lock and what it does") {
  const Scratch dir;
  Lock first(wish(dir / "lock"));
  first.doing("running mkfs.xfs");
  CHECK(error_text([&dir] { Lock(wish(dir / "lock")); }) ==
        dir / "lock" + ": held for 0 seconds by process " + std::to_string(::getpid()) + " (mount, running mkfs.xfs)");
}

TEST_CASE("waiting for the lock ends when the run is interrupted") {
  const Scratch dir;
  const Lock first(wish(dir / "lock"));
  Lock::Wish impatient = wish(dir / "lock", seconds(60));
  impatient.interrupted = [] { return true; };
  CHECK_THROWS_WITH_AS(Lock{impatient}, "interrupted while another run held the lock; nothing was changed",
                       InterruptedWaiting);
}

TEST_CASE("a second run waits until the first has ended") {
  const Scratch dir;
  make_pipe(dir / "taken");
  const pid_t child = in_a_child([&dir] {
    const Lock lock(wish(dir / "lock"));
    put(dir / "taken", "\n");
  });
  await(dir / "taken");
  CHECK(error_text([&dir] { Lock(wish(dir / "lock", seconds(30))); }) == "no error");
  REQUIRE(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("what a killed run owes is there for the next run, and for a check that takes no lock") {
  const Scratch dir;
  const std::string path = dir / "lock";
  const json owes = {{"units", {{"docker.service", {{"active", true}}}}}};
  make_pipe(dir / "noted");
  const pid_t child = in_a_child([&] {
    Lock lock(wish(path));
    lock.owe(owes);
    put(dir / "noted", "\n");
    ::pause();
  });
  await(dir / "noted");
  CHECK(Lock::look(path) == Note{child, "mount", "looking", owes, true});
  kill_and_wait(child);
  CHECK(Lock::look(path) == Note{child, "mount", "looking", owes, false});
  {
    Lock next(wish(path));
    CHECK(next.owed() == owes);
  }
  CHECK(Lock::look(path)->owes == owes);  // nobody has paid it yet
  {
    Lock last(wish(path));
    last.owe(json::object());
  }
  CHECK(get(path).empty());
}

TEST_CASE("a note that a kill cut short is no note: the one before it counts") {
  const Scratch dir;
  const std::string path = dir / "lock";
  const std::string whole = R"({"pid":1,"module":"mount","doing":"looking","owes":{"reload":["systemd"]}})"
                            "\n";
  const std::string next = R"({"pid":1,"module":"mount","doing":"looking","owes":{}})"
                           "\n";
  for (std::size_t length = 0; length < next.size(); ++length) {
    CAPTURE(length);
    put(path, whole + next.substr(0, length));
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    REQUIRE(Lock::look(path));
    CHECK(Lock::look(path)->owes == json{{"reload", {"systemd"}}});
    const pid_t child = in_a_child([&path] {
      const Lock lock(wish(path));
      ::_exit(lock.owed() == json{{"reload", {"systemd"}}} && get(path).ends_with("}\n") ? 0 : 1);
    });
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
}

TEST_CASE("a lock file that is no note counts as none") {
  const Scratch dir;
  for (const char* text : {"", "\n", "{}\n", "[1]\n", "{\"owes\": 3}\n", "{\n", "\xff\xfe\n", "no line end"}) {
    CAPTURE(text);
    put(dir / "lock", text);
    std::filesystem::permissions(dir / "lock", std::filesystem::perms(0600));
    const Lock lock(wish(dir / "lock"));
    CHECK(lock.owed() == json::object());
  }
}

TEST_CASE("a lock file that others can reach is refused") {
  const Scratch dir;
  const std::string path = dir / "lock";
  const std::string refused = path + ": is not a file that belongs to root alone (mode 0600)";
  const auto try_both = [&path](const std::string& expected) {
    CHECK(error_text([&path] { Lock(wish(path)); }) == expected);
    CHECK(error_text([&path] { Lock::look(path); }) == expected);
  };
  put(path, "");
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  try_both(refused);
  std::filesystem::remove(path);
  put(dir / "victim", "precious");
  std::filesystem::create_symlink("victim", path);
  try_both(path + ": cannot be opened: Too many levels of symbolic links");
  std::filesystem::remove(path);
  std::filesystem::permissions(dir / "victim", std::filesystem::perms(0600));
  std::filesystem::create_hard_link(dir / "victim", path);
  try_both(refused);
  std::filesystem::remove(path);
  CHECK(get(dir / "victim") == "precious");
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can give a file to another user");
    return;
  }
  put(path, "{\"owes\":{\"reload\":[\"x\"]}}\n");
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
  try_both(refused);
}

TEST_CASE("a tool that outlives its killed run keeps the lock until it ends") {
  const Scratch dir;
  const std::string path = dir / "lock";
  make_pipe(dir / "started");
  make_pipe(dir / "go");
  const pid_t child = in_a_child([&] {
    Lock lock(wish(path));
    lock.owe({{"reload", {"systemd"}}});
    lock.doing("running sh");
    Manner manner;
    manner.lock = lock.descriptor();
    run_process({"sh", "-c", "echo > " + dir / "started" + "; read line < " + dir / "go"}, {}, manner);
  });
  await(dir / "started");
  kill_and_wait(child);
  CHECK(error_text([&path] { Lock(wish(path)); }) ==
        path + ": held for 0 seconds by process " + std::to_string(child) +
            " (mount, running sh), which is gone while the tool that it started goes on");
  CHECK(Lock::look(path) == Note{child, "mount", "running sh", {{"reload", {"systemd"}}}, false});
  put(dir / "go", "\n");
  CHECK(Lock(wish(path, seconds(30))).owed() == json{{"reload", {"systemd"}}});
}

TEST_CASE("a tool that is to end with its run is killed with it, and the lock is free") {
  const Scratch dir;
  make_pipe(dir / "started");
  const pid_t child = in_a_child([&dir] {
    const Lock lock(wish(dir / "lock"));
    Manner manner;
    manner.lock = lock.descriptor();
    run_process({"sh", "-c", "echo > " + dir / "started" + "; exec sleep 600"}, {seconds(600), true}, manner);
  });
  await(dir / "started");
  kill_and_wait(child);
  CHECK(error_text([&dir] { Lock(wish(dir / "lock", seconds(30))); }) == "no error");
}

TEST_CASE("the lock is free as soon as a run is over, whatever its tools left behind") {
  const Scratch dir;
  {
    const Lock lock(wish(dir / "lock"));
    Manner manner;
    manner.lock = lock.descriptor();
    run_process({"sh", "-c", "sleep 60 & echo $! > " + dir / "child"}, {}, manner);
  }
  CHECK(error_text([&dir] { Lock(wish(dir / "lock")); }) == "no error");
  ::kill(std::stoi(get(dir / "child")), SIGKILL);
}

TEST_CASE("the host holds the lock while it lives, says what it runs, and sees SIGTERM without dying") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root takes the lock");
    return;
  }
  const Scratch dir;
  {
    LinuxHost host(
        {.lock = true, .module = "daemon_json", .lock_path = dir / "lock", .private_directory = dir / "run"});
    CHECK(host.run_on({"cat", "%"}, "text", {}).out == "text");
    CHECK(Lock::look(dir / "lock") == Note{::getpid(), "daemon_json", "running cat", json::object(), true});
    host.owe({{"reload", {"systemd"}}});
    CHECK(host.owed() == json{{"reload", {"systemd"}}});
    CHECK_FALSE(host.interrupted());
    ::kill(::getpid(), SIGTERM);
    ::kill(::getpid(), SIGHUP);
    CHECK(host.interrupted());
    CHECK(host.run({"true"}).good());
    CHECK(host.interrupted());
    host.owe(json::object());
  }
  LinuxHost check(
      {.lock = false, .module = "daemon_json", .lock_path = dir / "lock", .private_directory = dir / "run"});
  CHECK(check.owed() == json::object());
  CHECK_FALSE(check.interrupted());
  CHECK(error_text([&check] {
          check.owe({{"reload", {"systemd"}}});
        }) == dir / "lock" + ": nothing can be owed without the lock");
}
