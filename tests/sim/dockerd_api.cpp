// SPDX-License-Identifier: GPL-3.0-or-later
// The Engine API of the simulated dockerd, as far as the product asks it; the fields are those of API 1.41 to 1.51.
#include <algorithm>
#include <functional>

#include "sim/dockerd.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

json setting(const Machine& machine, const std::string& key, const json& otherwise) {
  const json& all = machine.engine.in_force;
  return all.contains(key) ? all.at(key) : otherwise;
}

const DataRoot& shown_root(Machine& machine) { return machine.engine.roots[machine.engine.root]; }

json security_options(const Machine& machine) {
  json options = json::array({"name=apparmor"});
  const auto profile = setting(machine, "seccomp-profile", "").get<std::string>();
  const std::string standard = release(machine) >= 23 ? "builtin" : "default";
  options.push_back("name=seccomp,profile=" + (profile.empty() ? standard : profile));
  if (!setting(machine, "userns-remap", "").get<std::string>().empty()) options.push_back("name=userns");
  options.push_back("name=cgroupns");
  if (machine.engine.rootless) options.push_back("name=rootless");
  if (release(machine) >= 24 && setting(machine, "no-new-privileges", false) == true) {
    options.push_back("name=no-new-privileges");
  }
  return options;
}

json registries(const Machine& machine) {
  json cidrs = json::array({"127.0.0.0/8"}), indexes = json::object();
  indexes["docker.io"] = {{"Name", "docker.io"}, {"Mirrors", json::array()}, {"Secure", true}, {"Official", true}};
  json mirrors = json::array();
  const json wanted = setting(machine, "registry-mirrors", json::array());
  for (const json& mirror : wanted) {
    const auto url = mirror.get<std::string>();
    mirrors.push_back(url.ends_with('/') ? url : url + "/");
  }
  indexes["docker.io"]["Mirrors"] = mirrors;
  const json insecure = setting(machine, "insecure-registries", json::array());
  for (const json& one : insecure) {
    const auto name = one.get<std::string>();
    if (name.find('/') != std::string::npos) {
      cidrs.push_back(name);
    } else {
      indexes[name] = {{"Name", name}, {"Mirrors", json::array()}, {"Secure", false}, {"Official", false}};
    }
  }
  return {{"InsecureRegistryCIDRs", cidrs}, {"IndexConfigs", indexes}, {"Mirrors", mirrors}};
}

// Docker 29 has it on for a new data root; here only where the file says so.
std::string snapshotter(const Machine& machine) {
  const bool on = setting(machine, "features", json::object()).value("containerd-snapshotter", false);
  return on ? "io.containerd.snapshotter.v1" : "";
}

std::string cgroup_driver_of(const Machine& machine) {
  const json options = setting(machine, "exec-opts", json::array());
  const bool named = std::find(options.begin(), options.end(), "native.cgroupdriver=cgroupfs") != options.end();
  return named ? "cgroupfs" : "systemd";
}

json info(Machine& machine) {
  const DataRoot& root = shown_root(machine);
  int running = 0;
  for (const auto& [name, container] : root.containers) running += container.running ? 1 : 0;
  const int all = static_cast<int>(root.containers.size());
  return {{"ID", "SIMU"},
          {"Containers", all},
          {"ContainersRunning", running},
          {"ContainersPaused", 0},
          {"ContainersStopped", all - running},
          {"Images", root.images.size()},
          {"Driver", snapshotter(machine).empty() ? setting(machine, "storage-driver", "overlay2") : "overlayfs"},
          {"DriverStatus", json::array({json::array({"driver-type", snapshotter(machine)})})},
          {"Plugins", {{"Authorization", setting(machine, "authorization-plugins", nullptr)}}},
          {"Debug", setting(machine, "debug", false)},
          {"LoggingDriver", setting(machine, "log-driver", "json-file")},
          {"CgroupDriver", cgroup_driver_of(machine)},
          {"CgroupVersion", "2"},
          {"OperatingSystem", "Debian GNU/Linux 12 (bookworm)"},
          {"RegistryConfig", registries(machine)},
          {"DockerRootDir", machine.engine.root},
          {"Labels", setting(machine, "labels", json::array())},
          {"ExperimentalBuild", setting(machine, "experimental", false)},
          {"ServerVersion", machine.engine.version},
          {"DefaultRuntime", setting(machine, "default-runtime", "runc")},
          {"Swarm",
           {{"LocalNodeState", machine.engine.swarm ? "active" : "inactive"},
            {"Cluster", {{"Spec", {{"EncryptionConfig", {{"AutoLockManagers", machine.engine.autolock}}}}}}}}},
          {"LiveRestoreEnabled", setting(machine, "live-restore", false)},
          {"SecurityOptions", security_options(machine)},
          {"Warnings", nullptr}};
}

