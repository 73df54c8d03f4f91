// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mount_users.hpp"

#include <algorithm>

#include "host/processes.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kNamed = 10;  // more do not help anybody

// In another namespace, a mount that follows ours is as good as ours: it is unmounted along with it.
bool is_ours(const Processes& processes, const std::string& space, const MountLine& mount) {
  return space == processes.our_space() || processes.follows_ours(mount);
}

Strings process_names(const Host& host, const Processes& processes, const MountLine& on) {
  Strings names;
  for (const Process& process : processes.all()) {
    const auto keeps = [&](const HeldFile& file) {
      const bool same = file.mount->device == on.device && file.mount->root == on.root;
      const bool below = file.mount->path != on.path && at_or_below(file.mount->path, on.path);
      if (!same && !below) return false;
      return file.mount->id == on.id || (is_ours(processes, process.space, *file.mount) &&
                                         at_or_below(file.mount->path, on.path) && at_or_below(file.path, on.path));
    };
    try {
      if (any_held_file(host, processes, process, keeps)) names.push_back(in_words(process));
    } catch (const Error&) {
      // It ended while it was looked at, or may not be looked at.
    }
  }
  return names;
}

void add_mounts_below(Strings& paths, const std::vector<MountLine>& lines, const std::string& mount_point) {
  for (const MountLine& line : lines) {
    const bool below = line.path != mount_point && at_or_below(line.path, mount_point);
    if (below && !contains(paths, line.path)) paths.push_back(line.path);
  }
}

// Where a namespace has something of its own at that path, it is another place.
Strings mounts_below(const Processes& processes, const MountLine& on) {
  Strings paths;
  add_mounts_below(paths, processes.ours(), on.path);
  for (const auto& [space, other] : processes.others()) {
    const Way way = way_to(other.lines, on.path);
    const bool same = way.depth != 0 && way.mounts.back().device == on.device && way.mounts.back().root == on.root;
    if (same) add_mounts_below(paths, other.lines, on.path);
  }
  return paths;
}

std::string users_of(const Host& host, const std::string& path) {
  const Processes processes(host);
  Way way = way_to(processes.ours(), path);
  if (way.depth == 0) {
    // Only where it is no mount point as it is spelled: looking for links asks the file systems on the way.
    const std::string real = host.resolve(path);
    if (!real.empty()) way = way_to(processes.ours(), real);
  }
  if (way.depth == 0) return "";
  Strings told, names = process_names(host, processes, way.mounts.back());
  if (names.size() > kNamed) {
    const std::string others = std::to_string(names.size() - kNamed) + " others";
    names.resize(kNamed);
    names.push_back(others);
  }
  if (!names.empty()) told.push_back("used by " + sentence_list(names));
  const Strings mounts = mounts_below(processes, way.mounts.back());
  if (!mounts.empty())
    told.push_back(sentence_list(mounts) + (mounts.size() == 1 ? " is" : " are") + " mounted below it");
  return printable(join(told, "; "));
}

}  // namespace

std::string mount_users(const Host& host, const std::string& path) {
  return host.apart("who uses " + path, [&] { return users_of(host, path); });
}

}  // namespace dockhost
