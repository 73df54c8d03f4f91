// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.hpp"

#include <algorithm>
#include <utility>

namespace dockhost {

std::string to_string(const Where& where) {
  std::string place = where.path;
  if (!place.empty() && where.line != 0) place += ":" + std::to_string(where.line);
  if (!place.empty() && where.line != 0 && where.column != 0) place += ":" + std::to_string(where.column);
  return place;
}

Error::Error(const std::string& what, Where place) : std::runtime_error(what), where(std::move(place)) {}

Error& Error::during(std::string doing) {
  trail.push_back(std::move(doing));
  return *this;
}

std::string Error::text() const {
  const std::string place = to_string(where);
  std::string text = place.empty() ? what() : place + ": " + what();
  if (!trail.empty()) text += " (while " + join(trail, ", while ") + ")";
  return text;
}

Error error_at(const std::string& what, const std::string& path, std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  std::string_view quoted = text.substr(start, text.find('\n', start) - start);
  if (quoted.ends_with('\r')) quoted.remove_suffix(1);
  // A tab stays a tab in both lines, so that the caret stands under its character whatever the tab width.
  std::string shown, caret;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    const std::string piece = quoted[i] == '\t' ? "\t" : printable(quoted.substr(i, 1));
    // A byte of a multi-byte character is shown as it is when the whole line is UTF-8.
    const bool raw = static_cast<unsigned char>(quoted[i]) >= 0x80 && utf8(quoted) == quoted;
    shown += raw ? std::string(1, quoted[i]) : piece;
    const bool continuation = raw && (static_cast<unsigned char>(quoted[i]) & 0xC0U) == 0x80;
    if (start + i < offset && !continuation)
      caret += quoted[i] == '\t' ? "\t" : std::string(raw ? 1 : piece.size(), ' ');
  }
  return Error(what + "\n" + shown + "\n" + caret + "^", Where{path, line, offset - start + 1});
}

}  // namespace dockhost
