// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/data.hpp"

#include <algorithm>
#include <vector>

#include "core/show.hpp"
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

constexpr std::uint64_t kBlock = 4096;

// The entries strictly below a directory, without what is mounted there, by their path from it.
Entries tree(const Machine& machine, const std::string& path) {
  const std::string root = real_path(machine, path);
  if (root.empty()) throw Error("no such file or directory", {path});
  Entries entries;
  for (const auto& one : machine.entries) {
    const std::string& name = one.first;
    const bool elsewhere = std::any_of(machine.mounts.begin(), machine.mounts.end(), [&](const Mounted& mounted) {
      return below(mounted.path, root) && (mounted.path == name || below(name, mounted.path));
    });
    if (below(name, root) && !elsewhere) entries[name.substr(root.size())] = one.second;
  }
  return entries;
}

bool left_out(const std::string& name, const std::string& guard) {
  return name == "/" + guard || name == "/lost+found" || below(name, "/lost+found");
}

bool was_written(const Entry& entry, const TreeRules& rules) {
  return rules.since && entry.type != Node::Type::directory && entry.touched_at() * 1'000'000 > *rules.since;
}

TreeSum sum_of_entries(const Entries& entries, const TreeRules& rules) {
  TreeSum sum;
  for (const auto& [name, entry] : entries) {
    if (left_out(name, rules.guard)) continue;
    const bool file = entry.type == Node::Type::file;
    sum.bytes += (entry.text.size() + kBlock - 1) / kBlock * kBlock;
    ++sum.inodes;
    sum.hash += name + " " + std::to_string(entry.touched_at()) + "|";
    if (file) sum.newest = std::max(sum.newest, entry.changed);
    if (was_written(entry, rules) && ++sum.written == 1) sum.written_name = name.substr(1);
  }
  sum.hash = std::to_string(std::hash<std::string>{}(sum.hash));
  return sum;
}

// Times of directories are those of their copy.
std::string entry_words(const Entry& entry) {
  const std::string time = entry.type == Node::Type::file ? std::to_string(entry.changed) : "";
  return std::to_string(static_cast<int>(entry.type)) + " " + octal(entry.mode) + " " + std::to_string(entry.uid) +
         ":" + std::to_string(entry.gid) + " " + time + " " + entry.text;
}

const Mounted& mounted_at(const Machine& machine, const std::string& path) {
  const Mounted* found = &machine.mounts.front();
  for (const Mounted& mounted : machine.mounts) {
    if (mounted.path == path || below(path, mounted.path) || mounted.path == "/") found = &mounted;
  }
  return *found;
}

Output df(const Machine& machine, const Strings& argv) {
  const std::string path = real_path(machine, argv.back());
  const Mounted& mounted = mounted_at(machine, path);
  const auto disk = machine.disks.find(mounted.source);
  if (disk == machine.disks.end()) throw Unknown("df of " + path);
  const TreeSum used = sum_of(machine, mounted.path, {});
  const std::uint64_t bytes = disk->second.system_bytes / 100 * 91, inodes = disk->second.system_bytes / 16384;
  const auto rest = [](std::uint64_t all, std::uint64_t taken) {
    return std::to_string(all > taken ? all - taken : 0);
  };
  return {0, "Avail IFree\n" + rest(bytes, used.bytes) + " " + rest(inodes, used.inodes) + "\n", ""};
}

Output blkid(const Machine& machine, const Strings& argv) {
  const auto disk = machine.disks.find(real_path(machine, argv.back()));
  if (disk == machine.disks.end() || disk->second.fstype.empty()) return {2, "", ""};
  return {0, disk->second.uuid + "\n", ""};
}

// The file that a cp which was killed has not finished: shorter, and with the time of now.
void copy_half(Machine& machine, const std::string& path, Entry entry) {
  if (entry.type != Node::Type::file) return;
  entry.text.resize(entry.text.size() / 2);
  entry.changed = ++machine.clock;
  machine.entries[path] = entry;
}

// cp --archive FROM/. TO: mtimes are those of the original, ctimes are not.
Output cp(Machine& machine, const Strings& argv, bool half) {
  std::string from = argv.at(argv.size() - 2);
  if (!from.ends_with("/.")) throw Unknown(join(argv, " "));
  from = real_path(machine, from.substr(0, from.size() - 2));
  const std::string to = real_path(machine, argv.back());
  const Entries entries = tree(machine, from);
  std::size_t left = half ? entries.size() / 2 : entries.size();
  const Mounted& target = mounted_at(machine, to);
  const auto disk = machine.disks.find(target.source);
  const bool full = disk != machine.disks.end() && disk->second.full;
  if (full) left = entries.size() / 2;
  for (const auto& [name, entry] : entries) {
    if (left-- == 0) {
      copy_half(machine, to + name, entry);
      break;
    }
    machine.entries[to + name] = entry;
    machine.entries[to + name].touched = ++machine.clock;
  }
  if (full) return {1, "", "cp: error writing '" + to + "/x': No space left on device\n"};
  Entry& top = machine.entries.at(to);
  const Entry& original = machine.entries.at(from);
  top.mode = original.mode;
  top.uid = original.uid;
  top.gid = original.gid;
  return {0, "", ""};
}

}  // namespace

