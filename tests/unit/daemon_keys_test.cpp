// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/keys.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using dockhost::daemon_key;
using dockhost::daemon_keys;
using dockhost::DaemonKey;
using dockhost::KeyType;
using dockhost::Version;

namespace {

std::vector<std::string> names(bool (*holds)(const DaemonKey&)) {
  std::vector<std::string> found;
  for (const DaemonKey& key : daemon_keys()) {
    if (holds(key)) found.emplace_back(key.name);
  }
  return found;
}

}  // namespace

TEST_CASE("a version is read from what dockerd and its packages print") {
  CHECK(Version::parse("20.10.24+dfsg1") == Version{20, 10, 24});
  CHECK(Version::parse("29.0") == Version{29, 0, 0});
  CHECK(Version::parse("17.06.0-ce") == Version{17, 6, 0});
  CHECK(Version::parse("28.0.0-rc.1") == Version{28, 0, 0});
  CHECK(Version::parse("26.1.5~debian") == Version{26, 1, 5});
  CHECK_FALSE(Version::parse("").has_value());
  CHECK_FALSE(Version::parse("dev").has_value());
  CHECK_FALSE(Version::parse("29").has_value());
  CHECK_FALSE(Version::parse("29.x").has_value());
  CHECK_FALSE(Version::parse("-1.2").has_value());
  CHECK_FALSE(Version::parse("99999999999.1").has_value());
}

TEST_CASE("versions are ordered by number, not by spelling") {
  CHECK(Version{1, 10} < Version{17, 6});
  CHECK(Version{20, 10, 9} < Version{20, 10, 24});
  CHECK(Version{9, 0} < Version{29, 0});
}

TEST_CASE("a version is written as Docker writes it") {
  CHECK(to_string(Version{1, 9, 1}) == "1.9.1");
  CHECK(to_string(Version{17, 6}) == "17.06");
  CHECK(to_string(Version{19, 3, 15}) == "19.03.15");
  CHECK(to_string(Version{18, 9}) == "18.09");
  CHECK(to_string(Version{17, 12}) == "17.12");
  CHECK(to_string(Version{20, 10, 24}) == "20.10.24");
  CHECK(to_string(Version{29, 0}) == "29.0");
}

TEST_CASE("patch releases of the newest series are covered, the next series is not") {
  CHECK(dockhost::newest_known() == Version{29, 7});
  CHECK_FALSE(beyond_table(Version{29, 7, 9}));
  CHECK(beyond_table(Version{29, 8}));
  CHECK(beyond_table(Version{30, 0}));
}

TEST_CASE("the table is sorted, without doubles, in dockerd's spelling") {
  CHECK(daemon_keys().size() == 106);
  for (std::size_t i = 1; i < daemon_keys().size(); ++i) {
    CAPTURE(daemon_keys()[i].name);
    CHECK(daemon_keys()[i - 1].name < daemon_keys()[i].name);
  }
  for (const DaemonKey& key : daemon_keys()) {
    CAPTURE(key.name);
    CHECK(key.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos);
    CHECK(daemon_key(key.name) == &key);
  }
}

TEST_CASE("every key has a version that accepts it, but for the five that were only ever documented") {
  const auto never = names([](const DaemonKey& key) { return key.until == Version{}; });
  CHECK(never == std::vector<std::string>{"containerd-plugin-namespace", "default-init", "resolv-conf",
                                          "swarm-raft-election-tick", "swarm-raft-heartbeat-tick"});
  for (const DaemonKey& key : daemon_keys()) {
    CAPTURE(key.name);
    CHECK(key.accepted(key.since) == (key.until != Version{}));
    CHECK_FALSE(key.accepted(Version{0, 9}));
  }
}

TEST_CASE("eight keys are refused by the newest version, each from its own on") {
  const auto removed =
      names([](const DaemonKey& key) { return key.until != Version{} && !key.accepted(dockhost::newest_known()); });
  CHECK(removed == std::vector<std::string>{"api-cors-header", "api-enable-cors", "cluster-advertise", "cluster-store",
                                            "cluster-store-opts", "disable-legacy-registry", "graph",
                                            "oom-score-adjust"});
  CHECK(daemon_key("graph")->accepted(Version{23, 0, 6}));
  CHECK_FALSE(daemon_key("graph")->accepted(Version{24, 0}));
  CHECK(daemon_key("api-cors-header")->accepted(Version{28, 5, 2}));
  CHECK_FALSE(daemon_key("api-cors-header")->accepted(Version{29, 0}));
  CHECK(daemon_key("oom-score-adjust")->accepted(Version{25, 0, 5}));
  CHECK_FALSE(daemon_key("oom-score-adjust")->accepted(Version{26, 0}));
  CHECK_FALSE(daemon_key("disable-legacy-registry")->accepted(Version{19, 3}));
  CHECK_FALSE(daemon_key("api-enable-cors")->accepted(Version{17, 9}));
  CHECK_FALSE(daemon_key("default-stop-timeout")->accepted(Version{29, 6}));
  CHECK(daemon_key("default-stop-timeout")->accepted(Version{29, 7, 2}));
}

