// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/sharing.hpp"

#include <algorithm>

namespace dockhost {
namespace {

// "container:X" of a mode; "" for every other mode.
std::string joined(const json& host_config, const char* mode) {
  constexpr std::string_view kOther = "container:";
  const json value = host_config.contains(mode) ? host_config.at(mode) : json();
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  return text.starts_with(kOther) ? text.substr(kOther.size()) : "";
}

// Docker takes a whole id, a name, or the beginning of an id, in this order (moby, daemon/container.go, GetContainer).
Sharing shared_with(const std::string& what, const std::string& spelled, const Neighbours& neighbours) {
  const auto id = neighbours.find(spelled);
  if (id != neighbours.end()) return {what, id->second, true};
  const std::string plain = spelled.starts_with('/') ? spelled.substr(1) : spelled;
  for (const auto& [other, name] : neighbours) {
    if (name == plain) return {what, name, true};
  }
  for (const auto& [other, name] : neighbours) {
    if (!plain.empty() && other.starts_with(plain)) return {what, name, true};
  }
  return {what, printable(plain).substr(0, 64), false};
}

// "/db:/app/db": the other's name stands first.
Strings linked(const json& host_config) {
  Strings names;
  const json links = list_in(host_config, "Links");
  for (const json& link : links) {
    const auto text = link.get<std::string>();
    names.push_back(text.substr(0, text.find(':')));
  }
  return names;
}

// Links matter on the default bridge alone; in other networks they are names (daemon/container_operations.go).
bool on_default_bridge(const json& host_config) {
  const json mode = host_config.contains("NetworkMode") ? host_config.at("NetworkMode") : json("default");
  return mode.is_string() && contains({"default", "bridge", ""}, mode.get<std::string>());
}

}  // namespace

Neighbours neighbours_of(const json& listed) {
  Neighbours all;
  for (const json& container : listed.is_array() ? listed : json::array()) {
    const json names = list_in(container, "Names");
    for (const json& name : names) {
      const auto text = name.get<std::string>();
      if (text.rfind('/') == 0) all[container.value("Id", "")] = text.substr(1);
    }
  }
  return all;
}

json list_in(const json& object, const std::string& member) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return json::array();
  return found->get<json::array_t>();
}

std::vector<Sharing> sharing_of(const json& host_config, const Neighbours& neighbours) {
  std::vector<Sharing> all;
  for (const auto& [what, mode] : {std::pair{"network", "NetworkMode"}, {"ipc", "IpcMode"}, {"pid", "PidMode"}}) {
    const std::string spelled = joined(host_config, mode);
    if (!spelled.empty()) all.push_back(shared_with(what, spelled, neighbours));
  }
  if (!on_default_bridge(host_config)) return all;
  // Of a link to a container that is gone nothing is left but the words (registerLinks only logs it).
  for (const std::string& name : linked(host_config)) {
    Sharing link = shared_with("link", name, neighbours);
    if (link.there) all.push_back(std::move(link));
  }
  return all;
}

Strings started_before(const json& host_config, const Neighbours& neighbours) {
  Strings names;
  for (const Sharing& sharing : sharing_of(host_config, neighbours)) names.push_back(sharing.whom);
  Strings more = linked(host_config);
  const json from = list_in(host_config, "VolumesFrom");
  for (const json& one : from) {
    const auto text = one.get<std::string>();
    more.push_back(text.substr(0, text.find(':')));
  }
  for (const std::string& spelled : more) names.push_back(shared_with("", spelled, neighbours).whom);
  return names;
}

bool is_container_name(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const std::string more = std::string(kLetters) + "_.-";
  return !name.empty() && kLetters.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(more) == std::string::npos;
}

}  // namespace dockhost
