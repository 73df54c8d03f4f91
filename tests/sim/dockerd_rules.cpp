// SPDX-License-Identifier: GPL-3.0-or-later
// Read of moby 20.10.24 to 29.7.2: Validate in daemon/config, verifyDaemonSettings and setupSeccompProfile in daemon,
// ValidateLogOpts in daemon/logger, IsSwarmCompatible.
#include "sim/dockerd_rules.hpp"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "sim/mounts.hpp"

namespace dockhost::sim {
namespace {

bool switched(const json& settings, const std::string& key, bool otherwise) {
  const auto found = settings.find(key);
  return found == settings.end() || !found->is_boolean() ? otherwise : found->get<bool>();
}

std::string word_at(const json& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() || !found->is_string() ? "" : found->get<std::string>();
}

Strings entries_at(const json& settings, const std::string& key) {
  Strings all;
  const json value = settings.value(key, json::array());
  for (const json& entry : value) all.push_back(entry.is_string() ? entry.get<std::string>() : "");
  return all;
}

bool feature(const json& settings, const std::string& name) {
  const json features = settings.value("features", json::object());
  return features.is_object() && features.value(name, false);
}

bool one_of(const std::string& word, const Strings& all) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

std::string refuse_labels(const json& keys) {
  for (const std::string& label : entries_at(keys, "labels")) {
    if (label.find('=') == std::string::npos) return "bad attribute format: " + label;
  }
  return {};
}

std::string refuse_mirrors(const json& keys) {
  for (const std::string& mirror : entries_at(keys, "registry-mirrors")) {
    if (!mirror.starts_with("http://") && !mirror.starts_with("https://"))
      return "invalid mirror: unsupported scheme in \"" + mirror + "\"";
  }
  return {};
}

std::string refuse_levels(const Machine& machine, const json& keys) {
  const std::string level = word_at(keys, "log-level"), format = word_at(keys, "log-format");
  Strings levels = {"", "panic", "fatal", "error", "warn", "info", "debug", "trace"};
  if (!since(machine, 25)) levels.emplace_back("warning");
  if (!one_of(level, levels)) return "invalid logging level: " + level;
  if (!one_of(format, {"", "text", "json"})) return "invalid log format: " + format;
  return {};
}

std::string refuse_exec_opts(const json& keys) {
  for (const std::string& option : entries_at(keys, "exec-opts")) {
    if (option.find('=') == std::string::npos)
      return "invalid exec-opt (" + option + "): must be formatted 'opt=value'";
    if (!option.starts_with("native.cgroupdriver="))
      return "invalid exec-opt (" + option + "): unknown option: '" + option.substr(0, option.find('=')) + "'";
  }
  return {};
}

std::string refuse_runtimes(const Machine& machine, const json& keys, const json& runtimes) {
  if (runtimes.contains("runc")) return "runtime name 'runc' is reserved";
  const std::string name = word_at(keys, "default-runtime");
  const bool shim = since(machine, 23) && name.find('.') != std::string::npos && name.find('/') == std::string::npos;
  if (name.empty() || name == "runc" || name == "io.containerd.runc.v2" || shim || runtimes.contains(name)) return {};
  return "specified default runtime '" + name + "' does not exist";
}

// The options of a log driver; "*" takes any, "" is no driver of dockerd.
std::string options_of(const Machine& machine, const std::string& driver) {
  std::string shared = "labels labels-regex env env-regex tag ";
  if (driver == "json-file") return shared + "max-file max-size compress";
  if (driver == "local") return (since(machine, 29, 5) ? shared : "") + "max-file max-size compress";
  if (driver == "journald") return shared;
  if (driver == "syslog") return shared + "syslog-address syslog-facility syslog-format";
  if (driver == "gelf") return shared + "gelf-address gelf-compression-type gelf-compression-level";
  if (driver == "fluentd")
    return shared + "fluentd-address fluentd-async" + (since(machine, 28) ? "" : " fluentd-async-connect");
  if (driver == "splunk") return shared + "splunk-url splunk-token";
  if (driver == "none" || (driver == "logentries" && !since(machine, 25))) return "*";
  return "";
}

// Without options nobody asks for the driver.
std::string refuse_log(const Machine& machine, const json& settings) {
  const json options = settings.value("log-opts", json::object());
  const std::string named = word_at(settings, "log-driver"), driver = named.empty() ? "json-file" : named;
  if (options.empty() || driver == "none") return {};
  const std::string known = options_of(machine, driver);
  if (known.empty() && !one_of(driver, machine.engine.log_plugins))
    return "failed to set log opts: error looking up logging plugin " + driver + ": plugin \"" + driver +
           "\" not found";
  if (known.empty() || known == "*") return {};
  for (const auto& [name, value] : options.items()) {
    if (name != "mode" && name != "max-buffer-size" && !one_of(name, words(known)))
      return "failed to set log opts: unknown log opt '" + name + "' for " + driver + " log driver";
  }
  if (options.contains("max-buffer-size") && options.value("mode", "") != "non-blocking")
    return "failed to set log opts: logger: max-buffer-size option is only supported with 'mode=non-blocking'";
  return driver == "gelf" && word_at(options, "gelf-address").empty() ? "gelf-address is a required parameter" : "";
}

std::string refuse_network(const Machine& machine, const json& settings) {
  const bool icc = switched(settings, "icc", true);
  if (!icc && !switched(settings, "iptables", true)) {
    return "You specified --iptables=false with --icc=false. ICC=false uses iptables to function. Please set --icc or "
           "--iptables to true";
  }
  if (since(machine, 27, 0, 1) && !icc && switched(settings, "ipv6", false) && !switched(settings, "ip6tables", true))
    return "You specified --ip6tables=false with --icc=false. ICC=false uses ip6tables to function.";
  if (!since(machine, 27) && switched(settings, "ip6tables", false) && !switched(settings, "experimental", false))
    return "ip6tables rules are only available if experimental features are enabled";
  if (!word_at(settings, "bridge").empty() && !word_at(settings, "bip").empty())
    return "You specified -b & --bip, mutually exclusive options. Please specify only one";
  return {};
}

std::string refuse_profile(const Machine& machine, const json& settings) {
  const std::string path = word_at(settings, "seccomp-profile");
  if (path.empty() || (since(machine, 23) && (path == "builtin" || path == "unconfined"))) return {};
  const auto file = machine.entries.find(real_path(machine, path));
  if (file != machine.entries.end() && file->second.type == Node::Type::file) return {};
  return "opening seccomp profile (" + path + ") failed: open " + path + ": no such file or directory";
}

std::string refuse_swarm(const Machine& machine, const json& settings) {
  if (!machine.engine.swarm) return {};
  const std::string component = "failed to start cluster component: ";
  if (switched(settings, "live-restore", false))
    return component + "--live-restore daemon configuration is incompatible with swarm mode";
  const bool taken = since(machine, 29, 6) && feature(settings, "swarm-nftables");
  if (word_at(settings, "firewall-backend") == "nftables" && switched(settings, "iptables", true) && !taken)
    return component + "--firewall-backend=nftables is incompatible with swarm mode";
  return {};
}

// Up to 1.52 in 29.0, and one more with each release that has a new API.
std::string refuse_api(const Machine& machine, const json& settings) {
  const std::string version = word_at(settings, "min-api-version");
  if (version.empty()) return {};
  const Strings parts = split(version, '.');
  const int highest = since(machine, 29, 6) ? 55 : since(machine, 29, 3) ? 54 : since(machine, 29, 2) ? 53 : 52;
  const int minor = parts.size() == 2 ? static_cast<int>(leading_number(parts[1])) : 0;
  if (parts.size() == 2 && parts[0] == "1" && minor >= 24 && minor <= highest) return {};
  return "invalid minimum API version (" + version + "): must be between 1.24 and 1." + std::to_string(highest);
}

std::string refuse_drivers(const Machine& machine, const json& settings) {
  const std::string driver = word_at(settings, "storage-driver");
  if ((driver == "aufs" && since(machine, 24)) || (driver == "devicemapper" && since(machine, 25)))
    return "error initializing graphdriver: driver not supported: " + driver;
  for (const std::string& option : entries_at(settings, "exec-opts")) {
    const std::string name = "native.cgroupdriver=", value = option.substr(std::min(option.size(), name.size()));
    if (option.starts_with(name) && value != "systemd" && value != "cgroupfs")
      return "native.cgroupdriver option " + value + " not supported";
  }
  const std::string parent = word_at(settings, "cgroup-parent");
  const Strings options = entries_at(settings, "exec-opts");
  if (!parent.empty() && !parent.ends_with(".slice") && !one_of("native.cgroupdriver=cgroupfs", options))
    return "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"";
  return {};
}

std::string first_of(const Strings& lines) {
  const auto found = std::find_if(lines.begin(), lines.end(), [](const std::string& line) { return !line.empty(); });
  return found == lines.end() ? "" : *found;
}

}  // namespace

bool since(const Machine& machine, int major, int minor, int patch) {
  Strings parts = split(machine.engine.version, '.');
  parts.resize(3, "0");
  const int has_major = static_cast<int>(leading_number(parts[0])),
            has_minor = static_cast<int>(leading_number(parts[1])),
            has_patch = static_cast<int>(leading_number(parts[2]));
  return std::tie(has_major, has_minor, has_patch) >= std::tie(major, minor, patch);
}

std::string refuse_read(const Machine& machine, const json& keys) {
  Strings lines = {refuse_labels(keys)};
  if (since(machine, 23) && !since(machine, 24) && !word_at(keys, "graph").empty())
    lines.emplace_back("the \"graph\" config file option is deprecated; use \"data-root\" instead");
  if (since(machine, 23)) lines.push_back(refuse_levels(machine, keys));
  if (!since(machine, 25)) lines.push_back(refuse_runtimes(machine, keys, keys.value("runtimes", json::object())));
  if (since(machine, 28)) lines.push_back(refuse_mirrors(keys));
  if (since(machine, 28)) lines.push_back(refuse_exec_opts(keys));
  for (const char* name : {"max-concurrent-downloads", "max-concurrent-uploads", "default-stop-timeout"}) {
    if (keys.contains(name) && keys.at(name).is_number() && keys.at(name) < 0)
      lines.push_back(std::string("invalid ") + name + ": " + keys.at(name).dump());
  }
  if (!word_at(keys, "graph").empty() && !word_at(keys, "data-root").empty())
    lines.emplace_back("cannot specify both \"graph\" and \"data-root\" config file options");
  return first_of(lines);
}

std::string refuse_reload(const Machine& machine, const json& keys) {
  if (!since(machine, 25)) return refuse_mirrors(keys);
  const json kept = machine.engine.in_force.value("runtimes", json::object());
  return first_of({refuse_mirrors(keys), refuse_runtimes(machine, keys, keys.value("runtimes", kept))});
}

std::string refuse_start(const Machine& machine, const json& settings) {
  return first_of({since(machine, 23) ? "" : refuse_levels(machine, settings), refuse_mirrors(settings),
                   refuse_network(machine, settings), refuse_drivers(machine, settings),
                   refuse_runtimes(machine, settings, settings.value("runtimes", json::object())),
                   refuse_log(machine, settings), refuse_profile(machine, settings), refuse_api(machine, settings),
                   refuse_swarm(machine, settings)});
}

}  // namespace dockhost::sim
