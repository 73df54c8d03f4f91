// SPDX-License-Identifier: GPL-3.0-or-later
// Files that people keep, read from the folder named by DOCKHOST_CORPUS, else from ../shared/data/corpus beside the
// source. They are not part of the project: where they are missing these tests say so and end.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "edit/audit_covers.hpp"
#include "edit/audit_rules_file.hpp"
#include "edit/fstab.hpp"
#include "edit/json_text.hpp"

using dockhost::AuditRule;
using dockhost::AuditRulesFile;
using dockhost::Error;
using dockhost::Fstab;
using dockhost::FstabEntry;
using dockhost::json;
using dockhost::JsonText;
using dockhost::Strings;

namespace {

namespace fs = std::filesystem;

struct Sample {
  std::string name, text;
};

std::vector<Sample> samples(const std::string& kind) {
  const char* named = std::getenv("DOCKHOST_CORPUS");
  const fs::path folder =
      (named != nullptr ? fs::path(named) : fs::path(DOCKHOST_SOURCE_DIR) / "../shared/data/corpus") / kind;
  std::vector<Sample> found;
  if (!fs::is_directory(folder)) {
    MESSAGE("skipped: the corpus folder " << folder.string() << " does not exist");
    return found;
  }
  for (const fs::directory_entry& file : fs::directory_iterator(folder)) {
    std::ifstream stream(file.path(), std::ios::binary);
    found.push_back({file.path().filename().string(), std::string(std::istreambuf_iterator<char>(stream), {})});
  }
  std::sort(found.begin(), found.end(), [](const Sample& a, const Sample& b) { return a.name < b.name; });
  REQUIRE_FALSE(found.empty());
  return found;
}

// The lines between those that both texts begin with and those that both end with.
struct Difference {
  Strings before, after;
};

Difference difference(const std::string& a, const std::string& b) {
  Difference all = {dockhost::split(a, '\n'), dockhost::split(b, '\n')};
  while (!all.before.empty() && !all.after.empty() && all.before.back() == all.after.back()) {
    all.before.pop_back();
    all.after.pop_back();
  }
  const auto same = std::mismatch(all.before.begin(), all.before.end(), all.after.begin(), all.after.end());
  all.before.erase(all.before.begin(), same.first);
  all.after.erase(all.after.begin(), same.second);
  return all;
}

const Strings kNoJson = {"012.json", "081.json", "107.json"};

std::vector<Sample> json_samples() {
  std::vector<Sample> all = samples("daemon_json");
  const auto no_json = [](const Sample& s) { return std::count(kNoJson.begin(), kNoJson.end(), s.name) != 0; };
  all.erase(std::remove_if(all.begin(), all.end(), no_json), all.end());
  return all;
}

// The pointers of all members, those of nested objects too.
void collect(const json& value, const std::string& pointer, Strings& found) {
  for (const auto& [key, member] : value.items()) {
    const std::string name = dockhost::child_pointer(pointer, key);
    found.push_back(name);
    if (member.is_object()) collect(member, name, found);
  }
}

Strings pointers(const JsonText& text) {
  Strings found;
  collect(text.value(), "", found);
  return found;
}

bool one_line(const std::string& text) { return std::count(text.begin(), text.end(), '\n') <= 1; }

std::size_t lines_of(const JsonText& text, const std::string& pointer) {
  return dockhost::split(text.spelling(pointer).value(), '\n').size();
}

}  // namespace

TEST_CASE("each daemon.json of the corpus is written as it was read") {
  for (const Sample& sample : json_samples()) {
    CAPTURE(sample.name);
    JsonText text = JsonText::parse(sample.text, sample.name);
    CHECK(text.text() == sample.text);
    CHECK(text.value() == json::parse(sample.text));
    for (const std::string& pointer : pointers(text)) {
      CAPTURE(pointer);
      text.set(pointer, text.find(pointer).value());
      CHECK(text.text() == sample.text);
    }
  }
}

