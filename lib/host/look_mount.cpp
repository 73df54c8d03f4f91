// SPDX-License-Identifier: GPL-3.0-or-later
// How mounts, the sources of mounts and directories are seen.
#include "edit/unit_file.hpp"
#include "host/look.hpp"
#include "host/mount_users.hpp"
#include "host/mountinfo.hpp"
#include "host/unit.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

namespace dockhost {
namespace {

std::vector<MountLine> mount_lines(const Host& host) {
  const auto text = host.read("/proc/self/mountinfo");
  if (!text) throw Error("cannot be read", {"/proc/self/mountinfo"});
  return parse_mountinfo(*text);
}

// `rest` below `folder`: ("/", "/a") is "/a", ("/a", "/b") is "/a/b", ("/a", "/") is "/a".
std::string under(const std::string& folder, const std::string& rest) {
  if (rest.empty() || rest == "/") return folder;
  return folder == "/" ? rest : folder + rest;
}

// The part of `path` below `folder`, with its leading slash; nothing where it is not there.
std::optional<std::string> below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path == "/" ? "" : path;
  if (path == folder) return "";
  if (!path.starts_with(folder + "/")) return std::nullopt;
  return path.substr(folder.size());
}

// The mount point as the kernel names it. The last part is not followed when something is mounted there: asking a file
// server that is gone for it may take for ever.
std::string mount_point(const Host& host, const std::vector<MountLine>& lines, const std::string& path) {
  const std::filesystem::path whole(path);
  const std::string parent = host.resolve(whole.parent_path().string());
  if (path == "/" || parent.empty()) return path;
  std::string direct = under(parent, "/" + whole.filename().string());
  if (way_to(lines, direct).depth != 0) return direct;
  const std::string real = host.resolve(path);
  return real.empty() ? direct : real;
}

// The file behind a loop device that is in use; else "".
std::string backing_file(const Host& host, const std::string& device) {
  const std::string name = std::filesystem::path(device).filename().string();
  if (!device.starts_with("/dev/loop")) return {};
  return trim(host.read("/sys/block/" + name + "/loop/backing_file").value_or(""));
}

std::string without_last_slash(std::string text) {
  if (text.size() > 1 && text.ends_with('/') && !text.ends_with(":/")) text.pop_back();
  return text;
}

// What a line's source is, whatever it is called. The kernel may show a name that is no path (/dev/root) or no longer
// one: then the device number tells.
std::string identity(const Host& host, const MountLine& line) {
  const bool path = line.source.starts_with("/") && !line.source.starts_with("//");
  std::string real = path ? host.resolve(line.source) : "";
  if (real.empty() && !line.device.starts_with("0:")) {
    const std::string node = host.resolve("/sys/dev/block/" + line.device);
    if (!node.empty()) real = "/dev/" + std::filesystem::path(node).filename().string();
  }
  if (real.empty()) return without_last_slash(line.source);
  const std::string file = backing_file(host, real);
  return file.empty() ? real : file;
}

bool subvolume(const MountLine& line) { return contains(line.super, "subvol=" + line.root); }

// The folder that a bind mount shows, as a path through another mount of the same file system; "" where `line` is no
// bind mount, or no such mount can be seen. A file system in memory is there once: its other mounts are bind mounts
// too.
std::string bound_folder(const std::vector<MountLine>& lines, const MountLine& line) {
  const bool memory = line.fstype == "tmpfs" || line.fstype == "ramfs";
  if (subvolume(line) || (line.root == "/" && !memory)) return {};
  const MountIndex index(lines);
  for (const MountLine& other : lines) {
    if (other.id >= line.id || other.device != line.device) continue;
    const auto rest = below(line.root, other.root);
    const MountLine* seen_there = rest ? index.last_on_the_way(other.path) : nullptr;
    if (seen_there != nullptr && seen_there->id == other.id) return under(other.path, *rest);
  }
  return {};
}

Mount seen(const Host& host, const std::vector<MountLine>& lines, const MountLine& line) {
  Mount mount;
  mount.device = identity(host, line);
  mount.root = line.root;
  mount.fstype = line.fstype;
  mount.options = options_in_force(line);
  mount.source = bound_folder(lines, line);
  mount.bind = !mount.source.empty();
  // After the unmount a loop device is gone, while its file is still there.
  const std::string loop = backing_file(host, line.source);
  if (!mount.bind) mount.source = loop.empty() ? line.source : loop;
  return mount;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTags = {{{"UUID=", "by-uuid"},
                                                                                 {"LABEL=", "by-label"},
                                                                                 {"PARTUUID=", "by-partuuid"},
                                                                                 {"PARTLABEL=", "by-partlabel"},
                                                                                 {"ID=", "by-id"}}};

// A name as udev writes it into /dev/disk/by-label: all but letters, digits, #+-.:=@_ and UTF-8 becomes \xNN
// (encode_devnode_name() in systemd).
std::string udev_name(std::string_view name) {
  constexpr std::string_view plain = "#+-.:=@_";
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || byte >= 0x80 || plain.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    }
  }
  return text;
}

