// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_rule.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace dockhost;

namespace {

std::string listed(const std::string& text) { return listing_of(parse_audit_rule(text), false); }

std::string refusal(const std::string& text) {
  try {
    parse_audit_line(text);
  } catch (const Error& error) {
    return std::to_string(error.where.column) + ": " + error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a rule is listed as auditctl 3.0.9 lists it") {
  CHECK(listed("-w /etc/docker -k docker") == "-w /etc/docker -p rwxa -k docker");
  CHECK(listed("-w /etc/docker// -p aw -k a -k b") == "-w /etc/docker -p wa -k a -k b");
  CHECK(listed("-w/etc/docker -pWA -kx") == "-w /etc/docker -p wa -k x");
  CHECK(listed("-w /x -p w -p r") == "-w /x -p r");
  CHECK(listed("-a exit,always -F dir=/x/ -F perm=wa -F key=z") == "-w /x/ -p wa -k z");
  CHECK(listed("-a always,exit -F perm=wa -F path=/x -k z") == " -p wa-w /x -k z");
  CHECK(listed("-a always,exit -F key=z -F path=/x -F perm=wa") == "-w /x -p wa -k z");
  CHECK(listed("-A always,exit -F path=/x -F perm=w -F perm=r") == "-w /x -p w -p r");
  CHECK(listed("-a never,exit -F dir=/x -F perm=wa -k z") == "-w /x -p wa -k z");
  CHECK(listed("-a always,exit -F path=/x -k z") == "-a always,exit -S all -F path=/x -F key=z");
  CHECK(listed("-a always,exit -F path=/x -F perm=r -F arch=b32 -k z") ==
        "-a always,exit -F arch=b32 -S all -F path=/x -F perm=r -F key=z");
  CHECK(listed("-a always,exit -F arch=x86_64 -S open,openat, -S read -k z") ==
        "-a always,exit -F arch=b64 -S open,openat,read -F key=z");
  CHECK(listed("-a always,exit -S open -S all -F path=/x") == "-a always,exit -S all -F path=/x");
  CHECK(listed("-w /x -F auid=0 -k z") == "-a always,exit -S all -F path=/x -F perm=rwxa -F auid=0 -F key=z");
  CHECK(listed("-a always,exclude -F msgtype=CWD") == "-a always,exclude -F msgtype=CWD");
  CHECK(listed("-a always,exit -F arch!=b64") == "-a always,exit -F arch!=b64 -S all");
  CHECK(listed("-a always,exit -S all -C auid!=uid -F key=z") == "-a always,exit -S all -C auid!=uid -F key=z");
  CHECK(listed("-a always,exit") == "-a always,exit -S all");
}

TEST_CASE("a line that auditctl refuses is refused at its word") {
  CHECK(refusal("-w relative") == "4: the path 'relative' is not absolute");
  CHECK(refusal("-w /x -p q") == "10: permissions are letters of rwxa, not 'q'");
  CHECK(refusal("-p r -w /x") == "4: -p needs a watch or a field before it");
  CHECK(refusal("-k x -w /x") == "4: -k needs a watch, a path, permissions or a syscall before it");
  CHECK(refusal("-w /x -k") == "7: the option '-k' has no value");
  CHECK(refusal("-w /x -k z # why") == "12: no option precedes '#'");
  CHECK(refusal("-w\t/x") == "3: the path '\\x09/x' is not absolute");
  CHECK(refusal("\t-w /x") == "1: no option precedes '\\x09-w'");
  CHECK(refusal("-w /x -p wa\r") == "10: permissions are letters of rwxa, not 'wa\\x0d'");
  CHECK(refusal("auditctl -w /x") == "1: no option precedes 'auditctl'");
  CHECK(refusal("- w /x") == "1: no option precedes '-'");
  CHECK(refusal("-w \"/x\"") == "4: the path '\"/x\"' is not absolute");
  CHECK(refusal("-w /x -w /y") == "10: a line adds or deletes one rule");
  CHECK(refusal("-a always,exit -w /x") == "19: a line adds or deletes one rule");
  CHECK(refusal("-a always") == "4: 'always' is no list and action, as always,exit");
  CHECK(refusal("-a always,exit,x") == "4: 'always,exit,x' is no list and action, as always,exit");
  CHECK(refusal("-a always,exit -F nosuch=5") == "19: there is no field 'nosuch'");
  CHECK(refusal("-a always,exit -F path = /x") == "19: the field 'path' has no operator");
  CHECK(refusal("-a always,exit -F path=") == "19: the field 'path' has no value");
  CHECK(refusal("-a always,exit -F perm>r") == "19: 'perm' takes the operator = alone");
  CHECK(refusal("-a always,exit -F path=/x -F dir=/y") == "30: a rule has one path");
  CHECK(refusal("-a always,exit -F dir=x -F perm=w") == "19: the path 'x' is not absolute");
  CHECK(refusal("-a always,exit -F path=/x/") == "19: the path of a file ends with no slash");
  CHECK(refusal("-a always,exit -S open -F arch=b64") == "27: arch has to stand before the syscalls");
  CHECK(refusal("-a always,exit -F arch=b99") == "19: there is no arch 'b99'");
  CHECK(refusal("-a always,exclude -F path=/x") == "22: 'path' is for the list exit alone");
  CHECK(refusal("-a always,exclude -F success=1") == "22: 'success' is for the list exit alone");
  CHECK(refusal("-a always,exit -F msgtype=CWD") == "19: 'msgtype' is for the lists exclude and user");
  CHECK(refusal("-a always,task -S open") == "19: the list task has no syscalls");
  CHECK(refusal("-a always,exit -C auid!=uid -k z") ==
        "32: -k needs a watch, a path, permissions or a syscall before it");
  CHECK(refusal("-F path=/x") == "4: a list has to stand before the fields");
  CHECK(refusal("-S open") == "1: no list is named (-a) and no path (-w)");
  CHECK(refusal("-e 3") == "4: 0, 1 or 2 is wanted");
  CHECK(refusal("-b many") == "4: a number is wanted");
  CHECK(refusal("-y") == "1: there is no option '-y'");
  CHECK(refusal("--nosuch") == "1: there is no option '--nosuch'");
}

TEST_CASE("the limits of the kernel hold to the byte") {
  const std::string path = "/etc/" + std::string(255, 'n');
  CHECK(refusal("-w " + path) == "");
  CHECK(refusal("-w " + path + "n") == "4: the last part of the path is longer than 255 bytes");
  CHECK(refusal("-w /x -k " + std::string(256, 'k')) == "");
  CHECK(refusal("-w /x -k " + std::string(257, 'k')) == "10: the keys are longer than 256 bytes");
  CHECK(refusal("-w /x -k " + std::string(200, 'k') + " -k " + std::string(55, 'k')) == "");
  CHECK(refusal("-w /x -k " + std::string(200, 'k') + " -k " + std::string(56, 'k')) ==
        "214: the keys are longer than 256 bytes");
}

TEST_CASE("lines that add no rule are told apart") {
  CHECK(parse_audit_line("").is == AuditLine::Is::blank);
  CHECK(parse_audit_line("   ").is == AuditLine::Is::blank);
  CHECK(parse_audit_line("  # -w /x").is == AuditLine::Is::comment);
  for (const char* control : {"-D", "-b 8192", "-f 1", "-e 2", "-i", "-c", "--backlog_wait_time 60000", "-r 0",
                              "-W /x -p wa", "-d always,exit -S open", "--loginuid-immutable", "-a exit,possible"}) {
    CAPTURE(control);
    CHECK(parse_audit_line(control).is == AuditLine::Is::control);
  }
  CHECK_THROWS_WITH(parse_audit_rule("-D"), "is no rule: -w PATH or -a always,exit is wanted");
}

TEST_CASE("a rule's own text is read again as the same rule") {
  for (const char* text :
       {"-w /x -p wa -k z", "-w /x -p wa -F auid=0 -k z", "-w /x -S open -k z", "-A always,exit -F path=/x -F perm=w",
        "-a never,exit -F dir=/x -F perm=wa", "-a always,exit -F arch=b64 -S open,openat -F auid>=1000 -C auid!=uid",
        "-a always,exit -F perm=r -F arch=b32 -S 5", "-a always,exit -S open -F key=a -F key=b",
        "-a always,user -F auid=0"}) {
    const AuditRule rule = parse_audit_rule(text);
    CAPTURE(text_of(rule));
    CHECK(parse_audit_rule(text_of(rule)) == rule);
  }
}

TEST_CASE("a listing is read, what is none is left out") {
  const auto rules = parse_audit_listing(
      "-w /etc/docker -p rwxa -k docker\n -p wa-w /x y -k z\n -p wa-w /x -k z\n"
      "-a always,exit -F arch=b64 -S open -F key=k\nNo rules\n");
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].watch);
  CHECK(rules[1].watch);
  CHECK(listing_of(rules[1], false) == " -p wa-w /x -k z");
  CHECK_FALSE(rules[2].watch);
  CHECK(parse_audit_listing("No rules\n").empty());
}

