// SPDX-License-Identifier: GPL-3.0-or-later
// Docker as systemd, /proc and the Engine API show it.
#include <algorithm>
#include <limits>

#include "core/owed.hpp"
#include "dockerd/flags.hpp"
#include "dockerd/in_force.hpp"
#include "host/docker_api.hpp"
#include "host/if_seen.hpp"
#include "host/look.hpp"
#include "host/sharing.hpp"
#include "host/start_containers.hpp"
#include "host/unit.hpp"
#include "host/userns.hpp"

namespace dockhost {
namespace {

// Arguments of a process, argv[0] first; empty when it is gone or not to be read.
Strings process_argv(const Host& host, const std::string& pid) {
  std::string text = if_seen([&] { return host.read("/proc/" + pid + "/cmdline"); }).value_or("");
  if (text.empty()) return {};
  if (text.back() == '\0') text.pop_back();
  return split(text, '\0');
}

// Start of a process in microseconds since the epoch: field 22 of /proc/PID/stat, in ticks of 1/100 s since the boot
// (proc(5)). The end of its tick, because what was written just before it must not look newer.
std::int64_t started(const Host& host, const std::string& pid) {
  const std::string stat = if_seen([&] { return host.read("/proc/" + pid + "/stat"); }).value_or("");
  const std::size_t name_end = stat.rfind(')');
  const Strings fields = name_end == std::string::npos ? Strings{} : words(stat.substr(name_end + 1));
  if (fields.size() < 20) return 0;
  const auto ticks = static_cast<std::int64_t>(leading_number(fields[19]));
  return host.booted() + (ticks + 1) * 10'000;
}

bool is_dockerd(const Strings& argv) {
  return !argv.empty() && argv.front().substr(argv.front().rfind('/') + 1) == "dockerd";
}

bool podman_docker(const Host& host) {
  return host.node("/usr/bin/podman") && host.node("/usr/bin/docker") &&
         host.read("/usr/bin/docker").value_or("").substr(0, 4096).find("podman") != std::string::npos;
}

// The kind of Docker that is installed where docker.service is not a unit of the system's own. Files in homes decide
// nothing: any user can put them there.
std::string flavour_without_unit(const Host& host) {
  if (host.node("/snap/bin/docker") || host.node("/var/snap/docker")) return "snap";
  if (host.node("/opt/docker-desktop")) return "desktop";
  if (podman_docker(host)) return "podman";
  return host.node("/usr/bin/dockerd") || host.node("/usr/sbin/dockerd") ? "engine" : "";
}

std::string flavour_of(const Host& host, const Properties& properties) {
  // Debian's package leaves /etc/init.d/docker behind when it is removed, of which systemd generates a unit.
  const std::string fragment = property(properties, "FragmentPath");
  const bool generated = fragment.starts_with("/run/systemd/generator");
  if (property(properties, "LoadState") != "loaded" || generated) return flavour_without_unit(host);
  const std::string exec = property(properties, "ExecStart") + fragment;
  if (exec.find("/snap/") != std::string::npos) return "snap";
  return "engine";
}

// The container that this run is in, as what nsenter(1) starts from a container with the host's processes is: it ends
// with it. "" where it is in none. Its own control group names it, or, where that is hidden by a namespace, is the one
// of the container's first process.
std::string own_container(Host& host, const EngineAt& engine, const json& listed) {
  const std::string own = host.read("/proc/self/cgroup").value_or("");
  const bool hidden = host.read("/proc/1/cgroup").value_or("").find(":/..") != std::string::npos;
  const auto space = [&](const std::string& pid) {
    const auto node = host.node("/proc/" + pid + "/ns/cgroup");
    return node ? node->target : "";
  };
  for (const json& container : listed) {
    const Strings names = container_names(json::array({container}));
    const auto id = container.value("Id", "");
    if (names.empty() || id.empty()) continue;
    if (own.find(id) != std::string::npos) return names.front();
    if (!hidden || !is_container_name(names.front())) continue;
    const json inspected = api_get(host, engine, container_target(names.front(), "json"));
    const json state = inspected.is_object() ? inspected.value("State", json::object()) : json::object();
    const std::string there = space(std::to_string(state.value("Pid", 0)));
    if (!there.empty() && there == space("self")) return names.front();
  }
  return {};
}

// The unit among these that this run is in; "" where it is in none.
std::string own_unit(const Host& host, const Strings& units) {
  const Strings parts = split(trim(host.read("/proc/self/cgroup").value_or("")), '/');
  const auto own = std::find_if(units.begin(), units.end(), [&](const auto& unit) { return contains(parts, unit); });
  return own == units.end() ? "" : *own;
}

// Whether a manager's keys are locked when it starts (docker swarm update --autolock); of a worker nothing is told.
bool locks_itself(const json& swarm) {
  const json cluster = swarm.value("Cluster", json(nullptr));
  const json spec = cluster.is_object() ? cluster.value("Spec", json::object()) : json::object();
  return spec.value("EncryptionConfig", json::object()).value("AutoLockManagers", false);
}

// What the running daemon says of itself; the flavour too, because only it knows when it is rootless or Desktop.
void ask_all(Host& host, Docker& docker) {
  const EngineAt engine = engine_at(docker);
  const json info = api_get(host, engine, "/info"), bridge = api_get(host, engine, "/networks/bridge");
  const json listed = api_get(host, engine, "/containers/json");
  if (!info.is_object()) throw Error("GET /info gives no object");
  docker.service.running = container_names(listed);
  docker.service.tasks = swarm_tasks(listed);
  docker.service.own_container = own_container(host, engine, listed);
  docker.version = info.value("ServerVersion", "");
  docker.data_root = info.value("DockerRootDir", "");
  docker.live_restore = info.value("LiveRestoreEnabled", false);
  docker.driver = info.value("Driver", "");
  docker.snapshotter = info.value("DriverStatus", json()).dump().find("io.containerd.snapshotter") != std::string::npos;
  docker.authorizers = info.value("Plugins", json::object()).value("Authorization", json(nullptr));
  const json swarm = info.value("Swarm", json::object());
  docker.swarm = swarm.value("LocalNodeState", "") == "active";
  docker.autolock = docker.swarm && locks_itself(swarm);
  docker.service.in_force = all_in_force(info, bridge, Version::parse(docker.version).value_or(newest_known()));
  if (info.value("OperatingSystem", "") == "Docker Desktop") docker.flavour = "desktop";
  for (const json& option : info.value("SecurityOptions", json::array())) {
    if (option.is_string() && option.get<std::string>().starts_with("name=rootless")) docker.flavour = "rootless";
  }
}

// An answer that cannot be read is as good as none: what would follow from a part of it is not known either.
void ask(Host& host, Docker& docker) {
  const Docker unasked = docker;
  try {
    as_documented([&] { ask_all(host, docker); });
    docker.asked = true;
  } catch (const Error& error) {
    docker = unasked;
    docker.not_asked = error.text();
  }
}

// A node that has joined a swarm keeps its state below the data root, and forgets it when it leaves (moby,
// daemon/cluster); under a user namespace the root is a sub-directory, UID.GID.
bool joined_a_swarm(Host& host, const Docker& docker) {
  std::string root = flag_or_setting(host, docker, "data-root");
  if (root.empty()) root = "/var/lib/docker";
  Strings roots = {root};
  if (const std::string folder = userns_folder(host, docker); !folder.empty()) roots.push_back(root + "/" + folder);
  return std::any_of(roots.begin(), roots.end(),
                     [&](const std::string& one) { return host.node(one + "/swarm/docker-state.json").has_value(); });
}

// "Docker version 20.10.24+dfsg1, build 297e128"
std::string installed_version(Host& host, const std::string& executable) {
  const Output output = if_seen([&] { return host.run({executable.empty() ? "dockerd" : executable, "--version"}); });
  const Strings said = words(output.out);
  if (!output.good() || said.size() < 3) return {};
  return said[2].ends_with(',') ? said[2].substr(0, said[2].size() - 1) : said[2];
}

void note_service(Host& host, const std::string& unit, const Properties& properties, Docker& docker) {
  Service& service = docker.service;
  if (service.active) {
    const StopsAlong stopped = stops_along(host, properties);
    service.along.units = stopped.units;
    service.no_return = stopped.no_return;
    const std::string own = own_unit(host, stopped.units);
    if (!own.empty()) service.no_return.push_back(own + " is what this run is in, and ends it");
    if (docker.autolock)
      service.no_return.emplace_back("the swarm is locked after a start (docker swarm update --autolock=false)");
    if (!service.own_container.empty() && !docker.live_restore)
      service.no_return.push_back("the container " + service.own_container + " is what this run is in, and ends it");
  }
  // A swarm starts its tasks by itself, as new containers.
  if (docker.asked && !docker.live_restore) service.along.containers = without(service.running, service.tasks);
  const json owed = host.owed();
  if (!owed.contains("units") || !owed.at("units").contains(unit)) return;
  const json& noted = owed.at("units").at(unit);
  service.owed = Along{noted.value("containers", Strings{}), noted.value("units", Strings{})};
  if (noted.contains("file")) service.was = owed_file(noted.at("file"));
  if (!docker.asked) return;
  // What has run since, or is not there any more, is not owed.
  try {
    Ended ended;
    as_documented([&] { ended = ended_since(host, docker, service.owed->containers); });
    service.owed->containers = without(without(service.owed->containers, ended.by_themselves), ended.gone);
  } catch (const Error& error) {
    docker.asked = false;
    docker.not_asked = error.text();
  }
}

// A dockerd that runs where systemd does not: the process that it notes (--pidfile), "" where none is.
std::string unmanaged_process(const Host& host) {
  const std::string pid = std::to_string(leading_number(host.read("/run/docker.pid").value_or("")));
  return pid != "0" && is_dockerd(process_argv(host, pid)) ? pid : "";
}

// When the configuration file was changed. Where it cannot be seen, nobody knows whether what runs has read it.
std::int64_t changed(const Host& host, const std::string& path) {
  try {
    const std::string real = host.resolve(path);
    const auto node = real.empty() ? std::nullopt : host.node(real);
    return node ? node->changed : 0;
  } catch (const Error&) {
    return std::numeric_limits<std::int64_t>::max();
  }
}

// What runs, by which command line and with which settings, or would when it is started. Null: no such unit.
std::optional<Docker> engine_behind(Host& host, const std::string& unit) {
  const Properties properties = unit_properties(host, unit);
  Docker docker;
  docker.flavour = flavour_of(host, properties);
  if (docker.flavour.empty()) return std::nullopt;
  const std::string state = property(properties, "ActiveState"), pid = property(properties, "MainPID");
  docker.service.active = state == "active" || state == "reloading";
  docker.service.starting = starting(properties);
  docker.service.start_failed = start_failed(properties);
  docker.service.needs = needed_by(properties);
  docker.service.activated = leading_number(property(properties, "ActiveEnterTimestampMonotonic"));
  const Strings process = docker.service.active && pid != "0" ? process_argv(host, pid) : Strings{};
  const Strings argv = process.empty() ? unit_argv(host, properties) : process;
  if (!argv.empty()) docker.executable = argv.front();
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string place = place_of(host, properties, argv[i]);
    docker.flags.push_back({argv[i], place.empty() && !process.empty() ? "process " + pid : place});
  }
  docker.config_path = config_file(argv).value_or(docker.config_path);
  // Only a dockerd that runs is asked: connecting to a stopped one would start it through docker.socket.
  if (docker.service.active && is_dockerd(process)) {
    docker.started = started(host, pid);
    docker.process = static_cast<int>(leading_number(pid));
    ask(host, docker);
  } else if (docker.service.active) {
    docker.not_asked = "the main process of " + unit + " is not dockerd, or may not be looked at";
  }
  if (property(properties, "Manager") == "none") docker.unmanaged = unmanaged_process(host);
  if (state == "unknown") docker.not_asked = property(properties, "Why");
  as_documented([&] { note_service(host, unit, properties, docker); });
  return docker;
}

}  // namespace

template <>
std::optional<Docker> look<Docker>(Host& host, const std::string& unit) {
  auto docker = engine_behind(host, unit);
  if (!docker) return std::nullopt;
  if (docker->version.empty() && docker->flavour == "engine")
    docker->version = installed_version(host, docker->executable);
  const auto version = Version::parse(docker->version);
  docker->validates = version && *version >= Version{23, 0, 0};
  docker->config_changed = changed(host, docker->config_path);
  if (!docker->asked && host.root())
    as_documented([&] { docker->swarm = if_seen([&] { return joined_a_swarm(host, *docker); }); });
  return docker;
}

template <>
std::optional<Service> look<Service>(Host& host, const std::string& unit) {
  const auto docker = engine_behind(host, unit);
  if (!docker) return std::nullopt;
  return docker->service;
}

}  // namespace dockhost
