// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/in_force.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "dockerd/address.hpp"
#include "dockerd/value_rules.hpp"

namespace dockhost {
namespace {

using Shown = std::optional<json>;

// The member of that name; null when `object` is none or has none.
const json& at(const json& object, const std::string& name) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

Shown text(const json& value) { return value.is_string() ? Shown(value) : std::nullopt; }
Shown boolean(const json& value) { return value.is_boolean() ? Shown(value) : std::nullopt; }

// A list that is null in the answer is an empty one; one that is missing is not shown.
Shown texts(const json& object, const std::string& name) {
  if (!object.is_object() || !object.contains(name)) return std::nullopt;
  const json& list = object.at(name);
  return list.is_null() ? json::array() : list.is_array() ? Shown(list) : std::nullopt;
}

// What follows "name=NAME" in the security options: "" for itself, "profile=builtin" for seccomp.
std::optional<std::string> security_option(const json& info, const std::string& name) {
  const std::string option = "name=" + name;
  const json& options = at(info, "SecurityOptions");
  if (!options.is_array()) return std::nullopt;
  for (const json& entry : options) {
    if (!entry.is_string()) continue;
    const auto& found = entry.get_ref<const std::string&>();
    if (found == option) return "";
    if (found.starts_with(option + ",")) return found.substr(option.size() + 1);
  }
  return std::nullopt;
}

Shown secured(const json& info, const std::string& name) {
  if (!at(info, "SecurityOptions").is_array()) return std::nullopt;
  return json(security_option(info, name).has_value());
}

Shown bridge_option(const json& bridge, const std::string& name) {
  return text(at(at(bridge, "Options"), "com.docker.network." + name));
}

Shown bridge_boolean(const json& bridge, const std::string& name) {
  const Shown option = bridge_option(bridge, name);
  return option ? Shown(json(*option == "true")) : std::nullopt;
}

Shown bridge_number(const json& bridge, const std::string& name) {
  const Shown option = bridge_option(bridge, name);
  if (!option) return std::nullopt;
  const auto& digits = option->get_ref<const std::string&>();
  int number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return failed == std::errc() && end == digits.data() + digits.size() ? Shown(json(number)) : std::nullopt;
}

// Before 23.0 the built-in profile is called default; a file has neither, but no value.
Shown seccomp(const json& info) {
  const std::optional<std::string> option = security_option(info, "seccomp");
  if (!option || !option->starts_with("profile=")) return std::nullopt;
  const std::string profile = option->substr(std::string_view("profile=").size());
  return json(profile == "default" || profile == "builtin" ? "" : profile);
}

// Under userns-remap the root that is shown is DATA-ROOT/UID.GID.
Shown data_root(const json& info) {
  Shown shown = text(at(info, "DockerRootDir"));
  if (!shown || !security_option(info, "userns")) return shown;
  const auto& path = shown->get_ref<const std::string&>();
  const std::size_t slash = path.rfind('/');
  const std::string last = path.substr(slash == std::string::npos ? 0 : slash + 1);
  const bool ids = !last.empty() && last.find_first_not_of("0123456789.") == std::string::npos &&
                   std::count(last.begin(), last.end(), '.') == 1;
  return ids && slash != std::string::npos ? json(path.substr(0, slash)) : *shown;
}

// With the containerd image store a snapshotter is shown in the driver's place, and storage-driver does not choose it.
Shown storage_driver(const json& info) {
  if (at(info, "DriverStatus").dump().find("io.containerd.snapshotter") != std::string::npos) return std::nullopt;
  return text(at(info, "Driver"));
}

// Of all features only the image store is shown.
Shown features(const json& info, const Version& version) {
  if (version < Version{23, 0} || !at(info, "DriverStatus").is_array()) return std::nullopt;
  const bool store = at(info, "DriverStatus").dump().find("io.containerd.snapshotter") != std::string::npos;
  return json{{"containerd-snapshotter", store}};
}

bool same_features(const json& wanted, const json& shown) {
  const json& store = at(wanted, "containerd-snapshotter");
  return !store.is_boolean() || store == at(shown, "containerd-snapshotter");
}

bool of_dockerd(const std::string& registry) { return registry == "127.0.0.0/8" || registry == "::1/128"; }

Shown insecure_registries(const json& info) {
  const json& config = at(info, "RegistryConfig");
  if (!config.is_object()) return std::nullopt;
  json all = json::array();
  const json& networks = at(config, "InsecureRegistryCIDRs");
  for (const json& network : networks) {
    if (network.is_string() && !of_dockerd(network.get<std::string>())) all.push_back(network);
  }
  const json& indexes = at(config, "IndexConfigs");
  for (const auto& [name, index] : indexes.items()) {
    if (at(index, "Secure") == json(false)) all.push_back(name);
  }
  return all;
}

Shown exec_opts(const json& info) {
  const Shown driver = text(at(info, "CgroupDriver"));
  if (!driver || *driver == "none") return std::nullopt;
  return json::array({"native.cgroupdriver=" + driver->get<std::string>()});
}

bool builtin_runtime(const std::string& name) { return name == "runc" || name.starts_with("io.containerd."); }

Shown runtimes(const json& info) {
  const json& shown = at(info, "Runtimes");
  if (!shown.is_object()) return std::nullopt;
  json all = json::object();
  for (const auto& [name, runtime] : shown.items()) {
    if (!builtin_runtime(name)) all[name] = runtime;
  }
  return all;
}

// "iptables+firewalld" is iptables.
Shown firewall(const json& info) {
  const Shown driver = text(at(at(info, "FirewallBackend"), "Driver"));
  if (!driver) return std::nullopt;
  return json(split(driver->get_ref<const std::string&>(), '+').front());
}

Shown no_new_privileges(const json& info, const Version& version) {
  return version >= Version{24, 0} ? secured(info, "no-new-privileges") : std::nullopt;
}

// As /info names them; nothing has to be made of these values.
Shown plain(const std::string& key, const json& info) {
  if (key == "containerd") return text(at(at(info, "Containerd"), "Address"));
  if (key == "debug") return boolean(at(info, "Debug"));
  if (key == "default-runtime") return text(at(info, "DefaultRuntime"));
  if (key == "experimental") return boolean(at(info, "ExperimentalBuild"));
  if (key == "live-restore") return boolean(at(info, "LiveRestoreEnabled"));
  if (key == "log-driver") return text(at(info, "LoggingDriver"));
  if (key == "labels") return texts(info, "Labels");
  if (key == "authorization-plugins") return texts(at(info, "Plugins"), "Authorization");
  if (key == "registry-mirrors") return texts(at(info, "RegistryConfig"), "Mirrors");
  return std::nullopt;
}

Shown of_bridge(const std::string& key, const json& bridge) {
  if (key == "icc") return bridge_boolean(bridge, "bridge.enable_icc");
  if (key == "ip-masq") return bridge_boolean(bridge, "bridge.enable_ip_masquerade");
  if (key == "ip") return bridge_option(bridge, "bridge.host_binding_ipv4");
  if (key == "mtu") return bridge_number(bridge, "driver.mtu");
  if (key == "ipv6") return boolean(at(bridge, "EnableIPv6"));
  return std::nullopt;
}

std::string without_last_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// A registry as dockerd keeps it: no scheme, a network without host bits.
std::string registry(std::string name) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (ascii_lower(name).starts_with(scheme)) name.erase(0, scheme.size());
  }
  const std::optional<Network> network = parse_network(name);
  return network ? "network " + network->bytes + "/" + std::to_string(network->prefix) : name;
}

