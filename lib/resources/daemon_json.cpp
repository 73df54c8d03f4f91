// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_json.hpp"

#include <algorithm>
#include <filesystem>

#include "args/mask.hpp"
#include "dockerd/flags.hpp"
#include "dockerd/rules.hpp"
#include "resources/daemon_data.hpp"
#include "resources/daemon_effect.hpp"
#include "resources/daemon_json_spec.hpp"
#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

// What is planned for one daemon.json: the engine behind it, and the text before and after.
struct Draft {
  const DaemonWish& wish;
  Docker docker;  // one that is not installed has no flavour
  std::string path;
  std::optional<File> file;
  JsonText before, after;
  bool failed = false;  // what is asked for is what the daemon did not start with in a run before
};

// Whether these are the settings of the file that the daemon did not start with, in a run that is over.
bool failed_before(const Plan& plan, const Docker& docker, const json& settings) {
  const OwedFile* old = docker.service.brought_back();
  if (old == nullptr) return false;
  const auto& file = plan.before().find<File>(old->path);
  return file && json::parse(file->content, nullptr, false) == settings;
}

Draft draft(const Plan& plan, const DaemonWish& wish) {
  const Docker docker = docker_of(plan, wish.unit);
  refuse_other_flavours(docker);
  const std::string path = wish.path.empty() ? docker.config_path : wish.path;
  const auto file = plan.now().find<File>(path);
  const JsonText before = JsonText::parse(file ? file->content : "", path);
  Draft made{wish, docker, path, file, before, before};
  edit(made.after, wish);
  made.failed = before.text() != made.after.text() && failed_before(plan, docker, made.after.value());
  if (made.failed) made.after = before;
  return made;
}

Strings texts(const std::vector<Flag>& flags) {
  Strings all = {"dockerd"};
  for (const Flag& flag : flags) all.push_back(flag.text);
  return all;
}

// dockerd refuses a key that stands in the file and on its command line, even with equal values.
void check_flags(Plan& plan, const Draft& draft) {
  const Strings wished = wished_keys(draft.wish);
  Strings problems;
  const auto conflicts = flag_conflicts(draft.after.value(), texts(draft.docker.flags));
  for (const FlagConflict& conflict : conflicts) {
    std::string place;
    for (const Flag& flag : draft.docker.flags) {
      if (flag.text.starts_with(conflict.spelling)) place = flag.place;
    }
    const std::string text = conflict.key + " is given on dockerd's command line too, as " + quote(conflict.spelling) +
                             (place.empty() ? "" : " in " + place) + "; dockerd refuses to start with both";
    const bool is_wished = contains(wished, conflict.key);
    if (is_wished) problems.push_back("settings." + text);
    if (!is_wished) plan.warn(draft.path + ": " + text);
  }
  if (!problems.empty()) throw Refusal(join(problems, "\n"));
}

void check_rules(Plan& plan, const Draft& draft) {
  Strings fatal;
  const auto problems = check_settings(draft.wish.settings, draft.after.value(), Version::parse(draft.docker.version));
  for (const Problem& problem : problems) {
    if (problem.fatal) {
      fatal.push_back(problem.text);
      continue;
    }
    const auto where = draft.before.where(problem.pointer);
    plan.warn((where ? to_string(*where) : draft.path) + ": " + problem.text);
  }
  if (!fatal.empty()) throw Error(join(fatal, "\n"));
}

// dockerd starts neither with live-restore nor with the nftables backend in an active swarm (cluster.go), and neither
// the file's check nor a reload tells.
void check_swarm(const Draft& draft) {
  if (!draft.docker.swarm) return;
  const json& wished = draft.wish.settings;
  if (wished.value("live-restore", false)) {
    throw Refusal("settings.live-restore: this host is in an active swarm, and dockerd does not start with both");
  }
  if (wished.value("firewall-backend", "") == "nftables") {
    throw Refusal(
        "settings.firewall-backend: this host is in an active swarm, and dockerd does not start with nftables");
  }
}

// A plugin that is not there kills dockerd at a reload, and keeps it from starting (D.1 authorization-plugins).
void check_plugins(const Plan& plan, const Draft& draft) {
  const json plugins = draft.wish.settings.value("authorization-plugins", json::array());
  const json& known = draft.docker.authorizers;
  for (const json& plugin : plugins) {
    if (known.is_array() && std::find(known.begin(), known.end(), plugin) != known.end()) continue;
    const auto name = plugin.get<std::string>();
    const Strings places = {"/run/docker/plugins/" + name + ".sock", "/etc/docker/plugins/" + name + ".spec",
                            "/etc/docker/plugins/" + name + ".json", "/usr/lib/docker/plugins/" + name + ".spec",
                            "/usr/lib/docker/plugins/" + name + ".json"};
    const bool there = std::any_of(places.begin(), places.end(), [&](const std::string& place) {
      return plan.now().find<Device>(place).has_value();
    });
    if (!there) throw Refusal("settings.authorization-plugins: the plugin " + quote(name) + " is not installed");
  }
}

