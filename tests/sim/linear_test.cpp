// SPDX-License-Identifier: GPL-3.0-or-later
// Work is in proportion to what is given: counted, because time says nothing on a busy machine.
#include <doctest/doctest.h>

#include "edit/json_tree.hpp"
#include "modules.hpp"
#include "sim/plan_case.hpp"

namespace linear_test {
using namespace dockhost;
using sim::Machine;
using sim::SimHost;

namespace {

constexpr int kMany = 5000;
const std::string kFile = "/etc/docker/daemon.json";

Machine base(const std::string& daemon_json = "") {
  Machine machine = sim::host_of_case("daemon-article");
  if (!daemon_json.empty()) machine.entries[kFile] = {Node::Type::file, daemon_json};
  return machine;
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

// How often a plan is begun until all is seen that it is made from.
std::size_t beginnings(const Machine& machine, const std::string& module, const json& args) {
  SimHost host(machine);
  const Resource& known = module_named(module);
  std::size_t count = 0;
  Resource counted = known;
  counted.plan = [&](Plan& plan, const json& wish) {
    ++count;
    known.plan(plan, wish);
  };
  State seen;
  make_plan(host, counted, validate(known.spec, args).values, seen);
  return count;
}

std::string numbered_lines(int count, const std::string& before, const std::string& behind) {
  std::string text;
  for (int i = 0; i < count; ++i) text += before + std::to_string(i) + behind + "\n";
  return text;
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

TEST_CASE("a plan is begun no oftener where there are thousands of audit rules") {
  Machine machine = sim::host_of_case("control-cis-level1");
  const std::string lines = numbered_lines(2000, "-w /srv/place", " -p wa -k other");
  machine.entries["/etc/audit/rules.d/other.rules"] = {Node::Type::file, lines};
  const json args = {{"key", "docker"}, {"rules", json::array({"-w /etc/docker -p wa"})}};
  CHECK(beginnings(machine, "audit_rules", args) < 60);
  CHECK(beginnings(machine, "docker_host", {{"profile", "cis_level1"}}) < 200);
}

TEST_CASE("a plan is begun no oftener where fstab has thousands of lines") {
  Machine machine = sim::host_of_case("mount-present");
  machine.entries["/etc/fstab"].text += numbered_lines(5000, "/dev/disk/by-id/none", " /srv/x ext4 nofail 0 0") +
                                        numbered_lines(5000, "/swap", " none swap sw 0 0");
  const json entry = {{"path", "/srv/new"}, {"src", "/dev/vdb"}, {"fstype", "ext4"}, {"state", "present"}};
  CHECK(beginnings(machine, "mount", entry) < 60);
  json swap = entry;
  swap.update({{"path", "none"}, {"src", "/swapfile"}, {"fstype", "swap"}});
  CHECK(beginnings(machine, "mount", swap) < 60);
  CHECK(beginnings(machine, "mount", {{"path", "none"}, {"src", "/swap7"}, {"fstype", "swap"}, {"state", "absent"}}) <
        60);
}

}  // namespace linear_test
