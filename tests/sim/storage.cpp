// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/storage.hpp"

#include <algorithm>

#include "core/kinds.hpp"
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

constexpr std::uint64_t kMebibyte = 1024ULL * 1024;
constexpr const char* kLeftByLvm = " LVM2 x[5A%r0N*>";  // of metadata that pvremove does not take away

Output failed(int code, const std::string& complaint) { return {code, "", "  " + complaint + "\n"}; }

Output done() { return {0, "", ""}; }

Disk& disk_at(Machine& machine, const std::string& path) {
  const auto found = machine.disks.find(real_path(machine, path));
  if (found == machine.disks.end()) throw Unknown("the device " + path);
  return found->second;
}

const Disk& disk_at(const Machine& machine, const std::string& path) {
  const auto found = machine.disks.find(real_path(machine, path));
  if (found == machine.disks.end()) throw Unknown("the device " + path);
  return found->second;
}

// The kernel's name: vdb, or dm-0 for a volume.
std::string kernel_name(const std::string& path, const Disk& disk) {
  return disk.volume.empty() ? path.substr(path.rfind('/') + 1) : "dm-" + std::to_string(disk.device & 0xffU);
}

void put(Machine& machine, const std::string& path, const std::string& text) {
  make_parents(machine.entries, path);
  machine.entries[path] = {Node::Type::file, text + "\n", 0444, 0, 0, 0, 0};
}

void forget_below(Machine& machine, const std::string& path) {
  std::erase_if(machine.entries, [&](const auto& entry) { return entry.first == path || below(entry.first, path); });
}

std::uint64_t used(const Group& group) {
  std::uint64_t all = 0;
  for (const auto& [name, volume] : group.volumes) all += volume.extents;
  return all;
}

std::uint64_t total(const Group& group) {
  std::uint64_t all = 0;
  for (const Group::Part& part : group.parts) all += part.extents;
  return all;
}

// The group that has the device, or null.
Group* group_with(Machine& machine, const std::string& device) {
  for (auto& [name, group] : machine.groups) {
    for (const Group::Part& part : group.parts) {
      if (part.device == device) return &group;
    }
  }
  return nullptr;
}

Strings all_signatures(const Machine& machine, const std::string& path) {
  const Disk& disk = disk_at(machine, path);
  Strings all = disk.signatures;
  if (!disk.fstype.empty()) all.push_back(disk.fstype + (disk.fstype == "xfs" ? " 0x0" : " 0x438"));
  const bool member = group_name_with(machine, path) != nullptr && !contains(all, "LVM2_member 0x218");
  if (member) all.emplace_back("LVM2_member 0x218");
  return all;
}

// What stands behind the options: names, and the values of those that take one are left out.
Strings plain(const Strings& argv, const Strings& valued) {
  Strings names;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (contains(valued, argv[i])) {
      ++i;
    } else if (!argv[i].starts_with("-")) {
      names.push_back(argv[i]);
    }
  }
  return names;
}

std::string value_of(const Strings& argv, const std::string& option) {
  const auto found = std::find(argv.begin(), argv.end(), option);
  return found == argv.end() || std::next(found) == argv.end() ? "" : *std::next(found);
}

Output wipefs(Machine& machine, const Strings& argv) {
  const std::string path = real_path(machine, argv.back());
  if (contains(argv, "--all")) {
    Disk& disk = disk_at(machine, path);
    disk.fstype.clear();
    disk.label.clear();
    disk.files.clear();
    disk.signatures.clear();
    disk.dirty = disk.half_made = disk.mounted_once = false;
    if (!disk.start.empty()) disk.start = "left by wipefs";
    return done();
  }
  json list = json::array();
  for (const std::string& one : all_signatures(machine, path)) {
    const Strings parts = split(one, ' ');
    const Disk& disk = disk_at(machine, path);
    json shown = {{"device", path.substr(5)}, {"offset", parts.at(1)}, {"type", parts.at(0)}, {"uuid", nullptr}};
    if (parts[0] == disk.fstype) shown["uuid"] = disk.uuid;
    const bool labelled = parts[0] == disk.fstype && !disk.label.empty();
    shown["label"] = labelled ? json(disk.label) : json(nullptr);
    list.push_back(shown);
  }
  return {0, json{{"signatures", list}}.dump(), ""};
}

