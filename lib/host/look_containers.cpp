// SPDX-License-Identifier: GPL-3.0-or-later
// What decides whether the containers that run can be started again: GET /containers/NAME/json, one each, and the
// places of the host that it names. All of it may lie: names go into no request unless they are names, paths only to
// stat(1) as arguments and to lstat(2) below Docker's own data root.
#include <algorithm>
#include <set>

#include "host/docker_api.hpp"
#include "host/if_seen.hpp"
#include "host/look.hpp"
#include "host/sharing.hpp"

namespace dockhost {
namespace {

using Is = GivenPlace::Is;

constexpr std::chrono::seconds kPlacesTogether{5}, kPlaceAlone{2};
constexpr std::size_t kAtOnce = 100, kSilentEnough = 3, kLongestPath = 4095;

// A path that can be asked for in one line of stat(1) and read back from one.
bool plain_path(const std::string& path) {
  return path.starts_with('/') && path.size() <= kLongestPath &&
         std::all_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

GivenPlace place_given(GivenPlace::By by, const std::string& path, const std::string& target) {
  GivenPlace place;
  place.by = by;
  place.path = path;
  place.target = target;
  return place;
}

// HostConfig.Mounts are those that Docker checks before a start (moby, daemon/container.go, validateHostConfig); it
// makes a directory for every other bind mount, those taken over by --volumes-from included
// (daemon/volume/mounts, MountPoint.Setup).
std::vector<GivenPlace> places_of(const json& container) {
  std::vector<GivenPlace> all;
  std::set<std::string> checked;
  const json host_config = container.value("HostConfig", json::object());
  const json wished = list_in(host_config, "Mounts"), mounts = list_in(container, "Mounts");
  for (const json& mount : wished) {
    const json options = mount.contains("BindOptions") ? mount.at("BindOptions") : json();
    const bool made = options.is_object() && options.value("CreateMountpoint", false);
    if (mount.value("Type", "") != "bind" || made) continue;
    all.push_back(place_given(GivenPlace::By::mount, mount.value("Source", ""), mount.value("Target", "")));
    checked.insert(all.back().target);
  }
  for (const json& mount : mounts) {
    if (mount.value("Type", "") != "bind" || checked.contains(mount.value("Destination", ""))) continue;
    all.push_back(place_given(GivenPlace::By::volume, mount.value("Source", ""), mount.value("Destination", "")));
  }
  // A privileged container has all devices there are (daemon/oci_linux.go, withDevices).
  const json devices = host_config.value("Privileged", false) ? json::array() : list_in(host_config, "Devices");
  for (const json& device : devices)
    all.push_back(
        place_given(GivenPlace::By::device, device.value("PathOnHost", ""), device.value("PathInContainer", "")));
  std::erase_if(all, [](const GivenPlace& place) { return !plain_path(place.path); });
  return all;
}

Is kind_named(const std::string& words) { return words == "directory" ? Is::directory : Is::other; }

// By path, following links as dockerd does; those that are not there are left out. A child asks, because a network file
// system whose server is gone answers nobody: nullopt where it has not answered in time.
std::optional<std::map<std::string, Is>> ask_places(Host& host, const Strings& paths, std::chrono::seconds time) {
  std::map<std::string, Is> found;
  Strings argv = {"stat", "--dereference", "--format=%F:%n", "--"};
  argv.insert(argv.end(), paths.begin(), paths.end());
  const Output output = host.run(argv, Limits{time});
  if (!output.found) throw Error("stat is not installed").during("looking at what containers were given");
  if (output.late) return std::nullopt;
  const Strings lines = split(output.out, '\n');
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(":/");
    if (colon != std::string::npos) found[line.substr(colon + 1)] = kind_named(line.substr(0, colon));
  }
  return found;
}

// Those that were asked for together and of which one did not answer are asked for one by one.
void ask_one_by_one(Host& host, const Strings& paths, std::map<std::string, Is>& found) {
  std::size_t silent = 0;
  for (const std::string& path : paths) {
    const auto one = silent == kSilentEnough ? std::nullopt : ask_places(host, {path}, kPlaceAlone);
    if (!one) {
      found[path] = Is::silent;
      silent = std::min(silent + 1, kSilentEnough);
    } else if (one->contains(path)) {
      found[path] = one->at(path);
    }
  }
}

std::map<std::string, Is> all_places(Host& host, const Containers& containers) {
  std::set<std::string> open;
  for (const auto& [name, facts] : containers.named) {
    for (const GivenPlace& place : facts.places) open.insert(place.path);
  }
  const Strings paths(open.begin(), open.end());
  std::map<std::string, Is> found;
  for (std::size_t i = 0; i < paths.size(); i += kAtOnce) {
    const auto last = paths.begin() + static_cast<std::ptrdiff_t>(std::min(paths.size(), i + kAtOnce));
    const Strings some(paths.begin() + static_cast<std::ptrdiff_t>(i), last);
    const auto answers = ask_places(host, some, kPlacesTogether);
    if (answers)
      found.insert(answers->begin(), answers->end());
    else
      ask_one_by_one(host, some, found);
  }
  return found;
}

// The mount point in the container's own file system, as the host sees it: what is mounted there is seen in the
// container alone. No link is followed, which the container could have put there; where one is, nothing is told.
GivenPlace::Inside mount_point(const Host& host, const std::string& merged, const std::string& target) {
  std::string at = merged;
  Strings names = split(target, '/');
  std::erase(names, "");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "." || names[i] == "..") return GivenPlace::Inside::unknown;
    at += "/" + names[i];
    const auto node = if_seen([&] { return host.node(at); });  // the name may be longer than any can be
    if (!node) return GivenPlace::Inside::unknown;
    const bool directory = node->type == Node::Type::directory;
    if (i + 1 == names.size() && directory) return GivenPlace::Inside::directory;
    if (i + 1 == names.size() && node->type == Node::Type::file) return GivenPlace::Inside::file;
    if (!directory) return GivenPlace::Inside::unknown;
  }
  return GivenPlace::Inside::unknown;
}

