// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace dockhost {
namespace {

constexpr Version kOpen{std::numeric_limits<int>::max(), 0, 0};

// Read from dockerd's own flags and struct tags, release by release, 1.10 to 29.7: "accepted" means that a flag, a
// named option or dockerd's skip list has the name, not that a field exists. name, type, since, until, reload_until,
// removal_reloads, network, note
constexpr auto kKeys = std::to_array<DaemonKey>({
    {"allow-direct-routing", KeyType::boolean, {28, 2}, kOpen, {}, false, true, ""},
    {"allow-nondistributable-artifacts", KeyType::texts, {17, 6}, kOpen, {28, 0}, false, false, ""},
    {"api-cors-header", KeyType::text, {1, 10}, {29, 0}, {}, false, false, "a value is refused since 28.0"},
    {"api-enable-cors", KeyType::boolean, {1, 10}, {17, 9}, {}, false, false, ""},
    {"authorization-plugins",
     KeyType::texts,
     {1, 10},
     kOpen,
     kOpen,
     false,
     false,
     "dockerd does not start, and dies on a reload, when a plugin is missing"},
    {"bip", KeyType::text, {1, 10}, kOpen, {}, false, true, "not with bridge"},
    {"bip6", KeyType::text, {28, 0}, kOpen, {}, false, true, "not with bridge"},
    {"bridge", KeyType::text, {1, 10}, kOpen, {}, false, true, "not with bip or bip6"},
    {"bridge-accept-fwmark", KeyType::text, {29, 0}, kOpen, {}, false, true, ""},
    {"builder", KeyType::object, {18, 9}, kOpen, {}, false, false, ""},
    {"cdi-spec-dirs", KeyType::texts, {25, 0}, kOpen, {}, false, false, ""},
    {"cgroup-parent",
     KeyType::text,
     {1, 10},
     kOpen,
     {},
     false,
     false,
     "must be *.slice with the systemd cgroup driver"},
    {"cluster-advertise", KeyType::text, {1, 10}, {24, 0}, {23, 0}, false, false, ""},
    {"cluster-store", KeyType::text, {1, 10}, {24, 0}, {23, 0}, false, false, ""},
    {"cluster-store-opts", KeyType::text_map, {1, 10}, {24, 0}, {23, 0}, false, false, ""},
    {"containerd", KeyType::text, {1, 11}, kOpen, {}, false, false, "the packaged unit passes --containerd"},
    {"containerd-namespace", KeyType::text, {19, 3}, kOpen, {}, false, false, ""},
    {"containerd-plugin-namespace",
     KeyType::text,
     {},
     {},
     {},
     false,
     false,
     "a flag of dockerd alone, --containerd-plugins-namespace"},
    {"cpu-rt-period", KeyType::integer, {1, 13}, kOpen, {}, false, false, ""},
    {"cpu-rt-runtime", KeyType::integer, {1, 13}, kOpen, {}, false, false, ""},
    {"cri-containerd", KeyType::boolean, {18, 9}, kOpen, {}, false, false, ""},
    {"data-root", KeyType::text, {17, 5}, kOpen, {}, false, false, ""},
    {"debug", KeyType::boolean, {1, 12}, kOpen, kOpen, false, false, ""},
    {"default-address-pools", KeyType::pools, {18, 6}, kOpen, {}, false, false, ""},
    {"default-cgroupns-mode", KeyType::text, {20, 10}, kOpen, kOpen, false, false, ""},
    {"default-gateway", KeyType::ip, {1, 10}, kOpen, {}, false, true, ""},
    {"default-gateway-v6", KeyType::ip, {1, 10}, kOpen, {}, false, true, ""},
    {"default-init", KeyType::text, {}, {}, {}, false, false, "a setting of docker run, or init for all containers"},
    {"default-ipc-mode", KeyType::text, {17, 9}, kOpen, kOpen, false, false, ""},
    {"default-network-opts", KeyType::options_map, {24, 0}, kOpen, {}, false, false, ""},
    {"default-runtime", KeyType::text, {1, 12}, kOpen, kOpen, false, false, ""},
    {"default-shm-size", KeyType::text, {17, 4}, kOpen, kOpen, false, false, "a text such as 64M"},
    {"default-stop-timeout", KeyType::integer, {29, 7}, kOpen, kOpen, false, false, ""},
    {"default-ulimits", KeyType::ulimits, {17, 7}, kOpen, {}, false, false, ""},
    {"deprecated-key-path", KeyType::text, {17, 6}, kOpen, {}, false, false, ""},
    {"disable-legacy-registry", KeyType::boolean, {1, 10}, {19, 3}, {}, false, false, ""},
    {"dns", KeyType::ips, {1, 10}, kOpen, {}, false, false, ""},
    {"dns-opts", KeyType::texts, {1, 10}, kOpen, {}, false, false, ""},
    {"dns-search", KeyType::texts, {1, 10}, kOpen, {}, false, false, ""},
    {"exec-opts", KeyType::texts, {1, 10}, kOpen, {}, false, false, ""},
    {"exec-root", KeyType::text, {1, 10}, kOpen, {}, false, false, ""},
    {"experimental", KeyType::boolean, {1, 13}, kOpen, {}, false, false, ""},
    {"features", KeyType::bool_map, {18, 9}, kOpen, kOpen, true, false, ""},
    {"firewall-backend", KeyType::text, {29, 0}, kOpen, {}, false, false, "nftables not with swarm, before 29.6"},
    {"fixed-cidr", KeyType::text, {1, 10}, kOpen, {}, false, true, ""},
    {"fixed-cidr-v6", KeyType::text, {1, 10}, kOpen, {}, false, true, ""},
    {"graph", KeyType::text, {1, 10}, {24, 0}, {}, false, false, "replaced by data-root"},
    {"group", KeyType::text, {1, 10}, kOpen, {}, false, false, ""},
    {"host-gateway-ip", KeyType::ip, {20, 10}, kOpen, {}, false, false, "not with host-gateway-ips"},
    {"host-gateway-ips", KeyType::ips, {28, 0}, kOpen, {}, false, false, "not with host-gateway-ip"},
    {"hosts", KeyType::texts, {1, 12}, kOpen, {}, false, false, "the packaged unit passes -H fd://"},
    {"http-proxy", KeyType::text, {23, 0}, kOpen, {}, false, false, ""},
    {"https-proxy", KeyType::text, {23, 0}, kOpen, {}, false, false, ""},
    {"icc", KeyType::boolean, {1, 10}, kOpen, {}, false, true, "of the default bridge alone; needs iptables"},
    {"init", KeyType::boolean, {1, 13}, kOpen, {}, false, false, ""},
    {"init-path", KeyType::text, {1, 13}, kOpen, {}, false, false, ""},
    {"insecure-registries", KeyType::texts, {1, 11}, kOpen, kOpen, false, false, ""},
    {"ip", KeyType::ip, {1, 10}, kOpen, {}, false, true, ""},
    {"ip-forward", KeyType::boolean, {1, 10}, kOpen, {}, false, true, ""},
    {"ip-forward-no-drop", KeyType::boolean, {28, 0}, kOpen, {}, false, true, ""},
    {"ip-masq", KeyType::boolean, {1, 10}, kOpen, {}, false, true, ""},
    {"ip6tables", KeyType::boolean, {20, 10}, kOpen, {}, false, true, "experimental before 27.0"},
    {"iptables", KeyType::boolean, {1, 10}, kOpen, {}, false, true, "must stay true with icc false"},
    {"ipv6", KeyType::boolean, {1, 10}, kOpen, {}, false, true, ""},
    {"labels", KeyType::texts, {1, 10}, kOpen, kOpen, false, false, ""},
    {"live-restore", KeyType::boolean, {1, 12}, kOpen, kOpen, false, false, "not with an active swarm"},
    {"log-driver", KeyType::text, {1, 10}, kOpen, {}, false, false, ""},
    {"log-format", KeyType::text, {25, 0}, kOpen, {}, false, false, ""},
    {"log-level", KeyType::text, {1, 12}, kOpen, {}, false, false, ""},
    {"log-opts", KeyType::text_map, {1, 10}, kOpen, {}, false, false, "all values are texts"},
    {"max-concurrent-downloads", KeyType::integer, {1, 12}, kOpen, kOpen, true, false, ""},
    {"max-concurrent-uploads", KeyType::integer, {1, 12}, kOpen, kOpen, true, false, ""},
    {"max-download-attempts", KeyType::integer, {20, 10}, kOpen, kOpen, true, false, ""},
    {"metrics-addr", KeyType::text, {1, 13}, kOpen, {}, false, false, ""},
    {"min-api-version", KeyType::text, {29, 0}, kOpen, {}, false, false, ""},
    {"mtu", KeyType::integer, {1, 10}, kOpen, {}, false, true, ""},
    {"network-control-plane-mtu", KeyType::integer, {17, 9}, kOpen, {}, false, false, ""},
    {"network-diagnostic-port", KeyType::integer, {17, 12}, kOpen, kOpen, true, false, ""},
    {"no-new-privileges", KeyType::boolean, {17, 6}, kOpen, {}, false, false, "for new containers"},
    {"no-proxy", KeyType::text, {23, 0}, kOpen, {}, false, false, ""},
    {"node-generic-resources", KeyType::texts, {17, 9}, kOpen, {}, false, false, ""},
    {"nri-opts", KeyType::object, {29, 2}, kOpen, kOpen, true, false, ""},
    {"oom-score-adjust", KeyType::integer, {1, 12}, {26, 0}, {}, false, false, ""},
    {"pidfile", KeyType::text, {1, 10}, kOpen, {}, false, false, ""},
    {"proxies", KeyType::proxies, {23, 0}, kOpen, {}, false, false, ""},
    {"raw-logs", KeyType::boolean, {1, 11}, kOpen, {}, false, false, ""},
    {"registry-mirrors", KeyType::texts, {1, 11}, kOpen, kOpen, false, false, ""},
    {"resolv-conf", KeyType::text, {}, {}, {}, false, false, ""},
    {"rootless", KeyType::boolean, {19, 3}, kOpen, {}, false, false, ""},
    {"runtimes", KeyType::runtimes, {1, 12}, kOpen, kOpen, false, false, "may also be given as a flag"},
    {"seccomp-profile", KeyType::text, {1, 13}, kOpen, {}, false, false, ""},
    {"selinux-enabled", KeyType::boolean, {1, 10}, kOpen, {}, false, false, ""},
    {"shutdown-timeout", KeyType::integer, {1, 13}, kOpen, kOpen, false, false, ""},
    {"storage-driver", KeyType::text, {1, 10}, kOpen, {}, false, false, ""},
    {"storage-opts", KeyType::texts, {1, 10}, kOpen, {}, false, false, ""},
    {"swarm-default-advertise-addr", KeyType::text, {1, 12}, kOpen, {}, false, false, ""},
    {"swarm-raft-election-tick", KeyType::integer, {}, {}, {}, false, false, "set it with docker swarm update"},
    {"swarm-raft-heartbeat-tick", KeyType::integer, {}, {}, {}, false, false, "set it with docker swarm update"},
    {"tls", KeyType::boolean, {1, 10}, kOpen, {}, false, false, ""},
    {"tlscacert", KeyType::text, {1, 12}, kOpen, {}, false, false, ""},
    {"tlscert", KeyType::text, {1, 12}, kOpen, {}, false, false, ""},
    {"tlskey", KeyType::text, {1, 12}, kOpen, {}, false, false, ""},
    {"tlsverify", KeyType::boolean, {1, 10}, kOpen, {}, false, false, "false turns TLS on as well"},
    {"userland-proxy", KeyType::boolean, {1, 10}, kOpen, {}, false, true, ""},
    {"userland-proxy-path", KeyType::text, {1, 13}, kOpen, {}, false, true, ""},
    {"userns-remap", KeyType::text, {1, 10}, kOpen, {}, false, false, "moves the data root to DATA-ROOT/UID.GID"},
});

constexpr auto kIgnored = std::to_array<IgnoredName>({
    {"add-runtime", "runtimes"},
    {"authorization-plugin", "authorization-plugins"},
    {"cdi-spec-dir", "cdi-spec-dirs"},
    {"cluster-store-opt", "cluster-store-opts"},
    {"config-file", ""},
    {"containerd-plugins-namespace", ""},
    {"default-address-pool", "default-address-pools"},
    {"default-network-opt", "default-network-opts"},
    {"default-ulimit", "default-ulimits"},
    {"dns-opt", "dns-opts"},
    {"exec-opt", "exec-opts"},
    {"help", ""},
    {"host", "hosts"},
    {"insecure-registry", "insecure-registries"},
    {"label", "labels"},
    {"log-opt", "log-opts"},
    {"node-generic-resource", "node-generic-resources"},
    {"registry-mirror", "registry-mirrors"},
    {"storage-opt", "storage-opts"},
    {"version", ""},
});

constexpr auto kWhole =
    std::to_array<std::string_view>({"cluster-store-opts", "default-network-opts", "log-opts", "runtimes",
                                     "default-ulimits", "features", "builder", "nri-opts"});

char folded(char c) {
  if (c == '_') return '-';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The number that `text` begins with, which is then taken from it.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  Version version;
  const std::optional<int> first = take_number(text);
  if (!first || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int> second = take_number(text);
  if (!second) return std::nullopt;
  version.major = *first;
  version.minor = *second;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    version.patch = take_number(text).value_or(0);
  }
  return version;
}

std::string to_string(const Version& version) {
  const bool calendar = version.major >= 17 && version.major <= 19;
  std::string text = std::to_string(version.major) + (calendar && version.minor < 10 ? ".0" : ".");
  text += std::to_string(version.minor);
  return version.patch == 0 ? text : text + "." + std::to_string(version.patch);
}

Version newest_known() { return {29, 7, 0}; }

bool beyond_table(const Version& version) { return Version{version.major, version.minor, 0} > newest_known(); }

std::span<const DaemonKey> daemon_keys() { return kKeys; }

const DaemonKey* daemon_key(std::string_view name) {
  const auto* found = std::find_if(kKeys.begin(), kKeys.end(), [&](const DaemonKey& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

std::span<const IgnoredName> ignored_names() { return kIgnored; }

const IgnoredName* ignored_name(std::string_view name) {
  const auto* found =
      std::find_if(kIgnored.begin(), kIgnored.end(), [&](const IgnoredName& ignored) { return ignored.name == name; });
  return found == kIgnored.end() ? nullptr : found;
}

const DaemonKey* resembling_key(std::string_view name) {
  std::string plain(name);
  std::transform(plain.begin(), plain.end(), plain.begin(), folded);
  return daemon_key(plain);
}

bool kept_whole(std::string_view name) { return std::find(kWhole.begin(), kWhole.end(), name) != kWhole.end(); }

bool reloadable(std::string_view name, const Version& version) {
  const DaemonKey* key = daemon_key(name);
  return key != nullptr && key->accepted(version) && version < key->reload_until;
}

bool removal_reloads(std::string_view name, const Version& version) {
  return reloadable(name, version) && daemon_key(name)->removal_reloads;
}

bool held_back_by_containers(std::string_view name) {
  const DaemonKey* key = daemon_key(name);
  return key != nullptr && key->network;
}

}  // namespace dockhost