json shown(const Machine& machine, const std::string& name, const Group& group, const std::string& uuid) {
  const auto text = [](std::uint64_t number) { return std::to_string(number); };
  json parts = json::array(), volumes = json::array();
  for (const Group::Part& part : group.parts) {
    parts.push_back({{"pv_name", part.device},
                     {"pv_pe_count", text(part.extents)},
                     {"pe_start", text(part.start)},
                     {"dev_size", text(disk_at(machine, part.device).bytes)}});
  }
  for (const auto& [volume, told] : group.volumes) {
    volumes.push_back({{"lv_name", volume},
                       {"lv_layout", told.layout},
                       {"lv_tags", told.tags},
                       {"lv_active", told.active ? "active" : ""},
                       {"lv_size", text(told.extents * group.extent)}});
  }
  return {{"vg",
           {{{"vg_name", name},
             {"vg_uuid", uuid},
             {"vg_extent_size", text(group.extent)},
             {"vg_free_count", text(total(group) - used(group))},
             {"vg_exported", group.exported ? "exported" : ""},
             {"vg_partial", group.partial ? "partial" : ""}}}},
          {"pv", parts},
          {"lv", volumes}};
}

bool hidden_whole(const Machine& machine, const Group& group) {
  return std::all_of(group.parts.begin(), group.parts.end(),
                     [&](const Group::Part& part) { return !machine.disks.at(part.device).excluded.empty(); });
}

Output reports(const Machine& machine, const Strings& argv) {
  json list = json::array();
  if (argv.at(1) == "fullreport") {
    for (const auto& [name, group] : machine.groups) {
      if (hidden_whole(machine, group)) continue;
      list.push_back(shown(machine, name, group, "a"));
      if (group.twice) list.push_back(shown(machine, name, group, "b"));
    }
  } else if (argv[1] == "pvs") {
    json rows = json::array();
    for (const auto& [path, disk] : machine.disks) {
      if (!disk.excluded.empty()) continue;
      const std::string* group = group_name_with(machine, path);
      const bool unknown = contains(disk.signatures, "LVM2_member unknown");
      if (!contains(all_signatures(machine, path), "LVM2_member 0x218") && !unknown) continue;
      rows.push_back({{"pv_name", path}, {"vg_name", unknown ? "[unknown]" : group == nullptr ? "" : *group}});
    }
    list.push_back({{"pv", rows}});
  } else if (argv[1] == "lvs") {
    const std::size_t slash = argv.back().find('/');
    const Group& group = machine.groups.at(argv.back().substr(0, slash));
    return {0, "  " + group.volumes.at(argv.back().substr(slash + 1)).tags + "\n", ""};
  } else {
    throw Unknown(join(argv, " "));
  }
  return {0, json{{"report", list}}.dump(), ""};
}

// vgcreate and vgextend.
Output take_disks(Machine& machine, const Strings& argv) {
  Strings names = plain(argv, {"--physicalextentsize"});
  const std::string group_name = names.at(0);
  names.erase(names.begin());
  const bool create = argv[0] == "vgcreate";
  if (create == machine.groups.contains(group_name)) return failed(5, "volume group " + group_name);
  for (const std::string& name : names) {
    const Disk& disk = disk_at(machine, name);
    const bool rejected = !disk.excluded.empty() && disk.excluded.find("devices file") == std::string::npos;
    if (rejected) return failed(5, "Cannot use " + name + ": " + disk.excluded);
    if (!all_signatures(machine, name).empty() || is_held(machine, name) || disk.read_only) {
      return failed(5, "Can't open " + name + " exclusively.");
    }
  }
  Group& group = machine.groups[group_name];
  if (create) group.extent = std::stoull(value_of(argv, "--physicalextentsize"));
  for (const std::string& name : names) {
    Disk& disk = disk_at(machine, name);
    const std::uint64_t start = std::max(kMebibyte, disk.optimal_io);
    group.parts.push_back({name, (disk.bytes - start) / group.extent, start});
    disk.start = kLeftByLvm;
    disk.excluded.clear();  // a blank disk is put into the devices file, and stays in it
  }
  return done();
}

