// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/rules.hpp"

#include <doctest/doctest.h>

using dockhost::Dockerd;
using dockhost::json;
using dockhost::Problem;
using dockhost::Version;

namespace {

// The problems of this file with this wish in it, one a line: "error" when fatal, else "warning".
std::string problems(const std::string& wished, const std::string& result, const char* version) {
  dockhost::Strings lines;
  for (const Problem& problem :
       check_settings(json::parse(wished), json::parse(result), Dockerd{Version::parse(version)})) {
    lines.push_back((problem.fatal ? "error " : "warning ") + problem.text);
  }
  return dockhost::join(lines, "\n");
}

// The same where the whole file is wished for, and where none of it is.
std::string wished(const std::string& file, const char* version = "29.1.3") { return problems(file, file, version); }
std::string on_disk(const std::string& file, const char* version = "29.1.3") { return problems("{}", file, version); }

}  // namespace

TEST_CASE("the article's keys are taken by every version since 17.06") {
  const std::string file =
      R"({"icc": false, "userns-remap": "default", "live-restore": true, "no-new-privileges": true})";
  for (const char* version : {"17.06.0-ce", "20.10.24", "23.0.1", "26.1.5", "29.7.2", ""}) {
    CAPTURE(version);
    CHECK(wished(file, version).empty());
  }
  CHECK(wished(file, "1.13.1") == "error settings.no-new-privileges: accepted since 17.06, but dockerd is 1.13.1");
}

TEST_CASE("a key of another version is an error when wished for and a warning on disk") {
  CHECK(wished(R"({"bip6": "fd00::1/64"})", "20.10.24") ==
        "error settings.bip6: accepted since 28.0, but dockerd is 20.10.24");
  CHECK(on_disk(R"({"bip6": "fd00::1/64"})", "20.10.24") ==
        "warning bip6: accepted since 28.0, but dockerd is 20.10.24");
  CHECK(wished(R"({"graph": "/srv"})") ==
        "error settings.graph: no longer accepted since 24.0, and dockerd is 29.1.3 (replaced by data-root)");
  CHECK(on_disk(R"({"oom-score-adjust": -500})", "26.1.5") ==
        "warning oom-score-adjust: no longer accepted since 26.0, and dockerd is 26.1.5");
  CHECK(on_disk(R"({"oom-score-adjust": -500})", "25.0.5").empty());
}

TEST_CASE("with no dockerd to ask the newest version of the table counts") {
  CHECK(wished(R"({"graph": "/srv"})", "") ==
        "error settings.graph: no longer accepted since 24.0, and with no dockerd to ask, 29.7 counts (replaced by "
        "data-root)");
  CHECK(wished(R"({"default-stop-timeout": 5})", "").empty());
  CHECK(wished(R"({"new-key": 5})", "") == "error settings.new-key: dockerd knows no such key");
}

TEST_CASE("a key that was only ever documented is refused in every version") {
  CHECK(wished(R"({"default-init": "x"})") ==
        "error settings.default-init: no version of dockerd accepts this key (a setting of docker run, or init for "
        "all containers)");
  CHECK(wished(R"({"resolv-conf": "/x"})", "18.09.1") ==
        "error settings.resolv-conf: no version of dockerd accepts this key");
}

TEST_CASE("an unknown key is refused up to the newest series of the table and told beyond it") {
  CHECK(wished(R"({"new-key": 5})", "29.7.9") == "error settings.new-key: dockerd knows no such key");
  CHECK(on_disk(R"({"new-key": null})") == "warning new-key: dockerd knows no such key");
  CHECK(wished(R"({"new-key": 5})", "29.8.0") ==
        "warning settings.new-key: not in the table of keys, which ends with dockerd 29.7; dockerd is 29.8");
  CHECK(on_disk(R"({"new-key": 5})", "30.1.2") ==
        "warning new-key: not in the table of keys, which ends with dockerd 29.7; dockerd is 30.1.2");
}

TEST_CASE("case matters, and the key that was meant is named") {
  CHECK(wished(R"({"ICC": false})") == "error settings.ICC: dockerd knows no such key; it knows icc");
  CHECK(wished(R"({"live_restore": true})") ==
        "error settings.live_restore: dockerd knows no such key; it knows live-restore");
  CHECK(wished(R"({"D": true})") == "error settings.D: dockerd knows no such key");
}

