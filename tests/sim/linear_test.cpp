// SPDX-License-Identifier: GPL-3.0-or-later
// Work is in proportion to what is given: counted, because time says nothing on a busy machine.
#include <doctest/doctest.h>

#include "edit/json_tree.hpp"
#include "sim/plan_case.hpp"

namespace linear_test {
using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

constexpr int kMany = 5000;
const std::string kFile = "/etc/docker/daemon.json";

Machine base(const std::string& daemon_json = "") {
  for (const sim::PlanCase& one : sim::all_cases()) {
    if (one.name != "daemon-article") continue;
    Machine machine = one.machine;
    if (!daemon_json.empty()) machine.entries[kFile] = {Node::Type::file, daemon_json};
    return machine;
  }
  return {};
}

json many(const char* name, const json& value) {
  json all = json::object();
  for (int i = 0; i < kMany; ++i) all[name + std::to_string(i)] = value;
  return all;
}

struct Counted {
  json result;
  std::size_t parsed = 0;
};

Counted checked(const Machine& machine, const std::string& module, const json& args) {
  SimHost host(machine);
  const std::size_t before = texts_parsed();
  Counted counted;
  counted.result = run(host, Request{module, args, true, false});
  counted.parsed = texts_parsed() - before;
  return counted;
}

}  // namespace

TEST_CASE("thousands of settings that dockerd refuses are told in one look") {
  const Counted counted = checked(base(), "docker_host", {{"daemon", many("key", 1)}});
  CHECK(counted.result.at("warnings").dump().find("key4999: dockerd knows no such key") != std::string::npos);
  CHECK(counted.parsed < 100);
}

TEST_CASE("thousands of members are written in one go") {
  const Counted counted = checked(base(), "daemon_json", {{"settings", {{"features", many("f", true)}}}});
  CHECK_FALSE(counted.result.value("failed", false));
  CHECK(counted.result.at("plan").size() > 0);
  CHECK(counted.parsed < 20);
}

TEST_CASE("thousands of members are changed and removed in one go") {
  const std::string text = json{{"features", many("f", true)}, {"debug", false}}.dump(2);
  Counted counted = checked(base(text), "daemon_json", {{"settings", {{"features", many("f", false)}}}});
  CHECK_FALSE(counted.result.value("failed", false));
  CHECK(counted.parsed < 20);
  json absent = json::array();
  for (int i = 0; i < kMany; ++i) absent.push_back("/features/f" + std::to_string(i));
  counted = checked(base(text), "daemon_json", {{"absent", absent}});
  CHECK_FALSE(counted.result.value("failed", false));
  CHECK(counted.parsed < 20);
}

TEST_CASE("a file with thousands of keys is parsed once for each thing that is written") {
  const Counted counted = checked(base(many("key", 1).dump(2)), "docker_host", json::object());
  CHECK(counted.result.contains("report"));
  CHECK(counted.parsed < 100);
}

}  // namespace linear_test
