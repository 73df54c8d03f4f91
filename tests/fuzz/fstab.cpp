// SPDX-License-Identifier: GPL-3.0-or-later
// fstab. Input: the file; the six fields of an entry, a line each; which entry it takes the place of.
#include "edit/fstab.hpp"

#include <algorithm>

#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

Strings lines_of(const std::string& text) {
  Strings lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

FstabEntry wanted_of(const std::string& fields) {
  Strings all = split(fields, '\n');
  all.resize(6);
  FstabEntry wanted;
  wanted.source = all[0];
  wanted.target = all[1];
  wanted.fstype = all[2];
  wanted.options = all[3];
  wanted.dump = static_cast<int>(leading_number(all[4]) % 3);
  wanted.passno = static_cast<int>(leading_number(all[5]) % 3);
  return wanted;
}

// An entry is what its line says, wherever that stands.
void require_own_lines(const Fstab& fstab) {
  const Strings lines = lines_of(fstab.text());
  std::size_t last = 0;
  for (const FstabEntry& entry : fstab.entries()) {
    require(entry.line > last && entry.line <= lines.size(), "entries stand on lines of their own, in order");
    last = entry.line;
    const Fstab alone = Fstab::parse(lines[entry.line - 1], "fstab");
    require(alone.entries().size() == 1 && alone.entries().front() == entry, "an entry is what its line says");
  }
}

void require_same_lines(const Fstab& before, const Fstab& after, std::size_t but) {
  const Strings old = lines_of(before.text()), made = lines_of(after.text());
  require(old.size() == made.size(), "a changed entry stays one line");
  for (std::size_t i = 0; i < old.size(); ++i)
    require(i + 1 == but || old[i] == made[i], "other lines keep their bytes");
}

void change(const Fstab& before, std::size_t index, const FstabEntry& wanted) {
  Fstab after = before;
  bool changed = false;
  if (!done([&] { changed = after.set(index, wanted); }))
    return require(after.text() == before.text(), "a change that is refused leaves the text");
  require(changed == (after.text() != before.text()), "a change is told, and nothing else is");
  require_same_lines(before, after, before.entries()[index].line);
  const Fstab again = Fstab::parse(after.text(), "fstab");
  require(again.entries() == after.entries(), "what was written parses to the same");
  require(after.entries().size() == before.entries().size(), "an entry stays one");
  require(same_entry(after.entries()[index], wanted), "the entry means what was asked");
  require(!after.set(index, wanted), "what is there already is not changed again");
}

void append(const Fstab& before, const FstabEntry& wanted) {
  Fstab after = before;
  if (!done([&] { after.set(std::nullopt, wanted); }))
    return require(after.text() == before.text(), "an entry that is refused leaves the text");
  require(after.text().starts_with(before.text()), "a new entry stands behind all");
  require(lines_of(after.text()).size() == lines_of(before.text()).size() + 1, "a new entry is one line");
  require(after.entries().size() == before.entries().size() + 1, "a new entry is one");
  require(same_entry(after.entries().back(), wanted), "the new entry means what was asked");
  Fstab again = after;
  again.remove({after.entries().size() - 1});
  // A last line without an end has got one.
  require(again.text().starts_with(before.text()) && lines_of(again.text()).size() == lines_of(before.text()).size(),
          "a new entry that is removed leaves the other lines");
}

void remove_some(const Fstab& before, std::size_t which) {
  Fstab after = before;
  after.remove({which});
  Strings lines = lines_of(before.text());
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(before.entries()[which].line - 1));
  require(lines_of(after.text()) == lines, "a removal takes one line");
  std::vector<std::size_t> all;
  for (const FstabEntry& entry : before.entries()) all.push_back(entry.index);
  after = before;
  after.remove(all);
  require(after.entries().empty(), "a removal of all leaves none");
}

}  // namespace

void fstab(std::string_view input) {
  const std::string text = part(input, 0), fields = part(input, 1, "LABEL=x\n/srv/a b\next4\nnodev\n0\n2");
  const Fstab parsed = Fstab::parse(text, "fstab");
  require(parsed.text() == text, "the text is kept as it was read");
  require_own_lines(parsed);
  const FstabEntry wanted = wanted_of(fields);
  for (const std::string& value : {text.substr(0, 200), wanted.source, wanted.target}) {
    require(fstab_unescape(fstab_escape(value)) == value, "what is escaped reads as it was");
    require(fstab_escape(value).find_first_of(" \t\r\n") == std::string::npos, "an escaped value is one field");
  }
  append(parsed, wanted);
  const std::size_t count = parsed.entries().size();
  if (count == 0) return;
  const std::size_t which = leading_number(part(input, 2)) % count;
  const FstabEntry own = parsed.entries()[which];
  Fstab same = parsed;
  require(!done([&] { require(!same.set(which, own), "an entry is as it is"); }) || same.text() == text,
          "an entry that is set to itself stays");
  change(parsed, which, wanted);
  change(parsed, which, parsed.entries()[input.size() % count]);
  remove_some(parsed, which);
  for (const FstabEntry* found : parsed.at(wanted.target))
    require(same_target(found->target, wanted.target), "what is found is at that mount point");
}

}  // namespace fuzz