TEST_CASE("an unknown object is told with the keys that dockerd reads in it") {
  CHECK(wished(R"({"x": {"icc": false, "y": 1}})") ==
        "error settings.x: dockerd knows no such key; it reads icc in it as if it stood outside");
  CHECK(on_disk(R"({"x": {"icc": false, "iptables": true}})") ==
        "warning x: dockerd knows no such key; it reads icc and iptables in it as if it stood outside");
  CHECK(on_disk(R"({"x": {"graph": "/srv"}})") == "warning x: dockerd knows no such key");
}

TEST_CASE("a name that dockerd accepts and ignores is an error when wished for") {
  CHECK(wished(R"({"label": ["a=1"]})") == "error settings.label: dockerd ignores this name; the key is labels");
  CHECK(on_disk(R"({"host": "fd://"})") == "warning host: dockerd ignores this name; the key is hosts");
  CHECK(wished(R"({"help": true})") == "error settings.help: dockerd ignores this name");
  CHECK(wished(R"({"https-proxy": "http://p"})") ==
        "error settings.https-proxy: dockerd ignores this name here; it is read inside of proxies");
  CHECK(wished(R"({"https-proxy": "http://p"})", "20.10.24") ==
        "error settings.https-proxy: accepted since 23.0, but dockerd is 20.10.24");
  CHECK(wished(R"({"proxies": {"https-proxy": "http://p"}})").empty());
}

TEST_CASE("validate in the file would end every start from 23.0 on, and is unknown before") {
  CHECK(wished(R"({"validate": true})") ==
        "error settings.validate: dockerd would check the file and exit at every start");
  CHECK(on_disk(R"({"validate": true})", "20.10.24") == "warning validate: dockerd knows no such key");
}

TEST_CASE("tlsverify false turns TLS on, and so does null") {
  CHECK(wished(R"({"tlsverify": false})") ==
        "error settings.tlsverify: false turns TLS on as well, its presence counts; name the key in 'absent' instead");
  CHECK(on_disk(R"({"tlsverify": null})") ==
        "warning tlsverify: null turns TLS on as well, its presence counts; name the key in 'absent' instead");
  CHECK(wished(R"({"tlsverify": true})").empty());
}

TEST_CASE("a wrong type on disk is a warning, also beside a wish for its object") {
  CHECK(on_disk(R"({"icc": "false"})") == "warning icc: true or false is wanted, not a text");
  CHECK(problems(R"({"log-opts": {"max-size": "9m"}})", R"({"log-opts": {"max-file": 3, "max-size": "9m"}})", "29.1") ==
        "warning log-opts.max-file: a text is wanted, not the number 3");
  CHECK(problems(R"({"log-opts": {"max-file": 3}})", R"({"log-opts": {"max-file": 3}})", "29.1") ==
        "error settings.log-opts.max-file: a text is wanted, not the number 3");
}

TEST_CASE("of a list that was appended to, only the wished elements are errors") {
  CHECK(problems(R"({"dns": ["1.1.1.1"]})", R"({"dns": ["bad", "1.1.1.1"]})", "29.1") ==
        "warning dns.0: 'bad' is not an IP address");
  CHECK(problems(R"({"dns": ["bad"]})", R"({"dns": ["1.1.1.1", "bad"]})", "29.1") ==
        "error settings.dns.1: 'bad' is not an IP address");
  CHECK(problems(R"({"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]})",
                 R"({"default-address-pools": [{"base": "x", "size": 24}, {"base": "10.0.0.0/8", "size": 24}]})",
                 "29.1") == "warning default-address-pools.0: base 'x' is not a network such as 10.0.0.0/8");
}

TEST_CASE("a problem says where it is in the file") {
  const json file = json::parse(R"({"log-opts": {"a/b": 3}})");
  CHECK(check_settings(file, file, Dockerd{Version{29, 1}}) ==
        std::vector<Problem>{{"log-opts", "/log-opts/a~1b", "settings.log-opts.a/b: a text is wanted, not the number 3",
                              true, dockhost::Refused::at_reload, true}});
}

TEST_CASE("null on disk means the default and is no problem") {
  CHECK(on_disk(R"({"icc": null, "bridge": null, "bip": "10.0.0.1/24", "log-opts": {"tag": null}})").empty());
}

TEST_CASE("values out of a closed set are checked") {
  CHECK(wished(R"({"log-level": "verbose"})") ==
        "error settings.log-level: 'verbose' is none of trace, debug, info, warn, error, fatal, panic");
  CHECK(wished(R"({"log-level": "warning"})", "24.0.9").empty());
  CHECK(wished(R"({"log-level": "warning"})", "25.0.0") ==
        "error settings.log-level: 'warning' is none of trace, debug, info, warn, error, fatal, panic");
  CHECK(wished(R"({"log-level": "INFO"})").empty());
  CHECK(wished(R"({"log-format": "JSON"})") == "error settings.log-format: 'JSON' is none of text, json");
  CHECK(wished(R"({"firewall-backend": "ufw"})") ==
        "error settings.firewall-backend: 'ufw' is none of iptables, nftables");
  CHECK(wished(R"({"default-ipc-mode": "host"})") ==
        "error settings.default-ipc-mode: 'host' is none of private, shareable");
  CHECK(wished(R"({"default-cgroupns-mode": "none"})") ==
        "error settings.default-cgroupns-mode: 'none' is none of host, private");
  CHECK(wished(R"({"log-level": ""})").empty());
}

TEST_CASE("numbers have their ranges, and 0 is not set") {
  CHECK(wished(R"({"max-concurrent-downloads": -1})") ==
        "error settings.max-concurrent-downloads: -1 is outside of 0 or more");
  CHECK(wished(R"({"network-diagnostic-port": 65536})") ==
        "error settings.network-diagnostic-port: 65536 is outside of 0 to 65535");
  CHECK(wished(R"({"oom-score-adjust": -1001})", "25.0") ==
        "error settings.oom-score-adjust: -1001 is outside of -1000 to 1000");
  CHECK(wished(R"({"max-concurrent-downloads": 0, "mtu": 0, "shutdown-timeout": -1})").empty());
}

TEST_CASE("a size is a number with a unit") {
  for (const char* size : {"64M", "64m", "1g", "1.5GiB", "64MB", "67108864", "64 M", "100b"}) {
    CAPTURE(size);
    CHECK(wished(json{{"default-shm-size", size}}.dump()).empty());
  }
  for (const char* size : {"big", "M", "64X", "1.2.3M", "64MM", "64ib"}) {
    CAPTURE(size);
    CHECK(wished(json{{"default-shm-size", size}}.dump()) ==
          "error settings.default-shm-size: '" + std::string(size) + "' is not a size such as 64M");
  }
}

TEST_CASE("a removed storage driver is refused from its version on") {
  CHECK(wished(R"({"storage-driver": "aufs"})", "23.0.6").empty());
  CHECK(wished(R"({"storage-driver": "aufs"})", "24.0.1") ==
        "error settings.storage-driver: aufs was removed in 24.0, and dockerd is 24.0.1");
  CHECK(wished(R"({"storage-driver": "overlay"})", "24.0.1") ==
        "error settings.storage-driver: overlay was removed in 24.0, and dockerd is 24.0.1");
  CHECK(wished(R"({"storage-driver": "devicemapper"})", "24.0.1").empty());
  CHECK(on_disk(R"({"storage-driver": "devicemapper"})", "25.0.0") ==
        "warning storage-driver: devicemapper was removed in 25.0, and dockerd is 25.0");
  CHECK(wished(R"({"storage-driver": "overlay2"})").empty());
}

TEST_CASE("the namespace of the plugins is not for containers") {
  CHECK(wished(R"({"containerd-namespace": "plugins.moby"})") ==
        "error settings.containerd-namespace: plugins.moby is the namespace of the plugins, which dockerd keeps apart");
  CHECK(wished(R"({"containerd-namespace": "moby"})").empty());
}

TEST_CASE("a CORS header is refused in 28") {
  CHECK(wished(R"({"api-cors-header": "*"})", "27.5.1").empty());
  CHECK(wished(R"({"api-cors-header": "*"})", "28.0.1") ==
        "error settings.api-cors-header: a value is refused since 28.0, and dockerd is 28.0.1");
  CHECK(wished(R"({"api-cors-header": ""})", "28.0.1").empty());
}

TEST_CASE("a key without effect in this version is told and not refused") {
  CHECK(wished(R"({"allow-nondistributable-artifacts": ["r"]})") ==
        "warning settings.allow-nondistributable-artifacts: without effect since 28.0, and dockerd is 29.1.3");
  CHECK(wished(R"({"allow-nondistributable-artifacts": ["r"]})", "27.0").empty());
  CHECK(wished(R"({"deprecated-key-path": "/k"})") ==
        "warning settings.deprecated-key-path: without effect since 24.0, and dockerd is 29.1.3");
}

TEST_CASE("userns-remap is a user and perhaps a group") {
  for (const char* value : {"default", "alice", "alice:staff", "1000", "1000:1000", ""}) {
    CAPTURE(value);
    CHECK(wished(json{{"userns-remap", value}}.dump()).empty());
  }
  CHECK(wished(R"({"userns-remap": "a:b:c"})") ==
        "error settings.userns-remap: 'a:b:c' is neither 'default' nor user nor user:group");
  CHECK(wished(R"({"userns-remap": "a:"})") ==
        "error settings.userns-remap: 'a:' is neither 'default' nor user nor user:group");
}

TEST_CASE("cgroup drivers are cgroupfs and systemd, and systemd wants a slice") {
  CHECK(wished(R"({"exec-opts": ["native.cgroupdriver=other"]})") ==
        "error settings.exec-opts: 'other' is no cgroup driver; cgroupfs and systemd are");
  CHECK(wished(R"({"exec-opts": ["native.cgroupdriver=systemd"], "cgroup-parent": "docker.slice"})").empty());
  CHECK(wished(R"({"exec-opts": ["native.cgroupdriver=systemd"], "cgroup-parent": ".slice"})") ==
        "error settings.cgroup-parent: with the cgroup driver systemd dockerd refuses a cgroup-parent that is not "
        "NAME.slice");
  CHECK(problems(R"({"exec-opts": ["native.cgroupdriver=systemd"]})",
                 R"({"cgroup-parent": "/docker", "exec-opts": ["native.cgroupdriver=systemd"]})", "29.1") ==
        "error settings.exec-opts: with the cgroup driver systemd dockerd refuses a cgroup-parent that is not "
        "NAME.slice");
  CHECK(wished(R"({"exec-opts": ["native.cgroupdriver=cgroupfs"], "cgroup-parent": "/docker"})").empty());
  CHECK(wished(R"({"cgroup-parent": "/docker"})").empty());
}

TEST_CASE("a pool's size lies between its prefix and the length of an address") {
  CHECK(wished(R"({"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}, {"base": "fd00::/48", "size": 64}]})")
            .empty());
  CHECK(wished(R"({"default-address-pools": [{"base": "10.0.0.0/16", "size": 8}]})") ==
        "error settings.default-address-pools.0: size 8 is outside of 16 to 32");
  CHECK(wished(R"({"default-address-pools": [{"base": "10.0.0.0", "size": 8}]})") ==
        "error settings.default-address-pools.0: base '10.0.0.0' is not a network such as 10.0.0.0/8");
}

