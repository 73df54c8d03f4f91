// SPDX-License-Identifier: GPL-3.0-or-later
// What the arguments of `docker_data` ask for, and where Docker's data is.
#include <algorithm>
#include <filesystem>

#include "base/read_json.hpp"
#include "resources/docker_data.hpp"
#include "resources/docker_engine.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

std::string text_of(const json& args, const char* name) {
  return args.at(name).is_string() ? args.at(name).get<std::string>() : "";
}

// What fstab, a unit and a message can hold as it is.
void check_path(const char* option, const std::string& path) {
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\\' && c != '"' && c != '\'' && c != 127;
  });
  if (!path.starts_with('/') || !plain || contains(split(path, '/'), ".."))
    throw Error(std::string(option) + ": " + quote(path) + " is no absolute path without blanks, quotes and '..'");
}

std::string without_end_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// dockerd takes the directory UID.GID below its root with userns-remap, and the mount belongs above it.
std::string without_user_namespace(const Docker& docker) {
  const json& shown = docker.service.in_force;
  const bool remapped = shown.is_object() && shown.value("userns-remap", json(false)) == json(true);
  return remapped ? std::filesystem::path(docker.data_root).parent_path().string() : docker.data_root;
}

std::string root_in_file(const Plan& plan, const Docker& docker) {
  const std::string& path = docker.config_path;
  const auto& file = plan.now().find<File>(path);
  const json settings = file ? read_json_or_discard(file->content, JsonFrom::daemon_file) : json(nullptr);
  if (!settings.is_object()) return "";
  for (const char* key : {"data-root", "graph"}) {
    if (settings.contains(key) && settings.at(key).is_string()) return settings.at(key).get<std::string>();
  }
  return "";
}

std::string root_in_flags(const Docker& docker) {
  for (std::size_t i = 0; i < docker.flags.size(); ++i) {
    const std::string& text = docker.flags[i].text;
    for (const std::string flag : {"--data-root", "--graph", "-g"}) {
      if (text.starts_with(flag + "=")) return text.substr(flag.size() + 1);
      if (text == flag && i + 1 < docker.flags.size()) return docker.flags[i + 1].text;
    }
  }
  return "";
}

}  // namespace

DataWish data_wish(const json& args) {
  DataWish wish;
  if (args.at("volume").is_object()) wish.volume = volume_wish(args.at("volume"));
  wish.device = text_of(args, "device");
  wish.fstype = text_of(args, "fstype");
  wish.path = without_end_slash(text_of(args, "path"));
  wish.options = text_of(args, "mount_options");
  if (args.at("passno").is_number()) wish.passno = args.at("passno").get<int>();
  wish.by_uuid = args.at("fstab_by") == "uuid";
  wish.require_mount = args.at("require_mount").get<bool>();
  wish.stop_containers = args.at("stop_containers").get<bool>();
  wish.content = args.at("verify") == "content";
  wish.keep_old = args.at("keep_old").get<bool>();
  wish.stop = args.at("stop").get<Strings>();
  if (args.at("timeout").is_number_integer()) wish.seconds = args.at("timeout").get<int>();
  for (const std::string& unit : wish.stop) check_unit_name("stop", unit);
  if (!wish.path.empty()) check_path("path", wish.path);
  if (!wish.device.empty()) check_path("device", wish.device);
  if (wish.path == "/") throw Error("path: '/' is no data root of Docker");
  if (wish.passno.value_or(0) < 0) throw Error("passno: " + std::to_string(*wish.passno) + " is less than 0");
  return wish;
}

std::string data_root(const Plan& plan, const DataWish& wish) {
  if (!wish.path.empty()) return wish.path;
  const Docker& docker = docker_of(plan, wish.unit);
  std::string root = without_user_namespace(docker);
  if (root.empty()) root = root_in_flags(docker);
  if (root.empty()) root = root_in_file(plan, docker);
  if (root.empty()) root = "/var/lib/docker";
  root = without_end_slash(root);
  check_path("the data root", root);
  return root;
}

}  // namespace dockhost
