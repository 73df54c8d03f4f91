// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/kernel_users.hpp"

#include "host/kernel_files.hpp"

namespace dockhost {
namespace {

std::string first_word(const std::string& line) { return octal_unescaped(line.substr(0, line.find_first_of(" \t"))); }

void add_files(const Host& host, std::vector<KernelUse>& all) {
  for (const KernelFile& file : kernel_files(host))
    all.push_back({file.path, file.device.empty() ? "the kernel swaps to it" : file.device + " is its loop device"});
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
  add_files(host, all);
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
