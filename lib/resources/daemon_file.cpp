// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_file.hpp"

#include <algorithm>
#include <set>

#include "dockerd/flags.hpp"
#include "dockerd/log_drivers.hpp"
#include "dockerd/merged.hpp"
#include "dockerd/value_rules.hpp"
#include "dockerd/values.hpp"
#include "resources/daemon_hidden.hpp"
#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

Strings command_line(const Docker& docker) {
  Strings all = {"dockerd"};
  for (const Flag& flag : docker.flags) all.push_back(flag.text);
  return all;
}

// Sockets and spec files of plugins that are no containers (moby, pkg/plugins/discovery.go).
Strings spec_places(const std::string& name) {
  return {"/run/docker/plugins/" + name + ".sock",     "/etc/docker/plugins/" + name + ".spec",
          "/etc/docker/plugins/" + name + ".json",     "/usr/lib/docker/plugins/" + name + ".spec",
          "/usr/lib/docker/plugins/" + name + ".json", "/run/docker/plugins/" + name + "/" + name + ".sock"};
}

bool has_spec(const Plan& plan, const std::string& name) {
  const Strings places = spec_places(name);
  plan.now().need<Device>(places);
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& place) { return plan.now().find<Device>(place).has_value(); });
}

// A name that no path is made of.
bool plain(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

std::optional<bool> log_plugin(const Plan& plan, const std::string& unit, const Docker& docker,
                               const std::string& name) {
  if (plain(name) && has_spec(plan, name)) return true;
  if (!docker.asked) return std::nullopt;
  const auto& plugins = plan.now().find<DockerPlugins>(unit);
  if (!plugins) return std::nullopt;
  return contains(plugins->log_drivers, name);
}

Dockerd reader_of(const Plan& plan, const std::string& unit, const Docker& docker, const json& before,
                  const json& after) {
  Dockerd dockerd{Version::parse(docker.version), command_line(docker)};
  dockerd.swarm = docker.swarm;
  const Merged was = merged(before, dockerd.argv), will = merged(after, dockerd.argv);
  const json& shown = docker.service.in_force;
  // What runs took the driver that the host gave it.
  if (cgroup_driver(was.at("exec-opts")).empty() && shown.is_object() && shown.contains("exec-opts"))
    dockerd.cgroup_driver = cgroup_driver(shown.at("exec-opts"));
  const std::string driver = text_or_empty(will.at("log-driver"));
  const bool builtin = builtin_log_driver(driver, dockerd.version.value_or(newest_known()));
  if (!driver.empty() && !builtin) dockerd.log_plugin = log_plugin(plan, unit, docker, driver);
  return dockerd;
}

// dockerd refuses a key that stands in the file and on its command line, even with equal values.
void both_ways(const Docker& docker, const json& wished, const json& after, std::vector<Problem>& problems) {
  const std::vector<FlagConflict> conflicts = flag_conflicts(after, command_line(docker));
  for (const FlagConflict& conflict : conflicts) {
    std::string place;
    for (const Flag& flag : docker.flags) {
      if (flag.text.starts_with(conflict.spelling)) place = flag.place;
    }
    const bool wish = wished.contains(conflict.key);
    problems.push_back({conflict.key, conflict.pointer,
                        (wish ? "settings." : "") + conflict.key + " is given on dockerd's command line too, as " +
                            quote(conflict.spelling) + (place.empty() ? "" : " in " + place) +
                            "; dockerd refuses to start with both",
                        wish, Refused::at_reload});
  }
}

// A plugin that is not there kills dockerd at a reload, and keeps it from starting (D.1 authorization-plugins).
void missing_authorizers(const Plan& plan, const std::string& unit, const Docker& docker, const json& wished,
                         const json& after, std::vector<Problem>& problems) {
  const json plugins = after.value("authorization-plugins", json(nullptr));
  const json asked_for = wished.value("authorization-plugins", json(nullptr));
  if (!plugins.is_array()) return;
  const json& known = docker.authorizers;
  const auto open = [&](const json& plugin) {
    return plain(text_or_empty(plugin)) &&
           !(known.is_array() && std::find(known.begin(), known.end(), plugin) != known.end());
  };
  Strings places;
  for (const json& plugin : plugins) {
    const Strings more = open(plugin) ? spec_places(text_or_empty(plugin)) : Strings{};
    places.insert(places.end(), more.begin(), more.end());
  }
  plan.now().need<Device>(places);
  for (const json& plugin : plugins) {
    const std::string name = text_or_empty(plugin);
    if (!open(plugin) || has_spec(plan, name)) continue;
    const auto& enabled = docker.asked ? plan.now().find<DockerPlugins>(unit) : std::optional<DockerPlugins>();
    if (enabled && contains(enabled->authorizers, name)) continue;
    const bool wish = asked_for.is_array() && std::find(asked_for.begin(), asked_for.end(), plugin) != asked_for.end();
    problems.push_back({"authorization-plugins", "/authorization-plugins",
                        (wish ? "settings." : "") + std::string("authorization-plugins: the plugin ") + quote(name) +
                            " is not installed",
                        wish, Refused::at_reload});
  }
}

// Read at the start alone (setupSeccompProfile). 20.10 takes every value for a path.
void missing_profile(const Plan& plan, const Docker& docker, const json& wished, const json& after,
                     std::vector<Problem>& problems) {
  const std::string path = text_or_empty(after.value("seccomp-profile", json(nullptr)));
  const Version version = Version::parse(docker.version).value_or(newest_known());
  if (path.empty() || (version >= Version{23, 0} && (path == "builtin" || path == "unconfined"))) return;
  // What is no absolute path is looked for from the directory that systemd starts it in.
  const std::string place = path.starts_with('/') ? path : "/" + path;
  const auto& found = plan.now().find<Device>(place);
  if (found && found->type == Device::Type::file) return;
  const bool wish = wished.contains("seccomp-profile");
  std::string text = (wish ? "settings." : "") + std::string("seccomp-profile: the file ") + quote(place) +
                     (found ? " is not a regular file" : " does not exist") + ", and dockerd does not start without it";
  if (path == "builtin" || path == "unconfined" || path == "default")
    text += "; dockerd before 23.0 knows no names of profiles";
  problems.push_back({"seccomp-profile", "/seccomp-profile", text, wish, Refused::at_start});
}

// What a rule says of a wish and what it says of the file as it was differ in their first word alone.
std::string_view without_settings(std::string_view text) {
  return text.starts_with("settings.") ? text.substr(9) : text;
}

std::vector<Problem> all_problems(const Plan& plan, const std::string& unit, const json& wished, const json& before,
                                  const json& after) {
  const Docker docker = docker_of(plan, unit);
  std::vector<Problem> problems = check_settings(wished, after, reader_of(plan, unit, docker, before, after));
  both_ways(docker, wished, after, problems);
  missing_authorizers(plan, unit, docker, wished, after, problems);
  missing_profile(plan, docker, wished, after, problems);
  return problems;
}

std::string placed(const Problem& problem, const JsonText& text, const std::string& path) {
  const auto where = text.where(problem.pointer);
  return (where ? to_string(*where) : path) + ": " + problem.text;
}

// Docker would come back, and with other data than it has now: what somebody wrote since its last start decides.
void refuse_other_data(const Plan& plan, const std::string& unit, const json& file, const std::string& path) {
  const std::vector<Hidden> all = hidden_by(plan, unit, file, file, true);
  if (all.empty()) return;
  const auto& objects = plan.now().find<DockerObjects>(unit);
  if (!objects || (objects->images.empty() && objects->containers.empty() && objects->volumes.empty())) return;
  throw Refusal("Docker would start again without its data: " + all.front().key + " in " + path +
                " is not what is in force, and what Docker has stays " + all.front().stay +
                "; set it back, or settle it with daemon_json first");
}

}  // namespace

