// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/start_containers.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "host/docker_api.hpp"
#include "host/look.hpp"
#include "host/sharing.hpp"

namespace dockhost {
namespace {

constexpr std::chrono::seconds kBreath{1};
constexpr int kPatience = 30;  // seconds in all

// What a daemon or a containerd that has just come up says, and does not say some seconds later: containerd still has
// the task from before the restart ("task ID: already exists"), a shim is going, the container that this one needs is
// being started by its policy (moby, daemon/errors.go).
bool passes(const std::string& why) {
  constexpr std::array<std::string_view, 7> passing = {
      ": already exists",     "ttrpc: closed",       "context deadline exceeded", "is restarting, wait",
      "transport is closing", "error while dialing", "context canceled"};
  return std::any_of(passing.begin(), passing.end(),
                     [&](std::string_view words) { return why.find(words) != std::string::npos; });
}

struct Waiting {
  std::string name;
  bool addressed = false;  // it has an address of its own
  Strings needs = {};
  std::string why = {};  // it did not start at the last try
};

json member_of(const json& object, const char* name) {
  const json member = object.is_object() && object.contains(name) ? object.at(name) : json();
  return member.is_object() ? member : json::object();
}

// Whether it was given an address (--ip, --ip6), which Docker does not keep for it while it is stopped: a container
// that takes any starts with the lowest that is free.
bool has_address(const json& container) {
  const json networks = member_of(member_of(container, "NetworkSettings"), "Networks");
  return std::any_of(networks.begin(), networks.end(), [](const json& network) {
    const json given = member_of(network, "IPAMConfig");
    return !given.value("IPv4Address", "").empty() || !given.value("IPv6Address", "").empty();
  });
}

// What stands in front needs nothing of what comes behind; a circle, which only a lie can make, is cut at its first.
std::vector<Waiting> in_order(std::vector<Waiting> waiting) {
  std::set<std::string> open;
  for (const Waiting& one : waiting) open.insert(one.name);
  std::vector<Waiting> ordered;
  while (!waiting.empty()) {
    auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& one) {
      return std::none_of(one.needs.begin(), one.needs.end(),
                          [&](const std::string& name) { return name != one.name && open.contains(name); });
    });
    if (next == waiting.end()) next = waiting.begin();
    open.erase(next->name);
    ordered.push_back(std::move(*next));
    waiting.erase(next);
  }
  return ordered;
}

std::vector<Waiting> waiting_for(Host& host, const Docker& docker, const EngineAt& engine, const Strings& names) {
  std::vector<Waiting> waiting;
  const Strings down = without(without(names, docker.service.running), docker.service.tasks);
  if (down.empty()) return waiting;
  const Neighbours neighbours =
      down.size() == 1 ? Neighbours{} : neighbours_of(api_get(host, engine, "/containers/json?all=1"));
  for (const std::string& name : down) {
    if (!is_container_name(name)) throw Error("Docker names a container " + quote(name) + ", which is no name");
    Waiting one;
    one.name = name;
    const json container = down.size() > 1 ? api_get(host, engine, container_target(name, "json")) : json();
    if (container.is_object()) one.needs = started_before(member_of(container, "HostConfig"), neighbours);
    one.addressed = has_address(container);
    waiting.push_back(std::move(one));
  }
  return in_order(std::move(waiting));
}

