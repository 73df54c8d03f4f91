// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/flags.hpp"

#include <algorithm>
#include <array>

#include "dockerd/keys.hpp"
#include "dockerd/values.hpp"

namespace dockhost {
namespace {

struct Short {
  char letter;
  std::string_view name;
};

constexpr auto kShort = std::to_array<Short>({
    {'b', "bridge"},
    {'D', "debug"},
    {'g', "graph"},
    {'G', "group"},
    {'h', "help"},
    {'H', "host"},
    {'l', "log-level"},
    {'p', "pidfile"},
    {'r', "restart"},
    {'s', "storage-driver"},
    {'v', "version"},
});

// Keys that no flag sets.
constexpr auto kFileOnly = std::to_array<std::string_view>(
    {"builder", "containerd-plugin-namespace", "default-init", "deprecated-key-path", "min-api-version", "proxies",
     "resolv-conf", "swarm-raft-election-tick", "swarm-raft-heartbeat-tick"});

// Boolean flags that are no key.
constexpr auto kSwitches = std::to_array<std::string_view>({"help", "restart", "validate", "version"});

// Flags that are no key and take a value.
constexpr auto kOther = std::to_array<std::string_view>({"config-file", "containerd-plugins-namespace", "feature"});

template <class List>
bool among(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// The long name behind a letter; empty for none.
std::string_view long_name(char letter) {
  const auto* found = std::find_if(kShort.begin(), kShort.end(), [&](const Short& s) { return s.letter == letter; });
  return found == kShort.end() ? std::string_view() : found->name;
}

bool boolean_flag(std::string_view name) {
  const DaemonKey* key = daemon_key(name);
  return among(kSwitches, name) || (key != nullptr && key->type == KeyType::boolean);
}

bool takes_value(std::string_view name) {
  if (boolean_flag(name)) return false;
  return daemon_key(name) != nullptr || ignored_name(name) != nullptr || among(kOther, name);
}

// The keys that a flag sets. --host-gateway-ip is one flag for the old key and the new.
Strings keys_of(const std::string& flag) {
  if (flag == "host-gateway-ip") return {"host-gateway-ip", "host-gateway-ips"};
  if (flag == "feature") return {"features"};
  const IgnoredName* singular = ignored_name(flag);
  if (singular != nullptr) return singular->instead.empty() ? Strings{} : Strings{std::string(singular->instead)};
  return daemon_key(flag) == nullptr ? Strings{} : Strings{flag};
}

class Reader {
 public:
  explicit Reader(const Strings& argv) : argv_(argv) {}

  std::vector<GivenFlag> read() {
    for (; next_ < argv_.size();) {
      const std::string& word = argv_[next_++];
      if (word == "--") break;
      if (word.starts_with("--")) {
        by_name(word);
      } else if (word.size() > 1 && word[0] == '-') {
        by_letters(word);
      }
    }
    return std::move(flags_);
  }

 private:
  void by_name(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string spelling = word.substr(0, equals);
    const std::string name = spelling.substr(2);
    if (name.empty()) return;
    if (equals != std::string::npos) {
      flags_.push_back({name, spelling, word.substr(equals + 1)});
    } else {
      flags_.push_back({name, spelling, takes_value(name) ? next_word() : "true"});
    }
  }

  // "-Dl debug" and "-lHunix://x": letters of booleans, until one takes what follows.
  void by_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name(long_name(word[i]));
      const std::string spelling{'-', word[i]};
      if (name.empty()) return;
      if (i + 1 < word.size() && word[i + 1] == '=') {
        flags_.push_back({name, spelling, word.substr(i + 2)});
        return;
      }
      if (takes_value(name)) {
        flags_.push_back({name, spelling, i + 1 < word.size() ? word.substr(i + 1) : next_word()});
        return;
      }
      flags_.push_back({name, spelling, "true"});
    }
  }

  std::string next_word() { return next_ < argv_.size() ? argv_[next_++] : ""; }

  const Strings& argv_;
  std::size_t next_ = 0;
  std::vector<GivenFlag> flags_;
};

}  // namespace

std::vector<GivenFlag> given_flags(const Strings& argv) { return Reader(argv).read(); }

std::map<std::string, std::string> keys_given(const Strings& argv) {
  std::map<std::string, std::string> keys;
  const std::vector<GivenFlag> flags = given_flags(argv);
  for (const GivenFlag& flag : flags) {
    for (const std::string& key : keys_of(flag.name)) keys.emplace(key, flag.spelling);
  }
  return keys;
}

std::vector<FlagConflict> flag_conflicts(const json& document, const Strings& argv) {
  const std::map<std::string, std::string> given = keys_given(argv);
  std::vector<FlagConflict> conflicts;
  const auto compare = [&](const Strings& path) {
    const auto flag = given.find(path.back());
    if (flag != given.end()) conflicts.push_back({path.front(), pointer_to(path), flag->second});
  };
  for (const auto& [key, value] : document.items()) {
    if (key == "runtimes") continue;
    if (!value.is_object() || kept_whole(key)) {
      compare({key});
      continue;
    }
    for (const auto& [name, child] : value.items()) compare({key, name});
  }
  return conflicts;
}

std::optional<std::string> config_file(const Strings& argv) {
  std::optional<std::string> path;
  const std::vector<GivenFlag> flags = given_flags(argv);
  for (const GivenFlag& flag : flags) {
    if (flag.name == "config-file") path = flag.value;
  }
  return path;
}

std::optional<std::string> flag_for(std::string_view key) {
  if (daemon_key(key) == nullptr || among(kFileOnly, key)) return std::nullopt;
  if (key == "features") return "--feature";
  if (key == "host-gateway-ips") return "--host-gateway-ip";
  const std::span<const IgnoredName> singulars = ignored_names();
  const auto singular = std::find_if(singulars.begin(), singulars.end(),
                                     [&](const IgnoredName& ignored) { return ignored.instead == key; });
  if (singular != singulars.end()) return "--" + std::string(singular->name);
  return "--" + std::string(key);
}

}  // namespace dockhost
