// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/log_drivers.hpp"

#include <doctest/doctest.h>

using dockhost::builtin_log_driver;
using dockhost::json;
using dockhost::Version;

namespace {

// What is wrong with these options, "NAME: TEXT" one a line; in brackets when dockerd starts with it all the same.
std::string wrong(const std::string& driver, const std::string& options, Version version = {28, 5}) {
  dockhost::Strings lines;
  for (const auto& one : dockhost::log_option_problems(driver, json::parse(options), version)) {
    const std::string line = one.path.back() + ": " + one.text;
    lines.push_back(one.refused == dockhost::Refused::never ? "[" + line + "]" : line);
  }
  return dockhost::join(lines, "\n");
}

std::string unknown(const std::string& driver, const std::string& name) {
  return name + ": the log driver " + driver + " has no option " + name + ", and dockerd does not start with it";
}

}  // namespace

TEST_CASE("which log drivers dockerd brings depends on its version") {
  for (const char* name :
       {"json-file", "local", "journald", "syslog", "gelf", "fluentd", "awslogs", "splunk", "gcplogs", "none"}) {
    CAPTURE(name);
    CHECK(builtin_log_driver(name, Version{20, 10}));
    CHECK(builtin_log_driver(name, Version{29, 7}));
  }
  CHECK(builtin_log_driver("logentries", Version{24, 0, 9}));
  CHECK_FALSE(builtin_log_driver("logentries", Version{25, 0}));
  CHECK_FALSE(builtin_log_driver("etwlogs", Version{28, 0}));
  CHECK_FALSE(builtin_log_driver("loki", Version{28, 0}));
}

TEST_CASE("each driver has options of its own") {
  const std::string size = R"({"max-size": "10m"})";
  CHECK(wrong("json-file", size).empty());
  CHECK(wrong("local", size).empty());
  CHECK(wrong("journald", size) == unknown("journald", "max-size"));
  CHECK(wrong("syslog", size) == unknown("syslog", "max-size"));
  CHECK(wrong("none", R"({"anything": "x"})").empty());
  CHECK(wrong("logentries", R"({"anything": "x", "logentries-token": "t"})", {20, 10}).empty());
  CHECK(wrong("loki", R"({"loki-url": "x"})").empty());
  CHECK(wrong("journald", R"({"tag": "x", "labels": "a", "env-regex": "b"})").empty());
}

TEST_CASE("options come and go with versions") {
  CHECK(wrong("local", R"({"tag": "x"})", {29, 5}).empty());
  CHECK(wrong("local", R"({"tag": "x"})", {29, 4}) ==
        "tag: the log driver local has tag since 29.5, but dockerd is 29.4");
  CHECK(wrong("fluentd", R"({"fluentd-async-connect": "true"})", {27, 5}).empty());
  CHECK(
      wrong("fluentd", R"({"fluentd-async-connect": "true"})", {28, 0}) ==
      "fluentd-async-connect: the log driver fluentd has no fluentd-async-connect any more since 28.0, and dockerd is "
      "28.0");
  CHECK(wrong("awslogs", R"({"awslogs-group": "g", "awslogs-format": "json/emf"})", {20, 10}) ==
        "awslogs-format: the log driver awslogs has awslogs-format since 23.0, but dockerd is 20.10");
}

TEST_CASE("dockerd reads some options itself, whatever the driver") {
  CHECK(wrong("journald", R"({"mode": "non-blocking", "max-buffer-size": "4m", "cache-disabled": "true"})").empty());
  CHECK(wrong("loki", R"({"mode": "sometimes"})") == "mode: 'sometimes' is none of blocking, non-blocking");
  CHECK(wrong("json-file", R"({"max-buffer-size": "4m"})") == "max-buffer-size: is refused without mode non-blocking");
}

TEST_CASE("a driver refuses values, or waits until a container starts") {
  CHECK(wrong("json-file", R"({"max-size": "ten"})") ==
        "[max-size: 'ten' is not a size such as 10m; no container would start]");
  CHECK(wrong("json-file", R"({"max-size": "-1", "max-file": "3", "compress": "true"})").empty());
  CHECK(wrong("local", R"({"max-file": "0"})") == "[max-file: '0' is not a number of files; no container would start]");
  CHECK(wrong("gelf", R"({"tag": "x"})") == "log-opts: the log driver gelf needs gelf-address");
  CHECK(wrong("gelf", R"({"gelf-address": "udp://h:1", "gelf-tcp-max-reconnect": "1"})") ==
        "gelf-tcp-max-reconnect: is for a gelf-address of TCP alone");
  CHECK(wrong("syslog", R"({"syslog-facility": "local8"})") == "syslog-facility: 'local8' is no facility of syslog");
  CHECK(wrong("syslog", R"({"syslog-facility": "23", "syslog-format": "rfc5424"})").empty());
  CHECK(wrong("awslogs", R"({"tag": "x"})") == "log-opts: the log driver awslogs needs awslogs-group");
}
