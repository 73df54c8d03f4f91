// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/kernel_users.hpp"

namespace dockhost {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// "\040" is a blank, in swaps and in etab as in mountinfo.
std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i, 4);
    const bool escape =
        digits.size() == 4 && digits[0] == '\\' && is_octal(digits[1]) && is_octal(digits[2]) && is_octal(digits[3]);
    plain += escape ? static_cast<char>(((digits[1] - '0') * 64 + (digits[2] - '0') * 8 + (digits[3] - '0')) & 0xFF)
                    : text[i];
    if (escape) i += 3;
  }
  return plain;
}

std::string first_word(const std::string& line) { return without_escapes(line.substr(0, line.find_first_of(" \t"))); }

void add_loops(const Host& host, std::vector<KernelUse>& all) {
  for (const std::string& name : host.list("/sys/block")) {
    if (!name.starts_with("loop")) continue;
    std::string file = host.read("/sys/block/" + name + "/loop/backing_file").value_or("");
    if (file.ends_with('\n')) file.pop_back();
    if (file.starts_with('/')) all.push_back({file, "/dev/" + name + " is its loop device"});
  }
}

void add_swap(const Host& host, std::vector<KernelUse>& all) {
  for (const std::string& line : split(host.read("/proc/swaps").value_or(""), '\n')) {
    const std::string file = first_word(line);
    if (file.starts_with('/') && !file.starts_with("/dev/")) all.push_back({file, "the kernel swaps to it"});
  }
}

// etab keeps its last lines when the server ends.
void add_exports(const Host& host, std::vector<KernelUse>& all) {
  if (leading_number(host.read("/proc/fs/nfsd/threads").value_or("")) == 0) return;
  for (const std::string& line : split(host.read("/var/lib/nfs/etab").value_or(""), '\n')) {
    const std::string folder = first_word(line);
    if (folder.starts_with('/')) all.push_back({folder, "the NFS server gives it out"});
  }
}

// "/a:/b\:c::/d": a colon in a name has a backslash, two together stand before layers of data only (overlayfs).
Strings layers_in(const std::string& value) {
  Strings paths(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ':') {
      paths.emplace_back();
      continue;
    }
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    paths.back() += value[i];
  }
  std::erase_if(paths, [](const std::string& path) { return !path.starts_with('/'); });
  return paths;
}

}  // namespace

std::vector<KernelUse> kernel_uses(const Host& host) {
  std::vector<KernelUse> all;
  add_loops(host, all);
  add_swap(host, all);
  add_exports(host, all);
  return all;
}

Strings overlay_folders(const MountLine& line) {
  Strings folders;
  if (line.fstype != "overlay") return folders;
  for (const std::string& option : line.super) {
    const std::size_t equals = option.find('=');
    const std::string name = option.substr(0, equals);
    if (equals == std::string::npos || !contains({"lowerdir", "lowerdir+", "datadir+", "upperdir", "workdir"}, name))
      continue;
    const Strings paths = layers_in(option.substr(equals + 1));
    folders.insert(folders.end(), paths.begin(), paths.end());
  }
  return folders;
}

}  // namespace dockhost
