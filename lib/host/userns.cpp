// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/userns.hpp"

#include <algorithm>

#include "base/read_json.hpp"
#include "dockerd/merged.hpp"
#include "host/look.hpp"

namespace dockhost {
namespace {

// The names and the starts of ranges in a file of "name:start:count" lines (subuid(5)).
Strings starts(const Host& host, const std::string& path) {
  Strings all;
  const Strings lines = split(host.read(path).value_or(""), '\n');
  for (const std::string& line : lines) {
    const Strings fields = split(line, ':');
    if (fields.size() == 3) all.push_back(fields[1]);
  }
  return all;
}

// The name of an account, of which userns-remap may give the id.
std::string name_of(const Host& host, const std::string& user) {
  const bool id = !user.empty() && user.find_first_not_of("0123456789") == std::string::npos;
  const Strings lines = id ? split(host.read("/etc/passwd").value_or(""), '\n') : Strings{};
  for (const std::string& line : lines) {
    const Strings fields = split(line, ':');
    if (fields.size() > 2 && fields[2] == user) return fields[0];
  }
  return user == "default" ? "dockremap" : user;
}

}  // namespace

std::string flag_or_setting(const Host& host, const Docker& docker, const std::string& key) {
  Strings argv = {"dockerd"};
  for (const Flag& flag : docker.flags) argv.push_back(flag.text);
  const json file = read_json_or_discard(host.read(docker.config_path).value_or(""), JsonFrom::daemon_file);
  const Merged all = merged(file, argv);
  const json& value = all.at(key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::string userns_folder(Host& host, const Docker& docker) {
  if (docker.asked) {
    const json& shown = docker.service.in_force;
    if (!shown.is_object() || shown.value("userns-remap", json(false)) != json(true)) return "";
    return docker.data_root.substr(docker.data_root.rfind('/') + 1);
  }
  const std::string remap = flag_or_setting(host, docker, "userns-remap");
  if (remap.empty()) return "";
  const auto ids = look<SubIds>(host, name_of(host, remap.substr(0, remap.find(':'))));
  return ids ? std::to_string(ids->uid_start) + "." + std::to_string(ids->gid_start) : "";
}

bool names_userns(const Host& host, const std::string& name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return false;
  return contains(starts(host, "/etc/subuid"), name.substr(0, dot)) &&
         contains(starts(host, "/etc/subgid"), name.substr(dot + 1));
}

}  // namespace dockhost