// Takes out those that have an address of their own, with what they need.
std::vector<Waiting> take_addressed(std::vector<Waiting>& waiting) {
  Strings names;
  for (std::size_t before = 1; before != names.size();) {
    before = names.size();
    for (const Waiting& one : waiting) {
      if (contains(names, one.name)) names.insert(names.end(), one.needs.begin(), one.needs.end());
      if (one.addressed) names.push_back(one.name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  std::vector<Waiting> first;
  for (Waiting& one : waiting) {
    if (contains(names, one.name)) first.push_back(std::move(one));
  }
  std::erase_if(waiting, [&](const Waiting& one) { return one.name.empty() || contains(names, one.name); });
  return first;
}

// One try each. Returns whether any was started; those that were are taken out.
bool start_round(Host& host, const EngineAt& engine, std::vector<Waiting>& waiting) {
  for (Waiting& one : waiting) one.why = try_start(host, engine, one.name);
  return std::erase_if(waiting, [](const Waiting& one) { return one.why.empty(); }) != 0;
}

std::string told_of(const std::vector<Waiting>& waiting) {
  Strings lines;
  for (const Waiting& one : waiting) lines.push_back("container " + quote(one.name) + " did not start: " + one.why);
  return join(lines, "; ");
}

bool any_passes(const std::vector<Waiting>& waiting) {
  return std::any_of(waiting.begin(), waiting.end(), [](const Waiting& one) { return passes(one.why); });
}

// Whether the daemon has run it, by the daemon's own times: "2027-01-15T08:00:00.123456789Z" (UTC, as Go prints it).
bool started_after(const json& state, std::int64_t microseconds) {
  const std::string at = state.value("StartedAt", "");
  const std::string since = utc_time(microseconds / 1'000'000);
  return at.size() > 19 && at.ends_with('Z') && at.substr(0, 19) >= since.substr(0, 19);
}

// Round after round, until one starts none and nothing is to be waited for. Those that were started are taken out.
void start_all(Host& host, const EngineAt& engine, std::vector<Waiting>& waiting) {
  bool again = true;  // whatever it was, a failure may have passed after a breath
  const std::int64_t began = host.now();
  for (int pauses = 0; !waiting.empty();) {
    if (start_round(host, engine, waiting)) continue;
    const bool passing = any_passes(waiting);
    // By the clock too: on a busy host a try takes longer than a pause.
    if (pauses == kPatience || host.now() - began >= kPatience || !(again || passing)) break;
    again = again && passing;
    ++pauses;
    host.pause(kBreath);
  }
}

}  // namespace

void start_containers(Host& host, const Docker& docker, const Strings& names) {
  const EngineAt engine = engine_at(docker);
  std::vector<Waiting> waiting;
  as_documented([&] { waiting = waiting_for(host, docker, engine, names); });
  std::vector<Waiting> first = take_addressed(waiting);
  start_all(host, engine, first);
  waiting.insert(waiting.begin(), first.begin(), first.end());
  start_all(host, engine, waiting);
  if (waiting.empty()) return;
  Strings down;
  for (const Waiting& one : waiting) down.push_back(one.name);
  throw ContainersDown(told_of(waiting), down);
}

void wait_for_containers(Host& host, const std::string& unit, const Strings& names) {
  auto docker = look<Docker>(host, unit);
  const auto run = [&] { return docker && contains_all(docker->service.running, names); };
  const std::int64_t began = host.now();
  for (int pauses = 0; pauses < kPatience && host.now() - began < kPatience && !run(); ++pauses) {
    host.pause(kBreath);
    docker = look<Docker>(host, unit);
  }
  if (docker && docker->asked) start_containers(host, *docker, names);
}

Ended ended_since(Host& host, const Docker& docker, const Strings& names) {
  Ended ended;
  for (const std::string& name : names) {
    if (contains(docker.service.running, name) || !is_container_name(name)) continue;
    const json container = api_get(host, engine_at(docker), container_target(name, "json"));
    if (!container.is_object()) {
      ended.gone.push_back(name);
      continue;
    }
    const json state = container.value("State", json::object());
    const bool failed = !state.value("Error", "").empty();
    if (!failed && docker.started != 0 && started_after(state, docker.started)) ended.by_themselves.push_back(name);
  }
  return ended;
}

void note_ended(Host& host, const std::string& unit, const std::optional<Service>& expected,
                std::optional<Service>& seen) {
  if (!expected || !seen || !seen->active) return;
  const Strings missing = without(expected->along.containers, seen->running);
  if (missing.empty()) return;
  const auto docker = look<Docker>(host, unit);
  if (!docker || !docker->asked) return;
  as_documented([&] { seen->ended = ended_since(host, *docker, missing).by_themselves; });
}

}  // namespace dockhost
