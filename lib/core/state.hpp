// SPDX-License-Identifier: GPL-3.0-or-later
// A host, as a value: what was looked at, and what the steps so far make of it.
#pragma once

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "base/error.hpp"
#include "core/audit.hpp"
#include "core/containers.hpp"
#include "core/data.hpp"
#include "core/kinds.hpp"
#include "core/mount_use.hpp"
#include "core/root_use.hpp"
#include "core/system.hpp"

namespace dockhost {

// A change of one thing; absent is nullopt. `note` says more than before and after do: which keys, which options.
template <class K>
struct Change {
  std::string key;
  std::optional<K> before, after;
  std::string note;
};

template <class... K>
struct Kinds {
  using Step = std::variant<Change<K>...>;
  using Maps = std::tuple<std::map<std::string, std::optional<K>>...>;
};

// What a step can change, and what is only looked at.
using Changeable = Kinds<File, Directory, Mount, Service, Reload, User, SubIds, VolumeGroup, LogicalVolume, Filesystem,
                         Data, AuditRules, Access, AccountGroup, Automount>;
using Known = Kinds<File, Directory, Mount, Service, Reload, User, SubIds, VolumeGroup, LogicalVolume, Filesystem, Data,
                    AuditRules, Access, AccountGroup, Automount, Reach, Unit, System, Docker, DockerObjects,
                    DockerPlugins, FreeSpace, Device, Covered, Verdict, Disk, Tool, Audit, AuditRecords, MountTimes,
                    WatchedPlace, SyscallTable, AuditKnown, Listing, RootUse, MountUse, Containers>;
using Step = Changeable::Step;

// Thrown by State::find for what nobody has looked at yet. Not an Error: run() looks and plans again, so that a planner
// names what it needs by asking for it, and still is a function of the state alone.
struct NotObserved : std::exception {
  std::string kind;
  Strings keys;  // one at least
  NotObserved(std::string k, Strings names) : kind(std::move(k)), keys(std::move(names)) {}
  const char* what() const noexcept override { return "asked for something that was not looked at"; }
};

class State {
 public:
  // The thing, or nullopt where it was looked for and is absent. Throws NotObserved, or the Error of the look.
  template <class K>
  const std::optional<K>& find(const std::string& key) const {
    const auto failed = failed_.find({K::kind, key});
    if (failed != failed_.end()) throw Error(failed->second);
    const auto& map = std::get<std::map<std::string, std::optional<K>>>(maps_);
    const auto found = map.find(key);
    if (found == map.end()) throw NotObserved(K::kind, {key});
    return found->second;
  }
  // Throws NotObserved with all of these that nobody has looked at: they are then looked at together, where find()
  // would have the planner begin anew for each.
  template <class K>
  void need(const Strings& keys) const {
    Strings open;
    std::set<std::string_view> asked;
    for (const std::string& key : keys) {
      if (!looked_at<K>(key) && asked.insert(key).second) open.push_back(key);
    }
    if (!open.empty()) throw NotObserved(K::kind, open);
  }
  template <class K>
  bool knows(const std::string& key) const {
    return std::get<std::map<std::string, std::optional<K>>>(maps_).contains(key);
  }
  // Somebody has looked: find() gives the thing, or throws the Error of the look.
  template <class K>
  bool looked_at(const std::string& key) const {
    return knows<K>(key) || failed_.contains({K::kind, key});
  }
  // Puts in what was seen (or, in apply's rules, what follows from a change).
  template <class K>
  void put(const std::string& key, std::optional<K> thing) {
    std::get<std::map<std::string, std::optional<K>>>(maps_).insert_or_assign(key, std::move(thing));
  }
  // Looking failed: whoever asks for it gets the error.
  void put_error(const std::string& kind, const std::string& key, const Error& error);
  // All that is known of a kind, by key.
  template <class K>
  const std::map<std::string, std::optional<K>>& all() const {
    return std::get<std::map<std::string, std::optional<K>>>(maps_);
  }
  // As the host will be after the change, with what follows from it (core/rules.cpp). Throws Error where the host
  // would refuse.
  template <class K>
  void apply(const Change<K>& change) {
    if (find<K>(change.key) != change.before) stale(K::kind, change.key);
    put<K>(change.key, change.after);
    follow(change);
  }

 private:
  [[noreturn]] static void stale(const std::string& kind, const std::string& key);
  void follow(const Change<File>& change);
  void follow(const Change<Directory>& change);
  void follow(const Change<Access>& change);
  void follow(const Change<Mount>& change);
  void follow(const Change<Service>& change);
  void follow(const Change<LogicalVolume>& change);
  void follow(const Change<Filesystem>& change);
  void follow(const Change<Data>& change);
  template <class K>
  void follow(const Change<K>&) {}
  Known::Maps maps_;
  std::map<std::pair<std::string, std::string>, Error> failed_;  // by kind and key
};

// The state after a step.
State predict(State state, const Step& step);

}  // namespace dockhost
