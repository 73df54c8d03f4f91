// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/value_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "dockerd/address.hpp"
#include "dockerd/entry_rules.hpp"

namespace dockhost {
namespace {

struct Choice {
  std::string_view key;
  std::string_view values;  // between blanks
  Version until = {1000};   // the choice holds before this version
};

// Compared without case where dockerd does so. "warning" was logrus's, and is gone with it (validateDaemonLogConfig).
constexpr auto kChoices = std::to_array<Choice>({
    {"default-cgroupns-mode", "host private"},
    {"default-ipc-mode", "private shareable"},
    {"firewall-backend", "iptables nftables"},
    {"log-format", "text json"},
    {"log-level", "trace debug info warn warning error fatal panic", {25, 0}},
    {"log-level", "trace debug info warn error fatal panic"},
});

struct Range {
  std::string_view key;
  std::int64_t lowest, highest;
  Refused refused = Refused::at_reload;
  Version since = {};  // before it dockerd takes any number
};

constexpr std::int64_t kAny = INT64_MAX;
constexpr auto kRanges = std::to_array<Range>({
    {"default-stop-timeout", 0, kAny},
    {"max-concurrent-downloads", 0, kAny},
    {"max-concurrent-uploads", 0, kAny},
    {"max-download-attempts", 0, kAny},
    {"mtu", 0, kAny, Refused::at_start},
    {"network-diagnostic-port", 0, 65535, Refused::at_reload, {28, 0}},
    {"oom-score-adjust", -1000, 1000, Refused::at_start},
});

class Rules {
 public:
  Rules(const DaemonKey& key, const Version& version, std::string here)
      : name_(key.name), version_(version), here_(std::move(here)) {}

  std::vector<Mismatch> check(const json& value) {
    if (name_ == "tlsverify" && value != json(true)) tlsverify(value);
    if (value.is_string()) text(value.get_ref<const std::string&>());
    if (value.is_number_integer()) number(value.get<std::int64_t>());
    if (name_ == "default-address-pools") pools(value);
    if (name_ == "default-ulimits") limits(value);
    const std::vector<Mismatch> entries = refused_entries(name_, value, version_);
    problems_.insert(problems_.end(), entries.begin(), entries.end());
    return std::move(problems_);
  }

 private:
  void refuse(Strings path, std::string text, Refused refused = Refused::at_reload) {
    problems_.push_back({std::move(path), std::move(text), refused});
  }

  void tlsverify(const json& value) {
    refuse({name_}, value.dump() + " turns TLS on as well, its presence counts; name the key in 'absent' instead",
           Refused::never);
  }

  // Empty is "not set".
  void text(const std::string& value) {
    if (value.empty()) return;
    const auto* choice = std::find_if(kChoices.begin(), kChoices.end(),
                                      [&](const Choice& c) { return c.key == name_ && version_ < c.until; });
    if (choice != kChoices.end()) one_of(value, words(choice->values));
    if (name_ == "storage-driver") storage_driver(value);
    if (name_ == "default-shm-size" && !size_in_bytes(value))
      refuse({name_}, quote(value) + " is not a size such as 64M");
    if (name_ == "min-api-version") api_version(value);
    if (name_ == "graph" && version_ >= Version{23, 0})
      refuse({name_}, "a value is refused since 23.0, and " + here_ + "; the key is data-root");
    if (name_ == "api-cors-header" && version_ >= Version{28, 0}) {
      refuse({name_}, "a value is refused since 28.0, and " + here_);
    }
    if (name_ == "containerd-namespace" && value == "plugins.moby") {
      refuse({name_}, "plugins.moby is the namespace of the plugins, which dockerd keeps apart", Refused::at_start);
    }
    if (name_ == "userns-remap") remap(value);
  }

  void one_of(const std::string& value, const Strings& allowed) {
    const std::string compared = name_ == "log-level" ? ascii_lower(value) : value;
    if (std::find(allowed.begin(), allowed.end(), compared) != allowed.end()) return;
    // 20.10 reads the level only when it starts to log (configureDaemonLogs).
    const bool late = name_ == "log-level" && version_ < Version{23, 0};
    refuse({name_}, quote(value) + " is none of " + join(allowed, ", "), late ? Refused::at_start : Refused::at_reload);
  }

  void storage_driver(const std::string& value) {
    const bool with_24 = value == "aufs" || value == "overlay";
    if (!with_24 && value != "devicemapper") return;
    const Version removed{with_24 ? 24 : 25, 0};
    if (version_ >= removed)
      refuse({name_}, value + " was removed in " + to_string(removed) + ", and " + here_, Refused::at_start);
  }

