// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/values.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using dockhost::convert_setting;
using dockhost::json;

namespace {

// What converting this text of JSON gives, as text; or the whole error.
std::string converted(const std::string& key, const std::string& wished) {
  try {
    return convert_setting(key, json::parse(wished)).dump();
  } catch (const dockhost::Error& error) {
    return error.text();
  }
}

// What stands on disk and is wrong there: "path: text", one a line.
std::string found(const std::string& key, const std::string& value) {
  dockhost::Strings lines;
  for (const dockhost::Mismatch& wrong : dockhost::mismatches(*dockhost::daemon_key(key), json::parse(value))) {
    lines.push_back(dockhost::dotted(wrong.path) + ": " + wrong.text);
  }
  return dockhost::join(lines, "\n");
}

}  // namespace

TEST_CASE("a boolean is understood in all of Ansible's spellings") {
  for (const char* yes : {"true", "\"yes\"", "\"ON\"", "\"1\"", "1", "1.0", "\"t\"", "\"y\"", "\" True \""}) {
    CAPTURE(yes);
    CHECK(converted("icc", yes) == "true");
  }
  for (const char* no : {"false", "\"no\"", "\"Off\"", "\"0\"", "0", "0.0", "\"f\"", "\"n\"", "\"False\""}) {
    CAPTURE(no);
    CHECK(converted("icc", no) == "false");
  }
  CHECK(converted("icc", "\"maybe\"") == "settings.icc: 'maybe' is neither true nor false");
  CHECK(converted("icc", "2") == "settings.icc: true or false is wanted, not the number 2");
  CHECK(converted("icc", "[]") == "settings.icc: true or false is wanted, not a list");
  CHECK(converted("icc", "{}") == "settings.icc: true or false is wanted, not an object");
}

TEST_CASE("an integer may come as text or with a fraction of zero") {
  CHECK(converted("mtu", "1500") == "1500");
  CHECK(converted("mtu", "\"1500\"") == "1500");
  CHECK(converted("mtu", "\" +5 \"") == "5");
  CHECK(converted("shutdown-timeout", "\"-1\"") == "-1");
  CHECK(converted("mtu", "1500.0") == "1500");
  CHECK(converted("mtu", "1e3") == "1000");
  CHECK(converted("mtu", "\"1500.0\"") == "1500");
  CHECK(converted("mtu", "9223372036854775807") == "9223372036854775807");
}

TEST_CASE("what is no whole number of 64 bits is refused as an integer") {
  CHECK(converted("mtu", "\"big\"") == "settings.mtu: 'big' is not a whole number");
  CHECK(converted("mtu", "\"\"") == "settings.mtu: '' is not a whole number");
  CHECK(converted("mtu", "\"5 6\"") == "settings.mtu: '5 6' is not a whole number");
  CHECK(converted("mtu", "\"+-5\"") == "settings.mtu: '+-5' is not a whole number");
  CHECK(converted("mtu", "1.5") == "settings.mtu: a whole number is wanted, not the number 1.5");
  CHECK(converted("mtu", "true") == "settings.mtu: a whole number is wanted, not true");
  CHECK(converted("mtu", "9223372036854775808") ==
        "settings.mtu: a whole number is wanted, not the number 9223372036854775808");
  CHECK(converted("mtu", "1e300") == "settings.mtu: a whole number is wanted, not the number 1e+300");
}

TEST_CASE("a text may come as a whole number, and as nothing else") {
  CHECK(converted("log-level", "\"info\"") == "\"info\"");
  CHECK(converted("userns-remap", "1000") == "\"1000\"");
  CHECK(converted("min-api-version", "1.4") ==
        "settings.min-api-version: a text is wanted, not the number 1.4; write it in quotes");
  CHECK(converted("userns-remap", "true") == "settings.userns-remap: a text is wanted, not true; write it in quotes");
  CHECK(converted("log-level", "[\"info\"]") == "settings.log-level: a text is wanted, not a list");
}

