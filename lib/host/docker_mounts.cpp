// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/docker_mounts.hpp"

#include <algorithm>

#include "base/read_json.hpp"
#include "host/userns.hpp"

namespace dockhost {
namespace {

// The base, R or R/UID.GID, and the names below it that lead to the mount.
struct Below {
  std::string base;
  Strings names;
};

Below below_base(const Host& host, const std::string& root, const std::string& path) {
  Below below{root, split(path.substr(root.size() + 1), '/')};
  if (!names_userns(host, below.names.front())) return below;
  below.base += "/" + below.names.front();
  below.names.erase(below.names.begin());
  return below;
}

// Whether the names are as the pattern says, of which "*" is any name.
bool like(const Strings& names, const Strings& pattern) {
  return names.size() == pattern.size() &&
         std::equal(names.begin(), names.end(), pattern.begin(),
                    [](const std::string& name, const std::string& part) { return part == "*" || name == part; });
}

bool one_of(const Strings& names, const std::vector<Strings>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const Strings& pattern) { return like(names, pattern); });
}

// Layers of the drivers, those of a build, and those of the containerd image store (moby, daemon/graphdriver,
// daemon/snapshotter/mount.go, builder-next).
bool is_layer(const Strings& names, const MountLine& mount) {
  const bool unions = mount.fstype == "overlay" || mount.fstype == "fuse.fuse-overlayfs" || mount.fstype == "aufs";
  if (unions) {
    return one_of(names, {{"overlay2", "*", "merged"},
                          {"overlay", "*", "merged"},
                          {"fuse-overlayfs", "*", "merged"},
                          {"aufs", "mnt", "*"},
                          {"rootfs", "*", "*"},
                          {"buildkit", "executor", "*", "rootfs"}});
  }
  return like(names, {"devicemapper", "mnt", "*"}) && mount.source.starts_with("/dev/mapper/docker-");
}

// Shared memory, secrets and configs of a container.
bool in_memory(const Strings& names, const MountLine& mount) {
  return mount.fstype == "tmpfs" && one_of(names, {{"containers", "*", "mounts", "shm"},
                                                   {"containers", "*", "shm"},
                                                   {"containers", "*", "mounts", "secrets"},
                                                   {"containers", "*", "secrets"}});
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The driver `local` keeps in opts.json what it mounts on _data (moby, volume/local).
bool volume_says_so(const Host& host, const Below& below, const MountLine& mount) {
  if (!like(below.names, {"volumes", "*", "_data"})) return false;
  const std::string text = host.read(below.base + "/volumes/" + below.names[1] + "/opts.json").value_or("");
  const json options = read_json_or_discard(text, JsonFrom::docker_file);
  if (!options.is_object()) return false;
  const std::string type = text_of(options, "MountType"), device = text_of(options, "MountDevice");
  const std::string how = text_of(options, "MountOpts");
  const Strings words = split(how, ',');
  if (contains(words, "bind") || contains(words, "rbind")) return !device.empty();
  const bool same_type = type.empty() || mount.fstype == type || mount.fstype.starts_with(type);  // nfs is nfs4
  const bool in_server = device.starts_with(':');  // of NFS, whose server is among the options
  const bool same_source = device == mount.source || (in_server && mount.source.ends_with(device));
  return same_type && (same_source || device.starts_with("/dev/"));
}

// The folders that Docker binds on themselves so that mounts in them stay private: a driver's own and that of plugins
// (moby, daemon/graphdriver and plugin/manager_linux.go). Any other is somebody's, for other options.
bool is_private_folder(const Strings& names) {
  return names.size() == 1 &&
         contains({"overlay2", "overlay", "aufs", "btrfs", "zfs", "devicemapper", "vfs", "fuse-overlayfs", "plugins"},
                  names.front());
}

// A plugin's root file system, and the directory through which it shows its mounts.
bool of_a_plugin(const Strings& names) {
  return names.size() >= 3 && names[0] == "plugins" && (names[2] == "rootfs" || names[2] == "propagated-mount");
}

}  // namespace

RootPlaces places_of(const std::string& root, const std::vector<MountLine>& ours) {
  RootPlaces places{root, {}};
  const Way way = way_to(ours, root);
  if (way.mounts.empty()) return places;
  places.data.push_back(place_on(way.mounts.back(), root));
  // The directory below what is mounted on it.
  if (way.depth != 0 && way.depth < way.mounts.size())
    places.data.push_back(place_on(way.mounts[way.mounts.size() - 1 - way.depth], root));
  return places;
}

std::optional<std::string> path_in(const RootPlaces& places, const MountPlace& place) {
  for (const MountPlace& data : places.data) {
    if (!at_or_below(place, data)) continue;
    const std::string rest = data.path == "/" ? place.path : place.path.substr(data.path.size());
    return rest == "/" ? places.root : places.root + rest;
  }
  return std::nullopt;
}

bool of_a_layer(const Host& host, const RootPlaces& places, const MountLine& mount) {
  if (mount.path == places.root || !at_or_below(mount.path, places.root)) return false;
  const Below below = below_base(host, places.root, mount.path);
  return is_layer(below.names, mount) || in_memory(below.names, mount);
}

bool made_by_docker(const Host& host, const RootPlaces& places, const MountLine& mount) {
  if (of_a_layer(host, places, mount)) return true;
  const Below below = below_base(host, places.root, mount.path);
  if (is_private_folder(below.names) && path_in(places, {mount.device, mount.root}) == mount.path) return true;
  return of_a_plugin(below.names) || volume_says_so(host, below, mount);
}

}  // namespace dockhost