void orphan(Machine& machine, const std::string& device) {
  disk_at(machine, device).signatures.emplace_back("LVM2_member 0x218");
}

Output remove_group(Machine& machine, const Strings& argv) {
  const auto found = machine.groups.find(argv.back());
  if (found == machine.groups.end() || !found->second.volumes.empty()) return failed(5, "cannot remove " + argv.back());
  const Strings devices = [&] {
    Strings all;
    for (const Group::Part& part : found->second.parts) all.push_back(part.device);
    return all;
  }();
  machine.groups.erase(found);
  for (const std::string& device : devices) orphan(machine, device);
  return done();
}

Output reduce_group(Machine& machine, const Strings& argv) {
  Group& group = machine.groups.at(argv.at(1));
  const auto part = std::find_if(group.parts.begin(), group.parts.end(),
                                 [&](const Group::Part& one) { return one.device == argv.at(2); });
  if (part == group.parts.end() || total(group) - part->extents < used(group)) return failed(5, "still in use");
  group.parts.erase(part);
  orphan(machine, argv.at(2));
  return done();
}

Output remove_pv(Machine& machine, const Strings& argv) {
  Disk& disk = disk_at(machine, argv.back());
  if (std::erase(disk.signatures, "LVM2_member 0x218") == 0) return failed(5, "No PV found on device " + argv.back());
  return done();
}

Output resize_pv(Machine& machine, const Strings& argv) {
  Group* group = group_with(machine, argv.back());
  if (group == nullptr) return failed(5, "Failed to find physical volume");
  for (Group::Part& part : group->parts) {
    if (part.device == argv.back()) part.extents = (disk_at(machine, part.device).bytes - part.start) / group->extent;
  }
  return done();
}

Output create_volume(Machine& machine, const Strings& argv) {
  const std::string name = value_of(argv, "--name");
  const std::string& group_name = argv.back();
  Group& group = machine.groups.at(group_name);
  const std::uint64_t extents = std::stoull(value_of(argv, "--extents"));
  if (group.volumes.contains(name)) return failed(5, "already exists in volume group");
  if (name.starts_with("pvmove") || name.starts_with("snapshot") || name.find("_tmeta") != std::string::npos)
    return failed(3, "Names starting \"" + name + "\" are reserved. Please choose a different LV name.");
  if (extents > total(group) - used(group)) return failed(5, "insufficient free space");
  make_volume(machine, group_name, name, {extents, "linear", value_of(argv, "--addtag"), true});
  return done();
}

Output change_volume(Machine& machine, const Strings& argv) {
  const std::size_t slash = argv.back().find('/');
  const std::string group_name = argv.back().substr(0, slash), name = argv.back().substr(slash + 1);
  Group& group = machine.groups.at(group_name);
  const std::string device = device_of(group_name, name);
  if (argv[0] == "lvremove") {
    const std::string folder = "/sys/block/" + kernel_name(device, machine.disks.at(device));
    forget_below(machine, folder);
    const std::string number = std::to_string(machine.disks.at(device).device & 0xffU);
    forget_below(machine, "/sys/dev/block/253:" + number);
    machine.entries.erase(device);
    machine.disks.erase(device);
    group.volumes.erase(name);
    return done();
  }
  Group::Volume& volume = group.volumes.at(name);
  if (argv[0] == "lvextend") {
    const std::uint64_t extents = std::stoull(value_of(argv, "--extents"));
    if (extents <= volume.extents) return failed(5, "New size matches existing size");
    if (extents - volume.extents > total(group) - used(group)) return failed(5, "insufficient free space");
    volume.extents = extents;
    machine.disks.at(device).bytes = extents * group.extent;
    show_disk(machine, device);
  } else if (contains(argv, "--addtag")) {
    volume.tags = value_of(argv, "--addtag");
  } else if (contains(argv, "--deltag")) {
    volume.tags.clear();
  } else {
    throw Unknown(join(argv, " "));
  }
  return done();
}

