// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kBetween = " on ";

}  // namespace

std::string aside_of(const std::string& root) { return root + ".before-dockhost"; }

std::string note_of(const std::string& root) { return root + ".move-dockhost"; }

std::string command_to_make(const std::string& device, const std::string& fstype) {
  return fstype == "xfs" ? "mkfs.xfs -f " + device : "mkfs." + fstype + " " + device;
}

std::string data_key(const std::string& root, const std::string& device) {
  return root + std::string(kBetween) + device;
}

// No device's name holds a blank (resources/data_wish.cpp), a root may.
std::pair<std::string, std::string> data_parts(const std::string& key) {
  const std::size_t at = key.rfind(kBetween);
  return {key.substr(0, at), key.substr(at + kBetween.size())};
}

}  // namespace dockhost