TEST_CASE("the daemon.json files that are no JSON are refused with their place") {
  Strings places;
  const std::vector<Sample> all = samples("daemon_json");
  for (const Sample& sample : all) {
    try {
      JsonText::parse(sample.text, sample.name);
    } catch (const Error& error) {
      places.push_back(error.text());
    }
  }
  if (all.empty()) return;
  REQUIRE(places.size() == 3);
  CHECK(places[0] == "012.json:6:5: expected ',' or '}', found '\"'");
  CHECK(places[1] == "081.json:4:3: expected ',' or '}', found '\"'");
  CHECK(places[2] == "107.json:1:1: expected '{', found '\"'");
}

TEST_CASE("a new key in a daemon.json is one new line, and a comma in the line before") {
  for (const Sample& sample : json_samples()) {
    CAPTURE(sample.name);
    JsonText text = JsonText::parse(sample.text, sample.name);
    text.set("/dockhost-test", "x");
    const Difference lines = difference(sample.text, text.text());
    CAPTURE(text.text());
    if (one_line(sample.text)) {
      CHECK(lines.before.size() == 1);
      CHECK(lines.after.size() == 1);
      continue;
    }
    CHECK(lines.before.size() == 1);
    REQUIRE(lines.after.size() == 2);
    CHECK(lines.after[0].size() == lines.before[0].size() + 1);
    CHECK(lines.after[1].find("\"dockhost-test\"") != std::string::npos);
    CHECK(text.remove("/dockhost-test"));
    CHECK(text.text() == sample.text);
  }
}

TEST_CASE("a changed value in a daemon.json changes only its own lines") {
  for (const Sample& sample : json_samples()) {
    const JsonText original = JsonText::parse(sample.text, sample.name);
    for (const std::string& pointer : pointers(original)) {
      CAPTURE(sample.name);
      CAPTURE(pointer);
      JsonText text = original;
      text.set(pointer, "dockhost test");
      const Difference lines = difference(sample.text, text.text());
      CHECK(lines.before.size() == lines_of(original, pointer));
      CHECK(lines.after.size() == 1);
    }
  }
}

TEST_CASE("an element added to a list of a daemon.json is one new line or none") {
  for (const Sample& sample : json_samples()) {
    const JsonText original = JsonText::parse(sample.text, sample.name);
    for (const std::string& pointer : pointers(original)) {
      json value = original.find(pointer).value();
      if (!value.is_array() || value.empty()) continue;
      CAPTURE(sample.name);
      CAPTURE(pointer);
      JsonText text = original;
      value.push_back("dockhost test");
      text.set(pointer, value);
      CHECK(text.find(pointer) == value);
      const Difference lines = difference(sample.text, text.text());
      CHECK(lines.before.size() == 1);
      CHECK(lines.after.size() == (lines_of(original, pointer) > 1 ? 2 : 1));
    }
  }
}

TEST_CASE("a key removed from a daemon.json takes its lines, and the comma before it when it was the last") {
  for (const Sample& sample : json_samples()) {
    const JsonText original = JsonText::parse(sample.text, sample.name);
    for (const std::string& pointer : pointers(original)) {
      CAPTURE(sample.name);
      CAPTURE(pointer);
      JsonText text = original;
      CHECK(text.remove(pointer));
      CHECK(pointers(text).size() < pointers(original).size());
      const std::string holder = pointer.substr(0, pointer.rfind('/'));
      const Difference lines = difference(sample.text, text.text());
      if (text.find(holder)->empty()) {
        CHECK(text.spelling(holder) == "{}");
        continue;
      }
      CHECK(lines.after.size() <= 1);
      if (!one_line(sample.text)) CHECK(lines.before.size() - lines.after.size() == lines_of(original, pointer));
    }
  }
}

TEST_CASE("each fstab of the corpus is written as it was read") {
  for (const Sample& sample : samples("fstab")) {
    CAPTURE(sample.name);
    Fstab text = Fstab::parse(sample.text, sample.name);
    CHECK(text.text() == sample.text);
    const std::vector<FstabEntry> entries = text.entries();
    for (const FstabEntry& entry : entries) {
      CAPTURE(entry.line);
      CHECK_FALSE(text.set(entry.index, entry));
      CHECK(text.text() == sample.text);
    }
  }
}

