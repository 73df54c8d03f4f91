// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_load.hpp"

#include <doctest/doctest.h>

using namespace dockhost;

namespace {

AuditPlace place_of(const std::string& path) {
  const std::string real = normal_path(path);
  const bool directory = real == "/etc/docker";
  return {real, directory, directory || real == "/etc/hosts", !real.starts_with("/nowhere/")};
}

Strings faults(const std::vector<std::pair<std::string, std::string>>& files, const SyscallNames& syscalls = {}) {
  std::vector<NamedRulesFile> named;
  named.reserve(files.size());
  for (const auto& file : files) named.push_back({file.first, AuditRulesFile::parse(file.second)});
  Strings told;
  for (const LoadFault& fault : load_faults(named, place_of, syscalls)) {
    told.push_back(fault.path + ":" + std::to_string(fault.line) + ": " + fault.why +
                   (fault.stops ? "" : " (goes on)"));
  }
  return told;
}

}  // namespace

TEST_CASE("a load that goes through has no faults") {
  CHECK(faults({{"a", "-D\n-b 8192\n# c\n-w /etc/docker -k k\n"}, {"b", "-w /etc/hosts -k k\n-e 2\n"}}) == Strings{});
}

TEST_CASE("the first fault stops the load: what is behind it is not met") {
  CHECK(faults({{"a", "-w /nowhere/x\n-w relative\n"}}) ==
        Strings{"a:1: the directory that holds /nowhere/x does not exist"});
  CHECK(faults({{"a", "-w /etc/docker -k k\n"}, {"b", "\n-a always,exit -F dir=/etc/docker -F perm=rwxa -k k\n"}}) ==
        Strings{"b:2: the same rule stands in a:1"});
  CHECK(faults({{"a", "-a always,exit -F dir=/etc/none\n"}}) == Strings{"a:1: the directory /etc/none does not exist"});
  CHECK(faults({{"a", "-w /etc/none\n-nonsense\n"}}) == Strings{"a:2: there is no option '-...'"});
  CHECK(faults({{"a", "-W /etc/hosts\n"}}) == Strings{"a:1: there is no such rule to delete"});
  CHECK(faults({{"a", "-w /etc/hosts\n-W /etc/hosts\n-w /etc/hosts\n"}}) == Strings{});
}

TEST_CASE("after -i or -c the load goes on") {
  CHECK(faults({{"a", "-i\n-w relative\n-w /nowhere/x\n"}}) ==
        Strings{"a:2: the path 'r...' is not absolute (goes on)",
                "a:3: the directory that holds /nowhere/x does not exist (goes on)"});
  CHECK(faults({{"a", "-w relative\n-c\n"}}) == Strings{"a:1: the path 'r...' is not absolute"});
}

TEST_CASE("augenrules takes the last -b and -e alone, and -e comes last") {
  CHECK(faults({{"a", "-b nonsense\n-e 5\n-w /etc/hosts\n"}, {"b", "-b 5\n-e 2\n"}}) == Strings{});
  CHECK(faults({{"a", "-e 5\n-w relative\n"}}) == Strings{"a:2: the path 'r...' is not absolute"});
}

TEST_CASE("syscalls are judged by the machine's own table, and without it not at all") {
  const std::string rule = "-a always,exit -F arch=b64 -S open,nosuch,5 -k k\n";
  CHECK(faults({{"a", rule}}) == Strings{});
  CHECK(faults({{"a", rule}}, {{"b64", {"open"}}}) == Strings{"a:1: there is no syscall 'nosuch' on this machine"});
  CHECK(faults({{"a", rule}}, {{"b32", {"open"}}}) == Strings{});
}

TEST_CASE("a rule put first with -A is no duplicate to the kernel") {
  CHECK(faults({{"a", "-w /etc/hosts -k k\n-A always,exit -F path=/etc/hosts -F perm=rwxa -k k\n"}}) == Strings{});
}

TEST_CASE("the last line of a file without a newline runs into the first of the next file") {
  const Strings glued = faults({{"a", "-w /etc/docker -k k"}, {"b", "-w /etc/hosts\n"}});
  CHECK(glued == Strings{"a:1: it has no newline at its end, so that the first line of b is read as part of it (no "
                         "option precedes '/...')"});
  CHECK(faults({{"a", "# c"}, {"b", "-w relative\n"}}) ==
        Strings{"a:1: it has no newline at its end, so that the first line of b is read as part of it (goes on)"});
  CHECK(faults({{"a", "# c"}, {"b", "# d\n-w /etc/hosts\n"}}) == Strings{});
  CHECK(faults({{"a", "-w /etc/docker -k k"}, {"b", "\n-w /etc/hosts\n"}}) == Strings{});
  CHECK(faults({{"a", "-w /etc/docker -k k"}, {"b", ""}}) == Strings{});
  CHECK(faults({{"a", "-w /etc/docker -k k"}, {"b", ""}, {"c", "x\n"}}).size() == 1);
}

TEST_CASE("an awk that does not know \\s leaves lines that begin with a blank where they stand") {
  const std::vector<NamedRulesFile> files = {{"a", AuditRulesFile::parse(" -e 2\n-w /etc/hosts\n")}};
  LoadHost host{place_of, {}};
  CHECK(load_of(files, host).faults.empty());
  host.blanks = false;
  const Load load = load_of(files, host);
  REQUIRE(load.faults.size() == 1);
  CHECK(load.faults[0].why == "the rules cannot be changed any more, by a:1");
  const std::vector<NamedRulesFile> tab = {{"a", AuditRulesFile::parse("  # c\n\t# c\n")}};
  REQUIRE(load_of(tab, host).faults.size() == 1);
  CHECK(load_of(tab, host).faults[0].line == 2);
}

TEST_CASE("a load tells what the kernel has then") {
  const std::vector<NamedRulesFile> files = {
      {"a", AuditRulesFile::parse("-w /etc/hosts\n-A never,task\n-e 0\n")},
      {"b", AuditRulesFile::parse("-a always,exit -F uid=chrony\n-w /etc/docker\n")}};
  LoadHost host{place_of, {}};
  const Load load = load_of(files, host);
  Strings where;
  for (const PlacedRule& rule : load.rules) where.push_back(rule.where);
  CHECK(where == Strings{"a:2", "a:1", "b:1", "b:2"});
  CHECK(load.off == "a:3");
  host.refuses = [](const AuditNeed& need) { return "no " + need.word; };
  CHECK(load_of(files, host).faults.front().why == "no chrony");
}
