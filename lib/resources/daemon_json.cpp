// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_json.hpp"

#include <algorithm>
#include <filesystem>

#include "resources/container_refusals.hpp"
#include "resources/daemon_data.hpp"
#include "resources/daemon_effect.hpp"
#include "resources/daemon_file.hpp"
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
  const OwedFile* old = old_file(plan, docker.service);
  if (old == nullptr) return false;
  const auto& file = plan.before().find<File>(old->path);
  return file && read_json_or_discard(file->content, JsonFrom::daemon_file) == settings;
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

// A restart stops what runs: then the whole file counts, also what others wrote into it since the last start.
void check_file(Plan& plan, const Draft& draft, ReadAt read) {
  std::optional<File> left = draft.file;
  if (left) left->content = draft.after.text();
  const std::string whole = refused_whole(draft.docker, left);
  if (!whole.empty() && read != ReadAt::never)
    throw Refusal((read == ReadAt::start ? "Docker would not start again: " : "Docker would take no reload: ") +
                  draft.path + whole);
  if (!whole.empty()) plan.warn(draft.path + whole);
  const std::vector<Problem> problems =
      file_problems(plan, draft.wish.unit, draft.wish.settings, draft.before.value(), draft.after.value());
  judge_file(plan, problems, draft.before, draft.path, read);
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
void validate_text(const Plan& plan, const Draft& draft, ReadAt read) {
  const Strings argv = validating(draft.docker);
  const bool same = draft.before.text() == draft.after.text();
  if (!draft.wish.validate || argv.empty() || (same && read != ReadAt::start)) return;
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

bool starts_with_old_file(const Plan& plan, const Draft& draft) {
  const json before = draft.before.value();
  const std::vector<Problem> problems = file_problems(plan, draft.wish.unit, json::object(), before, before);
  return std::none_of(problems.begin(), problems.end(),
                      [](const Problem& problem) { return problem.refused != Refused::never; });
}

void stop_and_start(Plan& plan, const Draft& draft, const DataMove& move, const Effect& effect,
                    const std::string& note) {
  const std::string& unit = draft.wish.unit;
  const Service seen = plan.now().find<Service>(unit).value_or(Service{});
  Service running = seen.as_it_ran(), stopped;
  stopped.halted = killed_at_start(draft.docker, draft.after.value());
  refuse_no_return(seen, unit, stopped.halted);
  running.along.containers = without(running.along.containers, stopped.halted);
  running.along.containers.insert(running.along.containers.end(), stopped.halted.begin(), stopped.halted.end());
  if (!seen.along.containers.empty() || !stopped.halted.empty()) {
    const auto& objects = plan.now().find<DockerObjects>(unit);
    if (objects) stopped.removed = objects->removed_when_stopped;
  }
  running.along.containers = without(running.along.containers, stopped.removed);
  std::string start_note;
  if (move.moves && !running.along.containers.empty()) {
    start_note = "no container is started again, because " + move.why;
    stopped.left.swap(running.along.containers);
  }
  if (seen.active) {
    refuse_broken_containers(plan, {unit, running.along.containers, stopped.removed, draft.after.value()});
    plan.want<Service>(unit, stopped);
  }
  want_file(plan, draft, note);
  // With the old file Docker would not come back: the new one stays, whatever fails after it.
  if (!starts_with_old_file(plan, draft)) plan.stage();
  running.halted = stopped.halted;
  running.removed = stopped.removed;
  running.left = stopped.left;
  running.in_force = nullptr;
  running.wanted = effect.expected;
  running.seconds = draft.wish.seconds;
  running.blamed = blamable(changed_keys(effect));
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

// Nobody tells a dockerd that systemd did not start to read its file.
void refuse_unmanaged(const Draft& draft) {
  const std::string& process = draft.docker.unmanaged;
  if (process.empty() || draft.before.text() == draft.after.text()) return;
  if (draft.wish.apply == DaemonWish::Apply::never) return;
  throw Refusal(
      "dockerd runs as process " + process +
      ", and this system was not booted with systemd, by which it would be reloaded or restarted: set apply to "
      "never, and start it anew yourself");
}

// Docker is started anyway, and reads the file then.
void settle_in(Plan& plan, const Draft& draft, const std::string& note, Downtime& downtime) {
  DaemonWish at_start = draft.wish;
  at_start.apply = DaemonWish::Apply::restart;
  const Effect effect = effect_of(draft.docker, at_start, draft.before, draft.after);
  const Strings& containers = downtime.again.along.containers;
  refuse_broken_containers(plan, {downtime.unit, containers, downtime.again.removed, draft.after.value()});
  want_file(plan, draft, note);
  downtime.again.blamed = blamable(changed_keys(effect));
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

// When dockerd, which runs, reads the file because of this run.
ReadAt read_at(const Draft& draft, const Downtime* downtime) {
  if (!draft.docker.service.active) return ReadAt::never;
  if (downtime != nullptr && downtime->again.active) return ReadAt::start;
  const Effect effect = effect_of(draft.docker, draft.wish, draft.before, draft.after);
  if (effect.action == Effect::Action::restart) return ReadAt::start;
  return effect.action == Effect::Action::reload ? ReadAt::reload : ReadAt::never;
}

void plan_module(Plan& plan, const json& args) { plan_daemon(plan, daemon_wish(args)); }

}  // namespace

void plan_daemon(Plan& plan, const DaemonWish& wish, Downtime* downtime) {
  plan_old_file(plan, wish.unit);
  const Draft made = draft(plan, wish);
  refuse_during_start(plan, made);
  refuse_unmanaged(made);
  const ReadAt read = read_at(made, downtime);
  check_file(plan, made, read);
  validate_text(plan, made, read);
  const DataMove move = data_move(plan, wish, made.before.value(), made.after.value(), read == ReadAt::start);
  if (made.docker.flavour.empty()) {
    plan.warn("Docker is not installed; " + made.path + " is managed, and nothing is started");
  } else if (!made.docker.not_asked.empty()) {
    plan.warn("the running daemon could not be asked for what is in force: " + made.docker.not_asked);
  } else if (!made.docker.unmanaged.empty()) {
    plan.warn("dockerd runs as process " + made.docker.unmanaged + " without systemd; " + made.path +
              " takes effect when it is started anew");
  } else if (!made.docker.service.as_it_ran().active && !made.docker.service.starting) {
    plan.warn(wish.unit + " is not running; " + made.path + " takes effect when it starts, and nothing is started");
  }
  if (wish.settings.contains("userns-remap")) want_remapped_user(plan, made.after.value());
  settle(plan, made, move, downtime);
}

std::map<std::string, std::string> refused_alone(const Plan& plan, const DaemonWish& wish) {
  const Draft made = draft(plan, wish);
  std::map<std::string, std::string> all;
  const std::vector<Problem> problems =
      file_problems(plan, wish.unit, wish.settings, made.before.value(), made.after.value());
  for (const Problem& problem : problems) {
    if (!problem.fatal || !problem.alone || !problem.text.starts_with("settings.")) continue;
    std::string& told = all[problem.key];
    told += (told.empty() ? "" : "\n") + problem.text;
  }
  return all;
}

Resource daemon_json_resource() { return {daemon_json_spec(), plan_module}; }

}  // namespace dockhost
