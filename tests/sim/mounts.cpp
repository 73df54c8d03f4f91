// SPDX-License-Identifier: GPL-3.0-or-later
// What a mount does to a machine. A bind mount shows a copy of its source: no case writes through one.
#include "sim/mounts.hpp"

#include "sim/audit.hpp"
#include "sim/kernel_options.hpp"
#include "sim/proc.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace dockhost::sim {
namespace {

bool holds(const Strings& options, const std::string& option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

bool among(const std::string& word, const Strings& words_known) { return holds(words_known, word); }

// Options for mount(8), systemd and others that the kernel never sees.
bool of_user_space(const std::string& option) {
  return among(option, {"",      "defaults", "auto",    "noauto", "user",       "nouser",    "users",   "owner",
                        "group", "nofail",   "_netdev", "bind",   "rbind",      "remount",   "loop",    "exec",
                        "suid",  "dev",      "async",   "atime",  "norelatime", "nodiscard", "diratime"}) ||
         option.starts_with("x-") || option.starts_with("X-") || option.starts_with("comment=");
}

bool of_mount(const std::string& option) {
  return among(option, {"ro", "rw", "nosuid", "nodev", "noexec", "noatime", "relatime", "strictatime", "nodiratime"});
}

// The options of one mount in the kernel's order; relatime where nothing is asked for.
Strings mount_options(const Strings& asked) {
  bool read_only = false, nosuid = false, nodev = false, noexec = false, nodiratime = false;
  std::string access_time = "relatime";
  for (const std::string& option : asked) {
    if (option == "ro" || option == "rw") read_only = option == "ro";
    if (among(option, {"user", "users", "owner", "group"})) nosuid = nodev = true;
    if (among(option, {"user", "users"})) noexec = true;
    if (option == "nosuid" || option == "suid") nosuid = option == "nosuid";
    if (option == "nodev" || option == "dev") nodev = option == "nodev";
    if (option == "noexec" || option == "exec") noexec = option == "noexec";
    if (option == "nodiratime" || option == "diratime") nodiratime = option == "nodiratime";
    if (among(option, {"noatime", "relatime", "strictatime", "atime", "defaults"})) access_time = option;
  }
  Strings all = {read_only ? "ro" : "rw"};
  if (nosuid) all.emplace_back("nosuid");
  if (nodev) all.emplace_back("nodev");
  if (noexec) all.emplace_back("noexec");
  if (access_time == "noatime") all.emplace_back("noatime");
  if (nodiratime) all.emplace_back("nodiratime");
  if (access_time != "noatime" && access_time != "strictatime") all.emplace_back("relatime");
  return all;
}

std::string name_of(const std::string& option) { return option.substr(0, option.find('=')); }

// Options that take one another's place: `X`, `noX` and `X=...`.
bool same_subject(const std::string& a, const std::string& b) {
  const std::string one = name_of(a), other = name_of(b);
  return one == other || one == "no" + other || "no" + one == other;
}

void set_super(const std::string& fstype, Strings& super, const Strings& asked) {
  bool first_layer = true;
  for (const std::string& option : asked) {
    if (option == "async") std::erase(super, "sync");
    if (option == "nodiscard") std::erase(super, "discard");
    if (of_user_space(option) || (of_mount(option) && option != "ro" && option != "rw")) continue;
    if (option == "ro" || option == "rw") {
      std::erase_if(super, [](const std::string& one) { return one == "ro" || one == "rw"; });
      super.insert(super.begin(), option);
      continue;
    }
    const std::string shown = as_kernel_shows(fstype, option);
    const bool adds = name_of(option).ends_with('+') && !std::exchange(first_layer, false);
    std::erase_if(super, [&](const std::string& one) {
      return !adds && (same_subject(one, option) || (!shown.empty() && same_subject(one, shown)));
    });
    if (!shown.empty()) super.push_back(shown);
  }
}

bool is_known(const std::string& fstype, const std::string& option) {
  if (of_user_space(option) || of_mount(option) || among(option, {"sync", "dirsync", "lazytime"})) return true;
  const std::string name = name_of(option);
  if (fstype == "ext4") {
    return among(name,
                 {"errors",      "data",           "discard",   "commit",   "barrier",        "nobarrier", "acl",
                  "user_xattr",  "noload",         "usrquota",  "grpquota", "prjquota",       "quota",     "delalloc",
                  "init_itable", "journal_ioprio", "bsdgroups", "grpid",    "max_batch_time", "norecovery"});
  }
  if (fstype == "xfs") {
    return among(name, {"uquota", "gquota", "pquota", "quota", "bsdgroups", "ikeep", "attr2", "prjquota", "usrquota",
                        "grpquota", "logbsize", "inode64", "discard", "allocsize", "norecovery"});
  }
  if (fstype == "tmpfs") {
    return among(
        name, {"size", "nr_blocks", "mode", "uid", "gid", "nr_inodes", "huge", "mpol", "noswap", "inode64", "inode32"});
  }
  if (fstype == "proc") return among(name, {"hidepid", "gid", "subset"});
  return true;
}

bool without_device(const std::string& fstype) {
  return among(fstype, {"tmpfs", "proc", "sysfs", "devtmpfs", "overlay", "cgroup2", "nfs", "nfs4", "cifs", "autofs"});
}

// /dev/disk/by-uuid/X for UUID=X, and the like; the source itself where it is a path.
std::string path_of_tag(const std::string& source) {
  constexpr auto tags = std::to_array<std::pair<const char*, const char*>>(
      {{"UUID=", "/dev/disk/by-uuid/"}, {"LABEL=", "/dev/disk/by-label/"}, {"PARTUUID=", "/dev/disk/by-partuuid/"}});
  for (const auto& [tag, directory] : tags) {
    if (!source.starts_with(tag)) continue;
    std::string value = source.substr(std::string(tag).size());
    std::erase(value, '"');
    return directory + value;
  }
  return source;
}

// Everything strictly below `directory`, moved out of the entries.
Entries take_below(Entries& entries, const std::string& directory) {
  Entries taken;
  for (auto entry = entries.begin(); entry != entries.end();) {
    if (below(entry->first, directory)) {
      taken.insert(*entry);
      entry = entries.erase(entry);
    } else {
      ++entry;
    }
  }
  return taken;
}

std::string joined(const std::string& directory, const std::string& relative) {
  return directory == "/" ? relative : directory + relative;
}

// Paths below the root of the file system, from paths below the mount point.
Entries relative_to(const Entries& entries, const std::string& directory) {
  Entries relative;
  for (const auto& [path, entry] : entries) {
    if (below(path, directory)) relative[directory == "/" ? path : path.substr(directory.size())] = entry;
  }
  return relative;
}

const Mounted& mount_of(const Machine& machine, const std::string& path) {
  const Mounted* found = &machine.mounts.front();
  for (const Mounted& mounted : machine.mounts) {
    if (mounted.path == path || below(path, mounted.path)) found = &mounted;
  }
  return *found;
}

// As it is without the mounts below the directory, which a bind mount does not take along.
Entries uncovered(const Machine& machine, const std::string& directory) {
  Entries entries = machine.entries;
  for (std::size_t i = machine.mounts.size(); i > 0; --i) {
    const Mounted& mounted = machine.mounts[i - 1];
    if (!below(mounted.path, directory)) continue;
    take_below(entries, mounted.path);
    entries.insert(mounted.hidden.begin(), mounted.hidden.end());
  }
  return entries;
}

struct Prepared {
  Mounted mount;
  Entries content;
  std::string refusal;
};

Prepared bind(const Machine& machine, const MountWish& wish) {
  const std::string source = real_path(machine, wish.source);
  if (source.empty()) return {{}, {}, "special device " + wish.source + " does not exist."};
  const Mounted& on = mount_of(machine, source);
  Mounted mounted = on;
  mounted.hidden.clear();
  mounted.path = wish.path;
  std::string inside = on.path == "/" ? source : source.substr(on.path.size());
  if (inside.empty()) inside = "/";
  mounted.root = on.root == "/" ? inside : on.root + (inside == "/" ? "" : inside);
  return {mounted, relative_to(holds(wish.options, "rbind") ? machine.entries : uncovered(machine, source), source),
          ""};
}

// The disk behind a path: a block device, or the loop device whose file it is.
std::optional<std::string> disk_named(const Machine& machine, const std::string& source) {
  if (machine.disks.contains(source)) return source;
  for (const auto& [path, disk] : machine.disks) {
    if (!disk.backing.empty() && disk.backing == source) return path;
  }
  return std::nullopt;
}

Prepared from_disk(const Machine& machine, const MountWish& wish, const std::string& source) {
  const auto path = disk_named(machine, source);
  if (!path) return {{}, {}, wish.source + " is not a block device."};
  const Disk& disk = machine.disks.at(*path);
  const bool other = !wish.fstype.empty() && wish.fstype != "auto" && wish.fstype != disk.fstype;
  if (disk.fstype.empty() || disk.half_made || other) {
    return {{},
            {},
            "wrong fs type, bad option, bad superblock on " + wish.source +
                ", missing codepage or helper program, or other error."};
  }
  Mounted mounted;
  mounted.source = *path;
  mounted.fstype = disk.fstype;
  mounted.device = disk.device;
  for (const Mounted& other_mount : machine.mounts) {
    if (other_mount.device != disk.device || other_mount.root != "/") continue;
    if (other_mount.path == wish.path) return {{}, {}, *path + " already mounted on " + wish.path + "."};
    return {mounted, relative_to(machine.entries, other_mount.path), ""};
  }
  return {mounted, disk.files, ""};
}

Prepared prepare(const Machine& machine, const MountWish& wish) {
  if (holds(wish.options, "bind") || holds(wish.options, "rbind")) return bind(machine, wish);
  Mounted mounted;
  if (without_device(wish.fstype)) {
    mounted.source = wish.source;
    mounted.fstype = wish.fstype;
    mounted.device = 40 + machine.mounts.size();
    return {mounted, {}, ""};
  }
  const std::string source = real_path(machine, path_of_tag(wish.source));
  if (source.empty()) {
    const bool tag = wish.source.find('=') != std::string::npos;
    return {{}, {}, tag ? "can't find " + wish.source + "." : "special device " + wish.source + " does not exist."};
  }
  return from_disk(machine, wish, source);
}

// The rights that the root of a file system in memory has; others keep those of the mount point here.
void set_root(Entry& directory, const Mounted& mounted, const Strings& asked) {
  if (mounted.fstype == "proc") directory.mode = 0555;
  if (mounted.fstype != "tmpfs") return;
  directory.mode = 01777;
  directory.uid = directory.gid = 0;
  for (const std::string& option : asked) {
    const std::string name = name_of(option), value = option.substr(std::min(option.size(), name.size() + 1));
    if (name == "mode") directory.mode = static_cast<unsigned>(std::stoul(value, nullptr, 8));
    if (name == "uid") directory.uid = static_cast<unsigned>(std::stoul(value));
    if (name == "gid") directory.gid = static_cast<unsigned>(std::stoul(value));
  }
}

}  // namespace

bool read_only(const Machine& machine, const std::string& path) {
  if (machine.mounts.empty()) return false;
  const Mounted& on = mount_of(machine, path);
  return holds(on.options, "ro") || holds(on.super, "ro");
}

std::string mount_on(Machine& machine, const MountWish& wish) {
  const std::string complaint = "mount: " + wish.path + ": ";
  const std::string path = real_path(machine, wish.path);
  if (path.empty()) return complaint + "mount point does not exist.";
  MountWish real = wish;
  real.path = path;
  Prepared made = prepare(machine, real);
  if (!made.refusal.empty()) return complaint + made.refusal;
  for (const std::string& option : wish.options) {
    if (!is_known(made.mount.fstype, option)) {
      return complaint + "wrong fs type, bad option, bad superblock on " + wish.source +
             ", missing codepage or helper program, or other error.";
    }
  }
  Mounted& mounted = made.mount;
  mounted.path = path;
  if (wish.root != "/") mounted.root = wish.root;
  mounted.options = mount_options(wish.options);
  if (mounted.super.empty()) {
    mounted.super = {"rw"};
    set_super(mounted.fstype, mounted.super, wish.options);
  }
  const bool upper = std::any_of(wish.options.begin(), wish.options.end(),
                                 [](const std::string& option) { return option.starts_with("upperdir="); });
  if (mounted.fstype == "overlay" && !upper)
    std::replace(mounted.super.begin(), mounted.super.end(), std::string("rw"), std::string("ro"));
  mounted.hidden = take_below(machine.entries, path);
  mounted.covered = machine.entries.at(path);
  if (mounted.root == "/" && !holds(wish.options, "bind")) set_root(machine.entries.at(path), mounted, wish.options);
  if (path == "/") {
    machine.entries.insert(mounted.hidden.begin(), mounted.hidden.end());
    mounted.hidden.clear();
  }
  for (const auto& [name, entry] : made.content) machine.entries[joined(path, name)] = entry;
  mounted.since = ++machine.clock;
  const auto disk = machine.disks.find(mounted.source);
  if (disk != machine.disks.end() && !holds(wish.options, "ro")) disk->second.mounted_once = true;
  machine.mounts.push_back(std::move(mounted));
  return {};
}

std::string remount(Machine& machine, const MountWish& wish) {
  const std::string path = real_path(machine, wish.path);
  std::string complaint = "mount: " + wish.path + ": mount point not mounted or bad option.";
  const auto found = std::find_if(machine.mounts.rbegin(), machine.mounts.rend(),
                                  [&](const Mounted& mounted) { return mounted.path == path; });
  if (path.empty() || found == machine.mounts.rend()) return complaint;
  for (const std::string& option : wish.options) {
    const bool fixed = name_of(option) == "data" || name_of(option) == "logbsize";
    if (!is_known(found->fstype, option) || (fixed && !holds(found->super, option))) return complaint;
  }
  const bool bind = holds(wish.options, "bind"), was = holds(found->options, "ro") || holds(found->super, "ro");
  if (holds(wish.options, "ro") && !was && keeps_writable(machine, path, bind))
    return "mount: " + wish.path + ": mount point is busy.";
  found->options = mount_options(wish.options);
  if (bind) return {};
  Strings taken = wish.options;
  // shmem_reconfigure() lets the root of a tmpfs as it is.
  if (found->fstype == "tmpfs") {
    std::erase_if(taken, [](const std::string& option) { return among(name_of(option), {"mode", "uid", "gid"}); });
  }
  set_super(found->fstype, found->super, taken);
  return {};
}

std::string unmount(Machine& machine, const std::string& path, bool lazily) {
  const std::string real = real_path(machine, path);
  const auto found = std::find_if(machine.mounts.rbegin(), machine.mounts.rend(),
                                  [&](const Mounted& mounted) { return mounted.path == real; });
  if (real.empty() || found == machine.mounts.rend()) return "umount: " + path + ": not mounted.";
  const bool inside = std::any_of(machine.mounts.begin(), machine.mounts.end(),
                                  [&](const Mounted& mounted) { return below(mounted.path, real); });
  if (lazily ? inside : keeps_busy(machine, real)) return "umount: " + path + ": target is busy.";
  const Mounted gone = std::move(*found);
  forget_audit_rules(machine, gone.since);
  machine.mounts.erase(std::next(found).base());
  Entries content = relative_to(take_below(machine.entries, real), real);
  const bool shown_elsewhere = std::any_of(machine.mounts.begin(), machine.mounts.end(),
                                           [&](const Mounted& mounted) { return mounted.device == gone.device; });
  if (const auto disk = machine.disks.find(gone.source); disk != machine.disks.end() && !shown_elsewhere) {
    disk->second.files = std::move(content);
  }
  machine.entries.insert(gone.hidden.begin(), gone.hidden.end());
  if (gone.fstype == "tmpfs" || gone.fstype == "proc") machine.entries[real] = gone.covered;
  return {};
}

const Mounted* topmost(const Machine& machine, const std::string& path) {
  const auto found = std::find_if(machine.mounts.rbegin(), machine.mounts.rend(),
                                  [&](const Mounted& mounted) { return mounted.path == path; });
  return found == machine.mounts.rend() ? nullptr : &*found;
}

std::string mountinfo(const Machine& machine) {
  std::string text;
  for (std::size_t i = 0; i < machine.mounts.size(); ++i) {
    const Mounted& mounted = machine.mounts[i];
    std::size_t parent = 0;
    for (std::size_t j = 0; j < i; ++j) {
      const Mounted& other = machine.mounts[j];
      if (other.path == mounted.path || below(mounted.path, other.path)) parent = j + 1;
    }
    std::string path;
    for (const char c : mounted.path) path += c == ' ' ? std::string("\\040") : std::string(1, c);
    text += std::to_string(20 + i + 1) + " " + std::to_string(parent == 0 ? 1 : 20 + parent) + " " +
            std::to_string(mounted.device >> 8) + ":" + std::to_string(mounted.device & 0xff) + " " + mounted.root +
            " " + path + " " + join(mounted.options, ",") + " shared:" + std::to_string(i + 1) + " - " +
            mounted.fstype + " " + mounted.source + " " + join(mounted.super, ",") + "\n";
  }
  return text;
}

std::string real_path(const Machine& machine, const std::string& path) {
  std::string real = "/";
  Strings parts = split(path, '/');
  int links = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || parts[i] == ".") continue;
    if (parts[i] == "..") {
      real = real.substr(0, std::max<std::size_t>(1, real.rfind('/')));
      continue;
    }
    const std::string next = joined(real, "/" + parts[i]);
    const auto found = machine.entries.find(next);
    if (found == machine.entries.end() || links > 40) return "";
    if (found->second.type != Node::Type::link) {
      real = next;
      continue;
    }
    ++links;
    Strings target = split(found->second.text, '/');
    if (found->second.text.starts_with('/')) real = "/";
    target.insert(target.end(), parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.end());
    parts = std::move(target);
    i = static_cast<std::size_t>(-1);
  }
  return real;
}

}  // namespace dockhost::sim
