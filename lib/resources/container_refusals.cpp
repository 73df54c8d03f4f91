// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/container_refusals.hpp"

#include <algorithm>
#include <array>

#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

// Runtimes that Docker has without being told (moby, daemon/runtime_unix.go): runc, and shims of containerd by their
// name or path.
bool own_runtime(const std::string& name) {
  return name.empty() || name == "runc" || name.starts_with("io.containerd.") || name.starts_with('/');
}

bool added_by_flag(const std::vector<Flag>& flags, const std::string& name) {
  for (std::size_t i = 0; i < flags.size(); ++i) {
    const std::string& text = flags[i].text;
    if (text.starts_with("--add-runtime=" + name + "=")) return true;
    if (text == "--add-runtime" && i + 1 < flags.size() && flags[i + 1].text.starts_with(name + "=")) return true;
  }
  return false;
}

// Why the runtime is none that Docker will have; "" where it is one.
std::string runtime_missing(const Plan& plan, const Restart& restart, const std::string& name) {
  const json runtimes =
      restart.settings.is_object() && restart.settings.contains("runtimes") ? restart.settings.at("runtimes") : json();
  const Docker& docker = docker_of(plan, restart.unit);
  if (own_runtime(name) || added_by_flag(docker.flags, name)) return {};
  if (!runtimes.is_object() || !runtimes.contains(name))
    return "its runtime " + quote(name) + " is not in " + docker.config_path + " any more";
  const json path = runtimes.at(name).is_object() ? runtimes.at(name).value("path", json()) : json();
  if (!path.is_string() || !path.get<std::string>().starts_with('/')) return {};
  const auto program = path.get<std::string>();
  if (plan.now().find<Device>(program)) return {};
  return "the program of its runtime " + quote(name) + ", " + quote(program) + ", is not there any more";
}

std::string words_for(const GivenPlace& place) {
  if (place.by == GivenPlace::By::device) return "its device " + quote(place.path);
  return "the source " + quote(place.path) + " of its mount " + quote(place.target);
}

// Why Docker does not start a container with this place; "" where it does.
std::string place_missing(const GivenPlace& place) {
  using Is = GivenPlace::Is;
  using Inside = GivenPlace::Inside;
  if (place.is == Is::silent) return words_for(place) + " does not answer";
  if (place.is == Is::absent && place.by != GivenPlace::By::volume) return words_for(place) + " is not there any more";
  if (place.by == GivenPlace::By::device) return {};
  // A directory is not mounted on a file, nor a file on a directory (mount(2), ENOTDIR).
  if (place.is == Is::absent && place.inside == Inside::file)
    return words_for(place) + " was a file and is not there any more; Docker would make a directory";
  if (place.is == Is::directory && place.inside == Inside::file)
    return words_for(place) + " is a directory, and was a file";
  if (place.is == Is::other && place.inside == Inside::directory) return words_for(place) + " is no directory any more";
  return {};
}

std::string words_for(const Sharing& sharing) {
  if (sharing.what == "link") return "it is linked to " + quote(sharing.whom);
  const std::string kind = sharing.what == "ipc" ? "IPC" : sharing.what == "pid" ? "PID" : sharing.what;
  return "it shares the " + kind + " namespace of the container " + quote(sharing.whom);
}

// Why Docker does not find running what the container takes from another one; "" where it does.
std::string other_missing(const Restart& restart, const Containers& containers, const Sharing& sharing) {
  if (!sharing.there) return words_for(sharing) + ", which is not there any more";
  if (contains(restart.deleted, sharing.whom))
    return words_for(sharing) + ", which Docker deletes when it stops (run with --rm)";
  if (contains(restart.containers, sharing.whom)) return {};
  const auto other = containers.named.find(sharing.whom);
  if (other == containers.named.end() || other->second.running || other->second.always) return {};
  return words_for(sharing) + ", which does not run";
}

