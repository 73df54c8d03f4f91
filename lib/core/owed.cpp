// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/owed.hpp"

#include <algorithm>

namespace dockhost {
namespace {

// A note stands in memory, many times over: a file that is longer is not kept in it.
constexpr std::size_t kMostKept = 65536;

json noted(const OwedFile& was) {
  json note = {{"path", was.path}, {"content", nullptr}, {"tried", was.tried}};
  if (!was.left.empty()) note["left"] = was.left;
  if (!was.file) return note;
  note["content"] = was.file->content;
  note["mode"] = was.file->mode;
  note["uid"] = was.file->uid;
  note["gid"] = was.file->gid;
  return note;
}

// The configuration of a daemon that is down as it was before, where it is another one now; null where it is not.
json changed_file(const State& before, const State& now, const std::string& unit) {
  const auto docker = before.all<Docker>().find(unit);
  if (docker == before.all<Docker>().end() || !docker->second) return nullptr;
  const auto& was = docker->second->service.was;
  const std::string path = was ? was->path : docker->second->config_path;
  if (!was && (!before.knows<File>(path) || !now.knows<File>(path))) return nullptr;
  OwedFile old = was ? *was : OwedFile{path, before.find<File>(path)};
  if (now.knows<File>(path) && now.find<File>(path) == old.file) return nullptr;
  const bool changes = now.knows<File>(path) && now.find<File>(path) != before.find<File>(path);
  if (changes) old.left = sum_of(now.find<File>(path));
  const bool fits =
      !old.file || (old.file->content.size() <= kMostKept && utf8(old.file->content) == old.file->content);
  return fits ? noted(old) : json(nullptr);
}

}  // namespace

OwedFile owed_file(const json& noted) {
  OwedFile was{noted.value("path", ""), std::nullopt, noted.value("tried", false), noted.value("left", "")};
  if (!noted.contains("content") || !noted.at("content").is_string()) return was;
  was.file = File{noted.at("content").get<std::string>(), noted.value("mode", 0644U), noted.value("uid", 0U),
                  noted.value("gid", 0U)};
  return was;
}

json owed_between(const State& before, const State& now) {
  json owed = json::object();
  for (const auto& [unit, service] : before.all<Service>()) {
    if (!service) continue;
    const auto& later = now.all<Service>().at(unit);
    Service ran = service->as_it_ran();
    if (later) ran.along.containers.insert(ran.along.containers.end(), later->halted.begin(), later->halted.end());
    if (later) ran.along.containers = without(without(ran.along.containers, later->removed), later->left);
    const bool whole = later && later->active && contains_all(later->along.containers, ran.along.containers) &&
                       contains_all(later->along.units, ran.along.units);
    if (ran.active && !whole) {
      owed["units"][unit] = {{"containers", ran.along.containers}, {"units", ran.along.units}};
      const json file = later && later->active ? json(nullptr) : changed_file(before, now, unit);
      if (!file.is_null()) owed["units"][unit]["file"] = file;
    }
  }
  for (const auto& [unit, reload] : now.all<Reload>()) {
    if (reload && reload->owed) owed["reload"].push_back(unit);
  }
  // Between the deletion and the load there is no rule.
  for (const auto& [kernel, rules] : now.all<AuditRules>()) {
    if (!rules) continue;
    for (const std::string& rule : rules->owed) owed["rules"].push_back(rule);
    if (rules->rearm) owed["rules"].push_back(rules->text);
  }
  return owed;
}

json owed_elsewhere(const json& owed, const State& known) {
  json others = json::object();
  const json units = owed.value("units", json::object()), readers = owed.value("reload", json::array());
  for (const auto& unit : units.items()) {
    if (!known.all<Service>().contains(unit.key())) others["units"][unit.key()] = unit.value();
  }
  for (const json& reader : readers) {
    if (!known.all<Reload>().contains(reader.get<std::string>())) others["reload"].push_back(reader);
  }
  if (owed.contains("rules") && known.all<AuditRules>().empty()) others["rules"] = owed.at("rules");
  return others;
}

json owed_in_either(const json& one, const json& other) {
  json both = one;
  const json units = other.value("units", json::object());
  for (const auto& unit : units.items()) {
    const json before = both.value("units", json::object()).value(unit.key(), json::object());
    both["units"][unit.key()] = unit.value();
    if (before.contains("file") && !unit.value().contains("file"))
      both["units"][unit.key()]["file"] = before.at("file");
  }
  for (const char* list : {"reload", "rules"}) {
    const json more = other.value(list, json::array());
    for (const json& name : more) {
      const json listed = both.value(list, json::array());
      if (std::find(listed.begin(), listed.end(), name) == listed.end()) both[list].push_back(name);
    }
  }
  return both;
}

}  // namespace dockhost
