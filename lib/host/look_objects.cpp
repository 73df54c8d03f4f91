// SPDX-License-Identifier: GPL-3.0-or-later
// What Docker keeps under its data root: through the API, or counted in the directories when it does not run.
#include <algorithm>
#include <set>

#include "base/read_json.hpp"
#include "host/docker_api.hpp"
#include "host/look.hpp"
#include "host/userns.hpp"

namespace dockhost {
namespace {

// Members of a JSON file on the host; an empty object where there is none or it is no object.
json object_in(const Host& host, const std::string& path) {
  const json value = read_json_or_discard(host.read(path).value_or("{}"), JsonFrom::docker_file);
  return value.is_object() ? value : json::object();
}

// The data root that dockerd would take with its present settings; with userns-remap its directory <uid>.<gid>.
std::string stopped_root(Host& host, const Docker& docker) {
  std::string root = flag_or_setting(host, docker, "data-root");
  if (root.empty()) root = flag_or_setting(host, docker, "graph");
  if (root.empty()) root = "/var/lib/docker";
  const std::string folder = userns_folder(host, docker);
  return folder.empty() ? root : root + "/" + folder;
}

// Names of the enabled plugins with this capability; the tag "latest" may be left out in settings.
Strings plugins_for(const json& plugins, const std::string& capability) {
  Strings names;
  for (const json& plugin : plugins.is_array() ? plugins : json::array()) {
    if (!plugin.is_object() || !plugin.value("Enabled", false)) continue;
    if (plugin.value("Config", json::object()).dump().find('"' + capability) == std::string::npos) continue;
    const std::string name = plugin.value("Name", "");
    names.push_back(name);
    if (name.ends_with(":latest")) names.push_back(name.substr(0, name.size() - 7));
  }
  return names;
}

Strings image_names(const json& images) {
  Strings names;
  for (const json& image : images.is_array() ? images : json::array()) {
    const json tags = image.value("RepoTags", json(nullptr));
    const auto id = image.value("Id", "");  // sha256:...
    const bool tagged = tags.is_array() && !tags.empty() && tags.front() != "<none>:<none>";
    names.push_back(tagged ? tags.front().get<std::string>() : id.substr(id.find(':') + 1, 12));
  }
  return names;
}

// Of a volume (moby, volume/local): no other is believed.
std::string named(const std::string& volume) {
  if (!plain_name(volume)) throw Error("Docker names a volume " + quote(volume) + ", which is no name");
  return volume;
}

Strings volume_names(const json& answer) {
  Strings names;
  const json volumes = answer.value("Volumes", json(nullptr));
  for (const json& volume : volumes.is_array() ? volumes : json::array())
    names.push_back(named(volume.value("Name", "")));
  return names;
}

DockerObjects through_api(Host& host, const Docker& docker) {
  const EngineAt engine = engine_at(docker);
  DockerObjects objects;
  objects.data_root = docker.data_root;
  objects.images = image_names(api_get(host, engine, "/images/json"));
  objects.containers = container_names(api_get(host, engine, "/containers/json?all=1"));
  objects.volumes = volume_names(api_get(host, engine, "/volumes"));
  for (const std::string& name : docker.service.running) {
    const json container = api_get(host, engine, container_target(name, "json"));
    if (!container.is_object()) continue;
    const json settings = container.value("HostConfig", json::object());
    if (settings.value("AutoRemove", false)) objects.removed_when_stopped.push_back(name);
  }
  return objects;
}

// image/DRIVER/repositories.json names the images; imagedb holds one file each, named or not.
Strings images_on_disk(const Host& host, const std::string& root) {
  Strings names;
  for (const std::string& driver : host.list(root + "/image")) {
    std::set<std::string> named;
    const json file = object_in(host, root + "/image/" + driver + "/repositories.json");
    const json repositories = file.value("Repositories", json::object());
    for (const auto& repository : repositories.items()) {
      for (const auto& tag : repository.value().items()) {
        const auto id = tag.value().get<std::string>();
        if (tag.key().find('@') == std::string::npos && named.insert(id).second) names.push_back(tag.key());
      }
    }
    for (const std::string& id : host.list(root + "/image/" + driver + "/imagedb/content/sha256")) {
      if (!named.contains("sha256:" + id)) names.push_back(id.substr(0, 12));
    }
  }
  return names;
}

DockerObjects on_disk(Host& host, const Docker& docker) {
  DockerObjects objects;
  objects.data_root = stopped_root(host, docker);
  const std::string& root = objects.data_root;
  objects.images = images_on_disk(host, root);
  for (const std::string& id : host.list(root + "/containers")) {
    const auto name = object_in(host, root + "/containers/" + id + "/config.v2.json").value("Name", "");
    objects.containers.push_back(name.starts_with('/') ? name.substr(1) : id.substr(0, 12));
  }
  for (const std::string& name : host.list(root + "/volumes")) {
    const auto node = host.node(root + "/volumes/" + name);
    if (node && node->type == Node::Type::directory && host.node(root + "/volumes/" + name + "/_data")) {
      objects.volumes.push_back(name);
    }
  }
  return objects;
}

}  // namespace

template <>
std::optional<DockerObjects> look_with<DockerObjects>(Host& host, const Docker& docker) {
  DockerObjects objects;
  as_documented([&] { objects = docker.asked ? through_api(host, docker) : on_disk(host, docker); });
  std::sort(objects.images.begin(), objects.images.end());
  std::sort(objects.containers.begin(), objects.containers.end());
  std::sort(objects.volumes.begin(), objects.volumes.end());
  return objects;
}

template <>
std::optional<DockerPlugins> look_with<DockerPlugins>(Host& host, const Docker& docker) {
  if (!docker.asked) return std::nullopt;
  const json plugins = api_get(host, engine_at(docker), "/plugins");
  DockerPlugins enabled;
  as_documented([&] {
    enabled.log_drivers = plugins_for(plugins, "docker.logdriver/");
    enabled.authorizers = plugins_for(plugins, "docker.authz/");
  });
  return enabled;
}

}  // namespace dockhost
