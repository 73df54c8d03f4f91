// SPDX-License-Identifier: GPL-3.0-or-later
// Stopping, starting and reloading a service, and what runs along with it.
#include <algorithm>
#include <array>

#include "base/read_json.hpp"
#include "dockerd/in_force.hpp"
#include "host/docker_api.hpp"
#include "host/look.hpp"
#include "host/perform.hpp"
#include "host/service_job.hpp"
#include "host/start_containers.hpp"
#include "host/unit.hpp"

namespace dockhost {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kStop{120}, kReload{10}, kAnswer{60};

bool is_socket(const std::string& unit) { return unit.ends_with(".socket"); }

// Sockets first: one that listens would start the service again in between.
Strings sockets_first(Strings units) {
  std::stable_partition(units.begin(), units.end(), is_socket);
  return units;
}

void stop(Host& host, const std::string& unit, const Along& along) {
  Strings units = sockets_first(along.units);
  units.push_back(unit);
  stop_and_wait(host, units);
}

// Containers that would outlive the service.
void halt(Host& host, const std::string& unit, const Strings& containers) {
  const auto docker = look<Docker>(host, unit);
  if (!docker || !docker->asked) throw Error(unit + " does not answer, so that its containers cannot be stopped");
  for (const std::string& name : containers) {
    if (contains(docker->service.running, name)) stop_container(host, engine_at(*docker), name);
  }
}

// A unit that does not start either is told beside the containers.
void start_units_beside(Host& host, const Strings& units, const ContainersDown& down) {
  try {
    if (!units.empty()) start_others(host, units);
  } catch (const Error& error) {
    throw ContainersDown(std::string(down.what()) + "; " + error.what(), down.names);
  }
}

// Containers that a unit removed when it stopped, and makes anew when it starts.
Strings made_anew(Host& host, const Docker& docker, const Along& along) {
  Strings gone;
  if (!along.units.empty()) as_documented([&] { gone = ended_since(host, docker, along.containers).gone; });
  return gone;
}

// A container that cannot start keeps no unit down.
void start_along(Host& host, const std::string& unit, const Docker& docker, const Along& along) {
  const Strings anew = made_anew(host, docker, along);
  try {
    start_containers(host, docker, without(along.containers, anew));
  } catch (const ContainersDown& down) {
    start_units_beside(host, along.units, down);
    throw;
  }
  if (!along.units.empty()) start_others(host, along.units);
  if (!anew.empty()) wait_for_containers(host, unit, anew);
}

// What is told is why they were stopped in vain; those that do not start are seen when the run looks again.
void start_again(Host& host, const Docker& docker, const Strings& containers) {
  try {
    start_containers(host, docker, containers);
  } catch (const ContainersDown&) {
  }
}

void halt_and_stop(Host& host, const std::string& unit, const Along& along, const Strings& containers) {
  try {
    halt(host, unit, containers);
    stop(host, unit, along);
  } catch (const std::exception&) {
    const auto docker = look<Docker>(host, unit);
    if (docker && docker->asked) start_again(host, *docker, containers);
    throw;
  }
}

// The daemon's own last words, as far as they tell of an error.
std::string last_words(Host& host, const std::string& unit) {
  const Strings tail = journal_tail(host, unit, 30);
  Strings errors;
  for (const std::string& line : tail) {
    const bool told = line.find("level=error") != std::string::npos || line.find("level=fatal") != std::string::npos ||
                      line.find("unable to") != std::string::npos || line.find("failed to") != std::string::npos;
    if (told && !contains(errors, line)) errors.push_back(line);
  }
  const Strings& said = errors.empty() ? tail : errors;
  const std::size_t first = said.size() > 3 ? said.size() - 3 : 0;
  Strings last;
  for (std::size_t i = first; i < said.size(); ++i) last.push_back(excerpt(said[i], 500));
  return join(last, "\n");
}

// Settings that the daemon must show and does not: "icc is true, not false".
std::string differing(const json& shown, const json& wanted) {
  Strings wrong;
  for (const auto& setting : wanted.items()) {
    const auto found = shown.is_object() ? shown.find(setting.key()) : shown.end();
    if (!shown.is_object() || found == shown.end()) {
      wrong.push_back(setting.key() + " is not shown");
    } else if (!same_in_force(setting.key(), setting.value(), *found)) {
      wrong.push_back(setting.key() + " is " + found->dump() + ", not " + setting.value().dump());
    }
  }
  return sentence_list(wrong);
}

// Whether the start that failed was not the last: Restart= lets systemd try again, and what it tries is not ours.
bool tries_again(Host& host, const std::string& unit) {
  const Properties now = properties_of(host, unit, {"ActiveState", "SubState", "NRestarts"});
  return property(now, "ActiveState") == "activating" && start_failed(now);
}

void bring_up(Host& host, const std::string& unit, const Service& wish) {
  if (tries_again(host, unit)) stop(host, unit, wish.along);
  const Strings sockets = sockets_first(wish.along.units);
  Strings reset = {"systemctl", "reset-failed", "--", unit};
  for (const std::string& other : sockets) {
    if (is_socket(other)) reset.push_back(other);
  }
  host.run(reset);  // refuses for a unit that never failed on some versions; the start tells what matters
  start_and_wait(host, unit, wish.seconds);
}

// A daemon that is busy after its start may answer late.
std::optional<Docker> look_when_it_answers(Host& host, const std::string& unit, bool needed) {
  auto docker = look<Docker>(host, unit);
  const std::int64_t until = host.now() + kAnswer.count();
  while (needed && docker && docker->service.active && !docker->asked && host.now() < until) {
    host.pause(std::chrono::seconds{1});
    docker = look<Docker>(host, unit);
  }
  return docker;
}

void start(Host& host, const std::string& unit, const Service& wish) {
  bring_up(host, unit, wish);
  const bool asks = !(wish.along.containers.empty() && wish.wanted.empty());
  const auto docker = look_when_it_answers(host, unit, asks);
  if (!docker || !docker->service.active) throw Error(unit + " stopped again after its start");
  if (!docker->asked && asks) {
    throw Error(unit + " runs, but its API does not answer: " + docker->not_asked);
  }
  if (const std::string wrong = differing(docker->service.in_force, wish.wanted); !wrong.empty()) {
    throw Error(unit + " runs, but not with the settings in its file: " + wrong);
  }
  start_along(host, unit, *docker, wish.along);
}

std::string journal_cursor(Host& host, const std::string& unit) {
  const Output output =
      host.run({"journalctl", "--unit=" + unit, "--output=cat", "--no-pager", "--lines=0", "--show-cursor"});
  constexpr std::string_view mark = "-- cursor: ";
  const std::size_t at = output.out.rfind(mark);
  return at == std::string::npos ? "" : trim(std::string_view(output.out).substr(at + mark.size()));
}

Strings journal_since(Host& host, const std::string& unit, const std::string& cursor) {
  return journal_lines(host, unit, cursor.empty() ? "--lines=20" : "--after-cursor=" + cursor);
}

// What dockerd logs when it does not take a reload (cmd/dockerd/daemon.go, daemon/config/config.go). Other errors in
// its log are about other things: a busy daemon logs them all the time. One that is not listed here still ends as "did
// not say that it has reloaded", or as a value that is not shown.
bool refuses_reload(const std::string& line) {
  constexpr std::array<std::string_view, 5> words_of_refusal = {
      "level=fatal", "unable to configure the Docker daemon", "Error reconfiguring the daemon",
      "Error validating authorization plugin", "file configuration validation failed"};
  return std::any_of(words_of_refusal.begin(), words_of_refusal.end(),
                     [&](std::string_view refusal) { return line.find(refusal) != std::string::npos; });
}

// dockerd's answer to SIGHUP is one line in its log: "Reloaded configuration: {...}", or an error; rc tells nothing.
// Returns the settings it logged; null while there is no answer yet. Throws Error with the refusal.
json reload_answer(const Strings& lines) {
  for (const std::string& line : lines) {
    const std::size_t at = line.find("Reloaded configuration: ");
    if (at != std::string::npos) {
      std::string text = line.substr(at + 24);
      if (text.ends_with('"')) text.pop_back();
      // logfmt escapes the quotes of the JSON.
      std::string plain;
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        plain += text[i];
      }
      const json settings = read_json_or_discard(plain, JsonFrom::daemon_file);
      return settings.is_object() ? settings : json::object();
    }
    if (refuses_reload(line)) throw Error("docker did not take the reloaded configuration: " + printable(line));
  }
  return nullptr;
}

