// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// One entry of fstab(5), without escapes and without the quotes of LABEL="x".
struct FstabEntry {
  std::string source, target, fstype, options;
  int dump = 0, passno = 0;

  // Where it stands, of no meaning to the comparison: its position among the entries, its line, counted from 1, and how
  // many of its fields are written. What is not written is `defaults`, 0 and 0.
  std::size_t index = 0, line = 0, fields = 6;

  // The six values, literally; see same_entry() for their meaning.
  bool operator==(const FstabEntry& other) const;
};

// An fstab, edited in place: what is not asked for keeps every byte. A line that is no entry (a comment, a blank line,
// fewer than three fields, a mount point that is neither absolute nor that of swap, a fifth or sixth field that is no
// number) is kept and is never an obstacle. A field that begins with # ends the entry; from there on it is a comment.
class Fstab {
 public:
  // `path` is used in messages only. Never an error.
  static Fstab parse(std::string text, std::string path);

  const std::string& text() const { return text_; }
  const std::vector<FstabEntry>& entries() const { return entries_; }

  // The entries of a mount point, in the order of the file; a slash at the end makes no difference. Swap has no mount
  // point: its entries are told apart by source. The pointers hold until the next change.
  std::vector<const FstabEntry*> at(std::string_view target) const;
  std::vector<const FstabEntry*> swap(std::string_view source) const;

  // Changes the fields of entry `index` that differ in meaning (same_source, same_target, same_effect) and no other;
  // or appends six fields with single spaces as a new line. Options that are empty text are `defaults`. False when
  // nothing was to change. Throws Error when the mount point is not absolute, except `none` and `swap` for swap, and
  // when the source or the type is empty or there is no such entry.
  bool set(std::optional<std::size_t> index, const FstabEntry& wanted);

  // Takes the lines out, their line ends included; the indexes rise. Throws Error when there is no such entry.
  void remove(const std::vector<std::size_t>& indexes);

 private:
  // A piece of the text, in bytes from its beginning.
  struct Span {
    std::size_t begin = 0, end = 0;
  };
  struct Line {
    Span whole;                // its line end included
    std::vector<Span> fields;  // six at most
  };

  void read_line(Span whole, std::size_t number);
  const Line& line_of(std::size_t index) const;
  std::string line_end() const;
  void append(const FstabEntry& wanted);

  std::string text_, path_;
  std::vector<FstabEntry> entries_;
  std::vector<Line> lines_;  // of the entries
};

// A value as fstab(5) writes it: blank \040, tab \011, line feed \012, carriage return \015, backslash \134, and a #
// at the beginning \043, where it would begin a comment (sshfs#host is usual and stays).
std::string fstab_escape(std::string_view value);

// The value of a field: each \ooo is the byte of that octal number, as in libmount.
std::string fstab_unescape(std::string_view field);

// Whether two sources have the same name: literally, without the quotes of LABEL="x", or as the two names of a logical
// volume, /dev/a/b and /dev/mapper/a-b (dashes doubled there), which need no device to be compared.
bool same_source(std::string_view a, std::string_view b);

// Whether two mount points are the same path but for slashes at the end, or both say that there is none (none, swap).
bool same_target(std::string_view a, std::string_view b);

// Whether two entries mean the same: sources and mount points by name, options by effect.
bool same_entry(const FstabEntry& a, const FstabEntry& b);

}  // namespace dockhost
