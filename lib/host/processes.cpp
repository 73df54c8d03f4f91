// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/processes.hpp"

#include <algorithm>
#include <charconv>
#include <set>

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

const MountLine* with_id(const std::vector<MountLine>& lines, std::uint64_t id) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const MountLine& line) { return line.id == id; });
  return found == lines.end() ? nullptr : &*found;
}

// Ids of mounts are the kernel's: no two namespaces have the same.
const MountLine* with_id(const Processes& processes, const std::vector<MountLine>& own, std::uint64_t id) {
  if (const MountLine* line = with_id(own, id)) return line;
  if (const MountLine* line = with_id(processes.ours(), id)) return line;
  for (const auto& [name, other] : processes.others()) {
    if (const MountLine* line = with_id(other.lines, id)) return line;
  }
  return nullptr;
}

const MountLine* on_the_way(const std::vector<MountLine>& lines, const std::string& path) {
  const Way way = way_to(lines, path);
  return way.mounts.empty() ? nullptr : with_id(lines, way.mounts.back().id);
}

// "mnt_id:\t23" of /proc/PID/fdinfo/N; 0 where it is not told.
std::uint64_t mount_id(const Host& host, const std::string& info) {
  const Strings lines = split(host.read(info).value_or(""), '\n');
  return leading_number(field(lines, "mnt_id:"));
}

// "7f00-7f01 r-xp 00000000 08:01 42   /srv/lib.so"
std::set<std::string> mapped_files(const Host& host, const std::string& process) {
  std::set<std::string> paths;
  for (const std::string& line : split(host.read(process + "/maps").value_or(""), '\n')) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos) paths.insert(line.substr(path));
  }
  return paths;
}

}  // namespace

Processes::Processes(const Host& host) : our_space_(link(host, "/proc/self/ns/mnt")) {
  ours_ = parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""));
  for (const int pid : pids(host)) {
    try {
      add(host, pid);
    } catch (const Error&) {
      // It ended while it was looked at.
    }
  }
  read_namespaces(host);
  note_groups(ours_);
  for (const auto& [name, other] : others_) note_groups(other.lines);
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

void Processes::note_groups(const std::vector<MountLine>& lines) {
  for (const MountLine& line : lines) {
    if (line.shared != 0 && line.master != 0) master_of_[line.shared] = line.master;
  }
}

const Process* Processes::find(int pid) const {
  const auto found = std::lower_bound(all_.begin(), all_.end(), pid,
                                      [](const Process& process, int wanted) { return process.pid < wanted; });
  return found == all_.end() || found->pid != pid ? nullptr : &*found;
}

const std::vector<MountLine>& Processes::mounts_of(const Process& process) const {
  const auto other = others_.find(process.space);
  return other == others_.end() ? ours_ : other->second.lines;
}

bool Processes::follows_ours(const MountLine& line) const {
  std::set<std::uint64_t> groups;
  std::uint64_t group = line.shared != 0 ? line.shared : line.master;
  for (; group != 0 && groups.insert(group).second;) {
    const auto master = master_of_.find(group);
    group = master == master_of_.end() ? 0 : master->second;
  }
  if (line.master != 0) groups.insert(line.master);
  return std::any_of(ours_.begin(), ours_.end(), [&](const MountLine& our) {
    return our.device == line.device && our.root == line.root && our.shared != 0 && groups.contains(our.shared) &&
           ends_as(line.path, our.path);
  });
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

bool any_held_file(const Host& host, const Processes& processes, const Process& process,
                   const std::function<bool(const HeldFile&)>& found) {
  const std::vector<MountLine>& own = processes.mounts_of(process);
  const std::string directory = directory_of(process.pid);
  const auto fits = [&](const std::string& path, const MountLine* mount) {
    return mount != nullptr && path.starts_with('/') && found({mount, path});
  };
  for (const char* name : {"/cwd", "/root", "/exe"}) {
    const std::string path = without_deleted(link(host, directory + name));
    if (path.starts_with('/') && fits(path, on_the_way(own, path))) return true;
  }
  for (const std::string& name : host.list(directory + "/fd")) {
    const std::string path = without_deleted(link(host, directory + "/fd/" + name));
    if (!path.starts_with('/')) continue;  // a socket, a pipe
    const MountLine* mount = with_id(processes, own, mount_id(host, directory + "/fdinfo/" + name));
    if (fits(path, mount != nullptr ? mount : on_the_way(own, path))) return true;
  }
  const std::set<std::string> mapped = mapped_files(host, directory);
  return std::any_of(mapped.begin(), mapped.end(), [&](const std::string& path) {
    const std::string plain = without_deleted(path);
    return fits(plain, on_the_way(own, plain));
  });
}

}  // namespace dockhost
