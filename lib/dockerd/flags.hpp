// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// One flag on a command line of dockerd.
struct GivenFlag {
  std::string name;      // the long name, "host"
  std::string spelling;  // as it stands there, without its value: "-H", "--host"
  std::string value;     // "true" for a boolean flag alone
  bool operator==(const GivenFlag&) const = default;
};

// The flags of a command line, in order; argv[0] may be dockerd itself. Forms are those of pflag: --name=value,
// --name value, --boolean, -H value, -H=value, -Hvalue, -Dl debug. Flags unknown here count as taking a value in the
// form --name=value only. Nothing behind "--" is one.
std::vector<GivenFlag> given_flags(const Strings& argv);

// Which keys of daemon.json the command line sets, and the spelling of the first flag that does: {"hosts": "-H"}.
// A flag of a list or map sets the whole key, as dockerd sees it. http-proxy, https-proxy and no-proxy stand for
// themselves: in the file they are members of proxies.
std::map<std::string, std::string> keys_given(const Strings& argv);

// A key that stands in the file and on the command line, which dockerd refuses whatever the values.
struct FlagConflict {
  std::string key;       // the member of the file's outermost object
  std::string pointer;   // JSON Pointer to what collides
  std::string spelling;  // the flag
  bool operator==(const FlagConflict&) const = default;
};

// All of them, in the order of the file. runtimes is exempt; objects are taken apart as dockerd does (kept_whole()).
// Source: findConfigurationConflicts in daemon/config/config.go.
std::vector<FlagConflict> flag_conflicts(const json& document, const Strings& argv);

// The value of --config-file, the last one when there are several.
std::optional<std::string> config_file(const Strings& argv);

// The flag that sets the key, "--host" for hosts; nothing when there is none.
std::optional<std::string> flag_for(std::string_view key);

}  // namespace dockhost
