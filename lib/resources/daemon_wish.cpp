// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_wish.hpp"

#include <algorithm>

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

// Ansible's combine(list_merge='append_rp'): the new list behind the old one, whose elements that come again go.
json appended(const json& old, const json& more) {
  json all = json::array();
  for (const json& element : old) {
    if (std::find(more.begin(), more.end(), element) == more.end()) all.push_back(element);
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void merge(JsonText& text, const std::string& pointer, const json& value, bool append) {
  const auto found = text.find(pointer);
  if (found && found->is_object() && value.is_object()) {
    for (const auto& member : value.items()) merge(text, child_pointer(pointer, member.key()), member.value(), append);
  } else if (append && found && found->is_array() && value.is_array()) {
    text.set(pointer, appended(*found, value));
  } else {
    text.set(pointer, value);
  }
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
      converted[setting.key()] = convert_setting(setting.key(), setting.value());
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
  for (const std::string& absent : wish.absent) {
    const Strings names = pointer_names(pointer_of(absent));
    if (!names.empty() && !contains(keys, names.front())) keys.push_back(names.front());
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
  for (const auto& setting : wish.settings.items()) {
    merge(text, child_pointer("", setting.key()), setting.value(), wish.append);
  }
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
