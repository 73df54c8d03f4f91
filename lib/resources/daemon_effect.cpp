// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_effect.hpp"

#include <algorithm>
#include <set>

#include "dockerd/in_force.hpp"
#include "dockerd/keys.hpp"
#include "dockerd/merged.hpp"

namespace dockhost {
namespace {

// Members of features that are read once, when the daemon starts; the others are looked up whenever they are needed.
bool features_need_a_start(const KeyEffect& effect, const Version& version) {
  if (version < Version{23, 0}) return false;
  const auto differs = [&](const char* name) {
    const auto in = [&](const json& features) { return features.is_object() ? features.value(name, json()) : json(); };
    return in(effect.before) != in(effect.after);
  };
  return effect.wrong || differs("containerd-snapshotter") || differs("embedded-containerd");
}

KeyEffect look_at(const Docker& docker, const std::string& key, const JsonText& before, const JsonText& after) {
  const std::string pointer = child_pointer("", key);
  KeyEffect effect{key, before.find(pointer).value_or(nullptr), after.find(pointer).value_or(nullptr)};
  effect.changed = effect.before != effect.after || before.spelling(pointer) != after.spelling(pointer);
  const Version version = Version::parse(docker.version).value_or(newest_known());
  effect.by_reload = effect.after.is_null() ? removal_reloads(key, version) : reloadable(key, version);
  const json& shown = docker.service.in_force;
  // Without a value in the file the default counts, as far as it is known.
  const auto wanted = effect.after.is_null() ? default_value(key) : effect.after;
  effect.shown = shown.is_object() && shown.contains(key) && wanted.has_value();
  effect.wrong = effect.shown && !same_in_force(key, *wanted, shown.at(key));
  if (key == "features" && features_need_a_start(effect, version)) effect.by_reload = false;
  const bool running = docker.service.active;
  effect.held_back = running && docker.live_restore && !docker.service.running.empty() &&
                     held_back_by_containers(key) && killed_at_start(docker, after.value()).empty();
  effect.undecided = running && !effect.shown && !effect.changed && docker.started < docker.config_changed;
  return effect;
}

bool due(const KeyEffect& key) { return key.changed || key.wrong; }

Effect::Action action_for(const std::vector<KeyEffect>& keys, DaemonWish::Apply apply) {
  using Action = Effect::Action;
  const auto any = [&](auto test) { return std::any_of(keys.begin(), keys.end(), test); };
  const bool reload = any([](const KeyEffect& key) { return due(key) && key.by_reload; });
  const bool restart = any([](const KeyEffect& key) { return due(key) && !key.by_reload && !key.held_back; });
  const bool all = any([](const KeyEffect& key) { return due(key) && !key.held_back; });
  switch (apply) {
    case DaemonWish::Apply::never:
      return Action::none;
    case DaemonWish::Apply::restart:
      return all ? Action::restart : Action::none;
    case DaemonWish::Apply::reload:
      return any([](const KeyEffect& key) { return key.changed || (key.wrong && key.by_reload); }) ? Action::reload
                                                                                                   : Action::none;
    case DaemonWish::Apply::automatic:
      break;
  }
  if (restart) return Action::restart;
  return reload ? Action::reload : Action::none;
}

bool settled_by(const KeyEffect& key, Effect::Action action) {
  if (action == Effect::Action::restart) return !key.held_back;
  return action == Effect::Action::reload && key.by_reload;
}

json wanted_in_force(const KeyEffect& key) { return key.after.is_null() ? *default_value(key.key) : key.after; }

Status status_of(const KeyEffect& key, bool waits) {
  if (waits && !key.changed) return Status::pending_restart;
  if (due(key)) return Status::fail;
  return key.undecided ? Status::unknown : Status::pass;
}

}  // namespace

Strings killed_at_start(const Docker& docker, const json& file) {
  if (!docker.service.active || !docker.live_restore) return {};
  Strings argv = {"dockerd"};
  for (const Flag& flag : docker.flags) argv.push_back(flag.text);
  if (merged(file, argv).at("live-restore") == json(true)) return {};
  return without(docker.service.running, docker.service.tasks);
}

Effect effect_of(const Docker& docker, const DaemonWish& wish, const JsonText& before, const JsonText& after) {
  Effect effect;
  for (const std::string& key : wished_keys(wish)) effect.keys.push_back(look_at(docker, key, before, after));
  if (!docker.service.as_it_ran().active) return effect;
  effect.action = action_for(effect.keys, wish.apply);
  for (const KeyEffect& key : effect.keys) {
    const bool settled = settled_by(key, effect.action);
    if (due(key) && !settled) effect.pending.push_back(key.key);
    if (key.shown && (settled || !due(key)) && effect.action != Effect::Action::none) {
      effect.expected[key.key] = wanted_in_force(key);
    }
  }
  return effect;
}

Strings changed_keys(const Effect& effect) {
  Strings keys;
  for (const KeyEffect& key : effect.keys) {
    if (key.changed) keys.push_back(key.key);
  }
  return keys;
}

void tell(Plan& plan, const Docker& docker, const Effect& effect, const std::string& path) {
  const std::set<std::string> pending(effect.pending.begin(), effect.pending.end());
  for (const KeyEffect& key : effect.keys) {
    const bool waits = pending.contains(key.key);
    Finding finding{"daemon.json key", key.key, status_of(key, waits), key.before, key.after};
    if (waits) finding.after = Status::pending_restart;
    if (waits) finding.why = "in " + path + ", but not in force until Docker restarts";
    if (finding.status == Status::unknown) {
      finding.why = "in " + path + ", which is newer than the running daemon, whose API does not show it";
    }
    plan.find(std::move(finding));
  }
  if (effect.pending.empty()) return;
  plan.pend("restart");
  Strings held;
  for (const KeyEffect& key : effect.keys) {
    if (key.held_back && due(key)) held.push_back(key.key);
  }
  if (!held.empty()) {
    plan.warn(sentence_list(held) +
              ": not in force until Docker restarts while no container runs, because live-restore " +
              "keeps containers over a restart: " + sentence_list(docker.service.running));
  }
}

}  // namespace dockhost
