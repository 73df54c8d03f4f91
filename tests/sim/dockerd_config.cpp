// SPDX-License-Identifier: GPL-3.0-or-later
// How dockerd reads daemon.json and its flags: daemon/config/config.go, by what was seen of 20.10 and read of later
// releases. The table is the simulation's own, so that a mistake in the product's table is not confirmed by itself.
#include <algorithm>
#include <array>

#include "sim/dockerd.hpp"
#include "sim/dockerd_rules.hpp"
#include "sim/mounts.hpp"

namespace dockhost::sim {
namespace {

// name type flags; flags: r read on reload, z back to its default on reload when removed, n of the default bridge,
// +N since release N, -N refused from release N on.
constexpr auto kKeys = std::to_array<const char*>({
    "authorization-plugins l r",
    "bip s n",
    "bridge s n",
    "builder m",
    "cgroup-parent s",
    "containerd s",
    "containerd-namespace s",
    "data-root s",
    "debug b r",
    "default-address-pools l",
    "default-cgroupns-mode s r",
    "default-gateway s n",
    "default-ipc-mode s r",
    "default-network-opts m +24",
    "default-runtime s r",
    "default-shm-size s r",
    "default-stop-timeout i r +29",
    "default-ulimits m",
    "dns l",
    "dns-opts l",
    "dns-search l",
    "exec-opts l",
    "exec-root s",
    "experimental b",
    "features m rz",
    "firewall-backend s +29",
    "fixed-cidr s n",
    "graph s -24",
    "group s",
    "hosts l",
    "http-proxy s +23",
    "icc b n",
    "init b",
    "insecure-registries l r",
    "ip s n",
    "ip-forward b n",
    "ip-masq b n",
    "ip6tables b n",
    "iptables b n",
    "ipv6 b n",
    "labels l r",
    "live-restore b r",
    "log-driver s",
    "log-format s +25",
    "log-level s",
    "log-opts m",
    "max-concurrent-downloads i rz",
    "max-concurrent-uploads i rz",
    "max-download-attempts i rz",
    "metrics-addr s",
    "min-api-version s +29",
    "mtu i n",
    "network-diagnostic-port i rz",
    "no-new-privileges b",
    "nri-opts m rz +29",
    "oom-score-adjust i -26",
    "pidfile s",
    "proxies m +23",
    "raw-logs b",
    "registry-mirrors l r",
    "runtimes m r",
    "seccomp-profile s",
    "selinux-enabled b",
    "shutdown-timeout i r",
    "storage-driver s",
    "storage-opts l",
    "tls b",
    "tlscacert s",
    "tlscert s",
    "tlskey s",
    "tlsverify b",
    "userland-proxy b n",
    "userland-proxy-path s n",
    "userns-remap s",
    // Names of flags, taken and not read.
    "label s",
    "host s",
    "storage-opt s",
    "log-opt s",
    "exec-opt s",
    "insecure-registry s",
    "registry-mirror s",
});

KnownKey parsed(const char* text) {
  const Strings fields = words(text);
  KnownKey key;
  key.name = fields[0];
  key.type = fields[1][0];
  for (std::size_t i = 2; i < fields.size(); ++i) {
    const std::string& flags = fields[i];
    if (flags[0] == '+') key.since = std::stoi(flags.substr(1));
    if (flags[0] == '-') key.until = std::stoi(flags.substr(1));
    key.reloads = key.reloads || flags.find('r') != std::string::npos;
    key.reset_by_reload = key.reset_by_reload || flags.find('z') != std::string::npos;
    key.network = key.network || flags == "n";
  }
  return key;
}

bool fits(const json& value, char type) {
  if (value.is_null()) return true;
  switch (type) {
    case 'b':
      return value.is_boolean();
    case 'i':
      return value.is_number_integer();
    case 'l':
      return value.is_array();
    case 'm':
      return value.is_object();
    default:
      return value.is_string();
  }
}

std::string go_type(char type) {
  return type == 'b'   ? "bool"
         : type == 'i' ? "int"
         : type == 'l' ? "[]string"
         : type == 'm' ? "map[string]string"
                       : "string";
}

std::string go_value(const json& value) {
  if (value.is_boolean()) return "bool";
  if (value.is_number()) return "number";
  return value.is_array() ? "array" : value.is_object() ? "object" : "string";
}

// The plural key that a flag of dockerd sets.
std::string key_of_flag(const std::string& name) {
  const auto shorts =
      std::to_array<std::pair<const char*, const char*>>({{"-H", "hosts"},
                                                          {"-D", "debug"},
                                                          {"-l", "log-level"},
                                                          {"-s", "storage-driver"},
                                                          {"-b", "bridge"},
                                                          {"-g", "data-root"},
                                                          {"-G", "group"},
                                                          {"--host", "hosts"},
                                                          {"--label", "labels"},
                                                          {"--log-opt", "log-opts"},
                                                          {"--storage-opt", "storage-opts"},
                                                          {"--exec-opt", "exec-opts"},
                                                          {"--dns-opt", "dns-opts"},
                                                          {"--insecure-registry", "insecure-registries"},
                                                          {"--registry-mirror", "registry-mirrors"},
                                                          {"--default-ulimit", "default-ulimits"},
                                                          {"--add-runtime", "runtimes"},
                                                          {"--authorization-plugin", "authorization-plugins"},
                                                          {"--default-address-pool", "default-address-pools"}});
  for (const auto& [flag, key] : shorts) {
    if (name == flag) return key;
  }
  return name.substr(name.find_first_not_of('-'));
}

struct GivenFlag {
  std::string key;
  json value;
};

// Boolean flags take a value only after "=", the others the next word too.
std::vector<GivenFlag> parse_flags(const Strings& flags) {
  std::vector<GivenFlag> all;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    const std::size_t equals = flags[i].find('=');
    const std::string key = key_of_flag(flags[i].substr(0, equals));
    const KnownKey* known = known_key(key);
    const char type = known == nullptr ? 's' : known->type;
    std::string text = equals == std::string::npos ? "" : flags[i].substr(equals + 1);
    if (equals == std::string::npos && type != 'b' && i + 1 < flags.size()) text = flags[++i];
    json value = text;
    if (type == 'b') value = text.empty() || text == "true";
    if (type == 'i') value = std::stoi(text);
    if (type == 'l') value = json::array({text});
    all.push_back({key, value});
  }
  return all;
}

std::string go_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  Strings parts;
  for (const json& part : value) parts.push_back(go_text(part));
  return "[" + join(parts, " ") + "]";
}

