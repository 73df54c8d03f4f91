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

Error::Error(const std::string& what, Where place)
    : std::runtime_error(printable(what, true)), where(std::move(place)) {}

Error& Error::during(std::string doing) {
  trail.push_back(std::move(doing));
  return *this;
}

std::string Error::text() const {
  const std::string place = to_string(where);
  std::string text = place.empty() ? what() : place + ": " + what();
  if (!trail.empty()) text += " (while " + join(trail, ", while ") + ")";
  return printable(text, true);
}

Where place_in(const std::string& path, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  return {path, line, before.size() - (before.rfind('\n') + 1) + 1};
}

Error error_at(const std::string& what, const std::string& path, std::string_view text, std::size_t offset) {
  return Error(what, place_in(path, text, offset));
}

}  // namespace dockhost