TEST_CASE("names are told apart by case, and the short spellings of flags are none") {
  CHECK(daemon_key("icc") != nullptr);
  CHECK(daemon_key("ICC") == nullptr);
  CHECK(daemon_key("D") == nullptr);
  CHECK(daemon_key("") == nullptr);
}

TEST_CASE("of the hardening keys only live-restore is read again on reload") {
  const Version version{29, 1};
  CHECK(reloadable("live-restore", version));
  for (const char* key : {"icc", "userns-remap", "no-new-privileges", "userland-proxy", "iptables", "log-driver",
                          "data-root", "seccomp-profile", "cgroup-parent", "default-ulimits", "unheard-of"}) {
    CAPTURE(key);
    CHECK_FALSE(reloadable(key, version));
  }
}

TEST_CASE("the keys that are read again on reload are these, in 20.10 and in the newest") {
  const auto newest = names([](const DaemonKey& key) { return reloadable(key.name, Version{29, 7}); });
  CHECK(newest == std::vector<std::string>{
                      "authorization-plugins", "debug", "default-cgroupns-mode", "default-ipc-mode", "default-runtime",
                      "default-shm-size", "default-stop-timeout", "features", "insecure-registries", "labels",
                      "live-restore", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts",
                      "network-diagnostic-port", "nri-opts", "registry-mirrors", "runtimes", "shutdown-timeout"});
  CHECK(reloadable("cluster-store", Version{20, 10, 24}));
  CHECK_FALSE(reloadable("cluster-store", Version{23, 0}));
  CHECK(reloadable("allow-nondistributable-artifacts", Version{27, 5, 1}));
  CHECK_FALSE(reloadable("allow-nondistributable-artifacts", Version{28, 0}));
}

TEST_CASE("a reload brings the default back for six keys alone") {
  const auto reset = names([](const DaemonKey& key) { return removal_reloads(key.name, Version{29, 7}); });
  CHECK(reset == std::vector<std::string>{"features", "max-concurrent-downloads", "max-concurrent-uploads",
                                          "max-download-attempts", "network-diagnostic-port", "nri-opts"});
  CHECK_FALSE(removal_reloads("max-download-attempts", Version{19, 3}));
  CHECK_FALSE(removal_reloads("live-restore", Version{29, 7}));
}

TEST_CASE("the bridge's settings are held back by containers that outlive the restart") {
  for (const char* key : {"icc", "userland-proxy", "bip", "bridge", "fixed-cidr", "iptables", "mtu"}) {
    CAPTURE(key);
    CHECK(dockhost::held_back_by_containers(key));
  }
  for (const char* key : {"userns-remap", "no-new-privileges", "live-restore", "dns", "default-network-opts", "no"}) {
    CAPTURE(key);
    CHECK_FALSE(dockhost::held_back_by_containers(key));
  }
}

TEST_CASE("types are those of dockerd's decoder") {
  CHECK(daemon_key("default-shm-size")->type == KeyType::text);
  CHECK(daemon_key("log-opts")->type == KeyType::text_map);
  CHECK(daemon_key("features")->type == KeyType::bool_map);
  CHECK(daemon_key("default-network-opts")->type == KeyType::options_map);
  CHECK(daemon_key("host-gateway-ips")->type == KeyType::ips);
  CHECK(daemon_key("default-address-pools")->type == KeyType::pools);
  CHECK(daemon_key("userns-remap")->type == KeyType::text);
}

TEST_CASE("an ignored name is no key, and what stands in its place is one") {
  CHECK(dockhost::ignored_name("label")->instead == "labels");
  CHECK(dockhost::ignored_name("help")->instead.empty());
  CHECK(dockhost::ignored_name("labels") == nullptr);
  for (const dockhost::IgnoredName& ignored : dockhost::ignored_names()) {
    CAPTURE(ignored.name);
    CHECK(daemon_key(ignored.name) == nullptr);
    CHECK((ignored.instead.empty() || daemon_key(ignored.instead) != nullptr));
  }
}

TEST_CASE("a key written in another case or with underscores is recognised") {
  CHECK(dockhost::resembling_key("ICC")->name == "icc");
  CHECK(dockhost::resembling_key("Live_Restore")->name == "live-restore");
  CHECK(dockhost::resembling_key("life-restore") == nullptr);
}

TEST_CASE("dockerd takes apart every object but eight") {
  const auto whole = names([](const DaemonKey& key) { return dockhost::kept_whole(key.name); });
  CHECK(whole == std::vector<std::string>{"builder", "cluster-store-opts", "default-network-opts", "default-ulimits",
                                          "features", "log-opts", "nri-opts", "runtimes"});
  CHECK_FALSE(dockhost::kept_whole("proxies"));
}
