// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/unit_file.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace dockhost {
namespace {

// Whether the next line is part of this one: an odd number of backslashes ends it (config_parse of systemd).
bool goes_on(std::string_view line) {
  const std::size_t last = line.find_last_not_of('\\');
  return (line.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 == 1;
}

// Where a line can be put behind what a section says.
struct LinePlace {
  std::size_t end = std::string::npos;  // where its last line that says something ends; npos: there is no such section
  bool there = false;                   // one of its lines is the one that is wanted
  bool open = false;                    // the text ends with a line that would go on
};

LinePlace place_of_line(const std::string& text, std::string_view header, std::string_view line) {
  LinePlace place;
  bool inside = false;
  std::string said;
  const auto take = [&](std::size_t end) {
    said = trim(said);
    if (said.starts_with('[')) inside = said == header;
    if (inside && !said.empty()) place.end = end;
    place.there = place.there || (inside && said == line);
    said.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t found = text.find('\n', at), next = found == std::string::npos ? text.size() : found + 1;
    std::string_view raw = std::string_view(text).substr(at, std::min(found, text.size()) - at);
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    raw.remove_prefix(std::min(raw.find_first_not_of(" \t"), raw.size()));
    at = next;
    // A comment is nothing, and does not end a line that goes on.
    const bool comment = raw.starts_with('#') || raw.starts_with(';');
    if (comment && inside && !place.open) place.end = next;
    if (comment) continue;
    place.open = goes_on(raw);
    said += raw;
    if (place.open) said.back() = ' ';
    if (place.open && next < text.size()) continue;
    take(next);
  }
  take(text.size());  // of a line that would go on behind comments
  if (place.open && inside) place.end = text.size();
  return place;
}

}  // namespace

std::string with_line(const std::string& text, std::string_view section, std::string_view line) {
  const std::string header = "[" + std::string(section) + "]";
  const LinePlace place = place_of_line(text, header, line);
  if (place.there) return text;
  const bool missing = place.end == std::string::npos;
  const std::size_t end = missing ? text.size() : place.end;
  std::string gap = end == 0 || text[end - 1] == '\n' ? "" : "\n";
  // An empty line ends one that would go on.
  if (place.open && end == text.size()) gap += "\n";
  const std::string added = (missing ? header + "\n" : "") + std::string(line) + "\n";
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