  // The range of NewVersionMiddleware (daemon/server/middleware), whose upper end is each release's MaxAPIVersion.
  void api_version(const std::string& value) {
    const int highest = version_ >= Version{29, 6}   ? 55
                        : version_ >= Version{29, 3} ? 54
                        : version_ >= Version{29, 2} ? 53
                                                     : 52;
    const std::optional<Version> wanted = Version::parse(value);
    const bool inside = wanted && wanted->major == 1 && wanted->minor >= 24 && (wanted->minor <= highest || newer());
    if (inside && value.starts_with("1.")) return;
    refuse({name_}, quote(value) + " is outside of 1.24 to 1." + std::to_string(highest), Refused::at_start);
  }

  // What the table cannot know.
  bool newer() const { return beyond_table(version_); }

  // "default", "user", "user:group", "uid", "uid:gid".
  void remap(const std::string& value) {
    const Strings parts = split(value, ':');
    const bool empty = std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
    if (parts.size() > 2 || empty)
      refuse({name_}, quote(value) + " is neither 'default' nor user nor user:group", Refused::at_start);
  }

  void number(std::int64_t value) {
    const auto* range = std::find_if(kRanges.begin(), kRanges.end(), [&](const Range& r) { return r.key == name_; });
    if (range == kRanges.end() || (value >= range->lowest && value <= range->highest)) return;
    const std::string upper = range->highest == kAny ? " or more" : " to " + std::to_string(range->highest);
    refuse({name_}, std::to_string(value) + " is outside of " + std::to_string(range->lowest) + upper,
           version_ < range->since ? Refused::never : range->refused);
  }

  void pools(const json& value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Strings path{name_, std::to_string(i)};
      const json* base = member(value[i], "base");
      const json* length = member(value[i], "size");
      if (base == nullptr || length == nullptr || !base->is_string() || !length->is_number_integer()) continue;
      const std::optional<Network> network = parse_network(base->get_ref<const std::string&>());
      const auto size = length->get<std::int64_t>();
      if (!network) {
        refuse(path, "base " + quote(base->get<std::string>()) + " is not a network such as 10.0.0.0/8",
               Refused::at_start);
      } else if (size < network->prefix || size > network->bits) {
        refuse(path,
               "size " + std::to_string(size) + " is outside of " + std::to_string(network->prefix) + " to " +
                   std::to_string(network->bits),
               Refused::at_start);
      }
    }
  }

  // No container could start: the kernel refuses a soft limit above the hard one. -1 is "no limit".
  void limits(const json& value) {
    for (const auto& [name, limit] : value.items()) {
      const std::int64_t low = limit_of(limit, "soft");
      const std::int64_t high = limit_of(limit, "hard");
      if (high == -1 || (low != -1 && low <= high)) continue;
      refuse({name_, name}, "Soft " + std::to_string(low) + " is above Hard " + std::to_string(high), Refused::never);
    }
  }

  // What is not given is 0, as in Go.
  static std::int64_t limit_of(const json& limit, std::string_view name) {
    const json* found = member(limit, name);
    return found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  }

  std::string name_;
  Version version_;
  std::string here_;
  std::vector<Mismatch> problems_;
};

}  // namespace

bool size_in_bytes(const std::string& value) {
  const std::size_t digits = value.find_first_not_of("0123456789.");
  if (digits == 0 || value.empty()) return false;
  std::string unit = ascii_lower(trim(digits == std::string::npos ? "" : value.substr(digits)));
  if (std::count(value.begin(), value.end(), '.') > 1) return false;
  if (unit.ends_with("ib") && unit.size() == 3) unit.erase(1, 2);
  if (unit.ends_with('b') && unit.size() == 2) unit.pop_back();
  return unit.empty() || (unit.size() == 1 && std::string_view("bkmgtp").find(unit) != std::string_view::npos);
}

std::vector<Mismatch> refused_values(const DaemonKey& key, const json& value, const Version& version,
                                     const std::string& here) {
  return Rules(key, version, here).check(value);
}

std::string cgroup_driver(const json& exec_opts) {
  constexpr std::string_view option = "native.cgroupdriver=";
  std::string driver;
  for (const json& entry : exec_opts) {
    if (!entry.is_string()) continue;
    const auto& text = entry.get_ref<const std::string&>();
    if (ascii_lower(text.substr(0, option.size())) == option) driver = text.substr(option.size());
  }
  return driver;
}

}  // namespace dockhost