std::string refused_whole(const Docker& docker, const std::optional<File>& file) {
  const auto version = Version::parse(docker.version);
  if (!file || !version || *version >= Version{23, 0}) return {};
  if (trim(file->content).empty()) return " is empty; write {}";
  // daemon/config/config.go; 23.0 leaves the mark out.
  const bool marked = JsonText::parse(file->content, docker.config_path).has_bom();
  return marked ? " begins with a byte order mark, which dockerd before 23.0 does not take; save it without" : "";
}

std::vector<Problem> file_problems(const Plan& plan, const std::string& unit, const json& wished, const json& before,
                                   const json& after) {
  std::vector<Problem> problems = all_problems(plan, unit, wished, before, after);
  if (before == after) return problems;
  // `absent: [runtimes]` under a default-runtime: nothing that is wrong was asked for, and the run makes it wrong.
  const std::vector<Problem> found = all_problems(plan, unit, json::object(), before, before);
  std::set<std::string_view> pointers, texts;
  for (const Problem& one : found) {
    pointers.insert(one.pointer);
    texts.insert(one.text);
  }
  for (Problem& problem : problems) {
    const bool was = pointers.contains(problem.pointer) || texts.contains(without_settings(problem.text));
    if (problem.refused != Refused::never && !was) problem.fatal = true;
  }
  return problems;
}

void judge_file(Plan& plan, const std::vector<Problem>& problems, const JsonText& text, const std::string& path,
                ReadAt read) {
  Strings fatal, refused;
  for (const Problem& problem : problems) {
    const bool meets = read == ReadAt::start    ? problem.refused != Refused::never
                       : read == ReadAt::reload ? problem.refused == Refused::at_reload
                                                : false;
    if (problem.fatal) {
      fatal.push_back(problem.text);
    } else if (meets) {
      refused.push_back(placed(problem, text, path));
    } else {
      plan.warn(placed(problem, text, path));
    }
  }
  if (!fatal.empty()) throw Refusal(join(fatal, "\n"));
  if (refused.empty()) return;
  const std::string would = read == ReadAt::start ? "Docker would not start again: " : "Docker would take no reload: ";
  throw Refusal(would + join(refused, "\n"));
}

void refuse_unstartable(const Plan& plan, const std::string& unit) {
  const Docker docker = docker_of(plan, unit);
  const std::string& path = docker.config_path;
  const auto& file = plan.now().find<File>(path);
  if (!file) return;
  JsonText text;
  try {
    text = JsonText::parse(file->content, path);
  } catch (const Error& error) {
    throw Refusal("Docker would not start again: " + error.text());
  }
  const std::string whole = refused_whole(docker, file);
  if (!whole.empty()) throw Refusal("Docker would not start again: " + path + whole);
  Strings refused;
  const std::vector<Problem> problems = file_problems(plan, unit, json::object(), text.value(), text.value());
  for (const Problem& problem : problems) {
    if (problem.refused != Refused::never) refused.push_back(placed(problem, text, path));
  }
  if (!refused.empty()) throw Refusal("Docker would not start again: " + join(refused, "\n"));
  refuse_other_data(plan, unit, text.value(), path);
  const Strings argv = validating(docker);
  if (argv.empty()) return;
  // From 26.0 on dockerd would make the user of userns-remap while it validates.
  if (text.find("/userns-remap")) text.set("/userns-remap", "");
  const auto& verdict = plan.now().find<Verdict>(verdict_key(argv, text.text()));
  if (verdict && !verdict->good)
    throw Refusal("Docker would not start again with " + path + ": " + printable(verdict->said));
}

}  // namespace dockhost
