// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kinds.hpp"

#include "base/read_json.hpp"
#include "core/in_force.hpp"
#include "core/option_spelling.hpp"

#include <sha256.h>

#include <algorithm>
#include <array>

namespace dockhost {

namespace {

// Whether a later option of the list decides the same under another name, as nodatacow does behind compress.
bool outdone(const Strings& options, std::size_t index, const std::string& fstype) {
  if (generic(options[index])) return false;
  const std::string decides = decided_by(fstype, options[index]);
  return std::any_of(options.begin() + static_cast<std::ptrdiff_t>(index) + 1, options.end(),
                     [&](const std::string& later) { return !generic(later) && decided_by(fstype, later) == decides; });
}

}  // namespace

bool Mount::satisfies(const Mount& wish) const {
  for (std::size_t i = 0; i < wish.options.size(); ++i) {
    const std::string& option = wish.options[i];
    if (in_force(options, option, fstype) == InForce::no && !outdone(wish.options, i, fstype)) return false;
  }
  return (wish.device.empty() || device == wish.device) && (wish.root.empty() || root == wish.root);
}

namespace {

Strings together(Strings names, const Strings& more) {
  names.insert(names.end(), more.begin(), more.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

std::string sum_of(const std::optional<File>& file) {
  if (!file) return "none";
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digest{};
  SHA256Data(reinterpret_cast<const std::uint8_t*>(file->content.data()), file->content.size(), digest.data());
  return digest.data();
}

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
  const json question = read_json(key, JsonFrom::ourselves, "");
  return {question.at("argv").get<Strings>(), question.at("text").get<std::string>()};
}

}  // namespace dockhost
