// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/merged.hpp"

#include <charconv>
#include <cstdint>

#include "base/read_json.hpp"
#include "dockerd/flags.hpp"
#include "dockerd/keys.hpp"

namespace dockhost {
namespace {

// A boolean one level down in an object that is taken apart counts as if it stood at the top; other values do not.
void take_file(const json& document, Merged& all) {
  for (const auto& [name, value] : document.items()) {
    append_member(all.keys, name, value);
    all.places[name] = {name};
  }
  for (const auto& [name, value] : document.items()) {
    if (!value.is_object() || kept_whole(name)) continue;
    for (const auto& [inner, child] : value.items()) {
      if (!child.is_boolean() || document.contains(inner)) continue;
      all.keys[inner] = child;
      all.places[inner] = {name, inner};
    }
  }
}

// "name=value" of a flag for a map: --log-opt, --add-runtime, --feature (whose value may be missing).
void add_member(json& map, const std::string& key, const std::string& text) {
  if (!map.is_object()) map = json::object();
  const std::size_t equals = text.find('=');
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  json& member = map[text.substr(0, equals)];
  if (key == "features") {
    member = equals == std::string::npos || value == "true" || value == "1";
  } else if (key == "runtimes") {
    member = {{"path", value}};
  } else {
    member = value;
  }
}

json read_value(KeyType type, const std::string& text) {
  if (type == KeyType::boolean) return text != "false" && text != "0" && text != "f" && text != "F" && text != "False";
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (type == KeyType::integer && failed == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

void take_flag(const std::string& key, const GivenFlag& flag, Merged& all) {
  const DaemonKey* known = daemon_key(key);
  if (known == nullptr) return;
  json& value = all.keys[key];
  switch (known->type) {
    case KeyType::texts:
    case KeyType::ips:
    case KeyType::pools:
      if (!value.is_array()) value = json::array();
      value.push_back(flag.value);
      break;
    case KeyType::text_map:
    case KeyType::bool_map:
    case KeyType::runtimes:
      add_member(value, key, flag.value);
      break;
    default:
      value = read_value(known->type, flag.value);
  }
}

}  // namespace

const json& Merged::at(const std::string& key) const {
  static const json none;
  const auto found = keys.find(key);
  return found == keys.end() ? none : *found;
}

Merged merged(const json& document, const Strings& argv) {
  Merged all;
  if (document.is_object()) take_file(document, all);
  const std::vector<GivenFlag> given = given_flags(argv);
  for (const GivenFlag& flag : given) {
    for (const auto& [key, spelling] : keys_given({flag.spelling + "=" + flag.value})) {
      take_flag(key, flag, all);
      all.flags.emplace(key, spelling);
    }
  }
  return all;
}

}  // namespace dockhost