Output make_filesystem(Machine& machine, const Strings& argv) {
  Disk& disk = disk_at(machine, argv.back());
  if (is_held(machine, argv.back())) return failed(1, argv.back() + " is mounted");
  disk.fstype = argv[0].substr(5);
  disk.label = value_of(argv, "-L");
  disk.system_bytes = disk.bytes;
  disk.start = disk.fstype;
  disk.dirty = disk.half_made = disk.mounted_once = false;
  disk.files.clear();
  disk.uuid = "made-" + std::to_string(++machine.clock);
  return done();
}

Output xfs_info(const Machine& machine, const Strings& argv) {
  const Disk& disk = disk_at(machine, argv.back());
  return {0,
          "meta-data=" + argv.back() + " isize=512 agcount=4\ndata     =   bsize=4096   blocks=" +
              std::to_string(disk.system_bytes / 4096) + ", imaxpct=25\n",
          ""};
}

// pvs(8) of one device: LVM says on stderr why it does not use it (lib/cache/lvmcache.c, dev_filtered_reason()).
Output one_pv(const Machine& machine, const std::string& path) {
  const Disk& disk = disk_at(machine, path);
  if (!disk.excluded.empty()) return failed(5, "Cannot use " + path + ": " + disk.excluded);
  const std::string* group = group_name_with(machine, path);
  if (group == nullptr && !contains(disk.signatures, "LVM2_member 0x218"))
    return failed(5, "Failed to find physical volume " + path);
  return {0, "  " + (group == nullptr ? "" : *group) + "\n", ""};
}

Output lvm_config(const Machine& machine) {
  Strings rejected;
  for (const auto& [path, disk] : machine.disks) {
    if (disk.excluded.find("filter config") != std::string::npos) rejected.push_back("\"r|" + path + "|\"");
  }
  const std::string missing = "  Configuration node devices/filter not found\n";
  return {5, rejected.empty() ? "" : "global_filter=[" + join(rejected, ",") + "]\n", missing};
}

Output lvm_tool(const Machine& machine, const Strings& argv) {
  if (argv.at(1) == "lvmconfig") return lvm_config(machine);
  if (argv[1] == "pvs" && argv.back().starts_with("/dev/")) return one_pv(machine, argv.back());
  return reports(machine, argv);
}

// -t: the log's state, then what is in it.
Output xfs_log(const Machine& machine, const Strings& argv) {
  const Disk& disk = disk_at(machine, argv.back());
  return {0, std::string("xfs_logprint:\n    log tail: 2 head: 2 state: ") + (disk.dirty ? "<DIRTY>\n" : "<CLEAN>\n"),
          ""};
}

}  // namespace

const std::string* group_name_with(const Machine& machine, const std::string& device) {
  for (const auto& [name, group] : machine.groups) {
    for (const Group::Part& part : group.parts) {
      if (part.device == device) return &name;
    }
  }
  return nullptr;
}

void show_disk(Machine& machine, const std::string& path) {
  const Disk& disk = machine.disks.at(path);
  const std::string folder = "/sys/block/" + kernel_name(path, disk);
  put(machine, folder + "/size", std::to_string(disk.bytes / 512));
  put(machine, folder + "/ro", disk.read_only ? "1" : "0");
  put(machine, folder + "/queue/minimum_io_size", "512");
  put(machine, folder + "/queue/optimal_io_size", std::to_string(disk.optimal_io));
  for (const std::string& name : disk.held_by) put(machine, folder + "/holders/" + name, "");
}

