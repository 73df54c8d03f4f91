// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kinds.hpp"

#include "core/in_force.hpp"

#include <algorithm>

namespace dockhost {

bool Mount::satisfies(const Mount& wish) const {
  return (wish.device.empty() || device == wish.device) && (wish.root.empty() || root == wish.root) &&
         std::none_of(wish.options.begin(), wish.options.end(),
                      [&](const std::string& option) { return in_force(options, option) == InForce::no; });
}

namespace {

Strings together(Strings names, const Strings& more) {
  names.insert(names.end(), more.begin(), more.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

Service Service::as_it_ran() const {
  Service service = *this;
  service.owed.reset();
  if (!owed) return service;
  service.active = true;
  service.starting = service.start_failed = false;
  service.along.containers = together(along.containers, without(owed->containers, running));
  service.along.units = together(along.units, owed->units);
  return service;
}

std::uint64_t VolumeGroup::extents() const {
  std::uint64_t all = 0;
  for (const PhysicalVolume& volume : volumes) all += volume.extents;
  return all;
}

std::string device_of(const std::string& group, const std::string& volume) {
  std::string path = "/dev/mapper/";
  const auto doubled = [&](const std::string& name) {
    for (const char c : name) path += c == '-' ? "--" : std::string(1, c);
  };
  doubled(group);
  path += '-';
  doubled(volume);
  return path;
}

std::string verdict_key(const Strings& argv, const std::string& text) {
  return json{{"argv", argv}, {"text", text}}.dump();
}

std::pair<Strings, std::string> verdict_question(const std::string& key) {
  const json question = json::parse(key);
  return {question.at("argv").get<Strings>(), question.at("text").get<std::string>()};
}

}  // namespace dockhost
