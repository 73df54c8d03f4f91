// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_covers.hpp"

#include <doctest/doctest.h>

using namespace dockhost;

namespace {

// A host where these are directories, /var/run is a link to /run, and all else is files.
AuditPlace place(const std::string& path) {
  std::string real = normal_path(path);
  if (real.starts_with("/var/run/")) real = real.substr(4);
  return {real, contains({"/", "/etc", "/etc/docker", "/run", "/run/containerd"}, real), true, true};
}

std::string told(const std::string& rule, const std::string& want, const std::string& arch = "b64") {
  const Covers how = covers(parse_audit_rule(rule), parse_audit_rule(want), arch, place);
  return how == Covers::no ? "no" : how == Covers::whole ? "whole" : "parent";
}

bool same(const std::string& a, const std::string& b) {
  return same_rule(parse_audit_rule(a), parse_audit_rule(b), place);
}

bool twice(const std::string& a, const std::string& b) {
  return same_in_kernel(parse_audit_rule(a), parse_audit_rule(b), place);
}

std::vector<AuditRule> rules(const Strings& lines) {
  std::vector<AuditRule> all;
  for (const std::string& line : lines) all.push_back(parse_audit_rule(line));
  return all;
}

}  // namespace

TEST_CASE("both forms of a watch cover each other") {
  const std::string watch = "-w /etc/docker -p wa -k docker", dir = "-a always,exit -F dir=/etc/docker -F perm=wa";
  CHECK(told(dir, watch) == "whole");
  CHECK(told(watch, dir) == "whole");
  CHECK(told("-a exit,always -F perm=aw -F dir=/etc//docker/ -k x", watch) == "whole");
  CHECK(same(watch, dir + " -k docker"));
  CHECK_FALSE(same(watch, dir));
}

TEST_CASE("path= on a directory is not recursive and covers no watch of it") {
  CHECK(told("-a always,exit -F path=/etc/docker -F perm=rwxa", "-w /etc/docker") == "no");
  CHECK(told("-w /etc/docker", "-a always,exit -F path=/etc/docker -F perm=rwxa") == "whole");
  CHECK(told("-a always,exit -F path=/etc/docker/daemon.json -F perm=rwxa", "-w /etc/docker/daemon.json") == "whole");
}

TEST_CASE("a directory's rule covers what lies below, and nothing beside") {
  CHECK(told("-w /etc/docker", "-w /etc/docker/daemon.json") == "parent");
  CHECK(told("-w /etc/docker", "-w /etc/docker-compose") == "no");
  CHECK(told("-w /", "-w /etc/docker") == "parent");
  CHECK(told("-w /etc/docker/daemon.json", "-w /etc/docker") == "no");
  CHECK(told("-w /etc/hosts", "-w /etc/hosts/x") == "no");
}

TEST_CASE("links of parents are resolved, slashes and dots are none") {
  CHECK(told("-w /run/containerd", "-w /var/run/containerd/") == "whole");
  CHECK(told("-w /var/run/containerd", "-w /run/containerd/containerd.sock") == "parent");
  CHECK(told("-w /etc/./docker//", "-w /etc/docker") == "whole");
}

TEST_CASE("permissions cover fewer, and none at all covers every syscall") {
  CHECK(told("-w /etc/docker", "-w /etc/docker -p wa") == "whole");
  CHECK(told("-w /etc/docker -p wa", "-w /etc/docker") == "no");
  CHECK(told("-a always,exit -F dir=/etc/docker", "-w /etc/docker") == "whole");
  CHECK(told("-w /etc/docker", "-a always,exit -F dir=/etc/docker") == "no");
}

TEST_CASE("a further field restricts a rule, unless it is wanted as it stands") {
  const std::string want = "-a always,exit -F path=/x -F perm=w -F auid>=1000";
  CHECK(told(want + " -F auid!=-1", want) == "no");
  CHECK(told("-w /x -p w", want) == "whole");
  CHECK(told(want + " -F auid!=unset", want + " -F auid!=4294967295") == "whole");
  CHECK(told(want + " -F a0=16 -F uid=root", want + " -F a0=0x10 -F uid=0") == "whole");
  CHECK(told("-w /x -p w -F exe=/bin/a", "-w /x -p w") == "no");
  CHECK(told("-a never,exit -F path=/x -F perm=w", "-w /x -p w") == "no");
}

