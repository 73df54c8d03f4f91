// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dockhost {

// A version of dockerd. Pre-releases count as the release that they lead to.
struct Version {
  int major = 0, minor = 0, patch = 0;

  // "20.10.24+dfsg1", "29.0", "17.06.0-ce", "28.0.0-rc.1"; nothing for a text that does not begin with two numbers.
  static std::optional<Version> parse(std::string_view text);

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 inside of a defaulted <=> for a pointer.
  std::strong_ordering operator<=>(const Version&) const = default;
};

// As Docker writes it: "20.10.24", and without a patch level "29.0"; calendar versions keep their zero, "17.06".
std::string to_string(const Version& version);

// The release series that the table below was read up to. Patch releases of it are covered too.
Version newest_known();

// Whether `version` belongs to a newer series than the newest of the table.
bool beyond_table(const Version& version);

// What a value has to be. Texts, lists and maps are JSON's; the rest is what dockerd makes of them.
enum class KeyType {
  text,
  boolean,
  integer,
  ip,           // a text that is an IP address
  texts,        // list of texts
  ips,          // list of IP addresses
  text_map,     // object whose values are texts
  bool_map,     // object whose values are true or false
  options_map,  // object of text maps
  object,       // object with members of its own kind, which dockerd checks itself
  proxies,      // object with http-proxy, https-proxy and no-proxy
  runtimes,     // object of {path, runtimeArgs, runtimeType, options}
  ulimits,      // object of {Name, Soft, Hard}
  pools,        // list of {base, size}
};

// One key of daemon.json. Versions are half open: since <= version < until.
struct DaemonKey {
  std::string_view name;
  KeyType type;
  Version since, until;   // accepted at start; until == {} is a key that no version ever accepted
  Version reload_until;   // read again on SIGHUP before this version; {} never
  bool removal_reloads;   // a reload also brings the default back when the key is gone
  bool network;           // not applied at a restart that containers outlive (live-restore)
  std::string_view note;  // for people; empty when there is nothing to say

  bool accepted(const Version& version) const { return since <= version && version < until; }
};

// All keys that dockerd documents or has in its configuration, by name; those never accepted included.
std::span<const DaemonKey> daemon_keys();

// The key of that name, exactly as dockerd spells it; null when the table has none.
const DaemonKey* daemon_key(std::string_view name);

// Names that dockerd accepts in the file because a flag of that name exists, and then does not read.
struct IgnoredName {
  std::string_view name;
  std::string_view instead;  // the key that is read; empty when there is none
};
std::span<const IgnoredName> ignored_names();
const IgnoredName* ignored_name(std::string_view name);

// The key that was probably meant: another case, '_' for '-'. Null when none comes near.
const DaemonKey* resembling_key(std::string_view name);

// Objects of this key stay whole. dockerd takes every other object apart, one level deep, and reads its members as if
// they stood at the top (flatOptions in daemon/config/config.go).
bool kept_whole(std::string_view name);

// Whether dockerd of this version reads the key again on SIGHUP, when it was set or changed. False for unknown keys.
bool reloadable(std::string_view name, const Version& version);

// Whether a reload is enough when the key was removed: most reloadable keys keep their old value then.
bool removal_reloads(std::string_view name, const Version& version);

// Whether a restart leaves the key's old value in force while containers outlive it under live-restore.
bool held_back_by_containers(std::string_view name);

}  // namespace dockhost
