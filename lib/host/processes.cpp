// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/processes.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "host/if_seen.hpp"

namespace dockhost {
namespace {

constexpr int kKernelThreads = 2;     // kthreadd, and the parent of the kernel's own
constexpr std::size_t kDepth = 1000;  // no process has more ancestors

std::string directory_of(int pid) { return "/proc/" + std::to_string(pid); }

std::vector<int> pids(const Host& host) {
  std::vector<int> all;
  for (const std::string& name : host.list("/proc")) {
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) all.push_back(pid);
  }
  std::sort(all.begin(), all.end());
  return all;
}

// Where a link of /proc leads, in the kernel's words; "" where it is not there, or not to be read.
std::string link(const Host& host, const std::string& path) {
  try {
    const auto node = host.node(path);
    return node ? node->target : "";
  } catch (const Error&) {
    return "";
  }
}

std::string without_deleted(const std::string& path) {
  constexpr std::string_view mark = " (deleted)";
  return path.ends_with(mark) ? path.substr(0, path.size() - mark.size()) : path;
}

// A field of /proc/PID/status: "Name:\tnginx".
std::string field(const Strings& lines, std::string_view name) {
  for (const std::string& line : lines) {
    if (line.starts_with(name)) return trim(std::string_view(line).substr(name.size()));
  }
  return "";
}

bool ends_as(const std::string& path, const std::string& end) {
  return path == end || (end != "/" && path.ends_with(end));
}

// /proc/PID/fdinfo/N: "flags:\t0100002", in octal, and "mnt_id:\t23"; 0 where it is not told.
struct Opened {
  std::uint64_t mount = 0;
  bool written = false;
};

Opened opened(const Host& host, const std::string& info) {
  const Strings lines = split(host.read(info).value_or(""), '\n');
  const std::string flags = field(lines, "flags:");
  return {leading_number(field(lines, "mnt_id:")), !flags.empty() && (flags.back() - '0') % 4 != 0};
}

// A line of /proc/PID/maps: "7f00-7f01 r-xp 00000000 fd:01 42   /srv/lib.so".
struct Mapped {
  std::string path, device;
  bool written = false;  // a change goes to the file
  auto operator<=>(const Mapped&) const = default;
};

// "fd:01" as mountinfo has it: "253:1".
std::string decimal(const std::string& device) {
  const auto number = [](const std::string& text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return std::to_string(value);
  };
  const std::size_t colon = std::min(device.find(':'), device.size());
  return number(device.substr(0, colon)) + ":" + number(device.substr(std::min(colon + 1, device.size())));
}

std::set<Mapped> mapped_files(const Host& host, const std::string& process) {
  std::set<Mapped> files;
  for (const std::string& line : split(host.read(process + "/maps").value_or(""), '\n')) {
    const std::size_t path = line.find('/');
    const Strings fields = words(line);
    if (path == std::string::npos || fields.size() < 6) continue;
    files.insert(
        {line.substr(path), decimal(fields[3]), fields[1].size() > 3 && fields[1][1] == 'w' && fields[1][3] == 's'});
  }
  return files;
}

// "0000000000000000: 00000002 00000000 00010000 0001 01 23456 /run/x" (proc(5), /proc/net/unix).
std::map<std::string, std::string> bound_sockets(const Host& host) {
  std::map<std::string, std::string> paths;
  for (const std::string& line : split(host.read("/proc/self/net/unix").value_or(""), '\n')) {
    const std::size_t path = line.find(" /");
    const Strings fields = words(line.substr(0, std::min(path, line.size())));
    if (path != std::string::npos && fields.size() == 7) paths[fields[6]] = line.substr(path + 1);
  }
  return paths;
}

}  // namespace

Processes::Processes(const Host& host) : our_space_(link(host, "/proc/self/ns/mnt")), bound_(bound_sockets(host)) {
  ours_ = parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""));
  for (const int pid : pids(host)) {
    try {
      add(host, pid);
    } catch (const Error&) {
      // It ended while it was looked at.
    }
  }
  read_namespaces(host);
  our_index_ = MountIndex(ours_);
  note(ours_);
  for (const MountLine& line : ours_) ours_shown_[{line.device, line.root}].push_back(&line);
  for (auto& [name, other] : others_) {
    other.index = MountIndex(other.lines);
    note(other.lines);
    for (const MountLine& line : other.lines) others_shown_[{line.device, line.root}].push_back(&line);
  }
}

