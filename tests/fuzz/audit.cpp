// SPDX-License-Identifier: GPL-3.0-or-later
// Audit rules. Input of audit_rules: a file of rules.d; another one that is read behind it. Input of audit_listing:
// what `auditctl -l` printed.
#include <algorithm>

#include "edit/audit_covers.hpp"
#include "edit/audit_load.hpp"
#include "edit/audit_rules_file.hpp"
#include "edit/audit_silence.hpp"
#include "edit/audit_values.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "host/audit_tool.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

// A host on which the paths say themselves what they lead to.
AuditPlace place_of(const std::string& path) {
  const std::string real = normal_path(path);
  return {real, real.ends_with('d') || real == "/", !real.ends_with('x'), real.find("/x/") == std::string::npos};
}

Strings lines_of_file(const std::string& text) {
  Strings lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

// A rule survives being written, as auditctl takes it and as it lists it.
void require_round_trip(const AuditRule& rule) {
  const std::string text = text_of(rule);
  const auto again = unless_refused([&] { return parse_audit_rule(text); });
  require(again.has_value(), "a rule that is written can be read: " + text);
  require(*again == rule, "a rule that is written reads as it was: " + text);
  require(text_of(*again) == text, "a rule has one text: " + text);
  require(same_rule(rule, *again, place_of) && maybe_same(rule, *again), "a rule is the same as itself: " + text);
  require(same_in_kernel(rule, *again, place_of), "a rule is itself to the kernel: " + text);
  for (const bool directory : {false, true}) {
    if (!directory && rule.path() == "/") continue;  // there is nothing else
    require(!parse_audit_listing(listing_of(rule, directory)).empty(), "a listed rule is found: " + text);
  }
  const bool directory = place_of(rule.path()).directory;
  const auto deleted = unless_refused([&] { return parse_audit_line(join(deleting_argv(rule, directory), " ")); });
  require(deleted && deleted->is == AuditLine::Is::control, "a rule can be deleted: " + text);
}

void require_values(const AuditRule& rule) {
  for (const AuditField& field : rule.fields) {
    if (field.name != "-C") require(refused_value(rule.list, field).empty(), "a value that was taken is taken again");
  }
  needs_of(rule);
  unloadable(rule, place_of);
  unknown_syscall(rule, {{"b64", {"open", "execve"}}});
}

// Of a line that cannot be parsed no word is told.
void require_flaw(const AuditRulesFile::Line& line) {
  const Error flaw(line.flaw);
  require_good_message(flaw, line.text);
  require(line.column <= line.text.size() + 1, "a flaw has its place in the line");
}

void require_lines(const AuditRulesFile& file) {
  const Strings lines = lines_of_file(file.text());
  require(file.lines().size() == lines.size(), "each line is one");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const AuditRulesFile::Line& line = file.lines()[i];
    require(line.number == i + 1 && line.text == lines[i], "a line is what stands there");
    if (!line.flaw.empty()) require_flaw(line);
    if (!line.rule() || i >= 40) continue;
    require_round_trip(line.said.rule);
    require_values(line.said.rule);
  }
}

void edit(const AuditRulesFile& file) {
  AuditRulesFile made = file;
  made.append("-w /etc/x -p wa -k x");
  require(made.text().starts_with(file.text()), "a new line stands behind all");
  require(made.lines().size() == file.lines().size() + 1, "a new line is one");
  require(made.lines().back().rule(), "a new rule is one");
  made.remove({made.lines().size()});
  require(lines_of_file(made.text()) == lines_of_file(file.text()), "a removed line leaves the others");
  if (file.lines().empty()) return;
  const std::size_t which = file.text().size() % file.lines().size();
  made = file;
  made.remove({which + 1});
  Strings left = lines_of_file(file.text());
  left.erase(left.begin() + static_cast<std::ptrdiff_t>(which));
  require(lines_of_file(made.text()) == left, "a removal takes one line");
  made = file;
  made.keep_apart(true, true);
  require(made.text().find(file.text()) != std::string::npos, "what keeps files apart stands around the text");
  require(made.text().starts_with('\n') && made.text().ends_with('\n'), "files are kept apart");
}

void load(const std::vector<NamedRulesFile>& files) {
  for (const bool blanks : {false, true}) {
    const Load loaded = load_of(files, {.place = place_of, .syscalls = {}, .blanks = blanks});
    for (const LoadFault& fault : loaded.faults) {
      const auto file =
          std::find_if(files.begin(), files.end(), [&](const auto& one) { return one.path == fault.path; });
      require(file != files.end() && fault.line >= 1 && fault.line <= file->file.lines().size(), "a fault has a line");
      require(!fault.why.empty(), "a fault has a reason");
    }
    std::vector<AuditRule> rules;
    rules.reserve(loaded.rules.size());
    for (const PlacedRule& one : loaded.rules) rules.push_back(one.rule);
    if (rules.empty()) continue;
    for (const Silence& one : silences(rules, rules.back(), place_of, "ef53"))
      require(one.rule < rules.size(), "what silences is one of the rules");
    const Coverage found = coverage(rules, rules.front(), Keys::same, place_of);
    for (const std::size_t one : found.rules) require(one < rules.size(), "what covers is one of the rules");
  }
}

}  // namespace

void audit_rules(std::string_view input) {
  const std::string text = part(input, 0), behind = part(input, 1, "-w /etc/y -p wa -k y");
  const AuditRulesFile file = AuditRulesFile::parse(text), next = AuditRulesFile::parse(behind);
  require(file.text() == text, "the text is kept as it was read");
  require_lines(file);
  require_lines(next);
  edit(file);
  load({{"10-a.rules", file}, {"20-b.rules", next}});
  const Strings names = in_order_of_augenrules(lines_of_file(text + "\n10.rules\n9.rules"));
  require(in_order_of_augenrules({names.rbegin(), names.rend()}) == names, "files have one order");
}

void audit_listing(std::string_view input) {
  const std::string text(input);
  std::vector<AuditRule> rules = parse_audit_listing(text);
  if (rules.size() > 40) rules.resize(40);
  for (const AuditRule& rule : rules) {
    const std::string line = listing_of(rule, false);
    const std::vector<AuditRule> again = parse_audit_listing(line);
    require(again.size() == 1, "a listed rule is one: " + line);
    const std::vector<AuditRule> last = parse_audit_listing(listing_of(again.front(), false));
    require(last == again, "a rule that is listed is the one that was: " + line);
    require(listed({line}, rule), "a rule is in its own listing: " + line);
    require_values(rule);
  }
  if (!rules.empty()) silences(rules, rules.front(), place_of, "ef53");
  time_of(text);
}

}  // namespace fuzz
