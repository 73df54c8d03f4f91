// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mount_use.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kNamed = 10;  // more do not help anybody

// As one word for a shell, in a command that somebody is told to type: whoever has named a mount point or a file may
// have named it "x;reboot".
std::string typed(const std::string& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@,%=";
  if (path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string word = "'";
  for (const char letter : path) word += letter == '\'' ? "'\\''" : std::string(1, letter);
  return word + "'";
}

Strings ways_out(const MountUse& use) {
  Strings ways;
  if (!use.processes.empty()) ways.emplace_back(use.processes.size() == 1 ? "end this process" : "end these processes");
  for (const std::string& path : use.below) ways.push_back("umount " + typed(path));
  for (const std::string& file : use.swaps) ways.push_back("swapoff " + typed(file));
  for (const MountUse::Loop& loop : use.loops)
    ways.push_back(loop.mounted.empty() ? "losetup --detach " + loop.device : "umount " + typed(loop.mounted));
  return at_most(kNamed, ways);
}

}  // namespace

std::string in_words(const MountUse& use) {
  Strings told;
  if (!use.processes.empty()) told.push_back("used by " + sentence_list(at_most(kNamed, use.processes)));
  const Strings below = at_most(kNamed, use.below);
  if (!below.empty()) told.push_back(sentence_list(below) + (below.size() == 1 ? " is" : " are") + " mounted below it");
  for (const std::string& file : use.swaps) told.push_back(file + " is in use as swap");
  for (const MountUse::Loop& loop : use.loops) {
    const std::string mounted = loop.mounted.empty() ? "" : ", mounted on " + loop.mounted;
    told.push_back(loop.file + " is behind " + loop.device + mounted);
  }
  return join(told, "; ");
}

std::string why_not_unmounted(const MountUse& use) {
  const std::string told = in_words(use);
  return told.empty() ? "" : "cannot be unmounted: " + told + ". First " + sentence_list(ways_out(use)) + ".";
}

std::string why_not_read_only(const MountUse& use, bool bind) {
  const Strings& writers = bind ? use.writers : use.system_writers;
  if (writers.empty()) return {};
  const std::string what = bind ? "files open for writing" : "files open for writing, or deleted ones";
  return "cannot be made read-only: " + sentence_list(at_most(kNamed, writers)) +
         (writers.size() == 1 ? " has " : " have ") + what + " on it. First end that.";
}

}  // namespace dockhost
