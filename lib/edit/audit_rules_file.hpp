// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "edit/audit_rule.hpp"

namespace dockhost {

// A file of /etc/audit/rules.d (audit.rules(7)), edited by lines: every other byte stays.
class AuditRulesFile {
 public:
  struct Line {
    std::size_t number = 0;  // from 1
    std::string text;        // without its line end; a carriage return is part of the text, as for auditctl
    AuditLine said;
    std::string flaw;        // why auditctl would refuse it, without its words; "" where it does not
    std::size_t column = 0;  // where
    bool rule() const { return flaw.empty() && said.is == AuditLine::Is::rule; }
    bool told() const { return !flaw.empty() || said.is == AuditLine::Is::rule || said.is == AuditLine::Is::control; }
  };

  // Never an error: a line that auditctl would refuse is kept, with its flaw.
  static AuditRulesFile parse(std::string text);

  const std::string& text() const { return text_; }
  const std::vector<Line>& lines() const { return lines_; }

  // As a line of its own, the last. It ends with LF also in a file of CR LF: to auditctl the CR is part of the key.
  void append(const std::string& line);

  // The first line is one of its own also behind a file that ends without a newline, and the last one before another
  // file.
  void keep_apart(bool before, bool behind);

  // Takes the lines of these numbers out, line ends included.
  void remove(const std::vector<std::size_t>& numbers);

 private:
  std::string text_;
  std::vector<Line> lines_;
};

// File names in the order in which augenrules reads them (`ls -1v`): numbers in a name count as such. Only those that
// end with .rules.
Strings in_order_of_augenrules(Strings names);

}  // namespace dockhost