json object_or_empty(const json& value) { return value.is_object() ? value : json::object(); }

void reload_docker(Host& host, const std::string& unit, const json& wanted) {
  const std::string cursor = journal_cursor(host, unit);
  must_run(host, {"systemctl", "reload", "--", unit}, Limits{kStop});
  json logged;
  for (auto waited = std::chrono::milliseconds{0}; logged.is_null() && waited < kReload; waited += kPoll) {
    if (waited.count() != 0) host.pause(kPoll);
    logged = reload_answer(journal_since(host, unit, cursor));
  }
  const auto docker = look<Docker>(host, unit);
  if (!docker || !docker->service.active) throw Error(unit + " stopped at the reload: " + last_words(host, unit));
  // The API first; what it does not show is looked for in dockerd's own line.
  json shown = object_or_empty(logged);
  const json in_force = object_or_empty(docker->service.in_force), asked = object_or_empty(wanted);
  shown.update(in_force);
  json visible = json::object();
  for (const auto& setting : asked.items()) {
    if (shown.contains(setting.key())) visible[setting.key()] = setting.value();
  }
  if (logged.is_null() && visible.empty() && !asked.empty()) {
    throw Error(unit + " did not say within " + std::to_string(kReload.count()) + " seconds that it has reloaded");
  }
  if (const std::string wrong = differing(shown, visible); !wrong.empty()) {
    throw Error(unit + " was reloaded, but does not show it: " + wrong);
  }
}

