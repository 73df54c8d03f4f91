// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/linux_host.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "scratch.hpp"

using namespace dockhost;

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