TEST_CASE("a new entry in an fstab is one line at its end") {
  for (const Sample& sample : samples("fstab")) {
    CAPTURE(sample.name);
    Fstab text = Fstab::parse(sample.text, sample.name);
    CHECK(text.set(std::nullopt, {"/dev/sdb1", "/dockhost test", "ext4", "nodev", 0, 2}));
    const bool ended = sample.text.empty() || sample.text.back() == '\n';
    CHECK(text.text() == sample.text + (ended ? "" : "\n") + "/dev/sdb1 /dockhost\\040test ext4 nodev 0 2\n");
    REQUIRE(text.at("/dockhost test").size() == 1);
  }
}

TEST_CASE("changed options in an fstab change that field of that line alone") {
  for (const Sample& sample : samples("fstab")) {
    const std::vector<FstabEntry> entries = Fstab::parse(sample.text, sample.name).entries();
    for (const FstabEntry& entry : entries) {
      CAPTURE(sample.name);
      CAPTURE(entry.line);
      Fstab text = Fstab::parse(sample.text, sample.name);
      FstabEntry wanted = entry;
      wanted.options = "dockhost_test";
      CHECK(text.set(entry.index, wanted));
      CHECK(text.entries()[entry.index] == wanted);
      const Strings before = dockhost::split(sample.text, '\n'), after = dockhost::split(text.text(), '\n');
      REQUIRE(before.size() == after.size());
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (i + 1 != entry.line) CHECK(before[i] == after[i]);
      }
      Strings words = dockhost::words(before[entry.line - 1]);
      if (words.size() > 3) words[3] = "dockhost_test";
      if (words.size() == 3) words.emplace_back("dockhost_test");
      CHECK(dockhost::words(after[entry.line - 1]) == words);
    }
  }
}

TEST_CASE("an entry removed from an fstab takes its line alone") {
  for (const Sample& sample : samples("fstab")) {
    const std::vector<FstabEntry> entries = Fstab::parse(sample.text, sample.name).entries();
    for (const FstabEntry& entry : entries) {
      CAPTURE(sample.name);
      CAPTURE(entry.line);
      Fstab text = Fstab::parse(sample.text, sample.name);
      text.remove({entry.index});
      std::string expected;
      std::istringstream lines(sample.text);
      std::string line;
      for (std::size_t i = 1; std::getline(lines, line); ++i) {
        const bool ended = !lines.eof();
        if (i != entry.line) expected += line + (ended ? "\n" : "");
      }
      CHECK(text.text() == expected);
    }
  }
}

TEST_CASE("each rules file of the corpus is written as it was read") {
  for (const Sample& sample : samples("audit_rules")) {
    CAPTURE(sample.name);
    AuditRulesFile file = AuditRulesFile::parse(sample.text);
    CHECK(file.text() == sample.text);
    file.append("-w /dockhost-test");
    CHECK(file.text().starts_with(sample.text));
    file.remove({file.lines().size()});
    const bool ended = sample.text.empty() || sample.text.back() == '\n';
    CHECK(file.text() == sample.text + (ended ? "" : "\n"));
  }
}

TEST_CASE("each rule of the corpus, printed in the kernel's form and read again, means the same") {
  std::size_t rules = 0;
  const std::vector<Sample> all = samples("audit_rules");
  for (const Sample& sample : all) {
    const AuditRulesFile file = AuditRulesFile::parse(sample.text);
    for (const AuditRulesFile::Line& line : file.lines()) {
      if (!line.rule()) continue;
      ++rules;
      CAPTURE(sample.name);
      CAPTURE(line.text);
      const AuditRule& rule = line.said.rule;
      CHECK(dockhost::parse_audit_rule(dockhost::text_of(rule)) == rule);
      const auto listed = dockhost::parse_audit_listing(dockhost::listing_of(rule, false));
      REQUIRE(listed.size() == 1);
      const bool hidden = rule.action == "never" && listed[0].watch;  // auditctl's listing says always
      const auto place = [&](const std::string& path) {
        return dockhost::AuditPlace{dockhost::normal_path(path), rule.field("dir") != nullptr};
      };
      if (!hidden) CHECK(dockhost::same_rule(listed[0], rule, place));
    }
  }
  if (!all.empty()) CHECK(rules > 3000);
}
