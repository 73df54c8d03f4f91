// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/unit_file.hpp"

#include "base/text.hpp"

namespace dockhost {
namespace {

// Where the section's last line that says something ends; npos where there is no such section. `there` is set where one
// of its lines is `line`.
std::size_t end_of(const std::string& text, std::string_view header, std::string_view line, bool& there) {
  std::size_t end = std::string::npos;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = text.find('\n', at);
    next = next == std::string::npos ? text.size() : next + 1;
    const std::string said = trim(std::string_view(text).substr(at, next - at));
    if (said.starts_with('[')) inside = said == header;
    if (inside && !said.empty()) end = next;
    there = there || (inside && said == line);
    at = next;
  }
  return end;
}

}  // namespace

std::string with_line(const std::string& text, std::string_view section, std::string_view line) {
  const std::string header = "[" + std::string(section) + "]";
  bool there = false;
  const std::size_t end = end_of(text, header, line, there);
  if (there) return text;
  const std::string added = std::string(line) + "\n";
  if (end == std::string::npos) {
    const std::string gap = text.empty() || text.ends_with('\n') ? "" : "\n";
    return text + gap + header + "\n" + added;
  }
  const std::string gap = text[end - 1] == '\n' ? "" : "\n";
  return text.substr(0, end) + gap + added + text.substr(end);
}

std::string mount_unit(std::string_view path) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (const std::string& part : split(path, '/')) {
    if (part.empty()) continue;
    if (!name.empty()) name += '-';
    for (std::size_t i = 0; i < part.size(); ++i) {
      const char c = part[i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      const bool plain = letter || c == ':' || c == '_' || (c == '.' && !(name.empty() && i == 0));
      if (plain) {
        name += c;
        continue;
      }
      const auto byte = static_cast<unsigned char>(c);
      name += std::string("\\x") + digits[byte >> 4U] + digits[byte & 0xfU];
    }
  }
  return (name.empty() ? "-" : name) + ".mount";
}

std::string automount_unit(std::string_view path) {
  const std::string unit = mount_unit(path);
  return unit.substr(0, unit.size() - 5) + "automount";
}

}  // namespace dockhost