// systemd may go on trying, and the sockets may be up already: a start that failed leaves all of it stopped.
void stop_again(Host& host, const std::string& unit, const Along& along) {
  try {
    stop(host, unit, along);
  } catch (const Error&) {
    // The start's own failure is what is told; the caller looks again.
  }
}

// The same after a failure that says nothing of the daemon. One that runs, or is at its start, is left alone: whether
// it is stopped once more is for the undo to say.
void end_tries(Host& host, const std::string& unit, const Along& along) {
  try {
    const auto seen = look<Service>(host, unit);
    if (seen && (seen->active || seen->starting)) return;
  } catch (const Error&) {
    return;  // nothing is stopped blindly
  }
  stop_again(host, unit, along);
}

}  // namespace

void perform_service(Host& host, const Change<Service>& change) {
  const Service nothing;
  const Service& before = change.before ? *change.before : nothing;
  const Service& after = change.after ? *change.after : nothing;
  if (!after.active) {
    if (!after.halted.empty()) return halt_and_stop(host, change.key, before.along, after.halted);
    if (before.active) stop(host, change.key, before.along);
    return;
  }
  try {
    start(host, change.key, after);
  } catch (const ContainersDown& down) {
    // Docker stays up, but where a setting of this start can be to blame: then the old ones come back.
    if (after.blamed.empty()) throw;
    ContainersDown blaming(std::string(down.what()) + "; changed with this start: " + sentence_list(after.blamed),
                           down.names);
    blaming.stopped = !before.active;
    throw blaming;
  } catch (Error& error) {
    if (error.stays) throw;
    const std::string said = last_words(host, change.key);
    if (!before.active) end_tries(host, change.key, after.along);
    if (said.empty()) throw;
    Error told(std::string(error.what()) + "; its last words:\n" + said, error.where);
    told.trail = error.trail;
    throw told;
  } catch (const std::exception&) {
    if (!before.active) end_tries(host, change.key, after.along);
    throw;
  }
}

void perform_reload(Host& host, const Change<Reload>& change) {
  if (change.key == "systemd") return must_run(host, {"systemctl", "daemon-reload"}, Limits{kStop});
  reload_docker(host, change.key, change.after ? change.after->in_force : json(nullptr));
}

}  // namespace dockhost