TEST_CASE("a soft limit is not above the hard one") {
  CHECK(wished(R"({"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 9, "Hard": 5}}})") ==
        "error settings.default-ulimits.nofile: Soft 9 is above Hard 5");
  CHECK(wished(R"({"default-ulimits": {"core": {"Name": "core", "Soft": -1, "Hard": 0}}})") ==
        "error settings.default-ulimits.core: Soft -1 is above Hard 0");
  CHECK(wished(R"({"default-ulimits": {"core": {"Name": "core", "Soft": 0, "Hard": -1}}})").empty());
}

TEST_CASE("the runtime runc is dockerd's own") {
  CHECK(wished(R"({"runtimes": {"runc": {"path": "/x"}}})") ==
        "error settings.runtimes.runc: this name belongs to dockerd");
}

TEST_CASE("pairs that exclude each other are errors when one side is wished for, in any version") {
  struct Case {
    const char* one;
    const char* other;
    const char* text;
  };
  const Case cases[] = {
      {R"("icc": false)", R"("iptables": false)", "icc: dockerd refuses icc false with iptables false"},
      {R"("bridge": "br0")", R"("bip": "10.0.0.1/24")", "bridge: dockerd refuses bridge and bip together"},
      {R"("userns-remap": "default")", R"("features": {"containerd-snapshotter": true})",
       "userns-remap: dockerd 29.0 and newer refuse userns-remap with the feature containerd-snapshotter"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.one);
    const std::string one = std::string("{") + c.one + "}";
    const std::string other = std::string("{") + c.other + "}";
    const std::string both = std::string("{") + c.one + ", " + c.other + "}";
    for (const char* version : {"20.10.24", "29.1.3", "31.0", ""}) {
      CAPTURE(version);
      CHECK(problems(one, both, version) == "error settings." + std::string(c.text));
      CHECK(problems(other, both, version).starts_with("error settings."));
      CHECK(problems("{}", both, version) == "warning " + std::string(c.text));
      CHECK(problems(one, one, version).empty());
      CHECK(problems(other, other, version).empty());
    }
  }
}

