// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/tmpfiles.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.hpp"

namespace dockhost {
namespace {

// A path as one word: systemd-tmpfiles takes off quotes and \xNN, and a percent sign begins a specifier.
std::string word_of(const std::string& path) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string word;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte > ' ' && byte != 0x7F && c != '"' && c != '\'' && c != '\\';
    if (plain) {
      word += c == '%' ? "%%" : std::string(1, c);
    } else {
      word += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    }
  }
  return word;
}

// d, or D, which empties it at the end; behind it what systemd-tmpfiles knows of both. A line of another type is
// refused.
bool makes_directory(const std::string& type) {
  return (type[0] == 'd' || type[0] == 'D') && type.find_first_not_of("!-=+", 1) == std::string::npos;
}

}  // namespace

std::string with_directory(const std::string& text, const std::string& path, unsigned mode) {
  const std::string word = word_of(path);
  // To systemd a carriage return ends a line too.
  std::string lines = text;
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  for (const std::string& line : split(lines, '\n')) {
    const Strings fields = words(line);
    if (fields.size() >= 2 && makes_directory(fields[0]) && fields[1] == word) return text;
  }
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "%04o", mode);
  const std::string gap = text.empty() || text.ends_with('\n') ? "" : "\n";
  return text + gap + "d " + word + " " + digits.data() + " root root -\n";
}

}  // namespace dockhost