using Normal = std::string (*)(std::string);

Strings normal_texts(const json& list, Normal normal) {
  Strings all;
  for (const json& entry : list) {
    if (entry.is_string() && !of_dockerd(entry.get<std::string>())) all.push_back(normal(entry.get<std::string>()));
  }
  return all;
}

std::set<std::string> as_set(const Strings& texts) { return {texts.begin(), texts.end()}; }

// Registered are the wanted runtimes and no other; where both sides name a path it is the same.
bool same_runtimes(const json& wanted, const json& shown) {
  if (!wanted.is_object() || !shown.is_object() || wanted.size() != shown.size()) return false;
  const auto& all = wanted.get_ref<const json::object_t&>();
  return std::all_of(all.begin(), all.end(), [&](const auto& runtime) {
    const json& path = at(runtime.second, "path");
    const json& shown_path = at(at(shown, runtime.first), "path");
    const bool other = path.is_string() && shown_path.is_string() && path != shown_path;
    return shown.contains(runtime.first) && !other;
  });
}

// A value that dockerd takes for "not set".
bool unset(const json& value) { return value.is_null() || value == json("") || value == json(0); }

}  // namespace

std::optional<json> in_force(const std::string& key, const json& info, const json& bridge, const Version& version) {
  if (key == "userns-remap") return secured(info, "userns");
  if (key == "selinux-enabled") return secured(info, "selinux");
  if (key == "no-new-privileges") return no_new_privileges(info, version);
  if (key == "seccomp-profile") return seccomp(info);
  if (key == "data-root") return data_root(info);
  if (key == "storage-driver") return storage_driver(info);
  if (key == "features") return features(info, version);
  if (key == "insecure-registries") return insecure_registries(info);
  if (key == "exec-opts") return exec_opts(info);
  if (key == "runtimes") return runtimes(info);
  if (key == "firewall-backend") return firewall(info);
  const Shown shown = plain(key, info);
  return shown ? shown : of_bridge(key, bridge);
}