TEST_CASE("the error of a pair stands at the side that is wished for") {
  CHECK(problems(R"({"iptables": false})", R"({"icc": false, "iptables": false})", "29.1") ==
        "error settings.iptables: dockerd refuses icc false with iptables false");
  CHECK(problems(R"({"features": {"containerd-snapshotter": true}})",
                 R"({"userns-remap": "default", "features": {"containerd-snapshotter": true}})", "29.1") ==
        "error settings.features.containerd-snapshotter: dockerd 29.0 and newer refuse userns-remap with the feature "
        "containerd-snapshotter");
}

TEST_CASE("graph and data-root exclude each other beside what the version says of graph") {
  const std::string both = R"({"graph": "/a", "data-root": "/b"})";
  CHECK(problems(R"({"data-root": "/b"})", both, "20.10.24") ==
        "error settings.data-root: dockerd refuses graph and data-root together");
  CHECK(problems(R"({"data-root": "/b"})", both, "24.0") ==
        "warning graph: no longer accepted since 24.0, and dockerd is 24.0 (replaced by data-root)\n"
        "error settings.data-root: dockerd refuses graph and data-root together");
  CHECK(wished(R"({"graph": "", "data-root": "/b"})", "23.0").empty());
  CHECK(wished(R"({"graph": "/a"})", "23.0.1") ==
        "error settings.graph: a value is refused since 23.0, and dockerd is 23.0.1; the key is data-root");
}

