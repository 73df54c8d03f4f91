// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/linux_host.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "scratch.hpp"

using namespace dockhost;

namespace {

// What a process that looks at its host says, and how it ends, when it gets the signal while it does `work`.
struct Ended {
  int code = -1;
  std::string said;
  double seconds = 0;
};

Ended signalled(int signal, const std::function<void(LinuxHost&)>& work) {
  const Scratch dir;
  const std::string ready = dir / "ready", words = dir / "words";
  put(words, "");
  REQUIRE(::mkfifo(ready.c_str(), 0600) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int to = ::open(words.c_str(), O_WRONLY | O_CLOEXEC);
    LinuxHost::Options options;
    options.interrupted = {"last words", to, 3};
    LinuxHost host(options);
    host.looking(true);
    put(ready, "x");
    try {
      work(host);
    } catch (const Interrupted&) {
      ::_exit(4);
    }
    ::_exit(0);
  }
  CHECK(get(ready) == "x");
  const auto before = std::chrono::steady_clock::now();
  ::kill(child, signal);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - before;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, get(words), passed.count()};
}

}  // namespace

TEST_CASE("a signal ends a look that waits for a tool, and what follows it") {
  for (const int signal : {SIGTERM, SIGINT}) {
    const Ended ended = signalled(signal, [](LinuxHost& host) { host.run({"sleep", "60"}); });
    CHECK(ended.code == 4);
    CHECK(ended.said.empty());
    CHECK(ended.seconds < 20);
  }
  const Ended ended = signalled(SIGTERM, [](LinuxHost& host) {
    for (int i = 0; i < 100'000'000; ++i) host.node("/");
  });
  CHECK(ended.code == 4);
}

TEST_CASE("a signal ends a look that does not come to asking for one, with its last words") {
  const Ended ended = signalled(SIGTERM, [](LinuxHost&) {
    for (volatile std::size_t i = 0; i < std::size_t{1} << 60U;) i = i + 1;
  });
  CHECK(ended.code == 3);
  CHECK(ended.said == "last words");
  CHECK(ended.seconds < 20);
}

TEST_CASE("a run that does not look any more is not ended by a signal") {
  const Ended ended = signalled(SIGTERM, [](LinuxHost& host) {
    host.looking(false);
    host.run({"sleep", "1"});
    ::_exit(host.interrupted() ? 7 : 8);
  });
  CHECK(ended.code == 7);
}

TEST_CASE("the time of the boot is told more exactly than in seconds") {
  // Of /proc/uptime, in hundredths of a second, on both sides of the clock that is read.
  const auto up = [] { return std::strtod(get("/proc/uptime").c_str(), nullptr); };
  const LinuxHost host({});
  const double before = up();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const double since = std::chrono::duration<double>(now).count() - static_cast<double>(host.booted()) / 1e6;
  const double after = up();
  CHECK(since >= before);
  CHECK(since <= after + 0.02);
}
