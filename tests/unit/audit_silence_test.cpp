// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_silence.hpp"

#include <doctest/doctest.h>

using namespace dockhost;

namespace {

AuditPlace silence_place(const std::string& path) {
  return {path, path == "/srv/watched" || path == "/srv", true, true};
}

// "all", "some: WHAT" or "" for a watch of /srv/watched behind the rules.
std::string verdict(const Strings& rules, const std::string& magic = "ef53") {
  std::vector<AuditRule> all;
  for (const std::string& rule : rules) all.push_back(parse_audit_rule(rule));
  std::string said;
  for (const Silence& one : silences(all, parse_audit_rule("-w /srv/watched -p wa -k watched"), silence_place, magic)) {
    if (one.all) return "all";
    said = "some: " + one.of;
  }
  return said;
}

}  // namespace

// Each was counted on Linux 6.1: tests/vm/scenarios/audit_silence.py.
TEST_CASE("a rule that no ordinary process's event passes silences the watch") {
  for (const char* rule : {"-a never,task",
                           "-a never,task -F uid>=0",
                           "-a never,task -F pid>0",
                           "-a never,exit -F dir=/srv/watched",
                           "-a never,exit -F dir=/srv",
                           "-a never,exit -F dir=/",
                           "-a never,exit -S all",
                           "-a never,exit -F arch=b64 -S all",
                           "-a never,exit -F arch!=b32 -S all",
                           "-A never,exit -F dir=/srv/watched",
                           "-a never,exit -F uid>=0",
                           "-a never,exit -F auid>=0",
                           "-a never,exit -F dir=/srv/watched -F perm=wa",
                           "-a never,exit -F success=1",
                           "-a never,exit -F exit>=0",
                           "-a never,exit -F exit!=-999",
                           "-a never,exit -C uid=euid",
                           "-a never,exit -F pers=0",
                           "-a never,exit -F ppid>0",
                           "-a never,exit -F a0!=12345",
                           "-a always,exclude -F msgtype=SYSCALL",
                           "-a never,exclude -F msgtype=1300",
                           "-a always,exclude -F msgtype>=1300",
                           "-a always,exclude -F msgtype!=1327",
                           "-a always,exclude -F uid>=0",
                           "-a never,filesystem -F fstype=0xEF53",
                           "-a never,filesystem -F fstype!=0x01021994"}) {
    CAPTURE(rule);
    CHECK(verdict({rule}) == "all");
  }
}

TEST_CASE("a rule that leaves out some of the events says of whom") {
  const std::vector<std::pair<std::string, std::string>> rules = {
      {"-a never,task -F uid=0", "some users"},
      {"-a never,exit -F arch=b32 -S all", "programs of another arch"},
      {"-a never,exit -F path=/srv/watched/f", "some files"},
      {"-a never,exit -F path=/srv/watched", "some files"},
      {"-a never,exit -F dir=/srv/watched/d", "some files"},
      {"-a never,exit -F uid=0", "some users"},
      {"-a never,exit -F auid=unset", "some users"},
      {"-a never,exit -F dir=/srv/watched -F perm=w", "some kinds of access"},
      {"-a never,exit -F success=0", "some kinds of access"},
      {"-a never,exit -F exe=/usr/bin/touch", "some programs"},
      {"-a never,exit -F filetype=file", "some files"},
      {"-a never,exit -F arch=b64 -S openat,utimensat", "some kinds of access"},
      {"-a always,exclude -F msgtype=PATH", "records of the type PATH"},
      {"-a always,exclude -F msgtype=CWD", "records of the type CWD"},
      {"-a always,exclude -F uid=0", "some users"},
      {"-a always,exclude -F msgtype=SYSCALL -F uid=0", "some users"}};
  for (const auto& [rule, of] : rules) {
    CAPTURE(rule);
    CHECK(verdict({rule}) == "some: " + of);
  }
}

TEST_CASE("what comes behind the watch, or is of other lists, files and events, takes nothing from it") {
  const std::vector<Strings> all = {{},
                                    {"-w /srv/watched -p wa -k watched", "-a never,exit -F dir=/srv/watched"},
                                    {"-a always,exit -F dir=/srv -F perm=wa -k other", "-a never,exit -S all"},
                                    {"-a always,task", "-a never,task"},
                                    {"-a never,task -F arch=b64"},
                                    {"-a never,exit -F dir=/etc/docker"},
                                    {"-a never,exit -F dir=/srv/watched -F perm=r"},
                                    {"-a never,exit -F path=/srv"},
                                    {"-a always,exclude"},
                                    {"-a always,exclude -F msgtype=CRYPTO_KEY_USER"},
                                    {"-a never,user"},
                                    {"-a never,filesystem -F fstype=0x01021994"},
                                    {"-a always,filesystem -F fstype=0xEF53"}};
  for (const Strings& rules : all) {
    CAPTURE(join(rules, "; "));
    CHECK(verdict(rules) == "");
  }
}

TEST_CASE("rules for some permissions each silence a watch together") {
  CHECK(verdict({"-a never,exit -F dir=/srv -F perm=w", "-a never,exit -F dir=/srv/watched -F perm=a"}) == "all");
  CHECK(verdict({"-a never,exit -F dir=/srv -F perm=w", "-a never,exit -F dir=/srv/watched -F perm=r"}) ==
        "some: some kinds of access");
}
