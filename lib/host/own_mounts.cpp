// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/own_mounts.hpp"

#include <filesystem>

#include "host/perform.hpp"

namespace dockhost {

std::string OwnMounts::below(const std::string& path) {
  const std::filesystem::path whole(path);
  // A bind mount does not take along what is mounted below it.
  must_run(host_, {"mount", "--options", "bind", "--source", whole.parent_path().string(), "--target", kOwn});
  return std::string(kOwn) + "/" + whole.filename().string();
}

std::string OwnMounts::file_system(const std::string& device, const std::string& type, bool read_only) {
  Strings argv = {"mount", "--types", type};
  if (read_only) argv.insert(argv.end(), {"--options", type == "xfs" ? "ro,norecovery" : "ro,noload"});
  argv.insert(argv.end(), {"--source", device, "--target", kCopy});
  must_run(host_, argv, Limits{std::chrono::minutes{10}});
  return kCopy;
}

}  // namespace dockhost
