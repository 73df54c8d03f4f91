// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/fstab.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.hpp"
#include "edit/mount_options.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kMapper = "/dev/mapper/";

bool octal(char c) { return c >= '0' && c <= '7'; }

bool is_tag_letter(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

// LABEL="x" and LABEL='x' are LABEL=x (blkid_parse_tag_string).
std::string unquoted(const std::string& source) {
  const std::size_t equals = source.find('=');
  if (equals == std::string::npos || equals == 0 || source.size() < equals + 3) return source;
  const char mark = source[equals + 1];
  const bool tag = std::all_of(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(equals), is_tag_letter);
  if (!tag || (mark != '"' && mark != '\'') || source.back() != mark) return source;
  return source.substr(0, equals + 1) + source.substr(equals + 2, source.size() - equals - 3);
}

// /dev/a-b/c as the device mapper names it, /dev/mapper/a--b-c; any other name as it is.
std::string mapper_name(const std::string& source) {
  if (!source.starts_with("/dev/") || source.starts_with(kMapper)) return source;
  const Strings parts = split(std::string_view(source).substr(5), '/');
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) return source;
  const auto doubled = [](const std::string& name) { return join(split(name, '-'), "--"); };
  return std::string(kMapper) + doubled(parts[0]) + "-" + doubled(parts[1]);
}

std::string_view without_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

bool no_mount_point(std::string_view target) { return target == "none" || target == "swap"; }

bool absolute(std::string_view target) { return !target.empty() && target.front() == '/'; }

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  return failure == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

void check(const FstabEntry& wanted) {
  if (wanted.source.empty()) throw Error("an fstab entry needs a source");
  if (wanted.fstype.empty()) throw Error("an fstab entry needs a file system type");
  const bool swap = wanted.fstype == "swap" && no_mount_point(wanted.target);
  if (swap || absolute(wanted.target)) return;
  throw Error("the mount point " + quote(wanted.target) + " is not an absolute path");
}

std::array<std::string, 6> spelled(const FstabEntry& entry) {
  return {fstab_escape(entry.source), fstab_escape(entry.target),
          fstab_escape(entry.fstype), entry.options.empty() ? "defaults" : fstab_escape(entry.options),
          std::to_string(entry.dump), std::to_string(entry.passno)};
}

// For swap `sw` says nothing: swapon(8) does not read it.
bool same_options(const FstabEntry& a, const FstabEntry& b) {
  if (a.fstype != "swap" || b.fstype != "swap") return same_effect(a.options, b.options);
  const Strings nothing = {"sw"};
  return effective(without(split_options(a.options), nothing)) == effective(without(split_options(b.options), nothing));
}

// server:/path and //server/share, without slashes at the end.
std::string_view without_last_slashes(std::string_view source) {
  const bool local = source.starts_with('/') && !source.starts_with("//");
  const std::size_t colon = source.find(":/");
  if (local || (colon == std::string_view::npos && !source.starts_with("//"))) return source;
  const std::size_t least = source.starts_with("//") ? 2 : colon + 2;
  while (source.size() > least && source.back() == '/') source.remove_suffix(1);
  return source;
}

// Which of the six fields of the two entries differ in meaning.
std::array<bool, 6> differences(const FstabEntry& a, const FstabEntry& b) {
  return {!same_source(a.source, b.source),
          !same_target(a.target, b.target),
          a.fstype != b.fstype,
          !same_options(a, b),
          a.dump != b.dump,
          a.passno != b.passno};
}

}  // namespace

bool FstabEntry::operator==(const FstabEntry& other) const {
  return source == other.source && target == other.target && fstype == other.fstype && options == other.options &&
         dump == other.dump && passno == other.passno;
}

Fstab Fstab::parse(std::string text, std::string path) {
  Fstab parsed;
  parsed.text_ = std::move(text);
  parsed.path_ = std::move(path);
  std::size_t number = 1;
  for (std::size_t begin = 0; begin < parsed.text_.size(); ++number) {
    const std::size_t found = parsed.text_.find('\n', begin);
    const std::size_t end = found == std::string::npos ? parsed.text_.size() : found + 1;
    parsed.read_line({begin, end}, number);
    begin = end;
  }
  return parsed;
}

void Fstab::read_line(Span whole, std::size_t number_of_line) {
  Line line{whole, {}};
  std::string_view content = std::string_view(text_).substr(0, whole.end);
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  std::size_t at = content.find_first_not_of(kBlank, whole.begin);
  while (at < content.size() && content[at] != '#' && line.fields.size() < 6) {
    const std::size_t end = std::min(content.find_first_of(kBlank, at), content.size());
    line.fields.push_back({at, end});
    at = content.find_first_not_of(kBlank, end);
  }
  if (line.fields.size() < 3) return;
  const auto field = [&](std::size_t i) {
    return content.substr(line.fields[i].begin, line.fields[i].end - line.fields[i].begin);
  };
  FstabEntry entry;
  entry.source = unquoted(fstab_unescape(field(0)));
  entry.target = fstab_unescape(field(1));
  entry.fstype = fstab_unescape(field(2));
  entry.options = line.fields.size() > 3 ? fstab_unescape(field(3)) : "defaults";
  const std::optional<int> dump = line.fields.size() > 4 ? number(field(4)) : 0;
  const std::optional<int> passno = line.fields.size() > 5 ? number(field(5)) : 0;
  const bool placed = absolute(entry.target) || no_mount_point(entry.target) || entry.fstype == "swap";
  if (!dump || !passno || !placed) return;
  entry.dump = *dump;
  entry.passno = *passno;
  entry.index = entries_.size();
  entry.line = number_of_line;
  entry.fields = line.fields.size();
  entries_.push_back(std::move(entry));
  lines_.push_back(std::move(line));
}

