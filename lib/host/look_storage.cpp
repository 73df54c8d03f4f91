// SPDX-License-Identifier: GPL-3.0-or-later
// Disks, LVM and file systems. Nothing here writes, neither to a device nor to /etc/lvm. That a disk is free is what
// several probes say together, because each misses what another one finds (a table's copy at the end of the disk, a
// partition mounted after its table was wiped, a running array above a wiped disk).
#include <algorithm>

#include "base/read_json.hpp"
#include "core/kinds.hpp"
#include "host/block.hpp"
#include "host/look.hpp"
#include "host/lvm.hpp"
#include "host/mountinfo.hpp"
#include "host/pv_label.hpp"
#include "host/volume_use.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;
constexpr std::uint64_t kSector = 512;  // of /sys/block/*/size, whatever the device's own is

// The kernel's folder of a block device: /sys/devices/.../block/vdb, or .../vdb/vdb1 for a partition.
std::string sysfs(const Host& host, const Node& node) {
  return host.resolve("/sys/dev/block/" + device_number(node.device));
}

std::uint64_t attribute(const Host& host, const std::string& path) {
  return leading_number(trim(host.read(path).value_or("0")));
}

// Their names ("vdb1"), as sysfs has them below the disk.
Strings partitions(const Host& host, const std::string& folder) {
  Strings names;
  for (const std::string& name : host.list(folder)) {
    if (host.node(folder + "/" + name + "/partition")) names.push_back(name);
  }
  return names;
}

struct Signature {
  std::string type, label, offset, uuid;
};

std::vector<Signature> signatures(Host& host, const std::string& device) {
  const Output output = host.run({"wipefs", "--json", "--no-act", "--", device});
  if (!output.found) throw Error("the tool 'wipefs' is not installed (package util-linux)");
  // Nothing at all is said of a device without a signature by some versions, `{"signatures": []}` by others.
  if (output.good()) refuse_beyond_limits(output.out, JsonFrom::tool, "wipefs " + device);
  const bool silent = output.good() && trim(output.out).empty();
  const json told = silent ? json::object() : read_json_or_discard(output.out, JsonFrom::tool);
  if (!output.good() || told.is_discarded()) {
    throw Error("wipefs failed (" + std::to_string(output.code) + "): " + printable(trim(output.err)), {device});
  }
  std::vector<Signature> all;
  const json found = as_documented("what wipefs says", [&] { return told.value("signatures", json::array()); });
  for (const json& one : found) {
    const auto text = [&](const char* name) {
      return one.contains(name) && one.at(name).is_string() ? one.at(name).get<std::string>() : std::string{};
    };
    all.push_back({text("type"), text("label"), text("offset"), text("uuid")});
  }
  return all;
}

// "" where all of it is zero.
std::string first_bytes(const Host& host, const std::string& device) {
  std::string bytes = host.peek(device, 0, kMiB);
  return bytes.find_first_not_of('\0') == std::string::npos ? std::string{} : bytes;
}

std::string in_use_by_kernel(const Host& host, const Node& node, const std::string& folder) {
  const std::string point = mounted_on(host, device_number(node.device));
  if (!point.empty()) return "is mounted on " + point;
  const Strings holders = host.list(folder + "/holders"), parts = partitions(host, folder);
  if (!holders.empty()) return "is held by " + sentence_list(holders);
  for (const std::string& part : parts) {
    const std::string where = mounted_on(host, trim(host.read(folder + "/" + part + "/dev").value_or("")));
    if (!where.empty()) return "has the partition " + part + ", mounted on " + where;
  }
  if (!parts.empty()) return "has the partition " + sentence_list(parts) + " (sysfs)";
  return "";
}

// A disk that a group has, by its own label, although LVM shows nothing of it: whoever set the filter or moved the disk
// here knows why, and nothing is said that would destroy it.
std::string of_hidden(Host& host, const std::string& device) {
  const PvLabel label =
      pv_label([&](std::uint64_t offset, std::size_t length) { return host.peek(device, offset, length); });
  std::string what = "is a physical volume of LVM";
  if (!label.group.empty()) what += " that belongs to the volume group " + quote(label.group);
  if (label.group.empty() && label.used) what += " that belongs to a volume group named on another disk";
  const std::string why = excluded_by_lvm(host, device, false);
  return what + "; LVM does not show it" +
         (why.empty() ? " ('lvm pvs " + device + "' may say why)" : ", because " + why);
}

std::string of_lvm(Host& host, const std::optional<std::string>& group, const std::string& device) {
  if (!group) return of_hidden(host, device);
  if (*group == "[unknown]") {
    return "is marked as used by a volume group whose metadata LVM does not find: a disk of the group is missing, or a "
           "filter or LVM's devices file hides it. Only if a creation was cut off here, 'pvcreate -ff " +
           device + "' frees it";
  }
  if (!group->empty()) return "belongs to the volume group " + quote(*group);
  return "is a physical volume of LVM in no group; if it is really free, 'pvremove " + device + "' frees it";
}

