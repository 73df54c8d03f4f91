// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <ctime>

namespace dockhost {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string hex(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
}

// Bytes of the UTF-8 character that begins at `at`, or 0 where none does (RFC 3629: no overlong form, no surrogate).
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : length;
}

// Whether the character, in UTF-8, is one of those by which a text is shown in another order than it has, or on other
// lines.
bool turns_text(std::string_view character) {
  if (character == "\u061c" || character == "\u200e" || character == "\u200f") return true;
  const std::string_view rest = character.substr(std::min<std::size_t>(character.size(), 1));
  if (!character.starts_with('\xe2')) return false;
  return (rest >= "\x80\xa8" && rest <= "\x80\xae") ||  // U+2028 to U+202E
         (rest >= "\x81\xa6" && rest <= "\x81\xa9");    // U+2066 to U+2069
}

}  // namespace

std::string join(const Strings& parts, std::string_view separator) {
  std::string all;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) all += separator;
    all += part;
  }
  return all;
}

Strings split(std::string_view text, char separator) {
  Strings parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Strings words(std::string_view text) {
  Strings found;
  while (true) {
    const std::size_t start = text.find_first_not_of(kBlank);
    if (start == std::string_view::npos) return found;
    text.remove_prefix(start);
    const std::size_t end = text.find_first_of(kBlank);
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
}

std::string trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return std::string(text.substr(start, text.find_last_not_of(kBlank) - start + 1));
}

bool contains(const Strings& all, std::string_view name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

bool contains_all(const Strings& all, const Strings& some) {
  return std::all_of(some.begin(), some.end(), [&](const std::string& one) { return contains(all, one); });
}

Strings without(Strings names, const Strings& others) {
  std::erase_if(names, [&](const std::string& name) { return contains(others, name); });
  return names;
}

bool at_or_below(const std::string& path, const std::string& folder) {
  return path == folder || folder == "/" || path.starts_with(folder + "/");
}

std::uint64_t leading_number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string quote(std::string_view value) { return "'" + printable(value) + "'"; }

std::string printable(std::string_view text, bool keep_lines) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const bool control = (byte < 0x20 && !(keep_lines && (byte == '\n' || byte == '\t'))) || byte == 0x7F || c1;
    if (length == 0 || control || turns_text(text.substr(i, length))) {
      for (std::size_t k = 0; k < (length == 0 ? 1 : length); ++k)
        shown += hex(static_cast<unsigned char>(text[i + k]));
    } else {
      shown += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return shown;
}

std::string utf8(std::string_view bytes) {
  std::string valid;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = character_length(bytes, i);
    valid += length == 0 ? hex(static_cast<unsigned char>(bytes[i])) : std::string(bytes.substr(i, length));
    i += length == 0 ? 1 : length;
  }
  return valid;
}

std::string shortened(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  const std::string_view end = most < 3 ? "" : "\u2026";
  std::size_t cut = most - end.size();
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80) --cut;
  return text.substr(0, cut).append(end);
}

Strings at_most(std::size_t most, Strings names) {
  if (names.size() <= most) return names;
  const std::size_t more = names.size() - most;
  names.resize(most);
  names.push_back(std::to_string(more) + " others");
  return names;
}

std::string sentence_list(const Strings& names) {
  if (names.size() < 2) return names.empty() ? "" : names.front();
  const Strings all_but_last(names.begin(), names.end() - 1);
  return join(all_but_last, ", ") + " and " + names.back();
}

bool plain_name(std::string_view name) {
  const auto good = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F && c != '/';
  };
  return !name.empty() && name.front() != '-' && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), good);
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string utc_time(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace dockhost
