// SPDX-License-Identifier: GPL-3.0-or-later
#include <doctest/doctest.h>

#include <limits>

#include "host/audit_tool.hpp"

using namespace dockhost;

namespace {

constexpr std::int64_t kSecond = 1'000'000, kNow = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("a clock that nobody sets tells one time of the boot") {
  const auto clocks =
      clocks_of({{kNow, 1000 * kSecond}, {5 * kSecond, 1000 * kSecond + 300}, {9 * kSecond, 1000 * kSecond}});
  CHECK(clocks == std::vector<MountTimes::Clock>{{1000 * kSecond + 300, 0, kNow}});
}

TEST_CASE("a clock that was set told another time of the boot up to what was seen next") {
  const auto clocks = clocks_of({{kNow, 1000 * kSecond}, {5 * kSecond, 4600 * kSecond}, {9 * kSecond, 1000 * kSecond}});
  CHECK(clocks ==
        std::vector<MountTimes::Clock>{{4600 * kSecond, 0, 9 * kSecond}, {1000 * kSecond, 5 * kSecond, kNow}});
}
