// SPDX-License-Identifier: GPL-3.0-or-later
// /proc/self/mountinfo. Input: the file.
#include "host/mountinfo.hpp"

#include <algorithm>

#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

// As mangle() in fs/proc_namespace.c.
std::string mangled(std::string_view text) {
  std::string all;
  for (const char c : text) {
    if (std::string_view(" \t\n\\#").find(c) == std::string_view::npos) {
      all += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    all += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + ((byte >> 3U) & 7U)),
            static_cast<char>('0' + (byte & 7U))};
  }
  return all;
}

void require_line(const MountLine& line) {
  const Strings options = options_in_force(line);
  for (const std::string& option : options)
    require(std::count(options.begin(), options.end(), option) == 1, "an option is told once: " + option);
  require(!contains(options, "ro") || !contains(options, "rw"), "a mount is read-only or not");
  const MountPlace place = place_on(line, line.path);
  require(place.device == line.device && place.path == line.root, "a mount point is the root of what is mounted");
  require(at_or_below(place_on(line, line.path + "/a"), place), "what is below a mount point is below its place");
}

void require_way(const std::vector<MountLine>& lines, const std::string& path) {
  const Way way = way_to(lines, path);
  require(way.mounts.size() <= lines.size(), "a way has no mount twice");
  std::size_t on_it = 0;
  for (std::size_t i = 0; i < way.mounts.size(); ++i) {
    require(at_or_below(path, way.mounts[i].path), "a mount on the way is above the path");
    if (i > 0) require(at_or_below(way.mounts[i].path, way.mounts[i - 1].path), "a way goes down");
    on_it += way.mounts[i].path == path ? 1 : 0;
  }
  require(on_it == way.depth, "a depth is how many stand on the path");
  const MountLine* last = MountIndex(lines).last_on_the_way(path);
  require((last == nullptr) == way.mounts.empty(), "a way has a last mount");
}

}  // namespace

void mountinfo(std::string_view input) {
  require(octal_unescaped(mangled(input)) == input, "what the kernel escapes reads as it was");
  const std::vector<MountLine> lines = parse_mountinfo(input);
  require(lines.size() <= static_cast<std::size_t>(std::count(input.begin(), input.end(), '\n')) + 1, "a line is one");
  std::size_t looked_at = 0;
  for (const MountLine& line : lines) {
    if (++looked_at > 20) break;
    require_line(line);
    require(with_id(lines, line.id) != nullptr, "a mount is found by its id");
    if (line.path.starts_with('/') && line.path.find("//") == std::string::npos) require_way(lines, line.path);
  }
  require_way(lines, "/var/lib/docker");
}

}  // namespace fuzz