std::vector<const FstabEntry*> Fstab::at(std::string_view target) const {
  std::vector<const FstabEntry*> found;
  for (const FstabEntry& entry : entries_) {
    if (absolute(target) && same_target(entry.target, target)) found.push_back(&entry);
  }
  return found;
}

std::vector<const FstabEntry*> Fstab::swap(std::string_view source) const {
  std::vector<const FstabEntry*> found;
  for (const FstabEntry& entry : entries_) {
    if (entry.fstype == "swap" && same_source(entry.source, source)) found.push_back(&entry);
  }
  return found;
}

const Fstab::Line& Fstab::line_of(std::size_t index) const {
  if (index < lines_.size()) return lines_[index];
  throw Error("there is no entry " + std::to_string(index + 1), {path_});
}

bool Fstab::set(std::optional<std::size_t> index, const FstabEntry& wanted) {
  check(wanted);
  if (!index) {
    append(wanted);
    return true;
  }
  const Line& line = line_of(*index);
  const std::array<bool, 6> differ = differences(entries_[*index], wanted);
  const std::array<std::string, 6> fields = spelled(wanted);
  std::size_t needed = line.fields.size();
  for (std::size_t i = needed; i < differ.size(); ++i) needed = differ[i] ? i + 1 : needed;
  std::string changed = text_;
  // From the last to the first, so that the places before stay what they are.
  for (std::size_t i = needed; i-- > line.fields.size();) changed.insert(line.fields.back().end, " " + fields[i]);
  for (std::size_t i = line.fields.size(); i-- > 0;) {
    if (differ[i]) changed.replace(line.fields[i].begin, line.fields[i].end - line.fields[i].begin, fields[i]);
  }
  if (changed == text_) return false;
  *this = parse(std::move(changed), path_);
  return true;
}

std::string Fstab::line_end() const {
  const std::size_t first = text_.find('\n');
  const bool carriage_return = first != std::string::npos && first > 0 && text_[first - 1] == '\r';
  return carriage_return ? "\r\n" : "\n";
}

void Fstab::append(const FstabEntry& wanted) {
  const std::string end = line_end();
  std::string changed = text_;
  if (!changed.empty() && changed.back() != '\n') changed += end;
  const std::array<std::string, 6> fields = spelled(wanted);
  changed += join(Strings(fields.begin(), fields.end()), " ") + end;
  *this = parse(std::move(changed), path_);
}

void Fstab::remove(const std::vector<std::size_t>& indexes) {
  std::string left;
  std::size_t at = 0;
  for (const std::size_t index : indexes) {
    const Span whole = line_of(index).whole;
    left.append(text_, at, whole.begin - at);
    at = whole.end;
  }
  left.append(text_, at, std::string::npos);
  *this = parse(std::move(left), path_);
}

std::string fstab_escape(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool comment = c == '#' && out.empty();
    if (!comment && std::string_view(" \t\n\r\\").find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    for (const unsigned shift : {6U, 3U, 0U}) {
      if (shift == 6U) out += '\\';
      out += static_cast<char>('0' + static_cast<char>((byte >> shift) & 7U));
    }
  }
  return out;
}

std::string fstab_unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const std::string_view digits = field.substr(i, 4);
    const bool escape = digits.size() == 4 && digits[0] == '\\' && digits[1] >= '0' && digits[1] <= '3' &&
                        octal(digits[2]) && octal(digits[3]);
    if (!escape) {
      out += field[i];
      continue;
    }
    out += static_cast<char>((digits[1] - '0') * 64 + (digits[2] - '0') * 8 + (digits[3] - '0'));
    i += 3;
  }
  return out;
}

bool same_source(std::string_view a, std::string_view b) {
  const std::string left = unquoted(std::string(a)), right = unquoted(std::string(b));
  return without_last_slashes(left) == without_last_slashes(right) || mapper_name(left) == mapper_name(right);
}

bool same_target(std::string_view a, std::string_view b) {
  return without_slashes(a) == without_slashes(b) || (no_mount_point(a) && no_mount_point(b));
}

bool same_entry(const FstabEntry& a, const FstabEntry& b) {
  const std::array<bool, 6> differ = differences(a, b);
  return std::none_of(differ.begin(), differ.end(), [](bool one) { return one; });
}

}  // namespace dockhost