TEST_CASE("a list may come as text with commas, as one number, or as JSON in a text") {
  CHECK(converted("labels", "[\"a=1\", 5]") == "[\"a=1\",\"5\"]");
  CHECK(converted("labels", "\"a=1, b=2\"") == "[\"a=1\",\"b=2\"]");
  CHECK(converted("labels", "\"\"") == "[]");
  CHECK(converted("labels", "7") == "[\"7\"]");
  CHECK(converted("labels", "\"[\\\"a=1\\\"]\"") == "[\"a=1\"]");
  CHECK(converted("labels", "{}") == "settings.labels: a list is wanted, not an object");
  CHECK(converted("labels", "[[\"a\"]]") == "settings.labels.0: a text is wanted, not a list");
}

TEST_CASE("in a map of texts, booleans and numbers keep their JSON spelling") {
  CHECK(converted("log-opts", R"({"max-file": 3, "compress": true, "x": 1.5, "tag": "a"})") ==
        R"({"max-file":"3","compress":"true","x":"1.5","tag":"a"})");
  CHECK(converted("log-opts", R"("{\"max-file\": 3}")") == R"({"max-file":"3"})");
  CHECK(converted("default-network-opts", R"({"bridge": {"com.docker.network.bridge.enable_icc": false}})") ==
        R"({"bridge":{"com.docker.network.bridge.enable_icc":"false"}})");
  CHECK(converted("log-opts", R"({"max-file": []})") == "settings.log-opts.max-file: a text is wanted, not a list");
  CHECK(converted("log-opts", "\"max-file=3\"") == "settings.log-opts: an object is wanted, not a text");
}

TEST_CASE("each feature is a boolean") {
  CHECK(converted("features", R"({"buildkit": "yes", "cdi": false})") == R"({"buildkit":true,"cdi":false})");
  CHECK(converted("features", R"({"buildkit": "maybe"})") ==
        "settings.features.buildkit: 'maybe' is neither true nor false");
}

TEST_CASE("null is refused at every depth, and says how to remove") {
  CHECK(converted("icc", "null") == "settings.icc: null is no value; to remove the key, name 'icc' in 'absent'");
  CHECK(converted("log-opts", R"({"max-file": null})") ==
        "settings.log-opts.max-file: null is no value; to remove the key, name '/log-opts/max-file' in 'absent'");
  CHECK(converted("builder", R"({"gc": {"policy": null}})") ==
        "settings.builder.gc.policy: null is no value; to remove the key, name '/builder/gc/policy' in 'absent'");
  CHECK(converted("labels", "[null]") == "settings.labels.0: null is no value");
  CHECK(converted("new-key", R"({"a": null})") ==
        "settings.new-key.a: null is no value; to remove the key, name '/new-key/a' in 'absent'");
}

TEST_CASE("all problems of a value are told, one a line") {
  CHECK(converted("log-opts", R"({"a": null, "b": "x", "c": {}})") ==
        "settings.log-opts.a: null is no value; to remove the key, name '/log-opts/a' in 'absent'\n"
        "settings.log-opts.c: a text is wanted, not an object");
}

TEST_CASE("the value of an unknown key stays as it is") {
  CHECK(converted("new-key", R"({"a": ["yes", 1.5]})") == R"({"a":["yes",1.5]})");
}

TEST_CASE("proxies has three members") {
  CHECK(converted("proxies", R"({"http-proxy": "http://p:3128", "no-proxy": "x"})") ==
        R"({"http-proxy":"http://p:3128","no-proxy":"x"})");
  CHECK(converted("proxies", R"({"ftp-proxy": "x"})") ==
        "settings.proxies.ftp-proxy: proxies has no such member; it has http-proxy, https-proxy and no-proxy");
  CHECK(converted("proxies", R"({"http-proxy": true})") ==
        "settings.proxies.http-proxy: a text is wanted, not true; write it in quotes");
}

TEST_CASE("a limit has whole numbers and its own name") {
  CHECK(converted("default-ulimits", R"({"nofile": {"Name": "nofile", "Soft": "64000", "hard": 64000}})") ==
        R"({"nofile":{"Name":"nofile","Soft":64000,"hard":64000}})");
  CHECK(converted("default-ulimits", R"({"nofile": {"Soft": 1, "Hard": 2}})") ==
        "settings.default-ulimits.nofile: its member Name must be 'nofile'");
  CHECK(converted("default-ulimits", R"({"nofile": {"Name": "nproc", "Sotf": 1}})") ==
        "settings.default-ulimits.nofile.Sotf: a limit has no such member; it has Name, Soft and Hard\n"
        "settings.default-ulimits.nofile: its member Name must be 'nofile'");
  CHECK(converted("default-ulimits", R"({"nofile": 5})") ==
        "settings.default-ulimits.nofile: an object is wanted, not the number 5");
}

TEST_CASE("a pool has a base and a size") {
  CHECK(converted("default-address-pools", R"([{"base": "10.0.0.0/8", "size": "24"}])") ==
        R"([{"base":"10.0.0.0/8","size":24}])");
  CHECK(converted("default-address-pools", R"([{"base": "10.0.0.0/8"}])") ==
        "settings.default-address-pools.0: its member size is missing");
  CHECK(converted("default-address-pools", R"([{"base": "10.0.0.0/8", "size": 24, "scope": "x"}])") ==
        "settings.default-address-pools.0.scope: a pool has no such member; it has base and size");
  CHECK(converted("default-address-pools", R"(["10.0.0.0/8"])") ==
        "settings.default-address-pools.0: an object is wanted, not a text");
}

TEST_CASE("a runtime is an object whose arguments are a list") {
  CHECK(converted("runtimes", R"({"r": {"path": "/usr/bin/runsc", "runtimeArgs": ["--a"], "options": {"x": 1}}})") ==
        R"({"r":{"path":"/usr/bin/runsc","runtimeArgs":["--a"],"options":{"x":1}}})");
  CHECK(converted("runtimes", R"({"r": "/usr/bin/runsc"})") == "settings.runtimes.r: an object is wanted, not a text");
  CHECK(converted("runtimes", R"({"r": {"runtimeArgs": {}}})") ==
        "settings.runtimes.r.runtimeArgs: a list is wanted, not an object");
}

TEST_CASE("addresses are looked at") {
  CHECK(converted("dns", R"(["1.1.1.1", "fe80::1%eth0"])") == R"(["1.1.1.1","fe80::1%eth0"])");
  CHECK(converted("dns", R"(["10.0.0"])") == "settings.dns.0: '10.0.0' is not an IP address");
  CHECK(converted("dns", R"([""])") == "settings.dns.0: '' is not an IP address");
  CHECK(converted("ip", "\"\"") == "\"\"");
  CHECK(converted("ip", "\"any\"") == "settings.ip: 'any' is not an IP address");
  CHECK(converted("ip", "5") == "settings.ip: a text is wanted, not the number 5");
}

TEST_CASE("on disk nothing is converted") {
  CHECK(found("icc", "\"false\"") == "icc: true or false is wanted, not a text");
  CHECK(found("mtu", "\"5\"") == "mtu: a whole number is wanted, not a text");
  CHECK(found("mtu", "1e3") == "mtu: a whole number is wanted, not the number 1000.0");
  CHECK(found("labels", "\"a\"") == "labels: a list is wanted, not a text");
  CHECK(found("log-opts", R"({"max-file": 3, "a": "b"})") == "log-opts.max-file: a text is wanted, not the number 3");
  CHECK(found("features", R"({"buildkit": "true"})") == "features.buildkit: true or false is wanted, not a text");
  CHECK(found("userns-remap", "1000") == "userns-remap: a text is wanted, not the number 1000");
}

TEST_CASE("on disk null means the default") {
  CHECK(found("icc", "null").empty());
  CHECK(found("log-opts", R"({"max-file": null})").empty());
  CHECK(found("labels", "[null]").empty());
}

TEST_CASE("a JSON Pointer escapes what it must") { CHECK(dockhost::pointer_to({"a/b", "c~d", "0"}) == "/a~1b/c~0d/0"); }
