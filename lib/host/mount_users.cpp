// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mount_users.hpp"

#include <algorithm>
#include <charconv>

#include "host/mountinfo.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kNamed = 10;  // more do not help anybody

bool leads_inside(const Host& host, const std::string& link, const std::string& mount_point) {
  const auto node = host.node(link);
  return node && at_or_below(node->target, mount_point);
}

// "7f00-7f01 r-xp 00000000 08:01 42   /srv/lib.so"
bool maps_inside(const Host& host, const std::string& process, const std::string& mount_point) {
  const Strings lines = split(host.read(process + "/maps").value_or(""), '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const std::size_t path = line.find('/');
    return path != std::string::npos && at_or_below(line.substr(path), mount_point);
  });
}

bool uses(const Host& host, const std::string& process, const std::string& mount_point) {
  Strings links = {"/cwd", "/root", "/exe"};
  for (const std::string& fd : host.list(process + "/fd")) links.push_back("/fd/" + fd);
  const bool leads = std::any_of(links.begin(), links.end(), [&](const std::string& link) {
    return leads_inside(host, process + link, mount_point);
  });
  return leads || maps_inside(host, process, mount_point);
}

std::vector<int> processes(const Host& host) {
  std::vector<int> pids;
  for (const std::string& name : host.list("/proc")) {
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) pids.push_back(pid);
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

Strings process_names(const Host& host, const std::string& mount_point, const NotCounted& except) {
  Strings names;
  for (const int pid : processes(host)) {
    const std::string process = "/proc/" + std::to_string(pid);
    try {
      if (!uses(host, process, mount_point) || (except.process && except.process(process))) continue;
      names.push_back(std::to_string(pid) + " (" + trim(host.read(process + "/comm").value_or("?")) + ")");
    } catch (const Error&) {
      // It ended while it was looked at, or may not be looked at.
    }
  }
  return names;
}

// The number of the device that a path lies on.
std::string device_under(const std::vector<MountLine>& lines, const std::string& path) {
  const Way way = way_to(lines, path);
  return way.mounts.empty() ? "" : way.mounts.back().device;
}

void add_mounts_below(Strings& paths, const std::vector<MountLine>& lines, const std::string& mount_point,
                      const NotCounted& except) {
  for (const MountLine& line : lines) {
    const bool below = line.path.starts_with(mount_point + "/") && !contains(paths, line.path);
    if (below && !(except.mount && except.mount(line.path))) paths.push_back(line.path);
  }
}

// One process of each mount namespace tells of all in it. Where a container has something of its own at that path, it
// is another place.
Strings mounts_below(const Host& host, const std::string& mount_point, const NotCounted& except) {
  Strings paths, known;
  const auto own = parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""));
  add_mounts_below(paths, own, mount_point, except);
  if (const auto space = host.node("/proc/self/ns/mnt")) known.push_back(space->target);
  for (const int pid : processes(host)) {
    const std::string process = "/proc/" + std::to_string(pid);
    try {
      const auto space = host.node(process + "/ns/mnt");
      if (!space || contains(known, space->target)) continue;
      known.push_back(space->target);
      const auto lines = parse_mountinfo(host.read(process + "/mountinfo").value_or(""));
      if (device_under(lines, mount_point) == device_under(own, mount_point))
        add_mounts_below(paths, lines, mount_point, except);
    } catch (const Error&) {
      // It ended while it was looked at, or may not be looked at.
    }
  }
  return paths;
}

}  // namespace

std::string mount_users(const Host& host, const std::string& path, const NotCounted& except) {
  const std::string real = host.resolve(path);
  const std::string point = real.empty() ? path : real;
  Strings told;
  Strings names = process_names(host, point, except);
  if (names.size() > kNamed) {
    const std::string others = std::to_string(names.size() - kNamed) + " others";
    names.resize(kNamed);
    names.push_back(others);
  }
  if (!names.empty()) told.push_back("used by " + sentence_list(names));
  const Strings mounts = mounts_below(host, point, except);
  if (!mounts.empty())
    told.push_back(sentence_list(mounts) + (mounts.size() == 1 ? " is" : " are") + " mounted below it");
  return printable(join(told, "; "));
}

}  // namespace dockhost