TEST_CASE("a rule for one arch covers that one alone, a pair covers both") {
  const std::string b64 = "-a always,exit -F arch=b64 -F path=/x -F perm=w -k k";
  const std::string b32 = "-a always,exit -F arch=b32 -F path=/x -F perm=w -k k";
  CHECK(told(b64, "-w /x -p w", "b64") == "whole");
  CHECK(told(b64, "-w /x -p w", "b32") == "no");
  CHECK(told("-w /x", b64) == "whole");
  const AuditRule want = parse_audit_rule("-w /x -p w -k k");
  CHECK(coverage(rules({b64}), want, Keys::same, place).rules == std::vector<std::size_t>{});
  CHECK(coverage(rules({b64, b32}), want, Keys::same, place).rules == std::vector<std::size_t>{0, 1});
  CHECK(coverage(rules({b32, "-w /x -p w -k other"}), want, Keys::any, place).rules == std::vector<std::size_t>{1, 0});
  CHECK(coverage(rules({"-w /x -k a -k k"}), want, Keys::same, place).rules == std::vector<std::size_t>{0});
  CHECK(told("-a always,exit -F arch!=b64 -F path=/x -F perm=w", "-w /x -p w") == "no");
}

TEST_CASE("a whole rule is named before the one of a directory above") {
  const AuditRule want = parse_audit_rule("-w /etc/docker/daemon.json -k k");
  const Coverage both = coverage(rules({"-w /etc/docker", "-w /etc/docker/daemon.json"}), want, Keys::any, place);
  CHECK(both.rules == std::vector<std::size_t>{1});
  CHECK_FALSE(both.parent);
  const Coverage one = coverage(rules({"-w /etc/docker"}), want, Keys::any, place);
  CHECK(one.parent);
}

TEST_CASE("syscalls cover fewer of the same arch, and those that auditctl puts in for the permissions count as all") {
  const std::string arch = "-a always,exit -F arch=b64 ";
  CHECK(told(arch + "-S open,openat -k k", arch + "-S openat") == "whole");
  CHECK(told(arch + "-S openat", arch + "-S open,openat") == "no");
  CHECK(told(arch + "-S all", arch + "-S openat") == "whole");
  CHECK(told("-a always,exit -S openat", arch + "-S openat") == "no");
  const std::string listed = arch + "-S execve,execveat -F path=/x -F perm=x";
  CHECK(told(listed, arch + "-F path=/x -F perm=x") == "whole");
  CHECK(told(arch + "-S execve -F path=/x -F perm=x", arch + "-F path=/x -F perm=x") == "no");
  CHECK(told(arch + "-S execve,execveat -F path=/x -F perm=x", arch + "-F path=/x -F perm=rx") == "no");
}

TEST_CASE("two rules are one to the kernel when their fields stand in one order") {
  CHECK(twice("-w /etc/docker -p wa -k z", "-a always,exit -F dir=/etc/docker -F perm=aw -k z"));
  CHECK_FALSE(twice("-w /etc/docker -p wa -k z", "-a always,exit -F path=/etc/docker -F perm=aw -k z"));
  CHECK(twice("-w /etc/hosts -p wa", "-a always,exit -F path=/etc/hosts -F perm=wa"));
  CHECK_FALSE(twice("-w /etc/docker -p wa -k z", "-a always,exit -F perm=wa -F dir=/etc/docker -k z"));
  CHECK_FALSE(twice("-w /etc/docker -k a -k b", "-w /etc/docker -k b -k a"));
  CHECK(same("-w /etc/docker -k a -k b", "-w /etc/docker -k b -k a"));
  CHECK_FALSE(twice("-w /run/containerd", "-w /var/run/containerd"));
}

TEST_CASE("what differs in spelling alone may be the same") {
  const AuditRule a = parse_audit_rule("-a always,exit -F arch=b64 -S open -F auid=alice -k k");
  CHECK(maybe_same(a, parse_audit_rule("-a always,exit -F arch=b64 -S open -F auid=1000 -k k")));
  CHECK_FALSE(maybe_same(a, parse_audit_rule("-a always,exit -F arch=b64 -S open -F auid!=1000 -k k")));
  CHECK_FALSE(maybe_same(a, parse_audit_rule("-a always,exit -F arch=b32 -S open -F auid=1000 -k k")));
}

TEST_CASE("rules of other lists are the same when their text is") {
  CHECK(same("-a always,exclude -F msgtype=CWD", "-a exclude,always -F msgtype=CWD"));
  CHECK_FALSE(same("-a always,exclude -F msgtype=CWD", "-a never,exclude -F msgtype=CWD"));
}