void Processes::add(const Host& host, int pid) {
  const std::string directory = directory_of(pid);
  const Strings status = split(host.read(directory + "/status").value_or(""), '\n');
  Process process;
  process.pid = pid;
  process.parent = static_cast<int>(leading_number(field(status, "PPid:")));
  if (status.size() < 2 || pid == kKernelThreads || process.parent == kKernelThreads) return;
  const Strings ids = words(field(status, "Uid:"));
  process.of_root = !ids.empty() && std::all_of(ids.begin(), ids.end(), [](const auto& id) { return id == "0"; });
  process.name = field(status, "Name:");
  process.exe = without_deleted(link(host, directory + "/exe"));
  process.space = link(host, directory + "/ns/mnt");
  all_.push_back(process);
}

// Of a process in a chroot, only what lies below it is listed: one that sees all is taken where there is one.
void Processes::read_namespaces(const Host& host) {
  std::map<std::string, int> seen_from;
  for (const Process& process : all_) {
    if (process.space.empty() || process.space == our_space_) continue;
    const auto known = seen_from.find(process.space);
    if (known != seen_from.end() && link(host, directory_of(known->second) + "/root") == "/") continue;
    seen_from[process.space] = process.pid;
  }
  for (const auto& [space, pid] : seen_from) {
    try {
      others_[space] = {pid, parse_mountinfo(host.read(directory_of(pid) + "/mountinfo").value_or(""))};
    } catch (const Error&) {
      // It ended while it was looked at, and its namespace with it.
    }
  }
}

void Processes::note(const std::vector<MountLine>& lines) {
  for (const MountLine& line : lines) {
    if (line.shared != 0 && line.master != 0) master_of_[line.shared] = line.master;
    if (line.parent != line.id) parents_.insert(line.parent);
    by_id_.emplace(line.id, &line);
  }
}

const Process* Processes::find(int pid) const {
  const auto found = std::lower_bound(all_.begin(), all_.end(), pid,
                                      [](const Process& process, int wanted) { return process.pid < wanted; });
  return found == all_.end() || found->pid != pid ? nullptr : &*found;
}

const MountIndex& Processes::mounts_of(const Process& process) const {
  const auto other = others_.find(process.space);
  return other == others_.end() ? our_index_ : other->second.index;
}

std::vector<const MountLine*> Processes::elsewhere(const MountLine& line) const {
  const auto found = others_shown_.find({line.device, line.root});
  return found == others_shown_.end() ? std::vector<const MountLine*>{} : found->second;
}

// The peer group of a mount, and all that it follows.
std::set<std::uint64_t> Processes::groups_of(const MountLine& line) const {
  std::set<std::uint64_t> groups;
  std::uint64_t group = line.shared != 0 ? line.shared : line.master;
  for (; group != 0 && groups.insert(group).second;) {
    const auto master = master_of_.find(group);
    group = master == master_of_.end() ? 0 : master->second;
  }
  if (line.master != 0) groups.insert(line.master);
  return groups;
}

bool Processes::follows_ours(const MountLine& line) const {
  const auto same = ours_shown_.find({line.device, line.root});
  if (same == ours_shown_.end()) return false;
  const std::set<std::uint64_t> groups = groups_of(line);
  return std::any_of(same->second.begin(), same->second.end(), [&](const MountLine* our) {
    return our->shared != 0 && groups.contains(our->shared) && ends_as(line.path, our->path);
  });
}

bool Processes::goes_with(const MountLine& line, const MountLine& our) const {
  if (line.device != our.device || line.root != our.root) return false;
  const MountLine *on = find_mount(line.parent), *our_on = find_mount(our.parent);
  return on != nullptr && our_on != nullptr && our_on->shared != 0 && groups_of(*on).contains(our_on->shared) &&
         place_on(*on, line.path) == place_on(*our_on, our.path);
}

bool Processes::carries(const MountLine& line) const { return parents_.contains(line.id); }

