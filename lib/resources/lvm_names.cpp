// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/lvm_names.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/kinds.hpp"

namespace dockhost {
namespace {

// Of LVM 2.03.16 to 2.03.40; a volume whose name holds one of the parts behind an underscore is taken for a piece of
// another volume.
constexpr std::array<std::string_view, 2> kBeginnings = {"pvmove", "snapshot"};
constexpr std::array<std::string_view, 17> kParts = {"_cdata",  "_cmeta", "_corig",  "_cpool",   "_cvol",   "_wcorig",
                                                     "_mimage", "_mlog",  "_rimage", "_rmeta",   "_tdata",  "_tmeta",
                                                     "_vdata",  "_imeta", "_iorig",  "_pmspare", "_vorigin"};
constexpr std::size_t kMostOfBoth = 127;  // with the slash, or as one name of the device mapper

void check(const char* option, const std::string& name) {
  if (name_for_lvm(name)) return;
  throw Error(std::string(option) + ": " + quote(name) +
              " is no name for LVM (letters, digits and _.+-, not beginning with a dash, at most 100)");
}

[[noreturn]] void reserved(const std::string& name, const std::string& how, std::string_view word) {
  throw Error("logical_volume: " + quote(name) + " " + how + " " + quote(std::string(word)) +
              ", which LVM keeps for volumes of its own; choose another name");
}

}  // namespace

bool name_for_lvm(const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '+' || c == '-';
  };
  return !name.empty() && name.size() <= 100 && name[0] != '-' && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), good);
}

void check_group_name(const std::string& group) { check("volume_group", group); }

void check_volume_name(const std::string& group, const std::string& volume) {
  check("logical_volume", volume);
  for (const std::string_view word : kBeginnings) {
    if (volume.starts_with(word)) reserved(volume, "begins with", word);
  }
  for (const std::string_view word : kParts) {
    if (volume.find(word) != std::string::npos) reserved(volume, "holds", word);
  }
  const std::size_t mapped = device_of(group, volume).size() - std::string_view("/dev/mapper/").size();
  if (mapped <= kMostOfBoth && group.size() + 1 + volume.size() <= kMostOfBoth) return;
  throw Error("logical_volume: " + quote(volume) + " is too long for the group " + quote(group) +
              ": both names have at most " + std::to_string(kMostOfBoth - 1) +
              " characters together, and each dash in them counts twice");
}

}  // namespace dockhost
