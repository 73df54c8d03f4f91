// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/mountinfo.hpp"

#include <algorithm>
#include <utility>

namespace dockhost {
namespace {

bool octal_digit(char c) { return c >= '0' && c <= '7'; }

// Options are cut at commas before their escapes are taken back: a comma inside a value stays what the kernel wrote.
Strings options_of(std::string_view text) {
  Strings options;
  for (const std::string& option : split(text, ',')) {
    if (!option.empty()) options.push_back(octal_unescaped(option));
  }
  return options;
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
std::optional<MountLine> parse_line(const std::string& text) {
  const Strings fields = split(text, ' ');
  if (fields.size() < 9) return std::nullopt;
  const auto dash = std::find(fields.begin() + 6, fields.end(), "-");
  if (fields.end() - dash < 3) return std::nullopt;
  MountLine line;
  line.id = leading_number(fields[0]);
  line.parent = leading_number(fields[1]);
  line.device = fields[2];
  line.root = octal_unescaped(fields[3]);
  line.path = octal_unescaped(fields[4]);
  line.options = options_of(fields[5]);
  for (auto field = fields.begin() + 6; field != dash; ++field) {
    if (field->starts_with("shared:")) line.shared = leading_number(std::string_view(*field).substr(7));
    if (field->starts_with("master:")) line.master = leading_number(std::string_view(*field).substr(7));
  }
  line.fstype = octal_unescaped(dash[1]);
  line.source = octal_unescaped(dash[2]);
  if (fields.end() - dash > 3) line.super = options_of(dash[3]);
  return line;
}

// "/", "/a", "/a/b" for "/a/b".
Strings ancestry(const std::string& path) {
  Strings all = {"/"};
  for (std::size_t end = path.find('/', 1); path.size() > 1; end = path.find('/', end + 1)) {
    all.push_back(path.substr(0, end));
    if (end == std::string::npos) break;
  }
  return all;
}

}  // namespace

std::string octal_unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && octal_digit(text[i + 1]) &&
                        octal_digit(text[i + 2]) && octal_digit(text[i + 3]);
    if (!escape) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')) & 0xFF);
    i += 3;
  }
  return plain;
}

std::string device_number(std::uint64_t device) {
  // 12 bits of major at 8, 8 bits of minor at 0, the other 12 of minor at 20.
  const std::uint64_t major = ((device >> 8U) & 0xFFFU) | ((device >> 32U) & ~std::uint64_t{0xFFF});
  const std::uint64_t minor = (device & 0xFFU) | ((device >> 12U) & ~std::uint64_t{0xFF} & 0xFFFFFFFFU);
  return std::to_string(major) + ":" + std::to_string(minor);
}

std::vector<MountLine> parse_mountinfo(std::string_view text) {
  std::vector<MountLine> lines;
  for (const std::string& line : split(text, '\n')) {
    if (auto parsed = parse_line(line)) lines.push_back(std::move(*parsed));
  }
  return lines;
}

bool at_or_below(const MountPlace& place, const MountPlace& folder) {
  return place.device == folder.device && at_or_below(place.path, folder.path);
}

MountPlace place_on(const MountLine& line, const std::string& path) {
  const std::string rest = line.path == "/" ? path : path.substr(std::min(line.path.size(), path.size()));
  if (rest.empty() || rest == "/") return {line.device, line.root};
  return {line.device, line.root == "/" ? rest : line.root + rest};
}

const MountLine* with_id(const std::vector<MountLine>& lines, std::uint64_t id) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const MountLine& line) { return line.id == id; });
  return found == lines.end() ? nullptr : &*found;
}

std::string mounted_on(const Host& host, const std::string& number) {
  for (const MountLine& line : parse_mountinfo(host.read("/proc/self/mountinfo").value_or(""))) {
    if (line.device == number) return line.path;
  }
  return "";
}

Strings options_in_force(const MountLine& line) {
  Strings all = line.options;
  all.insert(all.end(), line.super.begin(), line.super.end());
  const bool read_only = contains(all, "ro");
  Strings once;
  if (read_only) once.emplace_back("ro");
  for (const std::string& option : all) {
    const bool known = contains(once, option);
    if (!known && !(read_only && option == "rw")) once.push_back(option);
  }
  return once;
}

bool needs_no_server(const std::string& fstype) {
  const Strings known = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "vfat", "tmpfs", "ramfs", "devtmpfs"};
  return contains(known, fstype);
}

MountIndex::MountIndex(const std::vector<MountLine>& lines) {
  for (const MountLine& line : lines) {
    by_id_.emplace(line.id, &line);
    if (line.id != line.parent) children_.emplace(std::pair(line.parent, std::string_view(line.path)), &line);
  }
  // A chroot shows none at "/", and all its mounts have parents that are not listed.
  for (const MountLine& line : lines) {
    if (line.parent == line.id || !by_id_.contains(line.parent)) first_.emplace(line.path, &line);
  }
}

const MountLine* MountIndex::with_id(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const MountLine* MountIndex::child(std::uint64_t parent, std::string_view path) const {
  const auto found = children_.find({parent, path});
  return found == children_.end() ? nullptr : found->second;
}

std::vector<const MountLine*> MountIndex::on_the_way(const std::string& path) const {
  std::vector<const MountLine*> way;
  for (const std::string& part : ancestry(path)) {
    const MountLine* next = nullptr;
    if (way.empty()) {
      const auto first = first_.find(part);
      next = first == first_.end() ? nullptr : first->second;
    } else {
      next = child(way.back()->id, part);
    }
    // Parents in a circle, as no kernel has them, end here.
    for (; next != nullptr && way.size() < by_id_.size(); next = child(way.back()->id, part)) way.push_back(next);
  }
  return way;
}

const MountLine* MountIndex::last_on_the_way(const std::string& path) const {
  const std::vector<const MountLine*> way = on_the_way(path);
  return way.empty() ? nullptr : way.back();
}

Way way_to(const std::vector<MountLine>& lines, const std::string& path) {
  Way way;
  for (const MountLine* line : MountIndex(lines).on_the_way(path)) {
    way.mounts.push_back(*line);
    if (line->path == path) ++way.depth;
  }
  return way;
}

}  // namespace dockhost