// The device that a tag names; "" where none is there; `source` itself where it is no tag.
std::string untagged(Host& host, const std::string& source) {
  for (const auto& [tag, folder] : kTags) {
    if (!source.starts_with(tag)) continue;
    std::string value = source.substr(tag.size());
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    const std::string link = "/dev/disk/" + std::string(folder) + "/" + udev_name(value);
    std::string real = host.resolve(link);
    if (!real.empty() || tag == "ID=") return real;
    // Without udev, or with a UUID in other letters than udev's.
    const Output found = host.run({"findfs", std::string(tag) + value});
    return found.good() ? host.resolve(trim(found.out)) : "";
  }
  return source;
}

// What udev found on a block device: E:ID_FS_TYPE=ext4 in its database.
std::string fstype_of(const Host& host, const Node& node) {
  const std::string path = "/run/udev/data/b" + device_number(node.device);
  const std::string database = host.read(path).value_or("");
  for (const std::string& line : split(database, '\n')) {
    if (line.starts_with("E:ID_FS_TYPE=")) return line.substr(13);
  }
  return {};
}

// A folder of the file system that holds it.
Device folder(const Host& host, const std::string& real) {
  const std::vector<MountLine> lines = mount_lines(host);
  const Way way = way_to(lines, real);
  // Below the root of a chroot that is no mount point: the kernel does not say on what.
  if (way.mounts.empty()) return {"", real, "", Device::Type::directory};
  const MountLine& line = way.mounts.back();
  return {identity(host, line), under(line.root, below(real, line.path).value_or("")), line.fstype,
          Device::Type::directory};
}

// Whether the last mount of a file system that lives in memory alone holds anything.
bool holds_files_in_memory(const Host& host, const std::vector<MountLine>& lines, const MountLine& line) {
  if (line.fstype != "tmpfs" && line.fstype != "ramfs") return false;
  const auto mounts =
      std::count_if(lines.begin(), lines.end(), [&](const MountLine& other) { return other.device == line.device; });
  return mounts == 1 && !host.list(line.path).empty();
}

std::optional<Directory> directory_at(const Host& host, const std::string& path, const std::string& real) {
  const auto node = host.node(real);
  if (!node) return std::nullopt;
  if (node->type != Node::Type::directory) throw Error("is not a directory", {path});
  return Directory{node->mode, node->uid, node->gid, host.list(real).empty()};
}

// "41ed 0 0" and, where the directory holds anything, the path of one thing in it.
std::optional<Covered> read_covered(const std::string& out) {
  const Strings lines = split(out, '\n');
  const Strings fields = words(lines.front());
  if (fields.size() != 3) return std::nullopt;
  const auto number = [](const std::string& text, int base) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
  };
  const unsigned mode = number(fields[0], 16);
  if ((mode & 0170000U) != 0040000U) return std::nullopt;
  const bool empty = lines.size() < 2 || lines[1].empty();
  return Covered{{mode & 07777U, number(fields[1], 10), number(fields[2], 10), empty}};
}

// The nearest directory above the path that is there.
std::string holder(const Host& host, const std::string& path) {
  std::filesystem::path above = std::filesystem::path(path).parent_path();
  while (above != "/" && host.resolve(above.string()).empty()) above = above.parent_path();
  return host.resolve(above.string());
}

std::string flagged(const Host& host, const std::string& path) {
  const std::string flag = host.fixed_by_flag(path);
  if (flag.empty()) return {};
  return quote(path) + " is " + flag + " (chattr -" + (flag == "immutable" ? "i" : "a") + " makes it an ordinary one)";
}

// Why what stands at `real` cannot be replaced or removed, or nothing be made there.
std::string fixed_at(const Host& host, const std::vector<MountLine>& lines, const std::string& real) {
  const std::string folder = holder(host, real);
  const Way way = way_to(lines, folder);
  if (!way.mounts.empty() && contains(options_in_force(way.mounts.back()), "ro")) {
    return "the file system on " + quote(way.mounts.back().path) + " is mounted read-only";
  }
  const auto node = host.node(real);
  const bool file = node && node->type == Node::Type::file;
  if (file && way_to(lines, real).depth != 0) return quote(real) + " is a mount of its own, which nothing can replace";
  const std::string flag = flagged(host, folder);
  return flag.empty() && file ? flagged(host, real) : flag;
}

}  // namespace

