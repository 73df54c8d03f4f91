// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_rules_file.hpp"

#include <doctest/doctest.h>

using namespace dockhost;

TEST_CASE("lines of a rules file are told apart, and a flaw is kept with its column") {
  const AuditRulesFile file = AuditRulesFile::parse("# ours\n\n-D\n-w /etc/docker -k docker\n-w relative\n\t# tab\n");
  REQUIRE(file.lines().size() == 6);
  CHECK(file.lines()[0].said.is == AuditLine::Is::comment);
  CHECK(file.lines()[1].said.is == AuditLine::Is::blank);
  CHECK(file.lines()[2].said.is == AuditLine::Is::control);
  CHECK(file.lines()[3].rule());
  CHECK(file.lines()[3].number == 4);
  CHECK(file.lines()[4].flaw == "the path 'r...' is not absolute");
  CHECK(file.lines()[4].column == 4);
  CHECK_FALSE(file.lines()[4].rule());
  CHECK(file.lines()[4].told());
  CHECK_FALSE(file.lines()[5].told());
}

TEST_CASE("of a line that auditctl refuses no word is told, but for the names that it knows") {
  const auto flaw = [](const std::string& line) { return AuditRulesFile::parse(line).lines().front().flaw; };
  CHECK(flaw("-w /x hunter2") == "no option precedes 'h...'");
  CHECK(flaw("-a always,exit -F pid=hunt'er2") == "'pid' is a number, not 'h...'");
  CHECK(flaw("-a always,exit -C hunter2=hunter3") == "-C cannot compare 'h...' with 'h...'");
  CHECK(flaw("-a always,exit -F fstype=hunter2").find("hunter2") == std::string::npos);
  CHECK(flaw("-w /x -k") == "the option '-k' has no value");
}

TEST_CASE("an appended rule is one line more, with LF also in a file of CR LF") {
  AuditRulesFile file = AuditRulesFile::parse("# a\r\n-w /x -k k\r");
  CHECK(file.lines()[1].said.rule.keys == Strings{"k\r"});
  file.append("-w /y -p wa");
  CHECK(file.text() == "# a\r\n-w /x -k k\r\n-w /y -p wa\n");
  AuditRulesFile empty = AuditRulesFile::parse("");
  CHECK(empty.lines().empty());
  empty.append("-w /y");
  CHECK(empty.text() == "-w /y\n");
}

TEST_CASE("removed lines take their line ends, all else stays") {
  AuditRulesFile file = AuditRulesFile::parse("# a\r\n-w /x\n\n-w /y");
  file.remove({2});
  CHECK(file.text() == "# a\r\n\n-w /y");
  file.remove({1, 3});
  CHECK(file.text() == "\n");
}

TEST_CASE("files come in the order of augenrules, which is that of ls -v") {
  CHECK(in_order_of_augenrules({"docker.rules", "99-finalize.rules", "9-a.rules", "10-b.rules", "audit.rules",
                                ".hidden.rules", "x.rules.bak", "010-c.rules", "a_b.rules", "a-b.rules"}) ==
        Strings{"9-a.rules", "10-b.rules", "010-c.rules", "99-finalize.rules", "audit.rules", "a-b.rules", "a_b.rules",
                "docker.rules"});
}
