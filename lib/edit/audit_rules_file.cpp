// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_rules_file.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace dockhost {
namespace {

// Of a line that cannot be parsed no word is told but the names that auditctl knows: it may be anything, a password
// too. The first character stands for it. A word, and so what is quoted, holds no blank.
std::string without_words(const std::string& flaw) {
  std::string told;
  for (std::size_t at = 0; at < flaw.size();) {
    const std::size_t blank = std::min(flaw.find(' ', at), flaw.size());
    const std::size_t end = flaw.rfind('\'', blank);
    if (flaw[at] != '\'' || end == std::string::npos || end <= at + 1) {
      told += flaw[at++];
      continue;
    }
    const std::string word = flaw.substr(at + 1, end - at - 1);
    const bool character = word.size() <= 2 || (word.size() == 4 && word.starts_with("\\x"));
    std::size_t first = word.starts_with("\\x") ? 4 : 1;
    while (first < word.size() && (static_cast<unsigned char>(word[first]) & 0xC0U) == 0x80) ++first;
    told += quote(character || names_audit_field(word) ? word : word.substr(0, first) + "...");
    at = end + 1;
  }
  return told;
}

AuditRulesFile::Line line_of(std::size_t number, std::string text) {
  AuditRulesFile::Line line;
  line.number = number;
  line.text = std::move(text);
  // Left out by augenrules, which lets no line with other blanks pass for an empty one.
  const std::size_t begin = line.text.find_first_not_of(" \t\r\v\f");
  if (begin != std::string::npos && line.text[begin] == '#') {
    line.said.is = AuditLine::Is::comment;
    return line;
  }
  try {
    line.said = parse_audit_line(line.text);
  } catch (const Error& error) {
    line.flaw = without_words(error.what());
    line.column = error.where.column;
  }
  return line;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// Letters stand before other characters, and the end before both.
int rank(std::string_view name, std::size_t at) {
  if (at >= name.size() || digit(name[at])) return 0;
  const char c = name[at];
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c == '~' ? -1 : letter ? c : static_cast<unsigned char>(c) + 256;
}

// The digits from `at` on, without leading zeros; `at` moves behind them.
std::string_view number_at(std::string_view name, std::size_t& at) {
  while (at < name.size() && name[at] == '0') ++at;
  const std::size_t begin = at;
  while (at < name.size() && digit(name[at])) ++at;
  return name.substr(begin, at - begin);
}

// The order of `ls -v` (filevercmp in gnulib): what is no number is compared by characters, numbers by value.
bool before(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !digit(a[i])) || (j < b.size() && !digit(b[j]))) {
      if (rank(a, i) != rank(b, j)) return rank(a, i) < rank(b, j);
      ++i;
      ++j;
    }
    const std::string_view left = number_at(a, i), right = number_at(b, j);
    if (left.size() != right.size()) return left.size() < right.size();
    if (left != right) return left < right;
  }
  return a < b;
}

}  // namespace

AuditRulesFile AuditRulesFile::parse(std::string text) {
  AuditRulesFile file;
  file.text_ = std::move(text);
  Strings lines = split(file.text_, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (std::size_t i = 0; i < lines.size(); ++i) file.lines_.push_back(line_of(i + 1, std::move(lines[i])));
  return file;
}

void AuditRulesFile::append(const std::string& line) {
  const std::string gap = text_.empty() || text_.ends_with('\n') ? "" : "\n";
  *this = parse(text_ + gap + line + "\n");
}

void AuditRulesFile::keep_apart(bool before, bool behind) {
  std::string text = text_;
  if (before && !text.starts_with('\n')) text.insert(0, 1, '\n');
  if (behind && !text.empty() && !text.ends_with('\n')) text += '\n';
  if (text != text_) *this = parse(std::move(text));
}

void AuditRulesFile::remove(const std::vector<std::size_t>& numbers) {
  std::string kept;
  for (std::size_t at = 0, number = 1; at < text_.size(); ++number) {
    const std::size_t end = text_.find('\n', at);
    const std::size_t next = end == std::string::npos ? text_.size() : end + 1;
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) kept += text_.substr(at, next - at);
    at = next;
  }
  *this = parse(std::move(kept));
}

Strings in_order_of_augenrules(Strings names) {
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const std::string& name) {
                               // augenrules takes a name with a blank for two.
                               return name.starts_with('.') || !name.ends_with(".rules") ||
                                      name.find_first_of(" \t\n") != std::string::npos;
                             }),
              names.end());
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return before(std::string_view(a).substr(0, a.rfind('.')), std::string_view(b).substr(0, b.rfind('.')));
  });
  return names;
}

}  // namespace dockhost
