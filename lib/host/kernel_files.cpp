// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/kernel_files.hpp"

#include "host/mountinfo.hpp"

namespace dockhost {
namespace {

std::string without_end(const std::string& path) {
  constexpr std::string_view mark = " (deleted)";
  return path.ends_with(mark) ? path.substr(0, path.size() - mark.size()) : path;
}

std::string line_of(const Host& host, const std::string& path) { return trim(host.read(path).value_or("")); }

}  // namespace

std::vector<KernelFile> kernel_files(const Host& host) {
  std::vector<KernelFile> files;
  // "/data/swap file 1048572 0 -2", with octal escapes.
  for (const std::string& line : split(host.read("/proc/swaps").value_or(""), '\n')) {
    const Strings fields = words(line);
    if (fields.size() > 1 && fields[1] == "file")
      files.push_back({without_end(octal_unescaped(fields[0])), "", "", true});
  }
  for (const std::string& name : host.list("/sys/block")) {
    const std::string folder = "/sys/block/" + name;
    const std::string file = name.starts_with("loop") ? line_of(host, folder + "/loop/backing_file") : "";
    if (file.empty()) continue;
    files.push_back({without_end(file), "/dev/" + name, mounted_on(host, line_of(host, folder + "/dev")),
                     line_of(host, folder + "/ro") != "1"});
  }
  return files;
}

}  // namespace dockhost
