// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/json_pointer.hpp"

#include <cstddef>

#include "base/error.hpp"

namespace dockhost {
namespace {

std::string replaced_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

std::string child_pointer(const std::string& pointer, std::string_view key) {
  return pointer + "/" + replaced_all(replaced_all(std::string(key), "~", "~0"), "/", "~1");
}

Strings pointer_names(const std::string& pointer) {
  if (pointer.empty()) return {};
  if (pointer.front() != '/') throw Error(quote(pointer) + " is not a JSON Pointer: it does not begin with '/'");
  Strings names = split(std::string_view(pointer).substr(1), '/');
  for (std::string& name : names) {
    for (std::size_t at = name.find('~'); at != std::string::npos; at = name.find('~', at + 1)) {
      if (at + 1 < name.size() && (name[at + 1] == '0' || name[at + 1] == '1')) continue;
      throw Error(quote(pointer) + " is not a JSON Pointer: '~' stands only in ~0 (for '~') and ~1 (for '/')");
    }
    name = replaced_all(replaced_all(name, "~1", "/"), "~0", "~");
  }
  return names;
}

}  // namespace dockhost
