// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/in_force.hpp"

#include <doctest/doctest.h>

#include "dockerd/values.hpp"

using dockhost::in_force;
using dockhost::json;
using dockhost::same_in_force;
using dockhost::Version;

namespace {

const char* const kInfo = R"({
  "Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]],
  "DockerRootDir": "/var/lib/docker/100000.100000",
  "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=userns", "name=no-new-privileges"],
  "LiveRestoreEnabled": true, "Debug": false, "ExperimentalBuild": true, "LoggingDriver": "json-file",
  "CgroupDriver": "systemd", "DefaultRuntime": "runc", "Labels": null,
  "Containerd": {"Address": "/run/containerd/containerd.sock"},
  "FirewallBackend": {"Driver": "iptables+firewalld"},
  "Plugins": {"Authorization": null},
  "Runtimes": {"runc": {"path": "runc"}, "io.containerd.runc.v2": {"path": "runc"}, "gv": {"path": "/usr/bin/runsc"}},
  "RegistryConfig": {
    "InsecureRegistryCIDRs": ["::1/128", "10.0.0.0/8", "127.0.0.0/8"],
    "IndexConfigs": {"docker.io": {"Secure": true, "Official": true}, "reg.example:5000": {"Secure": false}},
    "Mirrors": ["https://mirror.example/"]}
})";

const char* const kBridge = R"({"EnableIPv6": false, "Options": {
  "com.docker.network.bridge.enable_icc": "false", "com.docker.network.bridge.enable_ip_masquerade": "true",
  "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0", "com.docker.network.driver.mtu": "1500"}})";

// What the API shows of this key, as JSON; "nothing" when it does not show it.
std::string shown(const std::string& key, const json& info, const json& bridge, Version version = {29, 1}) {
  const std::optional<json> value = in_force(key, info, bridge, version);
  return value ? value->dump() : "nothing";
}

std::string shown(const std::string& key) { return shown(key, json::parse(kInfo), json::parse(kBridge)); }

json option(const std::string& text) { return json{{"SecurityOptions", {text}}}; }

}  // namespace

