// SPDX-License-Identifier: GPL-3.0-or-later
// The inputs that tests/fuzz/run has kept, each through its target. A violated property ends the process and is told.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/target.hpp"

TEST_CASE("every input of the fuzz corpus keeps the properties of its target") {
  const std::filesystem::path corpus = std::filesystem::path(DOCKHOST_SOURCE_DIR) / "tests/fuzz/corpus";
  std::size_t inputs = 0;
  for (const fuzz::Target& target : fuzz::all_targets()) {
    CAPTURE(target.name);
    const std::size_t before = inputs;
    REQUIRE(std::filesystem::is_directory(corpus / target.name));
    for (const auto& file : std::filesystem::directory_iterator(corpus / target.name)) {
      std::ifstream stream(file.path(), std::ios::binary);
      fuzz::run(target, std::string(std::istreambuf_iterator<char>(stream), {}));
      ++inputs;
    }
    CHECK(inputs > before);
  }
  MESSAGE(inputs << " inputs of " << fuzz::all_targets().size() << " targets");
}