TEST_CASE("icc false beside IPv6 that is not filtered is refused since 27.0.1, and told before") {
  const std::string file = R"({"icc": false, "ipv6": true, "ip6tables": false})";
  const std::string open =
      "settings.icc: IPv6 between containers on the default bridge is not filtered, because dockerd before 27.0 does "
      "that with ip6tables true alone; 27.0 and newer refuse icc false with ipv6 true and ip6tables false";
  for (const char* version : {"20.10.24", "24.0.9", "26.1.5"}) {
    CAPTURE(version);
    CHECK(wished(file, version) == "warning " + open);
    CHECK(wished(R"({"icc": false, "ipv6": true})", version) == "warning " + open);
  }
  for (const char* version : {"27.0.1", "29.7.2", ""}) {
    CAPTURE(version);
    CHECK(wished(file, version) == "error settings.icc: dockerd refuses icc false with ipv6 true and ip6tables false");
  }
  CHECK(wished(R"({"icc": false, "ipv6": true, "ip6tables": true, "experimental": true})", "26.1.5").empty());
}

TEST_CASE("a default runtime is one of the runtimes, dockerd's own, or since 23.0 a shim's name") {
  const std::string missing = "the default runtime 'gv' is not among the runtimes, and dockerd refuses that";
  for (const char* version : {"20.10.24", "24.0.9", "29.7.2"}) {
    CAPTURE(version);
    CHECK(wished(R"({"default-runtime": "gv"})", version) == "error settings.default-runtime: " + missing);
    CHECK(on_disk(R"({"default-runtime": "gv", "runtimes": {}})", version) == "warning default-runtime: " + missing);
    CHECK(wished(R"({"default-runtime": "gv", "runtimes": {"gv": {"path": "/x"}}})", version).empty());
    CHECK(wished(R"({"default-runtime": "runc"})", version).empty());
  }
  CHECK(wished(R"({"default-runtime": "io.containerd.runsc.v1"})", "23.0.1").empty());
  CHECK_FALSE(wished(R"({"default-runtime": "io.containerd.runsc.v1"})", "20.10.24").empty());
  CHECK_FALSE(wished(R"({"default-runtime": "/x/y.z"})").empty());
}

TEST_CASE("a runtime has a path or a type, since 24.0") {
  CHECK(wished(R"({"runtimes": {"a": {}}})", "24.0.1") ==
        "error settings.runtimes.a: a runtime needs a path or a runtimeType");
  CHECK(wished(R"({"runtimes": {"a": {}}})", "20.10.24").empty());
  CHECK(wished(R"({"runtimes": {"a": {"path": "/x", "runtimeType": "t"}}})") ==
        "error settings.runtimes.a: a runtime has either a path or a runtimeType");
  CHECK(wished(R"({"runtimes": {"a": {"runtimeType": "t", "runtimeArgs": ["x"]}}})") ==
        "error settings.runtimes.a: runtimeArgs are for a runtime with a path");
}

