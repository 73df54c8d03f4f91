// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/docker_engine.hpp"

#include <map>

#include "edit/json_text.hpp"
#include "resources/container_refusals.hpp"
#include "resources/daemon_file.hpp"

namespace dockhost {
namespace {

// Containers that live-restore would keep while their data is moved.
Strings kept_alive(const Docker& docker, const std::string& unit, bool stop_containers) {
  if (!docker.live_restore || docker.service.running.empty()) return {};
  if (stop_containers) return docker.service.running;
  throw Refusal("live-restore is in force and " + sentence_list(docker.service.running) + " would run on while " +
                unit + " is stopped; stop " + (docker.service.running.size() == 1 ? "it" : "them") +
                " first, or set stop_containers");
}

// The settings that stand in daemon.json; refuse_unstartable() has read it.
json settings_of(const Plan& plan, const Docker& docker) {
  const auto& file = plan.now().find<File>(docker.config_path);
  return file ? JsonText::parse(file->content, docker.config_path).value() : json();
}

}  // namespace

const Docker& docker_of(const Plan& plan, const std::string& unit) {
  static const Docker none;
  const auto& docker = plan.now().find<Docker>(unit);
  return docker ? *docker : none;
}

Strings validating(const Docker& docker) {
  if (!docker.validates) return {};
  Strings argv = {docker.executable, "--validate", "--config-file=%"};
  const auto& flags = docker.flags;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i].text == "--config-file")
      ++i;
    else if (!flags[i].text.starts_with("--config-file="))
      argv.push_back(flags[i].text);
  }
  return argv;
}

std::string foreign_docker(const Docker& docker) {
  const std::map<std::string, std::string> names = {{"rootless", "rootless Docker"},
                                                    {"snap", "the Docker snap"},
                                                    {"desktop", "Docker Desktop"},
                                                    {"podman", "podman's docker command"}};
  const auto name = names.find(docker.flavour);
  return name == names.end() ? "" : name->second;
}

void refuse_other_flavours(const Docker& docker) {
  const std::string name = foreign_docker(docker);
  if (!name.empty()) throw Refusal("this host runs " + name + ", which this module does not manage");
}

Downtime what_runs(const Plan& plan, const std::string& unit, const Strings& others) {
  const Service seen = plan.now().find<Service>(unit).value_or(Service{});
  Downtime downtime{unit, seen.as_it_ran(), {}};
  downtime.again.in_force = nullptr;
  // A socket that listens would start Docker in the middle; while the unit is active, it is stopped along with it.
  Strings units = others;
  const std::string socket = unit.substr(0, unit.rfind('.')) + ".socket";
  if (!downtime.again.active && !contains(units, socket)) units.push_back(socket);
  for (const std::string& other : units) {
    if (other == unit || contains(downtime.again.along.units, other)) continue;
    const auto& service = plan.now().find<Service>(other);
    if (!service || !service->as_it_ran().active) continue;
    (contains(seen.needs, other) ? downtime.below : downtime.others).push_back(other);
  }
  return downtime;
}

void refuse_while_starting(const Service& service, const std::string& unit) {
  if (service.starting)
    throw Refusal(unit + " is starting; nothing is changed meanwhile: run again when it has started");
}

void refuse_no_return(const Service& service, const std::string& unit, const Strings& halted) {
  Strings why = service.no_return;
  if (contains(halted, service.own_container))
    why.push_back("the container " + service.own_container + " is what this run is in, and ends it");
  if (!service.active || why.empty()) return;
  throw Refusal("after a stop of " + unit + " not all would run again that runs now: " + join(why, "; ") +
                "; mend that, wait for it, or stop it yourself first");
}

const OwedFile* old_file(const Plan& plan, const Service& service) {
  const OwedFile* old = service.brought_back();
  if (old == nullptr || old->left.empty()) return old;
  return sum_of(plan.before().find<File>(old->path)) == old->left ? old : nullptr;
}