json all_in_force(const json& info, const json& bridge, const Version& version) {
  json shown = json::object();
  for (const DaemonKey& key : daemon_keys()) {
    const std::string name(key.name);
    if (const auto value = in_force(name, info, bridge, version)) shown[name] = *value;
  }
  return shown;
}

bool same_in_force(const std::string& key, const json& wanted, const json& shown) {
  if (key == "userns-remap") return json(!unset(wanted)) == shown;
  if (unset(wanted)) {
    const std::optional<json> holds = default_value(key);
    if (!holds) return true;  // dockerd chose
    return unset(*holds) ? unset(shown) : same_in_force(key, *holds, shown);
  }
  if (key == "seccomp-profile" && (wanted == "builtin" || wanted == "default")) return unset(shown);
  if (key == "data-root" && wanted.is_string() && shown.is_string()) {
    return without_last_slashes(wanted.get<std::string>()) == without_last_slashes(shown.get<std::string>());
  }
  if (key == "registry-mirrors") {
    return normal_texts(wanted, without_last_slashes) == normal_texts(shown, without_last_slashes);
  }
  if (key == "insecure-registries")
    return as_set(normal_texts(wanted, registry)) == as_set(normal_texts(shown, registry));
  if (key == "labels") {
    const Normal same = [](std::string label) { return label; };
    return as_set(normal_texts(wanted, same)) == as_set(normal_texts(shown, same));
  }
  if (key == "exec-opts") return cgroup_driver(wanted).empty() || cgroup_driver(wanted) == cgroup_driver(shown);
  if (key == "runtimes") return same_runtimes(wanted, shown);
  if (key == "features") return same_features(wanted, shown);
  return wanted == shown;
}

std::optional<json> default_value(const std::string& key) {
  constexpr std::array on{"icc", "ip-forward", "ip-masq", "iptables", "userland-proxy"};
  constexpr std::array off{"debug",        "experimental",      "init",     "ip-forward-no-drop", "ipv6",
                           "live-restore", "no-new-privileges", "raw-logs", "selinux-enabled"};
  constexpr std::array empty{"authorization-plugins", "dns",    "dns-opts",         "dns-search",  "exec-opts",
                             "insecure-registries",   "labels", "registry-mirrors", "storage-opts"};
  if (std::find(on.begin(), on.end(), key) != on.end()) return true;
  if (std::find(off.begin(), off.end(), key) != off.end()) return false;
  if (std::find(empty.begin(), empty.end(), key) != empty.end()) return json::array();
  static const json other = {{"data-root", "/var/lib/docker"},
                             {"default-runtime", "runc"},
                             {"default-shm-size", "64M"},
                             {"ip", "0.0.0.0"},
                             {"log-driver", "json-file"},
                             {"log-level", "info"},
                             {"log-opts", json::object()},
                             {"max-concurrent-downloads", 3},
                             {"max-concurrent-uploads", 5},
                             {"max-download-attempts", 5},
                             {"mtu", 1500},
                             {"runtimes", json::object()},
                             {"seccomp-profile", ""},
                             {"shutdown-timeout", 15},
                             {"userns-remap", ""}};
  return other.contains(key) ? std::optional<json>(other.at(key)) : std::nullopt;
}

}  // namespace dockhost
