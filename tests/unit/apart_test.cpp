// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/apart.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "base/error.hpp"
#include "host/descriptor.hpp"
#include "scratch.hpp"

using namespace dockhost;
using namespace std::chrono_literals;

TEST_CASE("what is asked in a child comes back whole, however long it is, and so does its error") {
  CHECK(ask_apart(
            "a word", [] { return std::string(); }, 10s)
            .empty());
  const std::string longer(300'000, 'x');
  CHECK(ask_apart(
            "much", [&] { return std::string(longer); }, 10s) == longer);
  CHECK_THROWS_WITH_AS(ask_apart(
                           "a word", []() -> std::string { throw Error("is gone", {"/srv"}); }, 10s),
                       "/srv: is gone", Error);
}

TEST_CASE("a question that hangs, or whose process is killed, is given up") {
  const auto before = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH_AS(ask_apart(
                           "who uses /srv", [] { return ::pause(), std::string(); }, 300ms),
                       doctest::Contains("who uses /srv cannot be told: the kernel did not answer"), Error);
  CHECK(std::chrono::steady_clock::now() - before < 5s);
  CHECK_THROWS_WITH_AS(ask_apart(
                           "who", [] { return ::raise(SIGKILL), std::string(); }, 10s),
                       doctest::Contains("the process that looked was killed"), Error);
}

TEST_CASE("an answer without an end is given up") {
  const auto before = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH_AS(ask_apart(
                           "who uses /srv", [] { return std::string(std::size_t{17} << 20U, 'x'); }, 20s),
                       "who uses /srv cannot be told: it is longer than 16 MiB", Error);
  CHECK(std::chrono::steady_clock::now() - before < 20s);
}

TEST_CASE("the child that asks keeps no lock of ours") {
  const Scratch scratch;
  const Descriptor ours(::open((scratch / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::flock(ours.get(), LOCK_EX) == 0);
  const std::string held = ask_apart(
      "descriptors", [&] { return ::fcntl(ours.get(), F_GETFD) < 0 ? std::string("none") : std::string("ours"); }, 10s);
  // The number of ours may be the one that the child answers through.
  if (ours.get() != 3) CHECK(held == "none");
}