void plan_old_file(Plan& plan, const std::string& unit) {
  const std::optional<Service> service = plan.now().find<Service>(unit);
  const OwedFile* old = service ? old_file(plan, *service) : nullptr;
  if (old == nullptr || plan.now().find<File>(old->path) != plan.before().find<File>(old->path)) return;
  plan.want<File>(old->path, old->file, "as it was, because " + unit + " did not start with it");
  plan.stage();  // what fails behind it does not bring back what is known to fail
}

namespace {

Strings all_of(const Downtime& downtime) {
  Strings all = downtime.others;
  all.insert(all.end(), downtime.below.begin(), downtime.below.end());
  return all;
}

void plan_stops(Plan& plan, const Strings& units) {
  for (const std::string& unit : units) {
    const auto& service = plan.now().find<Service>(unit);
    if (service && service->active) plan.want<Service>(unit, Service{});
  }
}

// As they ran; those that were stopped last start first.
void plan_starts(Plan& plan, const Strings& units) {
  const Strings last_first(units.rbegin(), units.rend());
  for (const std::string& unit : last_first) {
    Service again = plan.before().find<Service>(unit).value_or(Service{}).as_it_ran();
    again.in_force = nullptr;
    const auto now = plan.now().find<Service>(unit);
    if (!now || !now->active) plan.want<Service>(unit, again);
  }
}

}  // namespace

Downtime plan_stop(Plan& plan, const std::string& unit, const Strings& others, const StopRules& rules) {
  Downtime downtime = what_runs(plan, unit, others);
  const Docker docker = docker_of(plan, unit);
  const Service seen = plan.now().find<Service>(unit).value_or(Service{});
  refuse_while_starting(seen, unit);
  if (seen.active && !docker.asked) {
    throw Refusal("the API of " + unit + " does not tell which containers run (" + docker.not_asked +
                  "); nothing is stopped blindly");
  }
  if (seen.active) refuse_unstartable(plan, unit);
  if (docker.swarm) {
    throw Refusal("this host is in an active swarm, which would start its containers elsewhere while " + unit +
                  " is stopped; drain the node and let it leave first");
  }
  Service stopped;
  stopped.halted = kept_alive(docker, unit, rules.containers);
  refuse_no_return(seen, unit, stopped.halted);
  for (const std::string& other : all_of(downtime))
    refuse_no_return(plan.now().find<Service>(other).value_or(Service{}), other);
  if (!seen.along.containers.empty() || !stopped.halted.empty()) {
    const auto& objects = plan.now().find<DockerObjects>(unit);
    if (objects) stopped.removed = objects->removed_when_stopped;
  }
  Strings& containers = downtime.again.along.containers;
  containers = without(containers, stopped.halted);
  containers.insert(containers.end(), stopped.halted.begin(), stopped.halted.end());
  containers = without(without(containers, stopped.removed), rules.left);
  stopped.left = rules.left;
  downtime.again.left = rules.left;
  if (!rules.left.empty()) downtime.note = "no container is started again, because the data root changes";
  downtime.again.halted = stopped.halted;
  downtime.again.removed = stopped.removed;
  if (seen.active) refuse_broken_containers(plan, {unit, containers, stopped.removed, settings_of(plan, docker)});
  plan_stops(plan, downtime.others);
  if (seen.active) plan.want<Service>(unit, stopped);
  plan_stops(plan, downtime.below);
  return downtime;
}

void plan_start(Plan& plan, const Downtime& downtime) {
  plan_starts(plan, downtime.below);
  if (!downtime.again.active) return;
  Service alone = downtime.again;
  alone.along.containers.clear();
  const Service now = plan.now().find<Service>(downtime.unit).value_or(Service{});
  if (now.active) return;
  plan_old_file(plan, downtime.unit);
  plan.want<Service>(downtime.unit, alone, downtime.note);
}

void plan_containers(Plan& plan, const Downtime& downtime) {
  Service again = downtime.again;
  const auto& now = plan.now().find<Service>(downtime.unit);
  if (now) again.along.containers = without(again.along.containers, now->left);
  if (again.active && !again.along.containers.empty()) plan.want<Service>(downtime.unit, again);
  plan_starts(plan, downtime.others);
}

}  // namespace dockhost
