// SPDX-License-Identifier: GPL-3.0-or-later
// The door of libFuzzer: one executable for all targets, so that one build and one corpus folder each are enough. The
// variable DOCKHOST_FUZZ names the target.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/target.hpp"

namespace {

const fuzz::Target& chosen() {
  const char* named = std::getenv("DOCKHOST_FUZZ");
  const std::vector<fuzz::Target>& all = fuzz::all_targets();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const fuzz::Target& one) { return named != nullptr && one.name == named; });
  if (found != all.end()) return *found;
  std::fputs("DOCKHOST_FUZZ names no target; these are there:\n", stderr);
  for (const fuzz::Target& one : all) std::fprintf(stderr, "%s\n", std::string(one.name).c_str());
  std::exit(2);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target& target = chosen();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
  fuzz::run(target, {reinterpret_cast<const char*>(data), size});
  return 0;
}