// dockerd names the file that it was given to judge, which is gone by now: its words with the real one.
std::string naming(std::string said, const std::string& path) {
  constexpr std::string_view before = "with file ";
  const std::size_t start = said.find(before), end = said.find(": ", start);
  if (start == std::string::npos || end == std::string::npos) return said;
  return said.replace(start + before.size(), end - start - before.size(), path);
}

// dockerd's own judgement of the file, with the flags of its unit. From 26.0 on it would make the user of userns-remap
// while validating: an empty value stands in for it (docker-and-audit D.4).
void validate_text(const Plan& plan, const Draft& draft) {
  const Strings argv = validating(draft.docker);
  if (!draft.wish.validate || argv.empty() || draft.before.text() == draft.after.text()) return;
  JsonText text = draft.after;
  if (text.find("/userns-remap")) text.set("/userns-remap", "");
  const auto& verdict = plan.now().find<Verdict>(verdict_key(argv, text.text()));
  if (!verdict || verdict->good) return;
  throw Refusal("dockerd refuses the settings: " + naming(printable(verdict->said), draft.path));
}

void want_file(Plan& plan, const Draft& draft, const std::string& note) {
  if (draft.before.text() == draft.after.text()) return;
  const std::string folder = std::filesystem::path(draft.path).parent_path().string();
  if (!plan.now().find<Directory>(folder)) plan.want<Directory>(folder, Directory{});
  File file = draft.file.value_or(File{});
  file.content = draft.after.text();
  file.backup = draft.wish.backup;
  plan.want<File>(draft.path, file, note);
}

void stop_and_start(Plan& plan, const Draft& draft, const DataMove& move, const Effect& effect,
                    const std::string& note) {
  const std::string& unit = draft.wish.unit;
  const Service seen = plan.now().find<Service>(unit).value_or(Service{});
  Service running = seen.as_it_ran(), stopped;
  if (!seen.along.containers.empty()) {
    const auto& objects = plan.now().find<DockerObjects>(unit);
    if (objects) stopped.removed = objects->removed_when_stopped;
  }
  running.along.containers = without(running.along.containers, stopped.removed);
  std::string start_note;
  if (move.moves && !running.along.containers.empty()) {
    start_note = "no container is started again, because the data root changes";
    stopped.left.swap(running.along.containers);
  }
  if (seen.active) plan.want<Service>(unit, stopped);
  want_file(plan, draft, note);
  running.removed = stopped.removed;
  running.left = stopped.left;
  running.in_force = nullptr;
  running.wanted = effect.expected;
  running.seconds = draft.wish.seconds;
  plan.want<Service>(unit, running, start_note);
}

void want_reload(Plan& plan, const Draft& draft, const Effect& effect) {
  const std::string& unit = draft.wish.unit;
  const bool owed_by_plan = plan.now().find<Reload>(unit).value_or(Reload{}).owed;
  const bool owed_by_dead_run = plan.before().find<Reload>(unit).value_or(Reload{}).owed;
  const Reload done{false, effect.expected};
  if (effect.action == Effect::Action::reload && !owed_by_plan) {
    // The file is right already and the daemon shows that it has not read it.
    plan.record(Change<Reload>{unit, plan.now().find<Reload>(unit), done, ""});
  } else if (effect.action == Effect::Action::reload ||
             (owed_by_dead_run && draft.wish.apply != DaemonWish::Apply::never)) {
    plan.want<Reload>(unit, done);
  }
}

// Whatever runs stops at a restart, and only what is known can be named before and started after it.
void refuse_blind_restart(const Draft& draft) {
  if (!draft.docker.service.active || draft.docker.asked) return;
  throw Refusal("the settings need a restart of " + draft.wish.unit +
                ", and its API does not tell which containers run (" + draft.docker.not_asked +
                "); nothing is stopped blindly: set apply to never, or let the API answer");
}

// A dockerd that is at its start has read its file, or is about to.
void refuse_during_start(Plan& plan, const Draft& draft) {
  const Service& service = draft.docker.service;
  if (!service.starting) return;
  if (draft.before.text() != draft.after.text()) refuse_while_starting(service, draft.wish.unit);
  if (!service.owed) plan.warn(draft.wish.unit + " is starting; what is in force cannot be told yet");
}

