// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/pv_label.hpp"

#include <doctest/doctest.h>

#include <random>

#include "sim/sim_host.hpp"
#include "sim/storage.hpp"

using namespace dockhost;

namespace {

ReadBytes reader(const std::string& bytes) {
  return [&bytes](std::uint64_t offset, std::size_t length) {
    return offset < bytes.size() ? bytes.substr(offset, length) : std::string{};
  };
}

// The first MiB of a physical volume as lvm2 2.03.16 writes it.
std::string disk_of(const std::string& group) {
  const auto machine = sim::machine_of(
      json{{"devices", {{"/dev/vdb", json::object()}}}, {"groups", {{group, {{"disks", {{"/dev/vdb", 511}}}}}}}});
  return sim::bytes_of(machine, "/dev/vdb", 0, 1024UL * 1024);
}

}  // namespace

TEST_CASE("a physical volume tells its group's name, whatever LVM shows") {
  const std::string bytes = disk_of("theirs");
  const PvLabel label = pv_label(reader(bytes));
  CHECK(label.group == "theirs");
  CHECK(label.used);
  // In whichever of the first four sectors the label is.
  std::string moved = bytes;
  moved.replace(1536, 512, bytes.substr(512, 512));
  moved.replace(512, 512, std::string(512, '\0'));
  CHECK(pv_label(reader(moved)).group == "theirs");
}

TEST_CASE("a disk that is no physical volume, or is cut off, tells nothing") {
  CHECK(pv_label(reader("")).group.empty());
  CHECK(pv_label(reader(std::string(4096, '\xff'))).group.empty());
  const std::string bytes = disk_of("theirs");
  for (const std::size_t size : {100UL, 600UL, 1024UL, 2048UL, 4100UL, 4608UL, 4611UL}) {
    const std::string cut = bytes.substr(0, size);
    CHECK(pv_label(reader(cut)).group.empty());
  }
}

TEST_CASE("no bytes of a label lead out of the disk, and what is no name is none") {
  const std::string bytes = disk_of("theirs");
  std::mt19937 random(16);  // NOLINT: the same bytes in every run
  for (int i = 0; i < 20000; ++i) {
    std::string broken = bytes.substr(0, 8192);
    for (std::size_t j = 0; j <= random() % 4; ++j) {
      const std::size_t begin = random() % 3 == 0 ? 4608 : random() % 2 == 0 ? 512 : 4096;
      broken[begin + random() % 160] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
    }
    const std::string group = pv_label(reader(broken)).group;
    CHECK(group.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-") ==
          std::string::npos);
  }
}
