// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/shims.hpp"

#include <algorithm>

namespace dockhost {
namespace {

constexpr std::size_t kLongestId = 128;

// Docker's namespaces in containerd: moby, plugins.moby, and with userns-remap moby-UID.GID.
bool of_docker(std::string space) {
  if (space.starts_with("plugins.")) space = space.substr(8);
  if (space == "moby") return true;
  return space.starts_with("moby-") && space.size() > 5 &&
         space.find_first_not_of("0123456789.", 5) == std::string::npos;
}

// The word after "-name", or of "-name=word"; flags of Go take one dash or two.
std::string flag(const Strings& argv, const std::string& name) {
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string word = argv[i].starts_with("--") ? argv[i].substr(1) : argv[i];
    if (word == "-" + name && i + 1 < argv.size()) return argv[i + 1];
    if (word.starts_with("-" + name + "=")) return word.substr(name.size() + 2);
  }
  return "";
}

bool plain_id(const std::string& id) {
  return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

// Before containerd 1.3 the id stands only at the end of -workdir.
std::string container_of(const Strings& argv) {
  std::string id = flag(argv, "id");
  if (id.empty()) id = flag(argv, "workdir");
  id = id.substr(id.rfind('/') + 1);
  return plain_id(id) ? id : "";
}

}  // namespace

std::vector<Shim> shims_of(const Host& host, const Processes& processes) {
  std::vector<Shim> all;
  for (const Process& process : processes.all()) {
    if (!process.of_root || !process.file().starts_with("containerd-shim")) continue;
    const Strings argv = split(host.read("/proc/" + std::to_string(process.pid) + "/cmdline").value_or(""), '\0');
    if (of_docker(flag(argv, "namespace"))) all.push_back({process.pid, container_of(argv)});
  }
  return all;
}

bool is_engine(const Process& process) {
  const std::string file = process.file();
  return process.of_root && (file == "dockerd" || file == "containerd" || file == "docker-proxy");
}

}  // namespace dockhost
