// SPDX-License-Identifier: GPL-3.0-or-later
#include <doctest/doctest.h>

#include <utility>

#include "base/error.hpp"
#include "resources/lvm_size.hpp"

using namespace dockhost;

namespace {

constexpr std::uint64_t kMiB = 1024ULL * 1024;

// The extents of 4 MiB that the words come to in a group of `all` that is empty.
std::uint64_t first(const char* words, std::uint64_t all, std::uint64_t extent = 4 * kMiB) {
  return extents_of(lvm_size(words), {0, all, all, all}, extent);
}

}  // namespace

TEST_CASE("sizes are counted in powers of 1024, whatever the case of the unit") {
  CHECK(lvm_size("20G").bytes == kMiB * 1024 * 20);
  CHECK(lvm_size("20GiB").bytes == lvm_size("20g").bytes);
  CHECK(lvm_size("1000MB").bytes == 1000 * kMiB);
  CHECK(lvm_size("512").bytes == 512 * kMiB);
  CHECK(lvm_size("2048s").bytes == kMiB);
  CHECK(lvm_size("1024b").bytes == 1024);
  CHECK(lvm_size("1T").bytes == kMiB * 1024 * 1024);
}

TEST_CASE("extents are those that LVM makes") {
  // Seen with lvm2 2.03.16 (name of the group's disk: its bytes).
  struct Seen {
    const char* words;
    std::uint64_t all, extents;
  };
  const Seen seen[] = {{"80%VG", 511, 408}, {"50%PVS", 511, 255},   {"33%VG", 511, 168},   {"100%FREE", 511, 511},
                       {"80%VG", 767, 613}, {"33%VG", 1279, 422},   {"50%PVS", 238, 119},  {"80%VG", 952, 761},
                       {"33%VG", 127, 41},  {"50%PVS", 5925, 2962}, {"80%VG", 6399, 5119}, {"33%VG", 399, 131},
                       {"10M", 255, 3},     {"9M", 255, 3},         {"0.3G", 255, 77},     {"1021M", 255, 256}};
  for (const Seen& one : seen) {
    CAPTURE(one.words);
    CHECK(first(one.words, one.all) == one.extents);
  }
}

TEST_CASE("what is free counts what the volume has, so that a second run changes nothing") {
  CHECK(extents_of(lvm_size("100%FREE"), {511, 0, 511, 511}, 4 * kMiB) == 511);
  CHECK(extents_of(lvm_size("50%FREE"), {100, 100, 300, 300}, 4 * kMiB) == 100);
}

TEST_CASE("words that LVM refuses, or reads as less than they say") {
  for (const char* words : {"", "G", "0", "0%VG", "101%VG", "-1G", "1.5%VG", "80%", "80%XX", "12 bananas", "1GG", "1bb",
                            "1b", "100000001b", "1e30G", "nan", "inf", "20 G", "1sB"}) {
    CAPTURE(words);
    CHECK_THROWS_AS(lvm_size(words), Error);
  }
}

TEST_CASE("a size in another form of LVM's is refused with the form that is taken") {
  const std::pair<const char*, const char*> all[] = {{"100%free", "is written '100%FREE'"},
                                                     {"80%vg", "is written '80%VG'"},
                                                     {"50%F", "is written '50%FREE'"},
                                                     {"50%PV", "is written '50%PVS'"},
                                                     {"100% FREE", "is written '100%FREE'"},
                                                     {"+100%FREE", "in the end, as '100%FREE'"},
                                                     {"+100%free", "in the end, as '100%FREE'"},
                                                     {"+10G", "or '10G'"},
                                                     {"-10G", "or '10G'"}};
  for (const auto& [words, right] : all) {
    CAPTURE(words);
    std::string said;
    try {
      lvm_size(words);
    } catch (const Error& error) {
      said = error.what();
    }
    CHECK(said.find(right) != std::string::npos);
  }
}

TEST_CASE("a whole number is exact, whatever its size") {
  CHECK(lvm_size("9007199254740993s").bytes == 4611686018427388416U);
  CHECK(lvm_size("9223372036854775296b").bytes == 9223372036854775296U);
  CHECK_THROWS_AS(lvm_size("9223372036854775808b"), Error);
  CHECK_THROWS_AS(lvm_size("18446744073709551616b"), Error);
}
