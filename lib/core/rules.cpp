// SPDX-License-Identifier: GPL-3.0-or-later
// What follows from a change, so that a plan sees the host as it will be, and where a host would refuse one.
#include <filesystem>

#include "base/error.hpp"
#include "core/state.hpp"

namespace dockhost {
namespace {

// systemd reads its units and the generator's source, fstab, only when told to (systemd.generator(7)).
bool read_by_systemd(const std::string& path) {
  return path == "/etc/fstab" || path.starts_with("/etc/systemd/system/");
}

std::string parent_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

// What is known to be in the way of a change: seen where the host was looked at for it (lib/run.cpp).
void refuse_reach(const State& state, const std::string& path, bool changes_a_file) {
  // Where it cannot be told what is in the way, find() throws, as it does for refuse_busy().
  if (!state.looked_at<Reach>(path) || !state.find<Reach>(path)) return;
  const Reach& reach = *state.find<Reach>(path);
  if (!reach.unsafe.empty()) throw Refusal(reach.unsafe, {path});
  if (changes_a_file && !reach.fixed.empty()) throw Refusal("cannot be changed: " + reach.fixed, {path});
}

bool read_only(const Mount& mount) { return contains(mount.options, "ro"); }

// What keeps a mount busy that is to be unmounted or made read-only. What the plan has unmounted by then does not.
void refuse_busy(const State& state, const Change<Mount>& change) {
  // Where it cannot be told who uses it, find() throws: nobody knows is not nobody.
  if (!change.before || !state.looked_at<MountUse>(change.key) || !state.find<MountUse>(change.key)) return;
  MountUse use = *state.find<MountUse>(change.key);
  std::erase_if(use.below,
                [&](const std::string& path) { return state.knows<Mount>(path) && !state.find<Mount>(path); });
  const bool locks = change.after && read_only(*change.after) && !read_only(*change.before);
  std::string why = change.after ? "" : why_not_unmounted(use);
  if (locks) why = why_not_read_only(use, change.after->bind);
  if (!why.empty()) throw Refusal(why, {change.key});
}

}  // namespace

void State::put_error(const std::string& kind, const std::string& key, const Error& error) {
  failed_.insert_or_assign({kind, key}, error);
}

void State::stale(const std::string& kind, const std::string& key) {
  throw Error("the " + kind + " " + quote(key) + " is not as the step expects it");
}

void State::follow(const Change<File>& change) {
  refuse_reach(*this, change.key, true);
  if (change.after && knows<Access>(change.key)) {
    const auto& seen = find<Access>(change.key);
    Access access = seen.value_or(Access{});
    access.rights = {change.after->mode, change.after->uid, change.after->gid};
    put<Access>(change.key, access);
  }
  const std::string parent = parent_of(change.key);
  if (change.after && knows<Directory>(parent) && !find<Directory>(parent)) {
    throw Error("directory " + quote(parent) + " does not exist", {change.key});
  }
  // Absent: this system was not booted with systemd.
  const auto reader = all<Reload>().find("systemd");
  const bool read = reader == all<Reload>().end() || reader->second;
  if (read && read_by_systemd(change.key)) put<Reload>("systemd", Reload{true, nullptr});
  for (const auto& [unit, docker] : all<Docker>()) {
    if (!docker || docker->config_path != change.key) continue;
    const auto service = all<Service>().find(unit);
    const bool active =
        service == all<Service>().end() ? docker->service.active : service->second && service->second->active;
    put<Reload>(unit, Reload{active, nullptr});
  }
}

void State::follow(const Change<Access>& change) {
  refuse_reach(*this, change.key, true);
  if (!change.after) return;
  const auto give = [&](auto thing) {
    thing.mode = change.after->rights.mode;
    thing.uid = change.after->rights.uid;
    thing.gid = change.after->rights.gid;
    return thing;
  };
  if (knows<File>(change.key) && find<File>(change.key)) put<File>(change.key, give(*find<File>(change.key)));
  if (knows<Directory>(change.key) && find<Directory>(change.key))
    put<Directory>(change.key, give(*find<Directory>(change.key)));
}

void State::follow(const Change<Directory>& change) {
  refuse_reach(*this, change.key, true);
  if (change.after && knows<Access>(change.key)) {
    const Rights rights = {change.after->mode, change.after->uid, change.after->gid};
    put<Access>(change.key, Access{rights, "", {}});
  }
  if (!change.after && change.before && !change.before->empty) throw Error("directory is not empty", {change.key});
}

void State::follow(const Change<Mount>& change) {
  refuse_reach(*this, change.key, false);
  refuse_busy(*this, change);
  if (change.after && knows<Directory>(change.key) && !find<Directory>(change.key)) {
    throw Error("mount point does not exist", {change.key});
  }
  // What was covered comes to light.
  const auto covered = all<Covered>().find(change.key);
  const bool uncovers = !change.after && covered != all<Covered>().end() && covered->second;
  if (uncovers) put<Directory>(change.key, covered->second->directory);
}

// A start reads the files anew, and a daemon that does not run owes nothing. Starting only what runs along is neither.
void State::follow(const Change<Service>& change) {
  const bool before = change.before && change.before->active, after = change.after && change.after->active;
  if (before != after) put<Reload>(change.key, Reload{});
  if (before || !after) return;
  for (const auto& [path, access] : all<Access>()) {
    if (access && access->remade) put<Access>(path, Access{*access->remade, "", access->remade});
  }
}

// A new volume is a device that holds nothing, one that grew is not filled any more, and the group has less to give.
void State::follow(const Change<LogicalVolume>& change) {
  const std::size_t slash = change.key.find('/');
  const std::string group = change.key.substr(0, slash);
  const std::string device = device_of(group, change.key.substr(slash + 1));
  const std::uint64_t before = change.before ? change.before->extents : 0;
  const std::uint64_t after = change.after ? change.after->extents : 0;
  if (knows<VolumeGroup>(group) && find<VolumeGroup>(group)) {
    VolumeGroup rest = *find<VolumeGroup>(group);
    if (after > before + rest.free) throw Error("volume group " + group + " has not that many free extents");
    rest.free = rest.free + before - after;
    put<VolumeGroup>(group, rest);
  }
  if (!change.after) {
    put<Filesystem>(device, std::nullopt);
  } else if (!change.before) {
    Filesystem nothing;
    nothing.unfinished = change.after->unfinished;
    nothing.volume = change.key;
    put<Filesystem>(device, nothing);
  } else if (after > before && knows<Filesystem>(device) && find<Filesystem>(device)) {
    Filesystem smaller = *find<Filesystem>(device);
    smaller.fills = smaller.blank();
    put<Filesystem>(device, smaller);
  }
}

// A finished file system takes the volume's tag away.
void State::follow(const Change<Filesystem>& change) {
  if (!change.before || !change.after || change.before->volume.empty()) return;
  const std::string& volume = change.before->volume;
  if (!knows<LogicalVolume>(volume) || !find<LogicalVolume>(volume)) return;
  LogicalVolume tagged = *find<LogicalVolume>(volume);
  tagged.unfinished = change.after->unfinished;
  put<LogicalVolume>(volume, tagged);
}

// The root's directory is new and empty once the data was moved aside, and full again when it is back.
void State::follow(const Change<Data>& change) {
  if (!change.before || !change.after || change.before->own == change.after->own) return;
  const auto [root, device] = data_parts(change.key);
  put<Directory>(root, Directory{change.after->mode, change.after->uid, change.after->gid, !change.after->own.full()});
}

State predict(State state, const Step& step) {
  std::visit([&](const auto& change) { state.apply(change); }, step);
  return state;
}

}  // namespace dockhost
