// SPDX-License-Identifier: GPL-3.0-or-later
// Waivers. Input: the file of --waivers; the host's name.
#include "baseline/waiver.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <set>

#include "baseline/catalogue.hpp"
#include "cli.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "host/descriptor.hpp"
#include "modules.hpp"
#include "run.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

constexpr const char* kDays[] = {"0000-01-01", "2026-02-28", "2026-11-28", "2026-12-31", "9999-12-31"};

void require_days(const Waiver& waiver) {
  bool expired = false;
  for (const char* day : kDays) {
    require(!expired || waiver.expired(day), "a waiver that has run out has run out for good");
    expired = waiver.expired(day);
    require(!(expired && waiver.ends_soon(day)), "a waiver that has run out does not end soon");
  }
  if (waiver.until == "never") return require(!expired, "never is no day");
  require(!waiver.expired(waiver.until), "a waiver holds on its last day");
  require(waiver.ends_soon(waiver.until), "a waiver ends soon on its last day");
}

void require_waivers(const std::vector<Waiver>& all) {
  std::set<std::string> keys;
  for (const Waiver& waiver : all) {
    require(!waiver.keys.empty(), "a waiver is about a control");
    require(!waiver.reason.empty(), "a waiver has a reason");
    for (const std::string& key : waiver.keys) {
      require(keys.insert(key).second, "a control is waived once");
      const auto found = unless_refused([&] { return find_controls(key); });
      require(found && found->size() == 1, "a waiver is about a control that is one");
    }
    require_days(waiver);
  }
}

json arguments_of(const std::string& text) {
  const Descriptor file(::memfd_create("waivers", MFD_CLOEXEC));
  require(file && write_all(file.get(), text), "a file can be made");
  CommandLine line = {.what = CommandLine::What::check};
  line.waivers = "/proc/self/fd/" + std::to_string(file.get());
  return check_args(line);
}

}  // namespace

void waivers(std::string_view input) {
  const std::string text = part(input, 0), host = part(input, 1, "web-1");
  const auto given = unless_refused([&] { return arguments_of(text); }, text);
  if (!given) return;
  const json refusal = refusal_of_arguments({"docker_host", *given, true, false});
  if (!refusal.is_null()) return require_good_message(Error(refusal.at("msg").get<std::string>()));
  const Arguments valid = validate(module_named("docker_host").spec, *given);
  for (const std::string& version : benchmark_versions()) {
    const auto all = unless_refused([&] { return waivers_of(valid.values.at("waivers"), version, host); });
    if (all) require_waivers(*all);
  }
}

}  // namespace fuzz