// Where the layers of a running container are mounted for dockerd; "" where that is not below its data root.
std::string merged_root(const json& container, const Docker& docker) {
  const json driver = container.contains("GraphDriver") ? container.at("GraphDriver") : json();
  const json data = driver.is_object() && driver.contains("Data") ? driver.at("Data") : json();
  const std::string merged = data.is_object() ? data.value("MergedDir", "") : "";
  const bool inside = !docker.data_root.empty() && merged.starts_with(docker.data_root + "/overlay2/");
  return inside && plain_path(merged) && merged.find("/../") == std::string::npos ? merged : "";
}

ContainerFacts facts_of(Host& host, const Docker& docker, const json& container, const Neighbours& neighbours) {
  ContainerFacts facts;
  const json settings = container.value("HostConfig", json::object());
  facts.running = container.value("State", json::object()).value("Running", false);
  facts.always = settings.value("RestartPolicy", json::object()).value("Name", "") == "always";
  facts.runtime = settings.value("Runtime", "");
  facts.shares = sharing_of(settings, neighbours);
  facts.places = places_of(container);
  const std::string merged = merged_root(container, docker);
  for (GivenPlace& place : facts.places) {
    if (!merged.empty() && place.by != GivenPlace::By::device) place.inside = mount_point(host, merged, place.target);
  }
  return facts;
}

// The running ones and those owed; then those that these take something from, which need not run.
Containers look_at_all(Host& host, const Docker& docker) {
  const EngineAt engine = engine_at(docker);
  const Neighbours neighbours = neighbours_of(api_get(host, engine, "/containers/json?all=1"));
  Strings open = without(docker.service.running, docker.service.tasks);
  const Strings owed = docker.service.owed ? docker.service.owed->containers : Strings{};
  open.insert(open.end(), owed.begin(), owed.end());
  Containers all;
  for (std::size_t i = 0; i < open.size(); ++i) {
    const std::string name = open[i];
    if (all.named.contains(name) || !is_container_name(name)) continue;
    const json container = api_get(host, engine, container_target(name, "json"));
    if (!container.is_object()) continue;
    const ContainerFacts facts = facts_of(host, docker, container, neighbours);
    for (const Sharing& sharing : facts.shares) {
      if (sharing.there) open.push_back(sharing.whom);
    }
    all.named[name] = facts;
  }
  return all;
}

}  // namespace

template <>
std::optional<Containers> look_with<Containers>(Host& host, const Docker& docker) {
  if (!docker.asked) return std::nullopt;
  Containers all;
  as_documented([&] { all = look_at_all(host, docker); });
  const auto found = all_places(host, all);
  for (auto& [name, facts] : all.named) {
    for (GivenPlace& place : facts.places) {
      const auto at = found.find(place.path);
      if (at != found.end()) place.is = at->second;
    }
  }
  return all;
}

}  // namespace dockhost