TreeSum sum_of(const Machine& machine, const std::string& path, const TreeRules& rules) {
  const Entries entries = tree(machine, path);
  TreeSum sum = sum_of_entries(entries, rules);
  for (const auto& [name, entry] : entries) {
    if (left_out(name, rules.guard)) continue;
    const std::string below_top = name.substr(1);
    sum.longest = std::max(below_top.size(), sum.longest);
    if (sum.longest > 3000 && sum.longest == below_top.size()) sum.deepest = below_top;
    if (sum.subvolume.empty() && contains(machine.subvolumes, path + name)) sum.subvolume = below_top;
  }
  return sum;
}

// Where it is mounted, or as it lies.
TreeSum sum_of_disk(const Machine& machine, const std::string& uuid) {
  for (const auto& [path, disk] : machine.disks) {
    if (disk.uuid != uuid) continue;
    for (const Mounted& mounted : machine.mounts) {
      if (mounted.device == disk.device) return sum_of(machine, mounted.path, {".dockhost-new"});
    }
    return sum_of_entries(disk.files, {".dockhost-new"});
  }
  return {};
}

CopyWork work_in(const Machine& machine, const std::string& copy, const std::string& original, const TreeRules& rules) {
  const Entries there = tree(machine, copy), source = tree(machine, original);
  CopyWork work;
  for (const auto& [name, entry] : there) {
    if (left_out(name, rules.guard) || entry.type != Node::Type::file) continue;
    if (!rules.since || entry.changed * 1'000'000 <= *rules.since) continue;
    const auto one = source.find(name);
    const bool known = one != source.end() && one->second.type == Node::Type::file;
    if (known && one->second.changed == entry.changed) continue;
    const bool strange = !known || entry.text.size() > one->second.text.size();
    if (work.files++ == 0 || (strange && work.strange == 0)) work.name = name.substr(1);
    if (strange) ++work.strange;
  }
  return work;
}

Strings differences_between(const Machine& machine, const std::string& from, const std::string& to,
                            const Comparison& how) {
  const Entries one = tree(machine, from), other = tree(machine, to);
  const auto ignored = [&](const std::string& name) {
    for (std::size_t at = name.find('/', 1); how.left_out; at = name.find('/', at + 1)) {
      if (how.left_out(name.substr(1, at == std::string::npos ? at : at - 1))) return true;
      if (at == std::string::npos) break;
    }
    return name == "/" + how.guard;
  };
  Strings all;
  for (const auto& [name, entry] : one) {
    if (ignored(name)) continue;
    const auto found = other.find(name);
    if (found == other.end()) {
      all.push_back(name.substr(1) + ": is missing in the copy");
    } else if (entry_words(entry) != entry_words(found->second)) {
      all.push_back(name.substr(1) + ": differs");
    }
  }
  for (const auto& [name, entry] : other) {
    if (!one.contains(name) && !ignored(name) && !left_out(name, how.guard))
      all.push_back(name.substr(1) + ": is only in the copy");
  }
  return all;
}

void empty(Machine& machine, const std::string& path, const TreeRules& rules) {
  const std::string root = real_path(machine, path);
  for (const auto& [name, entry] : tree(machine, path)) {
    if (left_out(name, rules.guard)) continue;
    if (was_written(entry, rules)) throw Error("was written by somebody meanwhile and is not removed", {path + name});
    machine.entries.erase(root + name);
  }
}

void rename(Machine& machine, const std::string& from, const std::string& to) {
  if (machine.entries.contains(to)) throw Error("cannot be renamed to " + quote(to) + ": file exists", {from});
  if (!machine.entries.contains(from)) throw Error("no such file or directory", {from});
  Entries moved;
  std::erase_if(machine.entries, [&](const auto& entry) {
    if (entry.first != from && !below(entry.first, from)) return false;
    moved[to + entry.first.substr(from.size())] = entry.second;
    return true;
  });
  machine.entries.merge(moved);
}

void make_own_place(Machine& machine) {
  make_parents(machine.entries, "/run/dockhost/own/x");
  make_parents(machine.entries, "/run/dockhost/copy/x");
}

void remove_own_place(Machine& machine) {
  std::erase_if(machine.entries, [](const auto& entry) {
    return entry.first == "/run/dockhost" || below(entry.first, "/run/dockhost");
  });
}

bool is_data_tool(const std::string& program) { return program == "blkid" || program == "df" || program == "cp"; }

Output data_tool(Machine& machine, const Strings& argv, bool half) {
  if (argv.at(0) == "blkid") return blkid(machine, argv);
  return argv[0] == "df" ? df(machine, argv) : cp(machine, argv, half);
}

}  // namespace dockhost::sim