std::string in_use(Host& host, Disk& disk, const Node& node, const std::string& folder) {
  const std::string& device = disk.device;
  const std::vector<Signature> found = signatures(host, device);
  for (const Signature& one : found) {
    if (one.type != "LVM2_member") continue;
    const std::optional<std::string> group = group_of(host, device);
    disk.orphan = group && group->empty();
    return of_lvm(host, group, device);
  }
  std::string user = in_use_by_kernel(host, node, folder);
  if (!user.empty()) return user;
  if (!found.empty()) {
    Strings words;
    for (const Signature& one : found) words.push_back(one.type + " at offset " + one.offset);
    return "holds " + sentence_list(words) + " (wipefs); empty it yourself ('wipefs --all " + device +
           "') if it is really free";
  }
  if (host.held(device)) return "is held by something that does not say so (it cannot be opened exclusively)";
  return "";
}

// Whether ext4 has the size of its device. A last group that is too small to be used stays outside for ever
// (resize2fs), so a file system that ends with a whole group fills what is less than another one.
bool ext4_fills(const Host& host, const std::string& device, std::uint64_t bytes) {
  const std::string super = host.peek(device, 1024, 1024);
  if (super.size() < 1024) return true;
  const std::uint64_t shift = little_endian(super, 0x18, 4);
  if (shift > 6)
    throw Error("has a superblock of ext4 that says nothing sensible (blocks of 2^" + std::to_string(shift) + " KiB)",
                {device});
  const std::uint64_t block = 1024ULL << shift, group = little_endian(super, 0x20, 4);
  const bool wide = (little_endian(super, 0x60, 4) & 0x80U) != 0;
  const std::uint64_t blocks = little_endian(super, 0x04, 4) | (wide ? little_endian(super, 0x150, 4) << 32U : 0);
  const std::uint64_t all = bytes / block;
  if (blocks >= all || group == 0) return true;
  const bool whole_groups = (blocks - little_endian(super, 0x14, 4)) % group == 0;
  return whole_groups && all - blocks < group;
}

// xfs_info(8) tells it of a mounted one too, whose superblock on disk may be old. An allocation group of fewer than 64
// blocks is not made (XFS_MIN_AG_BLOCKS).
bool xfs_fills(Host& host, const std::string& device, std::uint64_t bytes) {
  const Output output = host.run({"xfs_info", "--", device});
  if (!output.found) throw Error("the tool 'xfs_info' is not installed (package xfsprogs)");
  const std::size_t data = output.out.find("\ndata ");
  if (!output.good() || data == std::string::npos) {
    throw Error("xfs_info failed (" + std::to_string(output.code) + "): " + printable(trim(output.err)), {device});
  }
  const auto field = [&](const std::string& name) {
    const std::size_t at = output.out.find(name, data);
    return at == std::string::npos ? 0 : leading_number(output.out.substr(at + name.size(), 20));
  };
  const std::uint64_t block = field("bsize="), blocks = field("blocks=");
  return block == 0 || bytes / block < blocks + 64;
}

std::string lv_tags(Host& host, const std::string& volume) {
  const Output output = host.run(
      {"lvm", "lvs", "--noheadings", "--options", "lv_tags", "--config", "backup{backup=0 archive=0}", "--", volume});
  if (!output.good())
    throw Error("lvs failed (" + std::to_string(output.code) + "): " + printable(trim(output.err)), {volume});
  return trim(output.out);
}

// "group/volume" of a device-mapper name, where a dash is doubled and a single one stands between.
std::string volume_of(const std::string& mapped) {
  std::string name;
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    const bool doubled = mapped[i] == '-' && i + 1 < mapped.size() && mapped[i + 1] == '-';
    name += mapped[i] == '-' && !doubled ? '/' : mapped[i];
    if (doubled) ++i;
  }
  return name;
}

std::uint64_t extent_size(const json& group) {
  const std::uint64_t bytes = lvm_number(group, "vg_extent_size");
  if (bytes == 0) throw Error("lvm tells extents of no bytes");
  return bytes;
}

VolumeGroup group_told(const Host& host, const std::string& name, const json& told) {
  const json& group = told.at("vg");
  const auto text = [&](const char* field) { return group.value(field, std::string{}); };
  if (!text("vg_exported").empty()) throw Refusal("the volume group " + quote(name) + " is exported (vgimport)");
  if (!text("vg_partial").empty())
    throw Refusal("the volume group " + quote(name) +
                  " misses a physical volume: a disk is missing, or a filter or LVM's devices file hides it");
  VolumeGroup seen;
  seen.extent = extent_size(group);
  seen.free = lvm_number(group, "vg_free_count");
  for (const json& row : told.at("pv")) {
    PhysicalVolume volume;
    volume.device = host.resolve(row.value("pv_name", std::string{}));
    volume.extents = lvm_number(row, "pv_pe_count");
    volume.data_start = lvm_number(row, "pe_start");
    volume.bytes = lvm_number(row, "dev_size");
    seen.volumes.push_back(volume);
  }
  std::sort(seen.volumes.begin(), seen.volumes.end(),
            [](const PhysicalVolume& a, const PhysicalVolume& b) { return a.device < b.device; });
  return seen;
}