json bridge(const Machine& machine) {
  const json& network = machine.engine.network;
  const auto flag = [&](const char* key, bool otherwise) {
    return network.value(key, otherwise) ? std::string("true") : std::string("false");
  };
  return {
      {"Name", "bridge"},
      {"Driver", "bridge"},
      {"EnableIPv6", network.value("ipv6", false)},
      {"IPAM",
       {{"Driver", "default"}, {"Config", json::array({{{"Subnet", "172.17.0.0/16"}, {"Gateway", "172.17.0.1"}}})}}},
      {"Options",
       {{"com.docker.network.bridge.default_bridge", "true"},
        {"com.docker.network.bridge.enable_icc", flag("icc", true)},
        {"com.docker.network.bridge.enable_ip_masquerade", flag("ip-masq", true)},
        {"com.docker.network.bridge.host_binding_ipv4", network.value("ip", "0.0.0.0")},
        {"com.docker.network.bridge.name", network.value("bridge", "docker0")},
        {"com.docker.network.driver.mtu", std::to_string(network.value("mtu", 1500))}}}};
}

json listed(Machine& machine, bool stopped_too) {
  json all = json::array();
  for (const auto& [name, container] : shown_root(machine).containers) {
    if (!container.running && !stopped_too) continue;
    all.push_back({{"Id", container.id},
                   {"Names", json::array({"/" + name})},
                   {"Image", container.image},
                   {"State", container.running ? "running" : "exited"},
                   {"Labels", container.task ? json{{"com.docker.swarm.task.id", "task-of-" + name}} : json::object()},
                   {"HostConfig", {{"NetworkMode", "default"}}}});
  }
  return all;
}

json images(Machine& machine) {
  json all = json::array();
  for (const std::string& tag : shown_root(machine).images) {
    all.push_back({{"Id", "sha256:" + image_id(tag)}, {"RepoTags", json::array({tag})}});
  }
  return all;
}

json volumes(Machine& machine) {
  json all = json::array();
  for (const std::string& name : shown_root(machine).volumes) {
    all.push_back(
        {{"Name", name}, {"Driver", "local"}, {"Mountpoint", machine.engine.root + "/volumes/" + name + "/_data"}});
  }
  return {{"Volumes", all}, {"Warnings", nullptr}};
}

json plugins(const Machine& machine) {
  json all = json::array();
  const auto add = [&](const Strings& names, const std::string& capability) {
    for (const std::string& name : names) {
      all.push_back({{"Name", name + ":latest"},
                     {"Enabled", true},
                     {"Config", {{"Interface", {{"Types", json::array({capability})}}}}}});
    }
  };
  add(machine.engine.log_plugins, "docker.logdriver/1.0");
  add(machine.engine.plugins, "docker.authz/1.0");
  return all;
}

Answer refusal(int status, const std::string& message) { return {status, json{{"message", message}}.dump()}; }

// /containers/NAME/json and /containers/NAME/start.
Answer about_container(Machine& machine, const std::string& method, const std::string& name, const std::string& verb) {
  const auto& containers = shown_root(machine).containers;
  const auto found = containers.find(name);
  if (found == containers.end()) return refusal(404, "No such container: " + name);
  const Container& container = found->second;
  if (method == "POST" && verb == "start") {
    if (container.running) return {304, ""};
    if (machine.engine.old_tasks > 0) {
      --machine.engine.old_tasks;
      return refusal(500, "task " + container.id + ": already exists");
    }
    const std::string complaint = start_container(machine, name);
    return complaint.empty() ? Answer{204, ""} : refusal(500, complaint);
  }
  if (method == "POST" && verb == "stop") return Answer{stop_container(machine, name) ? 204 : 304, ""};
  if (method != "GET" || verb != "json") throw Unknown("request " + method + " /containers/" + name + "/" + verb);
  return {200, inspected(machine, name).dump()};
}

}  // namespace

std::string image_id(const std::string& tag) {
  const std::size_t hash = std::hash<std::string>{}(tag);
  std::string id;
  for (int i = 0; i < 64; ++i) id += "0123456789abcdef"[(hash >> (4 * (i % 16))) & 0xfU];
  return id;
}

Answer answer(Machine& machine, const std::string& method, const std::string& target) {
  const auto give = [](const json& body) { return Answer{200, body.dump()}; };
  const Strings parts = split(target, '/');
  if (parts.size() == 4 && parts[1] == "containers") return about_container(machine, method, parts[2], parts[3]);
  if (method != "GET") throw Unknown("request " + method + " " + target);
  if (target == "/info") return give(info(machine));
  if (target == "/version") return give({{"Version", machine.engine.version}});
  if (target == "/networks/bridge") {
    if (machine.engine.network.value("bridge", "") == "none") return refusal(404, "network bridge not found");
    return give(bridge(machine));
  }
  if (target == "/containers/json") return give(listed(machine, false));
  if (target == "/containers/json?all=1" || target == "/containers/json?all=true") return give(listed(machine, true));
  if (target == "/images/json") return give(images(machine));
  if (target == "/volumes") return give(volumes(machine));
  if (target == "/plugins") return give(plugins(machine));
  throw Unknown("request " + method + " " + target);
}

}  // namespace dockhost::sim
