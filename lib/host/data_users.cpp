// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/data_users.hpp"

#include <algorithm>
#include <array>

#include "host/mount_users.hpp"
#include "host/mountinfo.hpp"
#include "host/userns.hpp"

namespace dockhost {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// By the control group that systemd or Docker put it into (both drivers: system.slice/docker-ID.scope, /docker/ID).
bool of_docker(const Host& host, const std::string& process) {
  const std::string groups = host.read(process + "/cgroup").value_or("");
  return has(groups, "/docker.service") || has(groups, "/containerd.service") || has(groups, "/docker-") ||
         has(groups, "/docker/");
}

// A mount of a storage driver, of a container or plugin, or of a volume with options (its driver keeps them in
// opts.json).
bool made_by_docker(const Host& host, const std::string& root, const std::string& mount) {
  std::string base = root;
  Strings parts = split(mount.substr(root.size() + 1), '/');
  if (names_userns(host, parts.front())) {
    base += "/" + parts.front();
    parts.erase(parts.begin());
  }
  if (parts.empty()) return false;
  if (parts.front() == "volumes") return parts.size() == 3 && host.node(base + "/volumes/" + parts[1] + "/opts.json");
  const Strings drivers = {"overlay2", "overlay", "fuse-overlayfs", "btrfs",   "zfs",     "devicemapper",
                           "aufs",     "vfs",     "containers",     "plugins", "buildkit"};
  return contains(drivers, parts.front());
}

// Innermost first.
Strings left_mounts(const Host& host, const std::string& root) {
  Strings paths;
  const std::vector<MountLine> lines = parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""));
  for (const MountLine& line : lines) {
    if (line.path != root && at_or_below(line.path, root) && made_by_docker(host, root, line.path))
      paths.push_back(line.path);
  }
  std::reverse(paths.begin(), paths.end());
  return paths;
}

}  // namespace

void end_left_mounts(Host& host, const std::string& root) {
  for (int tries = 0; tries < 20 && !left_mounts(host, root).empty(); ++tries)
    host.pause(std::chrono::milliseconds(500));
  const Strings left = left_mounts(host, root);
  for (const std::string& path : left) host.run({"umount", path});
}

std::string data_users(const Host& host, const std::string& root, bool docker_runs) {
  if (!docker_runs) return mount_users(host, root);
  return mount_users(host, root,
                     {[&](const std::string& process) { return of_docker(host, process); },
                      [&](const std::string& mount) { return made_by_docker(host, root, mount); }});
}

}  // namespace dockhost
