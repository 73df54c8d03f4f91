// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_hidden.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dockerd/keys.hpp"
#include "dockerd/merged.hpp"
#include "dockerd/values.hpp"
#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

std::string or_else(const std::string& text, const std::string& otherwise) { return text.empty() ? otherwise : text; }

std::string data_root_of(const Merged& keys) {
  std::string root = or_else(text_or_empty(keys.at("data-root")), text_or_empty(keys.at("graph")));
  if (root.empty()) root = "/var/lib/docker";
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  return root;
}

// On, off, or left to dockerd.
std::optional<bool> feature_of(const Merged& keys, const std::string& name) {
  const json& features = keys.at("features");
  if (!features.is_object() || !features.contains(name) || !features.at(name).is_boolean()) return std::nullopt;
  return features.at(name).get<bool>();
}

class Comparison {
 public:
  Comparison(const Plan& plan, const std::string& unit, const json& before, const json& after, bool starts)
      : plan_(plan),
        docker_(docker_of(plan, unit)),
        version_(Version::parse(docker_.version).value_or(newest_known())),
        starts_(starts) {
    Strings argv = {"dockerd"};
    for (const Flag& flag : docker_.flags) argv.push_back(flag.text);
    was_ = merged(before, argv);
    will_ = merged(after, argv);
    was_root_ = or_else(shown("data-root"), data_root_of(was_));
  }

  std::vector<Hidden> compare() {
    data_root();
    storage_driver();
    image_store();
    containerd();
    return std::move(all_);
  }

 private:
  // What the running daemon says of a key; "" where nobody was asked.
  std::string shown(const char* key) const {
    const json& in_force = docker_.service.in_force;
    return in_force.is_object() ? text_or_empty(in_force.value(key, json(nullptr))) : "";
  }

  bool changes(const std::string& key) const { return was_.at(key) != will_.at(key); }
  bool counts(const std::string& key) const { return starts_ || changes(key); }

  // A link and what it leads to are one directory.
  bool same_place(const std::string& one, const std::string& other) const {
    if (one == other) return true;
    const auto& left = plan_.now().find<Device>(one);
    const auto& right = plan_.now().find<Device>(other);
    return left && right && *left == *right;
  }

  void data_root() {
    const std::string key = will_.at("graph").is_string() ? "graph" : "data-root", root = data_root_of(will_);
    const bool changed = changes("data-root") || changes("graph");
    if (!(starts_ || changed) || same_place(was_root_, root)) return;
    all_.push_back({key, true, true, "in " + was_root_,
                    "the module docker_data puts Docker's data on a file system of its own and loses nothing",
                    changed});
  }

  bool on_disk(const std::string& folder) const {
    const auto& directory = plan_.now().find<Directory>(was_root_ + "/" + folder);
    return directory && !directory->empty;
  }

  // Without the key dockerd takes the driver whose directory is there, but never vfs (HasPriorDriver), and a
  // snapshotter is then its own.
  bool found_again(const std::string& driver) const {
    return docker_.snapshotter ? driver == "overlayfs" : driver != "vfs";
  }

  void storage_driver() {
    const std::string key = "storage-driver", wanted = text_or_empty(will_.at(key));
    const std::string has = docker_.asked ? docker_.driver : text_or_empty(was_.at(key));
    if (!counts(key) || wanted == has) return;
    if (wanted.empty() && (text_or_empty(was_.at(key)).empty() || found_again(has))) return;
    if (has.empty() && (on_disk("image/" + wanted) || !on_disk("image"))) return;
    all_.push_back({key, false, false, "under the storage driver " + or_else(has, "of before"), "", changes(key)});
  }

  // Since 23.0. From 29.0 on the store is containerd's where nothing else is said and no other driver's data is there.
  void image_store() {
    const std::string name = "containerd-snapshotter";
    if (version_ < Version{23, 0} || !counts("features")) return;
    const std::optional<bool> wanted = feature_of(will_, name), set = feature_of(was_, name);
    const bool by_default = version_ >= Version{29, 0} && !on_disk("overlay2");
    const bool has = docker_.asked ? docker_.snapshotter : set.value_or(by_default);
    // A driver that is named, or users that are remapped, decide as well; those keys speak for themselves.
    if (!wanted && set == wanted) return;
    if (wanted.value_or(by_default) == has) return;
    all_.push_back(
        {"features." + name, false, false, has ? "in containerd's store" : "in " + was_root_, "", set != wanted});
  }

  // Another containerd, or another namespace of it, has none of the images that are kept in it.
  void containerd() {
    if (!docker_.snapshotter && !(docker_.live_restore && !docker_.service.running.empty())) return;
    for (const std::string key : {"containerd", "containerd-namespace"}) {
      const std::string standard = key == "containerd" ? "" : "moby";
      const std::string wanted = or_else(text_or_empty(will_.at(key)), standard), found = shown(key.c_str());
      const std::string has = or_else(wanted.empty() ? "" : found, or_else(text_or_empty(was_.at(key)), standard));
      if (!counts(key) || wanted == has) continue;
      all_.push_back({key, false, false, "in the containerd of before", "", changes(key)});
    }
    const std::string embedded = "embedded-containerd";
    if (version_ < Version{29, 7} ||
        feature_of(was_, embedded).value_or(false) == feature_of(will_, embedded).value_or(false))
      return;
    all_.push_back({"features." + embedded, false, false, "in the containerd of before"});
  }

  const Plan& plan_;
  const Docker docker_;
  Version version_;
  bool starts_;
  Merged was_, will_;
  std::string was_root_;
  std::vector<Hidden> all_;
};

}  // namespace

std::vector<Hidden> hidden_by(const Plan& plan, const std::string& unit, const json& before, const json& after,
                              bool starts) {
  return Comparison(plan, unit, before, after, starts).compare();
}

}  // namespace dockhost