TEST_CASE("what the API shows is written as daemon.json would have it") {
  CHECK(shown("icc") == "false");
  CHECK(shown("ip-masq") == "true");
  CHECK(shown("ip") == R"("0.0.0.0")");
  CHECK(shown("mtu") == "1500");
  CHECK(shown("ipv6") == "false");
  CHECK(shown("live-restore") == "true");
  CHECK(shown("debug") == "false");
  CHECK(shown("experimental") == "true");
  CHECK(shown("log-driver") == R"("json-file")");
  CHECK(shown("default-runtime") == R"("runc")");
  CHECK(shown("storage-driver") == R"("overlay2")");
  CHECK(shown("exec-opts") == R"(["native.cgroupdriver=systemd"])");
  CHECK(shown("containerd") == R"("/run/containerd/containerd.sock")");
  CHECK(shown("firewall-backend") == R"("iptables")");
  CHECK(shown("registry-mirrors") == R"(["https://mirror.example/"])");
  CHECK(shown("runtimes") == R"({"gv":{"path":"/usr/bin/runsc"}})");
}

TEST_CASE("security options are found by name") {
  CHECK(shown("userns-remap") == "true");
  CHECK(shown("no-new-privileges") == "true");
  CHECK(shown("selinux-enabled") == "false");
  CHECK(shown("userns-remap", option("name=apparmor"), nullptr) == "false");
  CHECK(shown("userns-remap", option("name=usernsx"), nullptr) == "false");
}

TEST_CASE("no-new-privileges is shown from 24.0 on") {
  CHECK(shown("no-new-privileges", json::parse(kInfo), nullptr, Version{23, 0, 6}) == "nothing");
  CHECK(shown("no-new-privileges", option("name=userns"), nullptr, Version{24, 0}) == "false");
}

TEST_CASE("the built-in seccomp profile is none in the file") {
  CHECK(shown("seccomp-profile") == R"("")");
  CHECK(shown("seccomp-profile", option("name=seccomp,profile=default"), nullptr) == R"("")");
  CHECK(shown("seccomp-profile", option("name=seccomp,profile=unconfined"), nullptr) == R"("unconfined")");
  CHECK(shown("seccomp-profile", option("name=seccomp,profile=/etc/p.json"), nullptr) == R"("/etc/p.json")");
  CHECK(shown("seccomp-profile", option("name=apparmor"), nullptr) == "nothing");
}

TEST_CASE("the data root is shown without what userns-remap adds to it") {
  CHECK(shown("data-root") == R"("/var/lib/docker")");
  json info = json::parse(kInfo);
  info["SecurityOptions"] = json::array();
  CHECK(shown("data-root", info, nullptr) == R"("/var/lib/docker/100000.100000")");
  info = option("name=userns");
  info["DockerRootDir"] = "/srv/docker";
  CHECK(shown("data-root", info, nullptr) == R"("/srv/docker")");
}

TEST_CASE("null lists are empty, missing ones are not shown") {
  CHECK(shown("labels") == "[]");
  CHECK(shown("authorization-plugins") == "[]");
  CHECK(shown("labels", json::object(), nullptr) == "nothing");
  CHECK(shown("authorization-plugins", json::object(), nullptr) == "nothing");
}

TEST_CASE("insecure registries come without the two that dockerd adds") {
  CHECK(shown("insecure-registries") == R"(["10.0.0.0/8","reg.example:5000"])");
}

TEST_CASE("a snapshotter is not a storage driver") {
  const json info = {{"Driver", "overlayfs"}, {"DriverStatus", {{"driver-type", "io.containerd.snapshotter.v1"}}}};
  CHECK(shown("storage-driver", info, nullptr) == "nothing");
}

TEST_CASE("what the API does not show is nothing, and so is an answer of another shape") {
  for (const char* key : {"userland-proxy", "iptables", "log-opts", "log-level", "default-ulimits", "unheard-of"}) {
    CAPTURE(key);
    CHECK(shown(key) == "nothing");
  }
  for (const char* key : {"icc", "mtu", "userns-remap", "live-restore", "labels", "data-root", "runtimes",
                          "insecure-registries", "storage-driver", "exec-opts", "seccomp-profile", "containerd"}) {
    CAPTURE(key);
    CHECK(shown(key, nullptr, nullptr) == "nothing");
    CHECK(shown(key, json::array(), json("x")) == "nothing");
  }
  CHECK(shown("mtu", nullptr, json::parse(R"({"Options": {"com.docker.network.driver.mtu": "x"}})")) == "nothing");
}

TEST_CASE("any user of userns-remap is in force when some user is") {
  CHECK(same_in_force("userns-remap", "default", true));
  CHECK(same_in_force("userns-remap", "", false));
  CHECK_FALSE(same_in_force("userns-remap", "default", false));
  CHECK_FALSE(same_in_force("userns-remap", "", true));
}

TEST_CASE("spellings that dockerd normalises are the same") {
  CHECK(same_in_force("registry-mirrors", {"https://m.example"}, {"https://m.example/"}));
  CHECK_FALSE(same_in_force("registry-mirrors", {"https://a/", "https://b/"}, {"https://b/", "https://a/"}));
  CHECK(same_in_force("labels", {"a=1", "b=2"}, {"b=2", "a=1"}));
  CHECK_FALSE(same_in_force("labels", {"a=1", "b=2"}, {"a=1", "c=2"}));
  CHECK(same_in_force("insecure-registries", {"http://r:5000", "10.1.2.3/8", "127.0.0.0/8"}, {"10.0.0.0/8", "r:5000"}));
  CHECK_FALSE(same_in_force("insecure-registries", {"10.0.0.0/8"}, {"10.0.0.0/16", "r:5000"}));
  CHECK(same_in_force("data-root", "/srv/docker/", "/srv/docker"));
  CHECK_FALSE(same_in_force("data-root", "/srv/docker2", "/srv/docker"));
  CHECK(same_in_force("seccomp-profile", "builtin", ""));
}

TEST_CASE("a list of execution options asks for a cgroup driver or for nothing that is shown") {
  CHECK(same_in_force("exec-opts", {"native.cgroupdriver=systemd"}, {"native.cgroupdriver=systemd"}));
  CHECK_FALSE(same_in_force("exec-opts", {"native.cgroupdriver=cgroupfs"}, {"native.cgroupdriver=systemd"}));
  CHECK(same_in_force("exec-opts", json::array(), {"native.cgroupdriver=systemd"}));
}

TEST_CASE("runtimes are the same by name and path") {
  const json gv = {{"gv", {{"path", "/usr/bin/runsc"}}}};
  CHECK(same_in_force("runtimes", gv, gv));
  CHECK(same_in_force("runtimes", json::parse(R"({"gv": {"runtimeType": "x"}})"), gv));
  CHECK_FALSE(same_in_force("runtimes", json::parse(R"({"gv": {"path": "/x"}})"), gv));
  CHECK_FALSE(same_in_force("runtimes", json::object(), gv));
  CHECK_FALSE(same_in_force("runtimes", json::parse(R"({"kata": {"path": "/x"}})"), gv));
}

TEST_CASE("null, an empty text and 0 are the default") {
  CHECK(same_in_force("icc", nullptr, true));
  CHECK_FALSE(same_in_force("icc", nullptr, false));
  CHECK(same_in_force("log-driver", "", "json-file"));
  CHECK(same_in_force("mtu", 0, 1500));
  CHECK_FALSE(same_in_force("mtu", 0, 1400));
  CHECK(same_in_force("storage-driver", "", "btrfs"));
  CHECK(same_in_force("seccomp-profile", "", ""));
  CHECK_FALSE(same_in_force("seccomp-profile", "", "unconfined"));
}

TEST_CASE("defaults are dockerd's") {
  CHECK(dockhost::default_value("icc") == json(true));
  CHECK(dockhost::default_value("userland-proxy") == json(true));
  CHECK(dockhost::default_value("live-restore") == json(false));
  CHECK(dockhost::default_value("no-new-privileges") == json(false));
  CHECK(dockhost::default_value("userns-remap") == json(""));
  CHECK(dockhost::default_value("labels") == json::array());
  CHECK(dockhost::default_value("mtu") == json(1500));
  CHECK_FALSE(dockhost::default_value("storage-driver").has_value());
  CHECK_FALSE(dockhost::default_value("ip6tables").has_value());
}

TEST_CASE("every default has its key's type") {
  for (const dockhost::DaemonKey& key : dockhost::daemon_keys()) {
    const std::optional<json> value = dockhost::default_value(std::string(key.name));
    CAPTURE(key.name);
    if (value) CHECK(dockhost::mismatches(key, *value).empty());
  }
}
