// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace dockhost {

// A file that the kernel itself has open: it is swap, or behind a loop device. No process shows it.
struct KernelFile {
  std::string path, device;  // device: of a loop device; "" for swap
  std::string mounted;       // where that device is mounted; "" where it is not
  bool written = true;       // it can be written to
};
std::vector<KernelFile> kernel_files(const Host& host);

}  // namespace dockhost