// The settings are those that Docker did not start with: the file of before comes back, and nothing else is done.
void tell_failed(Plan& plan, const Draft& draft) {
  const std::string why = draft.wish.unit + " did not start with it in an earlier run";
  for (const std::string& key : wished_keys(draft.wish)) {
    const std::string pointer = child_pointer("", key);
    plan.find({"daemon.json key", key, Status::refused, draft.before.find(pointer).value_or(nullptr),
               draft.wish.settings.value(key, json(nullptr)), why});
  }
  plan.fail(draft.wish.unit + " did not start with the settings that are asked for, and " + draft.path +
            " is brought back as it was before; see journalctl --unit=" + draft.wish.unit);
}

// Docker is started anyway, and reads the file then.
void settle_in(Plan& plan, const Draft& draft, const std::string& note, Downtime& downtime) {
  DaemonWish at_start = draft.wish;
  at_start.apply = DaemonWish::Apply::restart;
  const Effect effect = effect_of(draft.docker, at_start, draft.before, draft.after);
  want_file(plan, draft, note);
  downtime.again.wanted = effect.expected;
  if (draft.wish.seconds != 0) downtime.again.seconds = draft.wish.seconds;
  if (draft.failed) return tell_failed(plan, draft);
  tell(plan, draft.docker, effect, draft.path);
}

void settle(Plan& plan, const Draft& draft, const DataMove& move, Downtime* downtime) {
  std::string note = wish_note(draft.wish, draft.before, draft.after);
  if (!move.note.empty()) note += (note.empty() ? "" : "; ") + move.note;
  if (downtime != nullptr && downtime->again.active) return settle_in(plan, draft, note, *downtime);
  const std::string& unit = draft.wish.unit;
  const Service service = plan.now().find<Service>(unit).value_or(Service{});
  const Effect effect = effect_of(draft.docker, draft.wish, draft.before, draft.after);
  if (effect.action == Effect::Action::restart) {
    refuse_blind_restart(draft);
    stop_and_start(plan, draft, move, effect, note);
  } else {
    want_file(plan, draft, note);
    // What a run that died left stopped is started again; a start of the daemon reads the file, too.
    Service again = service.as_it_ran();
    again.seconds = draft.wish.seconds;
    if (service.owed) plan.want<Service>(unit, again);
    if (service.active) want_reload(plan, draft, effect);
  }
  if (draft.failed) return tell_failed(plan, draft);
  tell(plan, draft.docker, effect, draft.path);
}

void plan_module(Plan& plan, const json& args) { plan_daemon(plan, daemon_wish(args)); }

}  // namespace

void plan_daemon(Plan& plan, const DaemonWish& wish, Downtime* downtime) {
  plan_old_file(plan, wish.unit);
  const Draft made = draft(plan, wish);
  refuse_during_start(plan, made);
  check_rules(plan, made);
  check_flags(plan, made);
  check_swarm(made);
  check_plugins(plan, made);
  validate_text(plan, made);
  const DataMove move = data_move(plan, wish, made.before.value(), made.after.value());
  if (move.moves && made.docker.swarm)
    throw Refusal("this host is in an active swarm, which Docker would forget together with its data root");
  if (made.docker.flavour.empty()) {
    plan.warn("Docker is not installed; " + made.path + " is managed, and nothing is started");
  } else if (!made.docker.not_asked.empty()) {
    plan.warn("the running daemon could not be asked for what is in force: " + made.docker.not_asked);
  } else if (!made.docker.service.as_it_ran().active && !made.docker.service.starting) {
    plan.warn(wish.unit + " is not running; " + made.path + " takes effect when it starts, and nothing is started");
  }
  if (wish.settings.contains("userns-remap")) want_remapped_user(plan, made.after.value());
  settle(plan, made, move, downtime);
}

Strings daemon_secrets(const State& seen, const json& settings) {
  Strings secrets = sensitive_values(settings);
  for (const auto& [path, file] : seen.all<File>()) {
    const json document = file ? json::parse(file->content, nullptr, false) : json(nullptr);
    const Strings more = document.is_object() ? sensitive_values(document) : Strings{};
    secrets.insert(secrets.end(), more.begin(), more.end());
  }
  return secrets;
}

Resource daemon_json_resource() {
  const auto secrets = [](const State& seen, const json& args) { return daemon_secrets(seen, args.at("settings")); };
  return {daemon_json_spec(), plan_module, {}, secrets};
}

}  // namespace dockhost
