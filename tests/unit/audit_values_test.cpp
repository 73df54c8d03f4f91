// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_values.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace dockhost;

namespace {

std::string refused_as(const std::string& rule) {
  try {
    parse_audit_rule(rule);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a value that every auditctl refuses is refused with its field") {
  const std::vector<std::pair<std::string, std::string>> rules = {
      {"-a always,exit -F exit=ENOSUCH", "there is no error 'ENOSUCH'"},
      {"-a always,exit -F filetype=1", "there is no type of files '1'"},
      {"-a always,exclude -F msgtype=NOSUCH", "there is no type of records 'NOSUCH'"},
      {"-a always,filesystem -F fstype=ext4",
       "auditctl knows no file system 'ext4'; its magic number can stand for it"},
      {"-a always,exit -F uid=-1", "'uid' cannot be unset"},
      {"-a always,exit -F success=yes", "'success' is a number, not 'yes'"},
      {"-a always,exit -F a0=x", "'a0' is a number, not 'x'"},
      {"-a always,exit -F saddr_fam=46", "there is no address family '46'"},
      {"-a always,exit -F uid&1", "'uid' takes no operator &"},
      {"-a always,exit -F subj_user>x", "'subj_user' takes the operators = and != alone"},
      {"-a always,exit -F auid>=unset", "'auid' takes the operators = and != alone"},
      {"-a never,task -F success=1", "'success' is for the list exit alone"},
      {"-a never,filesystem -F uid=0", "the list filesystem takes the field fstype alone"},
      {"-a always,exit -C uid!=pid", "-C cannot compare 'uid' with 'pid'"},
      {"-a always,exit -C auid=loginuid", "-C cannot compare 'auid' with 'loginuid'"},
      {"-a always,exit -F perm=rwxar", "permissions are four letters at most, not 'rwxar'"},
      {"-a always,exit -S 2048", "there is no syscall '2048'"},
      {"-a always,exit -F inode=1 -F inode=2", "a rule has one inode"},
      {"-a always,exit -F inode=1 -F path=/x", "a rule has a path or an inode"},
      {"-a always,exit -F path=/", "the path / is a directory: dir=/"},
      {"-a always,exit -F uid=0 -F key=x",
       "a key needs a watch, a path, permissions, a program or a syscall in its rule"}};
  for (const auto& [rule, why] : rules) {
    CAPTURE(rule);
    CHECK(refused_as(rule) == why);
  }
}

TEST_CASE("values that auditctl takes in odd forms are taken") {
  for (const char* rule :
       {"-a always,exit -F exit=eperm", "-a always,exit -F exit=-EACCES", "-a always,exit -F uid=1000x",
        "-a always,exit -F auid=unset", "-a always,exclude -F msgtype=UNKNOWN[1300]", "-a always,exit -F sessionid=x",
        "-a always,exit -F Uid=0 -S MOUNT", "-a always,exit -F arch=0xc000003e -S mount",
        "-a always,exit -C auid!=obj_uid", "-a always,exit -F pers&1"}) {
    CAPTURE(rule);
    CHECK(refused_as(rule) == "");
  }
}

TEST_CASE("a rule says which accounts, labels and versions it needs") {
  const auto needs = [](const std::string& rule) {
    Strings all;
    for (const AuditNeed& need : needs_of(parse_audit_rule(rule)))
      all.push_back(std::to_string(static_cast<int>(need.is)) + " " + need.word);
    return join(all, ", ");
  };
  CHECK(needs("-a always,exit -F uid=chrony -F gid=adm") == "0 chrony, 1 adm");
  CHECK(needs("-a always,exit -F uid=-2 -F gid=-1 -F auid=unset") == "1 -1");
  CHECK(needs("-a always,exit -F subj_type=sshd_t -F obj_uid=0") == "2 sshd_t");
  CHECK(needs("-a never,io_uring -F uid=0") == "3 3.1");
  CHECK(needs("-a always,exclude -F euid=0") == "3 3.1");
}

TEST_CASE("labels are judged by the security module that runs") {
  const AuditNeed need{AuditNeed::Is::label, "x", "subj_role=x"};
  CHECK(refused_label(need, {}) == "");
  CHECK(refused_label(need, {{"selinux"}, false, {}}) ==
        "'subj_role=x' needs a policy of SELinux, which this host has not loaded");
  CHECK(refused_label(need, {{"selinux"}, true, {}}) == "");
  CHECK(refused_label(need, {{"apparmor"}, false, {"y (enforce)"}}) == "AppArmor has no profile 'x'");
  CHECK(refused_label(need, {{"apparmor"}, false, {"x (enforce)"}}) == "");
}

TEST_CASE("versions are compared by number") {
  CHECK(older("3.0.9", "3.1"));
  CHECK(!older("3.10", "3.9"));
  CHECK(!older("4.0.2", "3.1"));
}
