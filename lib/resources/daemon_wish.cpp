// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_wish.hpp"

#include <algorithm>
#include <set>

#include "dockerd/values.hpp"

namespace dockhost {
namespace {

std::string pointer_of(const std::string& absent) {
  return absent.starts_with('/') ? absent : child_pointer("", absent);
}

// Whether `settings` says something about what the pointer names, or about something in it.
bool sets(const json& settings, const std::string& pointer) {
  const json* at = &settings;
  for (const std::string& name : pointer_names(pointer)) {
    if (!at->is_object() || !at->contains(name)) return false;
    at = &at->at(name);
  }
  return true;
}

bool differs(const JsonText& before, const JsonText& after, const std::string& pointer) {
  return before.find(pointer) != after.find(pointer) || before.spelling(pointer) != after.spelling(pointer);
}

}  // namespace

json converted_settings(const json& settings, const std::string& option) {
  json converted = json::object();
  Strings problems;
  for (const auto& setting : settings.items()) {
    try {
      append_member(converted, setting.key(), convert_setting(setting.key(), setting.value()));
    } catch (const Error& error) {
      for (const std::string& line : split(error.text(), '\n')) {
        problems.push_back(line.starts_with("settings.") ? option + line.substr(8) : line);
      }
    }
  }
  if (!problems.empty()) throw Error(join(problems, "\n"));
  return converted;
}

Strings wished_keys(const DaemonWish& wish) {
  Strings keys;
  for (const auto& setting : wish.settings.items()) keys.push_back(setting.key());
  std::set<std::string> known(keys.begin(), keys.end());
  for (const std::string& absent : wish.absent) {
    const Strings names = pointer_names(pointer_of(absent));
    if (!names.empty() && known.insert(names.front()).second) keys.push_back(names.front());
  }
  return keys;
}

void edit(JsonText& text, const DaemonWish& wish) {
  for (const std::string& absent : wish.absent) {
    if (sets(wish.settings, pointer_of(absent))) {
      throw Error("option 'absent': " + quote(absent) + " is set in 'settings' too");
    }
    text.remove(pointer_of(absent));
  }
  text.merge(wish.settings, wish.append);
}

std::string wish_note(const DaemonWish& wish, const JsonText& before, const JsonText& after) {
  Strings set, removed, notes;
  for (const auto& setting : wish.settings.items()) {
    if (!differs(before, after, child_pointer("", setting.key()))) continue;
    const json now = after.find(child_pointer("", setting.key())).value_or(nullptr);
    set.push_back(setting.key() + "=" + (now.is_array() ? now : setting.value()).dump());
  }
  for (const std::string& absent : wish.absent) {
    if (differs(before, after, pointer_of(absent))) removed.push_back(absent);
  }
  if (!set.empty()) notes.push_back("set " + join(set, ", "));
  if (!removed.empty()) notes.push_back("remove " + join(removed, ", "));
  return join(notes, "; ");
}

}  // namespace dockhost
