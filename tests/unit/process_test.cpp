// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "host/descriptor.hpp"
#include "host/private_text.hpp"
#include "scratch.hpp"

using namespace dockhost;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Output run(const Strings& argv, Limits limits = {}) { return run_process(argv, limits); }

Output shell(const std::string& script, Limits limits = {}) { return run({"sh", "-c", script}, limits); }

}  // namespace

TEST_CASE("what a tool says and its exit code come back apart") {
  const Output output = shell("echo out; echo err >&2; exit 3");
  CHECK(output.found);
  CHECK_FALSE(output.late);
  CHECK(output.code == 3);
  CHECK(output.out == "out\n");
  CHECK(output.err == "err\n");
  CHECK_FALSE(output.good());
  CHECK(run({"true"}).good());
}

TEST_CASE("arguments reach the tool as they are, without a shell") {
  CHECK(run({"printf", "%s|", "a b", "$HOME", "*", ""}).out == "a b|$HOME|*||");
}

TEST_CASE("a tool killed by a signal has 128 and the signal's number as its code") {
  CHECK(shell("kill -9 $$").code == 137);
}

TEST_CASE("a tool that is not installed is not found") {
  const Output output = run({"no-such-tool-of-dockhost", "x"});
  CHECK_FALSE(output.found);
  CHECK_FALSE(output.good());
  CHECK_FALSE(run({"/nowhere/tool"}).found);
}

TEST_CASE("a file that is no program is an error with its path") {
  CHECK(error_text([] { run({"/etc/passwd"}); }) == "/etc/passwd: cannot be started: Permission denied");
  CHECK(error_text([] { run({}); }) == "no tool is named");
}

TEST_CASE("a tool gets PATH and LC_ALL, an empty stdin, the root directory, and no other descriptor") {
  REQUIRE(::setenv("LANG", "de_DE.UTF-8", 1) == 0);
  const Descriptor leaked(::open("/", O_RDONLY));  // NOLINT: without O_CLOEXEC, as a library might
  CHECK(run({"env"}).out == "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n");
  CHECK(run({"cat"}).out.empty());
  CHECK(run({"pwd"}).out == "/\n");
  CHECK(run({"ls", "/proc/self/fd"}).out == "0\n1\n2\n3\n");  // 3 is the directory that ls reads
  ::unsetenv("LANG");
}

TEST_CASE("a tool gets default signals and umask 022 whatever ours are") {
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  const mode_t mask = ::umask(0);
  const std::string status = run({"grep", "--extended-regexp", "^(Sig(Blk|Ign)|Umask)", "/proc/self/status"}).out;
  ::umask(mask);
  std::signal(SIGPIPE, before);
  CHECK(status == "Umask:\t0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("a tool is waited for where SIGCHLD was ignored when we started") {
  auto* const before = std::signal(SIGCHLD, SIG_IGN);
  const Output output = shell("exit 7");
  std::signal(SIGCHLD, before);
  CHECK(output.code == 7);
}

TEST_CASE("a tool over its time is ended with its whole group") {
  const Scratch dir;
  REQUIRE(::mkfifo((dir / "held").c_str(), 0600) == 0);
  const Descriptor held(::open((dir / "held").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const Output output = shell("exec 3> " + dir / "held" + "; echo >&3; echo begun; sleep 600 & wait", {seconds(1)});
  CHECK(output.late);
  CHECK_FALSE(output.good());
  CHECK(output.out == "begun\n");
  CHECK(output.code == 128 + SIGTERM);
  // The pipe ends when the last process that has it open is gone, sleep included.
  REQUIRE(::fcntl(held.get(), F_SETFL, 0) == 0);
  CHECK(read_all(held.get(), dir / "held", 16) == "\n");
}

TEST_CASE("a tool that does not care for SIGTERM is killed after a moment of grace") {
  const Output output =
      run_process({"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, {seconds(0)}, {-1, milliseconds(100)});
  CHECK(output.late);
  CAPTURE(output.code);
  // With no time at all the SIGTERM may come before the trap is set.
  CHECK((output.code == 128 + SIGKILL || output.code == 128 + SIGTERM));
}

TEST_CASE("a process that a tool leaves behind with its pipes open is not waited for") {
  const Scratch dir;
  const auto begin = std::chrono::steady_clock::now();
  const Output output = shell("sleep 60 & echo $! > " + dir / "child" + "; echo said");
  ::kill(std::stoi(get(dir / "child")), SIGKILL);
  CHECK(output.out == "said\n");
  CHECK(output.good());
  CHECK(std::chrono::steady_clock::now() - begin < seconds(30));
}

TEST_CASE("more than a pipe holds is read whole, from both streams") {
  const Output output = shell("head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2");
  CHECK(output.out.size() == 3'000'000);
  CHECK(output.err.size() == 2'000'000);
}

TEST_CASE("more than 64 MB is an error") {
  CHECK(error_text([] { run({"head", "-c", "70000000", "/dev/zero"}); }) == "head: printed more than 64 MB");
}

TEST_CASE("a text for a tool stands in a file that only its user can read, as long as the tool runs") {
  const Scratch dir;
  std::string path;
  {
    const PrivateText text("{\"icc\": false}\n", dir / "run");
    path = text.path();
    CHECK(run(text.named_in({"cat", "%"})).out == "{\"icc\": false}\n");
    CHECK(run(text.named_in({"stat", "--format=%a", "%"})).out == "600\n");
    CHECK(text.named_in({"dockerd", "--config-file=%", "80%VG"}) ==
          Strings{"dockerd", "--config-file=" + path, "80%VG"});
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the directory of such texts is made for root alone, and refused when it is somebody else's") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: a user who is not root uses /tmp");
    return;
  }
  const Scratch dir;
  put(dir / "keep", "");
  CHECK(PrivateText("x", dir / "run").path().starts_with(dir / "run/text."));
  CHECK(std::filesystem::is_empty(dir / "run"));
  struct stat seen {};
  REQUIRE(::stat((dir / "run").c_str(), &seen) == 0);
  CHECK((seen.st_mode & 07777) == 0700);
  const std::string refused = ": is not a directory that belongs to root alone (mode 0700)";
  REQUIRE(::chown((dir / "run").c_str(), 65534, 65534) == 0);
  CHECK(error_text([&dir] { PrivateText("x", dir / "run"); }) == dir / "run" + refused);
  std::filesystem::create_symlink("run", dir / "link");
  CHECK(error_text([&dir] { PrivateText("x", dir / "link"); }) == dir / "link" + refused);
}

TEST_CASE("a text that a killed run left is removed by the next one, a live run's is not") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: a user who is not root uses /tmp");
    return;
  }
  const Scratch dir;
  const std::string run_dir = dir / "run", dead = run_dir + "/text.4194305.abcdef";  // above the kernel's pid_max
  std::filesystem::create_directory(run_dir);
  std::filesystem::permissions(run_dir, std::filesystem::perms::owner_all);
  put(dead, "secret");
  const PrivateText first("1", run_dir);
  const PrivateText second("2", run_dir);
  CHECK_FALSE(std::filesystem::exists(dead));
  CHECK(get(first.path()) == "1");
  CHECK(get(second.path()) == "2");
}