void make_volume(Machine& machine, const std::string& group, const std::string& name, const Group::Volume& volume) {
  std::uint64_t minor = 0;
  const auto taken = [&] {
    return std::any_of(machine.disks.begin(), machine.disks.end(),
                       [&](const auto& one) { return one.second.device == ((253U << 8U) | minor); });
  };
  while (taken()) ++minor;
  const std::string device = device_of(group, name), number = "253:" + std::to_string(minor);
  Disk disk;
  disk.device = (253U << 8U) | minor;
  disk.volume = group + "/" + name;
  disk.bytes = volume.extents * machine.groups.at(group).extent;
  machine.groups.at(group).volumes[name] = volume;
  machine.disks[device] = disk;
  make_parents(machine.entries, device);
  machine.entries[device] = {Node::Type::block, "", 0660, 0, 6, disk.device, 0};
  const std::string folder = "/sys/block/dm-" + std::to_string(minor);
  put(machine, folder + "/dm/uuid", "LVM-abc");
  put(machine, folder + "/dm/name", device.substr(device.rfind('/') + 1));
  make_parents(machine.entries, "/sys/dev/block/" + number);
  machine.entries["/sys/dev/block/" + number] = {Node::Type::link, folder, 0777, 0, 0, 0, 0};
  show_disk(machine, device);
}

void overwrite(Machine& machine, const std::string& device, std::uint64_t offset, const std::string& bytes) {
  if (offset != 0) throw Unknown("writing " + device + " from " + std::to_string(offset));
  if (is_held(machine, device)) throw Error("device or resource busy", {device});
  Disk& disk = disk_at(machine, device);
  const std::size_t last = bytes.find_last_not_of('\0');
  disk.start = last == std::string::npos ? "" : bytes.substr(0, last + 1);
}

bool is_held(const Machine& machine, const std::string& device) {
  const Disk& disk = disk_at(machine, device);
  const bool mounted = std::any_of(machine.mounts.begin(), machine.mounts.end(),
                                   [&](const Mounted& one) { return one.device == disk.device && one.device != 0; });
  const std::string* group = group_name_with(machine, real_path(machine, device));
  const bool carries = group != nullptr && !machine.groups.at(*group).volumes.empty();
  return disk.busy || mounted || carries || !disk.held_by.empty();
}

bool is_storage_tool(const std::string& program) {
  const Strings all = {"wipefs",   "lvm",      "vgcreate", "vgextend", "vgremove",     "vgreduce",  "pvremove",
                       "pvresize", "lvcreate", "lvextend", "lvchange", "lvremove",     "mkfs.ext4", "mkfs.xfs",
                       "fsadm",    "e2label",  "e2fsck",   "xfs_info", "xfs_logprint", "xfs_io",    "xfs_admin"};
  return contains(all, program);
}

Output storage_tool(Machine& machine, const Strings& argv) {
  const std::string& tool = argv.at(0);
  if (tool == "wipefs") return wipefs(machine, argv);
  if (tool == "lvm") return lvm_tool(machine, argv);
  if (tool == "vgcreate" || tool == "vgextend") return take_disks(machine, argv);
  if (tool == "vgremove") return remove_group(machine, argv);
  if (tool == "vgreduce") return reduce_group(machine, argv);
  if (tool == "pvremove") return remove_pv(machine, argv);
  if (tool == "pvresize") return resize_pv(machine, argv);
  if (tool == "lvcreate") return create_volume(machine, argv);
  if (tool == "lvextend" || tool == "lvchange" || tool == "lvremove") return change_volume(machine, argv);
  if (tool.starts_with("mkfs.")) return make_filesystem(machine, argv);
  if (tool == "xfs_info") return xfs_info(machine, argv);
  if (tool == "xfs_logprint") return xfs_log(machine, argv);
  if (tool == "fsadm") {
    Disk& disk = disk_at(machine, argv.back());
    disk.system_bytes = disk.bytes;
    return done();
  }
  if (tool == "e2fsck") return done();
  if (tool == "e2label") {
    disk_at(machine, argv.at(1)).label = argv.at(2);
    return done();
  }
  throw Unknown(join(argv, " "));
}

}  // namespace dockhost::sim
