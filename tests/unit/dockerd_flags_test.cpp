// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/flags.hpp"

#include <doctest/doctest.h>

#include "dockerd/keys.hpp"

using dockhost::flag_conflicts;
using dockhost::FlagConflict;
using dockhost::given_flags;
using dockhost::GivenFlag;
using dockhost::json;
using dockhost::keys_given;
using dockhost::Strings;
using FlagOfKey = std::map<std::string, std::string>;

TEST_CASE("the packaged unit's command line sets hosts and containerd") {
  CHECK(keys_given({"/usr/bin/dockerd", "-H", "fd://", "--containerd=/run/containerd/containerd.sock"}) ==
        FlagOfKey{{"hosts", "-H"}, {"containerd", "--containerd"}});
}

TEST_CASE("a flag's value may follow it or be joined to it") {
  const std::vector<GivenFlag> flags = given_flags({"dockerd", "--log-level=warn", "--data-root", "/srv", "-Hfd://",
                                                    "-H=tcp://0.0.0.0:1", "-l", "debug", "--label", "a=--icc"});
  CHECK(flags == std::vector<GivenFlag>{{"log-level", "--log-level", "warn"},
                                        {"data-root", "--data-root", "/srv"},
                                        {"host", "-H", "fd://"},
                                        {"host", "-H", "tcp://0.0.0.0:1"},
                                        {"log-level", "-l", "debug"},
                                        {"label", "--label", "a=--icc"}});
}

TEST_CASE("a boolean takes no word after it") {
  CHECK(given_flags({"--icc", "false", "--live-restore", "--userland-proxy=false", "--tlsverify", "-D", "--debug"}) ==
        std::vector<GivenFlag>{{"icc", "--icc", "true"},
                               {"live-restore", "--live-restore", "true"},
                               {"userland-proxy", "--userland-proxy", "false"},
                               {"tlsverify", "--tlsverify", "true"},
                               {"debug", "-D", "true"},
                               {"debug", "--debug", "true"}});
}

TEST_CASE("short flags may be written together") {
  CHECK(given_flags({"-Dl", "info", "-DHfd://"}) ==
        std::vector<GivenFlag>{
            {"debug", "-D", "true"}, {"log-level", "-l", "info"}, {"debug", "-D", "true"}, {"host", "-H", "fd://"}});
}

TEST_CASE("every short flag sets its key") {
  CHECK(keys_given({"-b", "br0", "-D", "-g", "/a", "-G", "docker", "-H", "fd://", "-l", "info", "-p", "/p", "-s",
                    "vfs"}) == FlagOfKey{{"bridge", "-b"},
                                         {"debug", "-D"},
                                         {"graph", "-g"},
                                         {"group", "-G"},
                                         {"hosts", "-H"},
                                         {"log-level", "-l"},
                                         {"pidfile", "-p"},
                                         {"storage-driver", "-s"}});
  CHECK(keys_given({"-h", "-v", "-r=false"}).empty());
}

TEST_CASE("a flag of a list sets the list's key, by the spelling that comes first") {
  CHECK(keys_given({"--host=fd://", "-H", "tcp://x", "--log-opt", "max-file=3", "--storage-opt=a=b", "--dns", "1.1.1.1",
                    "--dns-opt=x", "--dns-search=x", "--insecure-registry=r", "--registry-mirror=r", "--exec-opt=a=b",
                    "--default-ulimit=nofile=1:2", "--add-runtime=r=/r", "--authorization-plugin=p",
                    "--default-address-pool=base=10.0.0.0/8,size=24"}) ==
        FlagOfKey{{"authorization-plugins", "--authorization-plugin"},
                  {"default-address-pools", "--default-address-pool"},
                  {"default-ulimits", "--default-ulimit"},
                  {"dns", "--dns"},
                  {"dns-opts", "--dns-opt"},
                  {"dns-search", "--dns-search"},
                  {"exec-opts", "--exec-opt"},
                  {"hosts", "--host"},
                  {"insecure-registries", "--insecure-registry"},
                  {"log-opts", "--log-opt"},
                  {"registry-mirrors", "--registry-mirror"},
                  {"runtimes", "--add-runtime"},
                  {"storage-opts", "--storage-opt"}});
  CHECK(keys_given({"--host-gateway-ip=10.0.0.1"}) ==
        FlagOfKey{{"host-gateway-ip", "--host-gateway-ip"}, {"host-gateway-ips", "--host-gateway-ip"}});
  CHECK(keys_given({"--feature", "cdi=true"}) == FlagOfKey{{"features", "--feature"}});
}

TEST_CASE("flags that are no key, words that are no flag, and what follows -- set nothing") {
  CHECK(keys_given({}).empty());
  CHECK(
      keys_given({"dockerd", "--config-file", "--icc", "--validate", "--unheard-of", "word", "-", "-x", "--"}).empty());
  CHECK(keys_given({"--", "--icc=false"}).empty());
  CHECK(keys_given({"--data-root"}) == FlagOfKey{{"data-root", "--data-root"}});
}

TEST_CASE("the last --config-file counts") {
  CHECK(dockhost::config_file({"dockerd", "--config-file=/a", "--config-file", "/b"}) == "/b");
  CHECK_FALSE(dockhost::config_file({"dockerd", "--label", "--config-file=/a"}).has_value());
}

TEST_CASE("a key in the file and on the command line is a conflict, whatever the values") {
  const json file = json::parse(R"({"icc": true, "hosts": [], "log-opts": {"max-file": "3"}, "mtu": 9})");
  CHECK(flag_conflicts(file, {"dockerd", "-H", "fd://", "--icc", "--log-opt=tag=x"}) ==
        std::vector<FlagConflict>{
            {"icc", "/icc", "--icc"}, {"hosts", "/hosts", "-H"}, {"log-opts", "/log-opts", "--log-opt"}});
  CHECK(flag_conflicts(file, {"dockerd", "--debug"}).empty());
}

TEST_CASE("runtimes may stand in both places") {
  CHECK(flag_conflicts(json::parse(R"({"runtimes": {"r": {"path": "/r"}}})"), {"--add-runtime", "r=/r"}).empty());
}

TEST_CASE("objects that dockerd takes apart collide by their members") {
  const json file = json::parse(R"({"proxies": {"http-proxy": "http://p", "no-proxy": "x"}, "x": {"icc": false}})");
  CHECK(flag_conflicts(file, {"--http-proxy", "http://q", "--icc"}) ==
        std::vector<FlagConflict>{{"proxies", "/proxies/http-proxy", "--http-proxy"}, {"x", "/x/icc", "--icc"}});
  CHECK(flag_conflicts(json::parse(R"({"log-opts": {"icc": "x"}})"), {"--icc"}).empty());
}

TEST_CASE("the flag of a key sets that key") {
  CHECK(dockhost::flag_for("hosts") == "--host");
  CHECK(dockhost::flag_for("runtimes") == "--add-runtime");
  CHECK(dockhost::flag_for("icc") == "--icc");
  CHECK_FALSE(dockhost::flag_for("builder").has_value());
  CHECK_FALSE(dockhost::flag_for("unheard-of").has_value());
  CHECK_FALSE(dockhost::flag_for("").has_value());
  for (const dockhost::DaemonKey& key : dockhost::daemon_keys()) {
    const std::optional<std::string> flag = dockhost::flag_for(key.name);
    CAPTURE(key.name);
    if (flag) CHECK(keys_given({*flag, "value"}).contains(std::string(key.name)));
  }
}