template <>
std::optional<Reach> look<Reach>(Host& host, const std::string& key) {
  const std::vector<MountLine> lines = mount_lines(host);
  const std::string real = mount_point(host, lines, key);
  // No link can be a mount point, and a server behind one may not answer.
  const bool mounted = way_to(lines, real).depth != 0;
  const std::filesystem::path whole(key);
  Reach reach;
  reach.unsafe = host.unsafe_way(mounted && key != "/" ? whole.parent_path().string() : key);
  reach.fixed = fixed_at(host, lines, real);
  return reach;
}

template <>
std::optional<Automount> look<Automount>(Host& host, const std::string& key) {
  const std::string unit = automount_unit(key);
  const std::string state = property(properties_of(host, unit, {"ActiveState"}), "ActiveState");
  return state == "active" ? std::optional(Automount{}) : std::nullopt;
}

template <>
std::optional<Mount> look<Mount>(Host& host, const std::string& key) {
  const std::vector<MountLine> lines = mount_lines(host);
  const Way way = way_to(lines, mount_point(host, lines, key));
  std::vector<MountLine> here(way.mounts.rbegin(), way.mounts.rbegin() + static_cast<std::ptrdiff_t>(way.depth));
  // An automount point is a trigger, nothing that holds files.
  here.erase(std::remove_if(here.begin(), here.end(), [](const MountLine& line) { return line.fstype == "autofs"; }),
             here.end());
  if (here.empty()) return std::nullopt;
  Mount mount = seen(host, lines, here.front());
  for (std::size_t i = 1; i < here.size(); ++i) mount.below.push_back(here[i].source);
  mount.in_memory = holds_files_in_memory(host, lines, here.front());
  return mount;
}

template <>
std::optional<MountUse> look<MountUse>(Host& host, const std::string& key) {
  return mount_use(host, key);
}

template <>
std::optional<Device> look<Device>(Host& host, const std::string& key) {
  const std::string name = untagged(host, key);
  if (name.empty()) return std::nullopt;
  if (!name.starts_with("/") || name.starts_with("//")) {
    return Device{without_last_slash(name), "/", "", Device::Type::other};
  }
  const std::string real = host.resolve(name);
  const auto node = real.empty() ? std::nullopt : host.node(real);
  if (!node) return std::nullopt;
  if (node->type == Node::Type::directory) return folder(host, real);
  if (node->type == Node::Type::file) return Device{real, "/", "", Device::Type::file};
  if (node->type != Node::Type::block) return Device{real, "/", "", Device::Type::other};
  const std::string file = backing_file(host, real);
  return Device{file.empty() ? real : file, "/", fstype_of(host, *node), Device::Type::block};
}

template <>
std::optional<Directory> look<Directory>(Host& host, const std::string& key) {
  const std::vector<MountLine> lines = mount_lines(host);
  const std::string point = mount_point(host, lines, key);
  const Way way = way_to(lines, point);
  // Listing an automount point would mount it.
  if (way.depth != 0 && way.mounts.back().fstype == "autofs") return Directory{};
  return directory_at(host, key, point);
}

template <>
std::optional<Covered> look<Covered>(Host& host, const std::string& key) {
  const std::vector<MountLine> lines = mount_lines(host);
  const std::string point = mount_point(host, lines, key);
  const bool placeholder = point.find("{}") != std::string::npos;  // find(1) would put a name in its place
  if (way_to(lines, point).depth == 0 || point == "/" || placeholder) return std::nullopt;
  // In a mount namespace of its own, which ends with it, the mount is taken away: the host's stays, nothing is changed.
  // The options are those that busybox knows, too; find(1) runs one command after the other without a shell.
  const Output output = host.run({"unshare",   "--mount", "--propagation", "private", "find",      "/",
                                  "-maxdepth", "0",       "-exec",         "umount",  "-l",        point,
                                  ";",         "-exec",   "stat",          "-c",      "%f %u %g",  point,
                                  ";",         "-exec",   "find",          point,     "-mindepth", "1",
                                  "-maxdepth", "1",       "-print",        "-quit",   ";"});
  return output.good() ? read_covered(output.out) : std::nullopt;
}

}  // namespace dockhost