std::optional<LogicalVolume> volume_told(const std::string& key, const json& told) {
  for (const json& row : told.at("lv")) {
    const auto text = [&](const char* field) { return row.value(field, std::string{}); };
    if (text("lv_name") != key.substr(key.find('/') + 1)) continue;
    if (text("lv_layout") != "linear") {
      throw Refusal("the logical volume " + key + " is there already, as " + text("lv_layout") +
                    "; only linear ones are managed");
    }
    if (text("lv_active").empty()) {
      throw Refusal("the logical volume " + key + " is not active ('lvchange --activate y " + key + "')");
    }
    LogicalVolume volume;
    volume.bytes = lvm_number(row, "lv_size");
    volume.extents = volume.bytes / extent_size(told.at("vg"));
    volume.unfinished = contains(split(text("lv_tags"), ','), kUnfinishedTag);
    return volume;
  }
  return std::nullopt;
}

// The block device at a real path.
Node block_at(const Host& host, const std::string& device, const std::string& called) {
  const auto node = host.node(device);
  if (!node || node->type != Node::Type::block) throw Refusal("is not a block device", {called});
  return *node;
}

}  // namespace

template <>
std::optional<Disk> look<Disk>(Host& host, const std::string& name) {
  const std::string device = host.resolve(name);
  if (device.empty()) return std::nullopt;
  const Node node = block_at(host, device, name);
  const std::string folder = sysfs(host, node);
  Disk disk;
  disk.device = device;
  disk.bytes = attribute(host, folder + "/size") * kSector;
  if (disk.bytes == 0) {
    disk.used = "has no medium (its size is 0)";
    return disk;
  }
  // Where LVM puts the first extent (lib/metadata, default_data_alignment and the topology of the disk).
  const std::string queue =
      (host.node(folder + "/partition") ? folder.substr(0, folder.rfind('/')) : folder) + "/queue/";
  disk.data_start = std::max({static_cast<std::uint64_t>(kMiB), attribute(host, queue + "minimum_io_size"),
                              attribute(host, queue + "optimal_io_size")});
  disk.used = in_use(host, disk, node, folder);
  if (disk.used.empty() && attribute(host, folder + "/ro") != 0) disk.used = "is read-only";
  if (!disk.used.empty()) return disk;
  disk.unknown = first_bytes(host, device);
  disk.excluded = excluded_by_lvm(host, device, true);
  return disk;
}

template <>
std::optional<VolumeGroup> look<VolumeGroup>(Host& host, const std::string& name) {
  const json told = group_report(host, name);
  if (told.is_null()) return std::nullopt;
  return as_documented(kLvmsReport, [&] { return group_told(host, name, told); });
}

template <>
std::optional<LogicalVolume> look<LogicalVolume>(Host& host, const std::string& key) {
  const json told = group_report(host, key.substr(0, key.find('/')));
  if (told.is_null()) return std::nullopt;
  return as_documented(kLvmsReport, [&] { return volume_told(key, told); });
}

template <>
std::optional<Filesystem> look<Filesystem>(Host& host, const std::string& path) {
  const std::string device = host.resolve(path);
  if (device.empty()) return std::nullopt;
  const std::string folder = sysfs(host, block_at(host, device, path));
  Filesystem seen;
  if (host.read(folder + "/dm/uuid").value_or("").starts_with("LVM-")) {
    seen.volume = volume_of(trim(host.read(folder + "/dm/name").value_or("")));
    seen.unfinished = contains(split(lv_tags(host, seen.volume), ','), kUnfinishedTag);
  }
  const std::vector<Signature> found = signatures(host, device);
  Strings types;
  for (const Signature& one : found) types.push_back(one.type);
  seen.type = join(types, ", ");
  if (found.size() == 1) {
    seen.label = found.front().label;
    seen.uuid = found.front().uuid;
  }
  seen.unknown = found.empty() && !first_bytes(host, device).empty();
  if (seen.unfinished) {
    // What it holds may be half of a file system, unless somebody has taken it for a whole one.
    seen.worked = use_of(host, device, seen.type);
    return seen;
  }
  const std::uint64_t bytes = attribute(host, folder + "/size") * kSector;
  if (seen.type == "ext4") seen.fills = ext4_fills(host, device, bytes);
  if (seen.type == "xfs") seen.fills = xfs_fills(host, device, bytes);
  return seen;
}

template <>
std::optional<Tool> look<Tool>(Host& host, const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    if (host.node(folder + name)) return Tool{};
  }
  return std::nullopt;
}

}  // namespace dockhost
