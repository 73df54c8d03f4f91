// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_written.hpp"

#include <algorithm>

#include "resources/audit_kernel.hpp"
#include "resources/audit_places.hpp"

namespace dockhost {
namespace {

constexpr const char* kWritten = "audit rule written";
constexpr const char* kCovered = "audit rule covered";

AuditRulesFile file_of(const Plan& plan, const std::string& path) {
  const auto& file = plan.now().find<File>(path);
  return AuditRulesFile::parse(file ? file->content : "");
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::vector<AuditRule> plain(const std::vector<PlacedRule>& placed) {
  std::vector<AuditRule> all;
  all.reserve(placed.size());
  for (const PlacedRule& one : placed) all.push_back(one.rule);
  return all;
}

// The lines of the wish's file that cannot stay.
std::vector<std::size_t> unwanted(const AuditRulesFile& file, const AuditWish& wish, const Unwritten& unwritten,
                                  const AuditPlaceOf& place) {
  std::vector<std::size_t> numbers;
  std::vector<AuditRule> kept;
  for (const AuditRulesFile::Line& line : file.lines()) {
    bool wanted = false, left_out = false;
    for (std::size_t i = 0; i < wish.rules.size() && line.rule(); ++i) {
      if (!same_rule(line.said.rule, wish.rules[i].rule, place)) continue;
      (unwritten[i].empty() ? wanted : left_out) = true;
    }
    const bool again = line.rule() && std::any_of(kept.begin(), kept.end(), [&](const AuditRule& rule) {
                         return same_in_kernel(rule, line.said.rule, place);
                       });
    if (left_out || (wish.exclusive && line.told() && (!wanted || again))) numbers.push_back(line.number);
    if (wanted) kept.push_back(line.said.rule);
  }
  return numbers;
}

// All rules as they would be with the wish's file as it is being edited.
std::vector<PlacedRule> rules_with(std::vector<NamedRulesFile>& files, const std::string& path,
                                   const AuditRulesFile& own) {
  for (NamedRulesFile& file : files) {
    if (file.path == path) file.file = own;
  }
  return rules_in(files);
}

// Whether the file before the wish's one ends without a newline, and whether one comes behind it: awk reads them all as
// one text.
struct Neighbours {
  bool open_before = false, behind = false;
};
Neighbours neighbours_of(const std::vector<NamedRulesFile>& files, const std::string& own) {
  Neighbours found;
  bool passed = false;
  for (const NamedRulesFile& file : files) {
    const std::string& text = file.file.text();
    passed = passed || file.path == own;
    if (file.path == own || text.empty()) continue;
    if (!passed) found.open_before = !text.ends_with('\n');
    found.behind = found.behind || passed;
  }
  return found;
}

struct Cover {
  std::string rule, where;
  bool parent = false;
};

// Whether the rule is the one that is wanted, or one of the pair.
bool is_it(const AuditRule& rule, const AuditRule& want, const AuditPlaceOf& place) {
  const Strings arches = arches_of(want);
  return contains_all(rule.keys, want.keys) && std::any_of(arches.begin(), arches.end(), [&](const std::string& arch) {
           return covers(rule, want, arch, place) == Covers::whole;
         });
}

// The rules, other than this one, that record its events already. One for the same files counts where it comes before,
// because the first that matches gives an event its key.
std::optional<Cover> cover_of(const std::vector<PlacedRule>& placed, const AuditRule& want, const AuditPlaceOf& place) {
  std::vector<AuditRule> others;
  std::vector<std::size_t> at;
  bool before = true;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const bool own = is_it(placed[i].rule, want, place);
    before = before && !own;
    if (own || (!before && !coverage(std::span(&placed[i].rule, 1), want, Keys::any, place).parent)) continue;
    others.push_back(placed[i].rule);
    at.push_back(i);
  }
  const Coverage found = coverage(others, want, Keys::any, place);
  if (!found.full()) return std::nullopt;
  Cover cover{"", "", found.parent};
  for (const std::size_t i : found.rules) {
    const PlacedRule& one = placed[at[i]];
    cover.rule += (cover.rule.empty() ? "" : ", ") + text_of(one.rule);
    cover.where += (cover.where.empty() ? "" : ", ") + one.where;
  }
  return cover;
}

std::string words_for(const Cover& cover) {
  const std::string rule = quote(cover.rule) + " (" + cover.where + ")";
  if (cover.parent) return "by the rule for a directory above, " + rule;
  return "under another key by " + rule + ": the kernel takes the first rule that matches, and its key";
}

// Rules of the files, then those that the kernel alone has and that have to do with what is wanted.
std::vector<PlacedRule> with_kernel(const LoadedRules& loaded, std::vector<PlacedRule> placed, const AuditRule& want,
                                    const AuditPlaceOf& place) {
  const std::vector<PlacedRule> files = placed;
  const Strings arches = arches_of(want);
  for (const AuditRule& rule : loaded.rules) {
    if (std::all_of(arches.begin(), arches.end(),
                    [&](const std::string& arch) { return covers(rule, want, arch, place) == Covers::no; }))
      continue;
    const bool written = std::any_of(files.begin(), files.end(), [&](const PlacedRule& one) {
      return coverage(std::span(&one.rule, 1), rule, Keys::same, place).full();
    });
    if (!written) placed.push_back({rule, "the kernel alone"});
  }
  return placed;
}

// Whether the kernel records the events of the rule at `index` already, or will, by those before it.
bool recorded(const Plan& plan, const AuditWish& wish, std::size_t index, const Unwritten& unwritten,
              const AuditPlaceOf& place) {
  if (!why_not_loaded(plan).empty()) return true;
  std::vector<AuditRule> rules = loaded_rules(plan).rules;
  for (std::size_t i = 0; i < index && wish.load; ++i) {
    if (unwritten[i].empty()) rules.push_back(wish.rules[i].rule);
  }
  return coverage(rules, wish.rules[index].rule, Keys::any, place).full();
}

void plan_file(Plan& plan, const AuditWish& wish, const AuditRulesFile& own, const std::string& note) {
  const std::optional<File> before = plan.now().find<File>(wish.file);
  if (!before && own.text().empty()) return;
  File after{own.text(), 0640, 0, 0, wish.backup};
  if (before == after) return;
  if (!plan.now().find<Directory>("/etc/audit")) plan.want<Directory>("/etc/audit", Directory{0750, 0, 0});
  if (!plan.now().find<Directory>(kRulesFolder)) plan.want<Directory>(kRulesFolder, Directory{0750, 0, 0});
  plan.want<File>(wish.file, after, note);
}

std::string note_of(const Strings& added, const Strings& removed) {
  Strings parts;
  for (const std::string& rule : added) parts.push_back("add " + rule);
  for (const std::string& rule : removed) parts.push_back("remove " + rule);
  return join(parts, "; ");
}

Strings texts_of(const AuditRulesFile& file, const std::vector<std::size_t>& numbers) {
  Strings all;
  for (const std::size_t number : numbers) all.push_back(trim(file.lines()[number - 1].text));
  return all;
}

}  // namespace

std::vector<NamedRulesFile> rules_files(const Plan& plan, const std::string& own) {
  Strings names = plan.now().find<Listing>(kRulesFolder).value_or(Listing{}).names;
  if (!contains(names, name_of(own))) names.push_back(name_of(own));
  Strings paths;
  for (const std::string& name : in_order_of_augenrules(names)) paths.push_back(std::string(kRulesFolder) + "/" + name);
  plan.now().need<File>(paths);
  std::vector<NamedRulesFile> files;
  for (const std::string& path : paths) files.push_back({path, file_of(plan, path)});
  return files;
}

std::vector<PlacedRule> rules_in(const std::vector<NamedRulesFile>& files) {
  std::vector<PlacedRule> all;
  for (const BootLine& at : boot_lines(files)) {
    if (at.line.rule()) all.push_back({at.line.said.rule, at.where()});
  }
  return all;
}

void plan_written(Plan& plan, const AuditWish& wish, Unwritten& unwritten) {
  const AuditPlaceOf place = places_of(plan);
  AuditRulesFile own = file_of(plan, wish.file);
  std::vector<NamedRulesFile> files = rules_files(plan, wish.file);
  const LoadedRules loaded = loaded_rules(plan);
  const Neighbours neighbours = neighbours_of(files, wish.file);
  own.keep_apart(neighbours.open_before, neighbours.behind);
  const std::vector<std::size_t> numbers = unwanted(own, wish, unwritten, place);
  const Strings removed = texts_of(own, numbers);
  own.remove(numbers);
  Strings added;
  for (std::size_t i = 0; i < wish.rules.size(); ++i) {
    const WantedRule& want = wish.rules[i];
    if (!unwritten[i].empty()) {
      plan.find({kWritten, want.text, Status::not_applicable, nullptr, true, unwritten[i]});
      continue;
    }
    const std::vector<PlacedRule> placed = rules_with(files, wish.file, own);
    const Coverage there = coverage(plain(placed), want.rule, Keys::same, place);
    const bool written = there.full() && !there.parent;
    const auto cover = cover_of(with_kernel(loaded, placed, want.rule, place), want.rule, place);
    if (cover) plan.find({kCovered, want.text, Status::pass, cover->where, nullptr, words_for(*cover)});
    if (written) {
      plan.find({kWritten, want.text, Status::pass, placed[there.rules.front()].where, true, ""});
    } else if (cover && wish.accept_covered && recorded(plan, wish, i, unwritten, place)) {
      unwritten[i] = "covered " + words_for(*cover);
      plan.find({kWritten, want.text, Status::not_applicable, nullptr, true, unwritten[i]});
    } else {
      plan.find({kWritten, want.text, Status::fail, nullptr, true, ""});
      own.append(want.text);
      added.push_back(want.text);
    }
  }
  if (own.text() == "\n") own = AuditRulesFile::parse("");
  plan_file(plan, wish, own, note_of(added, removed));
}

void plan_not_written(Plan& plan, const AuditWish& wish) {
  const AuditPlaceOf place = places_of(plan);
  AuditRulesFile own = file_of(plan, wish.file);
  std::vector<std::size_t> numbers;
  for (const WantedRule& want : wish.rules) {
    const std::size_t before = numbers.size();
    for (const AuditRulesFile::Line& line : own.lines()) {
      if (line.rule() && same_rule(line.said.rule, want.rule, place)) numbers.push_back(line.number);
    }
    const bool found = numbers.size() != before;
    plan.find(
        {kWritten, want.text, found ? Status::fail : Status::pass, found ? json(true) : json(nullptr), nullptr, ""});
  }
  if (numbers.empty()) return;
  const Strings removed = texts_of(own, numbers);
  own.remove(numbers);
  if (!trim(own.text()).empty()) return plan_file(plan, wish, own, note_of({}, removed));
  plan.want<File>(wish.file, std::nullopt, note_of({}, removed));
}

std::string stands_elsewhere(const Plan& plan, const AuditWish& wish, const AuditRule& rule) {
  const AuditPlaceOf place = places_of(plan);
  for (const PlacedRule& one : rules_in(rules_files(plan, wish.file))) {
    const bool own = one.where.starts_with(wish.file + ":");
    if (!own && coverage(std::span(&one.rule, 1), rule, Keys::same, place).full()) return one.where;
  }
  return {};
}

}  // namespace dockhost