Strings problems_of(const Plan& plan, const Restart& restart, const Containers& containers,
                    const ContainerFacts& facts) {
  Strings problems;
  const auto note = [&](const std::string& problem) {
    if (!problem.empty() && !contains(problems, problem)) problems.push_back(problem);
  };
  for (const GivenPlace& place : facts.places) note(place_missing(place));
  for (const Sharing& sharing : facts.shares) note(other_missing(restart, containers, sharing));
  note(runtime_missing(plan, restart, facts.runtime));
  return problems;
}

void warn_of_new_directories(Plan& plan, const std::string& name, const ContainerFacts& facts) {
  for (const GivenPlace& place : facts.places) {
    const bool made = place.is == GivenPlace::Is::absent && place.by == GivenPlace::By::volume;
    if (!made || place.inside == GivenPlace::Inside::file) continue;
    const bool unknown = place.inside == GivenPlace::Inside::unknown;
    plan.warn("container " + quote(name) + ": " + words_for(place) +
              " is not there any more; Docker makes an empty directory when the container starts again" +
              (unknown ? ", and where it was a file, the container does not start" : ""));
  }
}

}  // namespace

void refuse_broken_containers(Plan& plan, const Restart& restart) {
  if (restart.containers.empty()) return;
  const std::optional<Containers> containers = plan.now().find<Containers>(restart.unit);
  if (!containers) return;
  Strings lines;
  for (const std::string& name : restart.containers) {
    const auto found = containers->named.find(name);
    if (found == containers->named.end()) continue;
    const Strings problems = problems_of(plan, restart, *containers, found->second);
    const std::string way_out = found->second.running ? "docker stop " + name : "docker rm " + name;
    if (!problems.empty())
      lines.push_back("container " + quote(name) + " could not be started again after a stop of " + restart.unit +
                      ": " + join(problems, "; ") + "; mend it, or " + way_out);
  }
  if (!lines.empty()) throw Refusal(join(lines, "\n"));
  for (const std::string& name : restart.containers) {
    const auto found = containers->named.find(name);
    if (found != containers->named.end()) warn_of_new_directories(plan, name, found->second);
  }
}

// These dockerd takes from its configuration when a container starts; others (log-driver, no-new-privileges) only when
// one is created. By place in moby's daemon/: runtime_unix.go and start_unix.go (runtimes, default-runtime),
// seccomp_linux.go (seccomp-profile), oci_linux.go (default-ulimits, cgroup-parent, exec-opts, init, init-path,
// cpu-rt-*), volumes_unix.go (selinux-enabled: relabels), devices.go (cdi-spec-dirs, features),
// container_operations.go and libnetwork/drivers/bridge (the default bridge, addresses of published ports,
// host-gateway).
Strings blamable(const Strings& keys) {
  constexpr std::array<std::string_view, 30> known = {"runtimes",
                                                      "default-runtime",
                                                      "seccomp-profile",
                                                      "default-ulimits",
                                                      "cgroup-parent",
                                                      "exec-opts",
                                                      "init",
                                                      "init-path",
                                                      "cpu-rt-period",
                                                      "cpu-rt-runtime",
                                                      "selinux-enabled",
                                                      "cdi-spec-dirs",
                                                      "features",
                                                      "bridge",
                                                      "bip",
                                                      "bip6",
                                                      "fixed-cidr",
                                                      "fixed-cidr-v6",
                                                      "ipv6",
                                                      "ip",
                                                      "iptables",
                                                      "ip6tables",
                                                      "firewall-backend",
                                                      "userland-proxy",
                                                      "userland-proxy-path",
                                                      "host-gateway-ip",
                                                      "host-gateway-ips",
                                                      "containerd",
                                                      "exec-root",
                                                      "userns-remap"};
  Strings some;
  for (const std::string& key : keys) {
    if (std::find(known.begin(), known.end(), key) != known.end()) some.push_back(key);
  }
  return some;
}

}  // namespace dockhost
