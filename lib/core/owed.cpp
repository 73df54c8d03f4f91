// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/owed.hpp"

#include <algorithm>

namespace dockhost {
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
  for (const auto& unit : units.items()) both["units"][unit.key()] = unit.value();
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
