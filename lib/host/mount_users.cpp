// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mount_users.hpp"

#include <algorithm>

#include "base/read_json.hpp"
#include "host/kernel_files.hpp"
#include "host/processes.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kTold = std::size_t{1} << 20U;  // bytes of each list; the rest would say nothing new

// The first of them: users can mount more, by longer names, than an answer may hold.
Strings told_of(const Strings& names) {
  Strings told;
  std::size_t room = kTold;
  for (const std::string& name : names) {
    if (name.size() > room) break;
    room -= name.size();
    told.push_back(name);
  }
  return told;
}

// The mount that is on the path, topmost where several are.
std::optional<MountLine> mount_on(const Host& host, const std::vector<MountLine>& ours, const std::string& path) {
  Way way = way_to(ours, path);
  if (way.depth == 0) {
    // Only where it is no mount point as it is spelled: looking for links asks the file systems on the way.
    const std::string real = host.resolve(path);
    if (!real.empty()) way = way_to(ours, real);
  }
  return way.depth == 0 ? std::nullopt : std::optional(way.mounts.back());
}

// Whether the mount is mounted on `on`, or on what is mounted on it.
bool stands_on(const MountIndex& mounts, const MountLine& line, const MountLine& on) {
  const MountLine* below = mounts.with_id(line.parent);
  for (std::size_t depth = 0; below != nullptr && depth < mounts.size(); ++depth) {
    if (below->id == on.id) return true;
    if (below->parent == below->id) return false;
    below = mounts.with_id(below->parent);
  }
  return false;
}

class UseOf {
 public:
  UseOf(const Host& host, const Processes& processes, MountLine on)
      : host_(host), processes_(processes), on_(std::move(on)) {}

  MountUse found() {
    for (const Process& process : processes_.all()) look_at(process);
    for (const MountLine& line : processes_.ours()) {
      if (stands_on(processes_.our_index(), line, on_)) use_.below.push_back(printable(line.path));
    }
    std::reverse(use_.below.begin(), use_.below.end());
    for (const KernelFile& file : kernel_files(host_)) look_at(file);
    return use_;
  }

 private:
  bool is_system(const MountLine& mount) const { return mount.device == on_.device; }

  // A copy on which something is mounted stays when ours goes.
  bool keeps(const MountLine& mount) const {
    if (mount.id == on_.id || stands_on(processes_.our_index(), mount, on_)) return true;
    return processes_.goes_with(mount, on_) && !processes_.carries(mount);
  }

  // What is written to a pipe, a socket or a device does not go to the file system.
  bool writes(const HeldFile& file) const {
    if (!file.written) return false;
    const auto node = needs_no_server(file.mount->fstype) ? host_.node(file.path) : std::nullopt;
    return !node || node->type == Node::Type::file;
  }

  void look_at(const Process& process) {
    bool keeps_it = false, writes_here = false, writes_there = false;
    try {
      any_held_file(host_, processes_, process, [&](const HeldFile& file) {
        keeps_it = keeps_it || keeps(*file.mount);
        if (!is_system(*file.mount) || (!file.written && !file.deleted)) return false;
        const bool writing = writes(file);
        writes_here = writes_here || (writing && file.mount->id == on_.id);
        writes_there = writes_there || writing || file.deleted;
        return false;
      });
    } catch (const Error&) {
      // It ended while it was looked at, or may not be looked at: what was seen of it until then counts.
    }
    const std::string name = printable(in_words(process));
    if (keeps_it) use_.processes.push_back(name);
    if (writes_here) use_.writers.push_back(name);
    if (writes_there) use_.system_writers.push_back(name);
  }

  const MountLine* lies_on(const std::string& path) const {
    return path.starts_with('/') ? processes_.our_index().last_on_the_way(path) : nullptr;
  }

  void look_at(const KernelFile& file) {
    const MountLine* mount = lies_on(file.path);
    if (mount == nullptr) return;
    const std::string path = printable(file.path);
    const std::string name = file.device.empty() ? "the swap file " + path : file.device + " (" + path + ")";
    if (file.written && mount->id == on_.id) use_.writers.push_back(name);
    if (file.written && is_system(*mount)) use_.system_writers.push_back(name);
    if (mount->id != on_.id) return;
    if (file.device.empty())
      use_.swaps.push_back(path);
    else
      use_.loops.push_back({file.device, path, printable(file.mounted)});
  }

  const Host& host_;
  const Processes& processes_;
  MountLine on_;
  MountUse use_;
};

json to_json(const MountUse& use) {
  json loops = json::array();
  for (const MountUse::Loop& loop : use.loops) loops.push_back({loop.device, loop.file, loop.mounted});
  return {{"processes", told_of(use.processes)}, {"below", told_of(use.below)},
          {"swaps", told_of(use.swaps)},         {"loops", loops},
          {"writers", told_of(use.writers)},     {"system_writers", told_of(use.system_writers)}};
}

MountUse from_json(const json& told) {
  MountUse use;
  use.processes = told.at("processes").get<Strings>();
  use.below = told.at("below").get<Strings>();
  use.swaps = told.at("swaps").get<Strings>();
  for (const json& loop : told.at("loops")) {
    const auto parts = loop.get<Strings>();
    use.loops.push_back({parts.at(0), parts.at(1), parts.at(2)});
  }
  use.writers = told.at("writers").get<Strings>();
  use.system_writers = told.at("system_writers").get<Strings>();
  return use;
}

}  // namespace

MountUse mount_use(const Host& host, const std::string& path) {
  const std::string said = host.apart("who uses " + path, [&] {
    const Processes processes(host);
    const auto on = mount_on(host, processes.ours(), path);
    return to_json(on ? UseOf(host, processes, *on).found() : MountUse{}).dump();
  });
  return from_json(read_json(said, JsonFrom::ourselves, ""));
}

}  // namespace dockhost