TEST_CASE("a rule is deleted by what the kernel has of it") {
  const AuditRule rule = parse_audit_rule("-w /x -p wa -k z");
  CHECK(join(deleting_argv(rule, true), " ") == "-d always,exit -F dir=/x -F perm=wa -F key=z");
  CHECK(join(deleting_argv(rule, false), " ") == "-d always,exit -F path=/x -F perm=wa -F key=z");
  CHECK(join(adding_argv(rule, true), " ") == "-w /x -p wa -k z");
  const AuditRule odd = parse_audit_listing(" -p wa-w /x -k z").at(0);
  CHECK(join(adding_argv(odd, true), " ") == "-a always,exit -F perm=wa -F dir=/x -F key=z");
}

TEST_CASE("-p is taken as auditctl takes it, and a rule that has it can be written and found again") {
  CHECK(refusal("-a always,exit -p wa -F uid=0") == "19: -p needs a watch or a field before it");
  CHECK(refusal("-a always,io_uring -F uid=0 -p wa") == "32: the list io_uring has no permissions");
  CHECK(text_of(parse_audit_rule("-a always,exit -F path=/x -F perm=r -F perm=w -p x")) ==
        "-a always,exit -F path=/x -F perm=x -F perm=x");
  for (const char* text : {"-a always,exit -F perm=wa -F key=z", "-a always,task -F uid=0 -p wa",
                           "-a never,user -F uid=0 -p r", "-a always,exit -F uid=0 -F perm=wa"}) {
    CAPTURE(text);
    const AuditRule rule = parse_audit_rule(text);
    CHECK(text_of(rule) == text);
    const std::vector<AuditRule> listed = parse_audit_listing(listing_of(rule, false));
    REQUIRE(listed.size() == 1);
    CHECK(listed.front().fields == rule.fields);
    CHECK_FALSE(listed.front().watch);
  }
}