// "" or why dockerd refuses what the file says by itself.
std::string refuse_keys(const Machine& machine, const json& file) {
  Strings unknown;
  for (const auto& [name, value] : file.items()) {
    const KnownKey* known = known_key(name);
    const bool gone = known != nullptr &&
                      ((known->since > release(machine)) || (known->until != 0 && known->until <= release(machine)));
    if (known == nullptr || gone) unknown.push_back(name);
  }
  if (!unknown.empty()) return "the following directives don't match any configuration option: " + join(unknown, ", ");
  for (const auto& [name, value] : file.items()) {
    const char type = known_key(name)->type;
    if (!fits(value, type)) {
      return "json: cannot unmarshal " + go_value(value) + " into Go struct field Config." + name + " of type " +
             go_type(type);
    }
  }
  const json options = file.value("log-opts", json::object());
  for (const auto& [name, value] : options.items()) {
    if (!value.is_string()) {
      return "json: cannot unmarshal " + go_value(value) + " into Go struct field Config.log-opts of type string";
    }
  }
  return {};
}

std::string refuse_both(const json& file, const std::vector<GivenFlag>& flags) {
  Strings both;
  for (const GivenFlag& flag : flags) {
    if (!file.contains(flag.key) || flag.key == "runtimes") continue;
    both.push_back(flag.key + ": (from flag: " + go_text(flag.value) + ", from file: " + go_text(file.at(flag.key)) +
                   ")");
  }
  if (both.empty()) return {};
  return "the following directives are specified both as a flag and in the configuration file: " + join(both, ", ");
}

