// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/lvm_size.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.hpp"

namespace dockhost {
namespace {

constexpr std::uint64_t kSector = 512;

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw Error("size: " + quote(text) + " " + why + "; sizes are written as 20G, 80%VG, 100%FREE or 50%PVS");
}

// What lvextend(8) and lvcreate(8) take and this does not, with the word for it here.
void refuse_other_forms(const std::string& text, std::size_t sign) {
  if (text.starts_with("+") || text.starts_with("-")) {
    const std::string whole = text.substr(1);
    throw Error("size: " + quote(text) + " says by how much; write the size that the volume has in the end, as " +
                quote("100%FREE") + " (what the volume has already counts as free)" +
                (sign == std::string::npos ? " or " + quote(whole) : ""));
  }
  if (sign == std::string::npos) return;
  std::string of = text.substr(sign + 1);
  for (char& c : of) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  std::erase(of, ' ');
  const std::string begin = text.substr(0, sign + 1);
  for (const auto& [shorter, whole] : {std::pair{"V", "VG"},
                                       {"VG", "VG"},
                                       {"F", "FREE"},
                                       {"FR", "FREE"},
                                       {"FREE", "FREE"},
                                       {"P", "PVS"},
                                       {"PV", "PVS"},
                                       {"PVS", "PVS"}}) {
    if (of == shorter && text.substr(sign + 1) != whole)
      throw Error("size: " + quote(text) + " is written " + quote(begin + whole));
  }
}

LvmSize percentage(const std::string& text, std::size_t sign) {
  LvmSize size;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + sign, size.percent);
  if (trouble != std::errc{} || end != text.data() + sign) refuse(text, "is no whole percentage");
  if (size.percent == 0 || size.percent > 100) refuse(text, "is not between 1 and 100 percent");
  const std::string of = text.substr(sign + 1);
  if (of == "VG") size.of = LvmSize::Of::group;
  if (of == "FREE") size.of = LvmSize::Of::free;
  if (of == "PVS") size.of = LvmSize::Of::listed;
  if (!size.relative()) refuse(text, "says no more than a percentage of what");
  return size;
}

// Bytes in one of the unit; 0 for what is none.
std::uint64_t unit_of(std::string unit) {
  if (unit.empty()) return 1024ULL * 1024;
  for (char& c : unit) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  const std::string letters = "bskmgtpe";
  const std::size_t which = letters.find(unit[0]);
  const std::string rest = unit.substr(1);
  if (which == std::string::npos || (!rest.empty() && (which < 2 || (rest != "b" && rest != "ib")))) return 0;
  if (which < 2) return which == 0 ? 1 : kSector;
  return 1ULL << (10 * (which - 1));
}

// Bytes of that many units, as it is written. Whole numbers are exact: a double tells them apart up to 2^53 alone.
std::uint64_t bytes_of(const std::string& text, const std::string& digits, double count, std::uint64_t unit) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t whole = 0;
  const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (end == digits.data() + digits.size()) {
    if (trouble != std::errc{} || whole > most / unit) refuse(text, "is too large");
    return whole * unit;
  }
  const double bytes = std::ceil(count * static_cast<double>(unit));
  if (bytes >= static_cast<double>(most)) refuse(text, "is too large");
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

LvmSize lvm_size(const std::string& text) {
  const std::size_t sign = text.find('%');
  refuse_other_forms(text, sign);
  if (sign != std::string::npos) return percentage(text, sign);
  double count = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
  if (trouble != std::errc{} || !(count > 0)) refuse(text, "is no size");
  const std::uint64_t unit = unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
  if (unit == 0) refuse(text, "has no unit that LVM knows");
  LvmSize size;
  size.bytes = bytes_of(text, {text.data(), end}, count, unit);
  // Fractions of a larger unit are rounded up by LVM itself.
  if (unit <= kSector && size.bytes % kSector != 0) refuse(text, "is not a multiple of 512 bytes");
  return size;
}

std::uint64_t extents_of(const LvmSize& size, const Extents& there, std::uint64_t extent) {
  const auto part = [&](std::uint64_t base) { return base * size.percent / 100; };
  switch (size.of) {
    case LvmSize::Of::group:
      return part(there.all);
    case LvmSize::Of::free:
      return part(there.free + there.own);
    case LvmSize::Of::listed:
      return part(there.listed);
    case LvmSize::Of::bytes:
      break;
  }
  return size.bytes / extent + (size.bytes % extent == 0 ? 0 : 1);
}

}  // namespace dockhost
