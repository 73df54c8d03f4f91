// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/ways.hpp"

#include <deque>

#include "sim/mounts.hpp"

namespace dockhost::sim {
namespace {

const Entry* entry_at(const Machine& machine, const std::string& path) {
  const auto found = machine.entries.find(path.empty() ? "/" : path);
  return found == machine.entries.end() ? nullptr : &found->second;
}

std::string flag_of(const Machine& machine, const std::string& path) {
  const Entry* const entry = entry_at(machine, path);
  return entry == nullptr ? "" : entry->flag;
}

}  // namespace

std::string unsafe_way(const Machine& machine, const std::string& path) {
  const Strings parts = split(path, '/');
  std::deque<std::string> left(parts.begin(), parts.end());
  std::string here, changeable;
  for (int steps = 0; !left.empty() && steps < 200; ++steps) {
    const std::string name = left.front();
    left.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      here = here.substr(0, here.rfind('/'));
      continue;
    }
    const Entry* const folder = entry_at(machine, here);
    const bool others = folder != nullptr && (folder->uid != 0 || (folder->mode & 022U) != 0);
    if (others && changeable.empty()) changeable = here.empty() ? "/" : here;
    const Entry* const entry = entry_at(machine, here + "/" + name);
    if (entry == nullptr) return {};
    if (entry->type != Node::Type::link) {
      here += "/" + name;
      continue;
    }
    const std::string refused = quote(here + "/" + name) + " is a symbolic link that is not followed: ";
    if (entry->uid != 0) return refused + "it belongs to uid " + std::to_string(entry->uid);
    if (!changeable.empty()) return refused + "others than root can change " + quote(changeable);
    const Strings target = split(entry->text, '/');
    left.insert(left.begin(), target.begin(), target.end());
    if (entry->text.starts_with('/')) here.clear();
  }
  return {};
}

std::string fixed(const Machine& machine, const std::string& real) {
  const std::string folder = real.substr(0, std::max<std::size_t>(1, real.rfind('/')));
  if (read_only(machine, folder)) return "read-only file system";
  const Entry* const entry = entry_at(machine, real);
  if (entry != nullptr && topmost(machine, real) != nullptr) return "device or resource busy";
  const bool flagged = !flag_of(machine, folder).empty() || !flag_of(machine, real).empty();
  return flagged ? "operation not permitted" : "";
}

}  // namespace dockhost::sim
