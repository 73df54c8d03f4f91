// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/tmpfiles.hpp"

#include <array>
#include <cstdio>

#include "base/text.hpp"

namespace dockhost {

std::string with_directory(const std::string& text, const std::string& path, unsigned mode) {
  for (const std::string& line : split(text, '\n')) {
    const Strings fields = words(line);
    if (fields.size() >= 2 && (fields[0][0] == 'd' || fields[0][0] == 'D') && fields[1] == path) return text;
  }
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "%04o", mode);
  const std::string gap = text.empty() || text.ends_with('\n') ? "" : "\n";
  return text + gap + "d " + path + " " + digits.data() + " root root -\n";
}

}  // namespace dockhost
