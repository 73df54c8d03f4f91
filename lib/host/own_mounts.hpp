// SPDX-License-Identifier: GPL-3.0-or-later
// A look at what is mounted nowhere, or lies below a mount, without a trace on the host.
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

class OwnMounts {
 public:
  static constexpr const char* kOwn = "/run/dockhost/own";
  static constexpr const char* kCopy = "/run/dockhost/copy";

  explicit OwnMounts(Host& host) : host_(host) { host_.begin_own_mounts(); }
  OwnMounts(const OwnMounts&) = delete;
  OwnMounts& operator=(const OwnMounts&) = delete;
  ~OwnMounts() { host_.end_own_mounts(); }

  // What lies in the directory `path` itself, below a mount on it: where it can be seen now.
  std::string below(const std::string& path);
  // The file system on a block device, on kCopy. Read-only, its journal is not replayed, so that nothing is written.
  std::string file_system(const std::string& device, const std::string& type, bool read_only);

 private:
  Host& host_;
};

}  // namespace dockhost
