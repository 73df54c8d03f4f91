// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/image_store.hpp"

#include <filesystem>

#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

// The file system that a directory is on, by the name of its device.
std::string device_below(const Plan& plan, const std::string& path) {
  Strings way;
  for (std::filesystem::path place = path; place.has_relative_path(); place = place.parent_path())
    way.push_back(place.string());
  way.emplace_back("/");
  plan.now().need<Mount>(way);
  for (const std::string& place : way) {
    const auto& mount = plan.now().find<Mount>(place);
    if (mount) return mount->device;
  }
  return "";
}

}  // namespace

void warn_of_images_elsewhere(Plan& plan, const std::string& unit) {
  const Docker docker = docker_of(plan, unit);
  if (!docker.asked || !docker.snapshotter) return;
  const std::string root = kContainerdRoot, device = device_below(plan, root);
  const auto& objects = plan.now().find<DockerObjects>(unit);
  const auto& room = plan.now().find<FreeSpace>(root);
  const Strings images = objects ? objects->images : Strings{};
  std::string text = "Docker keeps its images and the layers of its containers in containerd's store, and this moves " +
                     std::string("volumes, logs and settings alone: ");
  text += images.empty() ? "images" : (images.size() == 1 ? "the image " : "the images ") + sentence_list(images);
  text += images.size() == 1 ? " stays in " : " stay in ";
  text += root + (device.empty() ? "" : ", on " + device);
  if (room) text += ", where " + std::to_string(room->bytes_free) + " bytes are free";
  plan.warn(text);
}

}  // namespace dockhost