// An object that is not in flatOptions is taken apart, one level deep: its members count as keys.
json flattened(const json& file) {
  constexpr auto whole = std::to_array<std::string_view>(
      {"log-opts", "runtimes", "default-ulimits", "features", "builder", "default-network-opts", "nri-opts"});
  json keys = json::object();
  for (const auto& [name, value] : file.items()) {
    if (value.is_object() && std::find(whole.begin(), whole.end(), name) == whole.end()) {
      for (const auto& [inner, member] : value.items()) keys[inner] = member;
    } else {
      keys[name] = value;
    }
  }
  return keys;
}

}  // namespace

const KnownKey* known_key(const std::string& name) {
  static const std::vector<KnownKey> table = [] {
    std::vector<KnownKey> keys;
    keys.reserve(kKeys.size());
    for (const char* text : kKeys) keys.push_back(parsed(text));
    return keys;
  }();
  const auto found = std::find_if(table.begin(), table.end(), [&](const KnownKey& key) { return key.name == name; });
  return found == table.end() ? nullptr : &*found;
}

int release(const Machine& machine) { return std::stoi(machine.engine.version); }

Configuration configure(const Machine& machine, const std::optional<std::string>& file, const std::string& path,
                        const Strings& flags) {
  Configuration made;
  const std::vector<GivenFlag> given = parse_flags(flags);
  const std::string doing = "unable to configure the Docker daemon with file " + path + ": ";
  if (file && !(file->empty() && release(machine) >= 23)) {
    const json parsed_file = json::parse(*file, nullptr, false);
    if (file->empty()) return {json::object(), doing + "EOF"};
    if (file->starts_with("\xEF\xBB\xBF") && release(machine) < 23)
      return {json::object(), doing + "invalid character '\u00ef' looking for beginning of value"};
    if (!parsed_file.is_object()) {
      return {json::object(), doing + "invalid character '\"' after object key:value pair"};
    }
    const json keys = flattened(parsed_file);
    std::string refusal = refuse_keys(machine, keys);
    if (refusal.empty()) refusal = refuse_both(keys, given);
    if (!refusal.empty()) return {json::object(), doing + refusal};
    refusal = refuse_read(machine, keys);
    if (!refusal.empty()) return {json::object(), refusal};
    made.settings = keys;
  }
  for (const GivenFlag& flag : given) {
    if (flag.key == "config-file") continue;
    json& value = made.settings[flag.key];
    if (value.is_array() && flag.value.is_array()) {
      value.insert(value.end(), flag.value.begin(), flag.value.end());
    } else {
      value = flag.value;
    }
  }
  return made;
}

Strings daemon_argv(const Machine& machine) {
  const auto unit = machine.units.find(machine.engine.unit);
  Strings argv;
  if (unit == machine.units.end()) return argv;
  for (const std::string& word : words(unit->second.exec_start)) {
    if (word[0] != '$') {
      argv.push_back(word);
      continue;
    }
    const std::string name = word[1] == '{' ? word.substr(2, word.size() - 3) : word.substr(1);
    for (std::string path : unit->second.environment_files) {
      if (path[0] == '-') path = path.substr(1);
      const auto file = machine.entries.find(path);
      if (file == machine.entries.end()) continue;
      for (const std::string& line : split(file->second.text, '\n')) {
        if (!line.starts_with(name + "=")) continue;
        std::string value = line.substr(name.size() + 1);
        if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
        for (const std::string& part : words(value)) argv.push_back(part);
      }
    }
  }
  return argv;
}

}  // namespace dockhost::sim
