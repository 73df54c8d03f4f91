// SPDX-License-Identifier: GPL-3.0-or-later
// The layout is LVM2's (lib/label/label.h, lib/format_text/layout.h): a label in one of the first four sectors, behind
// it the physical volume's header with two lists of places, data and metadata, each ended by a zero offset. A metadata
// area begins with a sector that says where its text is, and the text with the group's name.
#include "host/pv_label.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "host/block.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kSectorBytes = 512, kUuid = 32;
constexpr std::string_view kMagic = " LVM2 x[5A%r0N*>";
constexpr std::uint32_t kUsed = 1;

struct Area {
  std::uint64_t offset = 0, bytes = 0;
};

// The numbers of one sector, read in turn; past its end there are only zeros.
class Numbers {
 public:
  Numbers(const std::string& sector, std::size_t at) : sector_(sector), at_(at) {}
  std::uint64_t number(std::size_t size) {
    if (at_ + size > sector_.size()) return 0;
    at_ += size;
    return little_endian(sector_, at_ - size, size);
  }
  // Up to the zero that ends the list.
  std::vector<Area> places() {
    std::vector<Area> all;
    for (;;) {
      const Area place{number(8), number(8)};
      if (place.offset == 0) return all;
      all.push_back(place);
    }
  }

 private:
  const std::string& sector_;
  std::size_t at_;
};

std::optional<std::string> label_sector(const std::string& start) {
  for (std::size_t at = 0; at + kSectorBytes <= start.size(); at += kSectorBytes) {
    const bool label = start.compare(at, 8, "LABELONE") == 0 && start.compare(at + 24, 8, "LVM2 001") == 0;
    if (label) return start.substr(at, kSectorBytes);
  }
  return std::nullopt;
}

// The word before " {", as long as LVM allows it to be a name.
std::string group_name_in(const std::string& text) {
  const std::size_t end = text.find_first_of(" {\n");
  if (end == std::string::npos || end == 0 || end > 127) return {};
  const std::string name = text.substr(0, end);
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '+' || c == '-';
  });
  return good ? name : std::string{};
}

std::string group_in(const ReadBytes& read, const Area& area) {
  constexpr std::uint64_t most = std::uint64_t{1} << 62U;  // no offset that could not be one of a file
  if (area.offset > most || area.bytes > most) return {};
  const std::string header = read(area.offset, kSectorBytes);
  if (header.size() < kSectorBytes || header.compare(4, kMagic.size(), kMagic) != 0) return {};
  Numbers reader(header, 4 + kMagic.size() + 4);
  const std::uint64_t start = reader.number(8), bytes = reader.number(8), text = reader.number(8);
  if (start != area.offset || text < kSectorBytes || text >= bytes || bytes > most) return {};
  return group_name_in(read(start + text, kSectorBytes));
}

}  // namespace

PvLabel pv_label(const ReadBytes& read) {
  const auto label = label_sector(read(0, 4 * kSectorBytes));
  if (!label) return {};
  const std::uint64_t header = little_endian(*label, 20, 4);
  if (header < 32 || header + kUuid + 8 > kSectorBytes) return {};
  Numbers reader(*label, header + kUuid + 8);
  reader.places();
  const std::vector<Area> areas = reader.places();
  const std::uint64_t version = reader.number(4);
  PvLabel found;
  found.used = version >= 2 && (reader.number(4) & kUsed) != 0;
  for (const Area& area : areas) {
    if (found.group.empty()) found.group = group_in(read, area);
  }
  return found;
}

}  // namespace dockhost