const MountLine* Processes::find_mount(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::string Processes::bound_to(const std::string& inode) const {
  const auto found = bound_.find(inode);
  return found == bound_.end() ? "" : found->second;
}

const Process* Processes::nearest(const Process& process, const std::function<bool(const Process&)>& fits) const {
  const Process* one = &process;
  for (std::size_t depth = 0; one != nullptr && depth < kDepth; ++depth) {
    if (fits(*one)) return one;
    one = one->parent > 1 ? find(one->parent) : nullptr;
  }
  return nullptr;
}

std::string in_words(const Process& process) {
  return std::to_string(process.pid) + " (" + printable(process.name) + ")";
}

namespace {

using Found = std::function<bool(const HeldFile&)>;

bool is_path(const std::string& target) { return target.starts_with('/'); }

// Its own namespace is looked at first: there are many others where containers run.
const MountLine* mount_with_id(const Processes& processes, const Process& process, std::uint64_t id) {
  const MountLine* own = processes.mounts_of(process).with_id(id);
  return own == nullptr ? processes.find_mount(id) : own;
}

// What a link of /proc leads to. By its words alone, what lies below a mount would look as if it lay on it.
const MountLine* behind(const Host& host, const Processes& processes, const Process& process, const std::string& name,
                        const std::string& path) {
  const MountLine* by_path = processes.mounts_of(process).last_on_the_way(path);
  if (by_path == nullptr || !needs_no_server(by_path->fstype)) return by_path;
  const MountLine* told = mount_with_id(processes, process, host.mount_behind(directory_of(process.pid) + name));
  return told == nullptr ? by_path : told;
}

// Whether the process's socket stands there. /proc/net/unix tells paths in the words of whoever has bound one: below a
// root directory of its own, or with a line end in it, a user can name any.
bool stands_at(const Host& host, const Process& process, const MountLine& mount, const std::string& path) {
  const std::string root = directory_of(process.pid) + "/root";
  if (link(host, root) != "/") return false;
  if (!needs_no_server(mount.fstype)) return true;
  const auto node = if_seen([&] { return host.node(root + path); });
  return node && node->type == Node::Type::other;
}

bool any_open_file(const Host& host, const Processes& processes, const Process& process, const Found& found) {
  const MountIndex& own = processes.mounts_of(process);
  const std::string directory = directory_of(process.pid);
  constexpr std::string_view socket = "socket:[";
  for (const std::string& name : host.list(directory + "/fd")) {
    const std::string target = link(host, directory + "/fd/" + name);
    if (target.starts_with(socket)) {
      const std::string path = processes.bound_to(target.substr(socket.size(), target.size() - socket.size() - 1));
      const MountLine* mount = path.empty() ? nullptr : own.last_on_the_way(path);
      if (mount != nullptr && stands_at(host, process, *mount, path) && found({mount, path})) return true;
    }
    if (!is_path(target)) continue;  // a socket, a pipe
    const Opened how = opened(host, directory + "/fdinfo/" + name);
    // An id that no namespace has is that of a file in memory, or of a mount that is taken off already.
    const MountLine* mount =
        how.mount == 0 ? own.last_on_the_way(target) : mount_with_id(processes, process, how.mount);
    const std::string path = without_deleted(target);
    if (mount != nullptr && found({mount, path, how.written, path != target})) return true;
  }
  return false;
}

// Of a file on an overlay the kernel tells the device that it really lies on.
bool any_mapped_file(const Host& host, const Processes& processes, const Process& process, const Found& found) {
  const std::set<Mapped> mapped = mapped_files(host, directory_of(process.pid));
  return std::any_of(mapped.begin(), mapped.end(), [&](const Mapped& file) {
    const std::string path = without_deleted(file.path);
    const MountLine* mount = processes.mounts_of(process).last_on_the_way(path);
    const bool lies_there = mount != nullptr && (mount->device == file.device || mount->fstype == "overlay");
    return lies_there && found({mount, path, file.written, path != file.path});
  });
}

}  // namespace

bool any_held_file(const Host& host, const Processes& processes, const Process& process,
                   const std::function<bool(const HeldFile&)>& found) {
  for (const char* name : {"/cwd", "/root", "/exe"}) {
    const std::string target = link(host, directory_of(process.pid) + name), path = without_deleted(target);
    const MountLine* mount = is_path(path) ? behind(host, processes, process, name, path) : nullptr;
    if (mount != nullptr && found({mount, path, false, path != target})) return true;
  }
  return any_open_file(host, processes, process, found) || any_mapped_file(host, processes, process, found);
}

}  // namespace dockhost