TEST_CASE("labels, mirrors and exec-opts have their forms") {
  CHECK(wished(R"({"labels": ["a"]})", "20.10.24") == "error settings.labels.0: 'a' has not the form key=value");
  CHECK(wished(R"({"labels": ["a=1", "a=2"]})") == "error settings.labels.1: 'a=2' contradicts 'a=1'");
  CHECK(wished(R"({"labels": ["com.docker.x=1"]})") ==
        "error settings.labels.0: 'com.docker.x=1' is in a namespace that Docker keeps for itself");
  CHECK(wished(R"({"registry-mirrors": ["mirror.example"]})", "20.10.24") ==
        "error settings.registry-mirrors.0: a mirror begins with https:// or http://");
  CHECK(wished(R"({"registry-mirrors": ["https://m.example/path"]})", "23.0.1") ==
        "error settings.registry-mirrors.0: nothing may follow the host's name");
  CHECK(wished(R"({"registry-mirrors": ["https://m.example/path"]})", "24.0.1").empty());
  CHECK(wished(R"({"exec-opts": ["isolation=x"]})", "28.0.0") ==
        "error settings.exec-opts.0: 'isolation=x' is no option of dockerd; native.cgroupdriver is the only one");
  CHECK(on_disk(R"({"exec-opts": ["x"]})", "27.5.1") ==
        "warning exec-opts.0: 'x' has not the form option=value, and dockerd passes over it");
}

TEST_CASE("the lowest API version lies in the range of its release") {
  CHECK(wished(R"({"min-api-version": "1.24"})", "29.0.0").empty());
  CHECK(wished(R"({"min-api-version": "1.53"})", "29.2.0").empty());
  CHECK(wished(R"({"min-api-version": "1.53"})", "29.1.0") ==
        "error settings.min-api-version: '1.53' is outside of 1.24 to 1.52");
  CHECK(wished(R"({"min-api-version": "1.23"})", "29.7.2") ==
        "error settings.min-api-version: '1.23' is outside of 1.24 to 1.55");
  CHECK(wished(R"({"default-stop-timeout": -1})", "29.7.0") ==
        "error settings.default-stop-timeout: -1 is outside of 0 or more");
}

TEST_CASE("what the command line says counts together with the file") {
  const auto found = [](const std::string& file, const dockhost::Strings& argv) {
    dockhost::Strings lines;
    const json document = json::parse(file);
    for (const Problem& problem : check_settings(document, document, Dockerd{Version{28, 5}, argv}))
      lines.push_back(problem.text);
    return dockhost::join(lines, "\n");
  };
  CHECK(found(R"({"icc": false})", {"dockerd", "--iptables=false"}) ==
        "settings.icc: dockerd refuses icc false with iptables false (iptables by the flag --iptables)");
  CHECK(found(R"({"log-opts": {"max-size": "9m"}})", {"--log-driver", "journald"}) ==
        "settings.log-opts.max-size: the log driver journald has no option max-size, and dockerd does not start with "
        "it (log-driver by the flag --log-driver)");
  CHECK(found(R"({"default-runtime": "gv"})", {"--add-runtime", "gv=/usr/bin/runsc"}).empty());
  CHECK(found("{}", {"--icc=false", "--iptables=false"}).empty());
}

TEST_CASE("a swarm excludes live-restore, and nftables before 29.6 or without its feature") {
  const auto found = [](const std::string& file, Version version) {
    Dockerd dockerd{version};
    dockerd.swarm = true;
    const json document = json::parse(file);
    const auto all = check_settings(document, document, dockerd);
    return all.empty() ? std::string() : all.front().text;
  };
  const std::string nftables =
      "settings.firewall-backend: this host is in an active swarm, and dockerd does not start "
      "with nftables";
  CHECK(found(R"({"live-restore": true})", {20, 10}) ==
        "settings.live-restore: this host is in an active swarm, and dockerd does not start with both");
  CHECK(found(R"({"firewall-backend": "nftables"})", {29, 5}) == nftables);
  CHECK(found(R"({"firewall-backend": "nftables"})", {29, 6}) == nftables + " without the feature swarm-nftables");
  CHECK(found(R"({"firewall-backend": "nftables", "features": {"swarm-nftables": true}})", {29, 6}).empty());
  CHECK(found(R"({"firewall-backend": "nftables", "features": {"swarm-nftables": true}})", {29, 5}) == nftables);
  CHECK(found(R"({"firewall-backend": "nftables", "iptables": false})", {29, 0}).empty());
}

TEST_CASE("each problem says when dockerd meets it") {
  using dockhost::Refused;
  const auto when = [](const std::string& file, const char* version) {
    const json document = json::parse(file);
    const auto all = check_settings(json::object(), document, Dockerd{Version::parse(version)});
    return all.empty() ? -1 : static_cast<int>(all.front().refused);
  };
  const int never = static_cast<int>(Refused::never), start = static_cast<int>(Refused::at_start),
            reload = static_cast<int>(Refused::at_reload);
  CHECK(when(R"({"new-key": 1})", "28.0") == reload);
  CHECK(when(R"({"ipv6": "true"})", "20.10.24") == reload);
  CHECK(when(R"({"log-opts": {"max-file": 3}})", "20.10.24") == reload);
  CHECK(when(R"({"log-level": "x"})", "20.10.24") == start);
  CHECK(when(R"({"log-level": "x"})", "23.0.0") == reload);
  CHECK(when(R"({"icc": false, "iptables": false})", "28.0") == start);
  CHECK(when(R"({"log-driver": "journald", "log-opts": {"max-size": "1m"}})", "28.0") == start);
  CHECK(when(R"({"log-opts": {"max-size": "x"}})", "28.0") == never);
  CHECK(when(R"({"default-runtime": "gv"})", "24.0") == reload);
  CHECK(when(R"({"default-runtime": "gv"})", "25.0") == start);
  CHECK(when(R"({"default-runtime": "gv", "runtimes": {}})", "25.0") == reload);
  CHECK(when(R"({"label": ["a=1"]})", "28.0") == never);
  CHECK(when(R"({"default-ulimits": {"core": {"Name": "core", "Soft": 2, "Hard": 1}}})", "28.0") == never);
  CHECK(when(R"({"new-key": 1})", "31.0") == never);
}

TEST_CASE("newer pairs are refused where their keys exist") {
  CHECK(wished(R"({"bridge": "br0", "bip6": "fd00::1/64"})") ==
        "error settings.bridge: dockerd refuses bridge and bip6 together");
  CHECK(wished(R"({"host-gateway-ip": "10.0.0.1", "host-gateway-ips": ["10.0.0.1"]})") ==
        "error settings.host-gateway-ip: dockerd refuses host-gateway-ip and host-gateway-ips together");
  CHECK(wished(R"({"icc": false, "ipv6": true, "ip6tables": false})") ==
        "error settings.icc: dockerd refuses icc false with ipv6 true and ip6tables false");
  CHECK(wished(R"({"icc": false, "ipv6": true})").empty());
}

TEST_CASE("what is not set excludes nothing") {
  CHECK(wished(R"({"bridge": "", "bip": "10.0.0.1/24"})").empty());
  CHECK(wished(R"({"userns-remap": "", "features": {"containerd-snapshotter": true}})").empty());
  CHECK(wished(R"({"userns-remap": "default", "features": {"containerd-snapshotter": false}})").empty());
  CHECK(wished(R"({"icc": true, "iptables": false})").empty());
}

TEST_CASE("a boolean inside of an object that dockerd takes apart counts in pairs") {
  CHECK(problems(R"({"icc": false})", R"({"x": {"iptables": false}, "icc": false})", "29.1") ==
        "warning x: dockerd knows no such key; it reads iptables in it as if it stood outside\n"
        "error settings.icc: dockerd refuses icc false with iptables false");
}

TEST_CASE("before 27.0 ip6tables wants experimental") {
  CHECK(wished(R"({"ip6tables": true})", "26.1.5") ==
        "error settings.ip6tables: dockerd before 27.0 refuses ip6tables true without experimental true");
  CHECK(problems(R"({"experimental": false})", R"({"ip6tables": true, "experimental": false})", "26.1.5") ==
        "error settings.experimental: dockerd before 27.0 refuses ip6tables true without experimental true");
  CHECK(wished(R"({"ip6tables": true, "experimental": true})", "26.1.5").empty());
  CHECK(wished(R"({"ip6tables": true})", "27.0").empty());
}
