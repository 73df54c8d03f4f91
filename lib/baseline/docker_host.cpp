// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/docker_host.hpp"

#include "resources/daemon_json.hpp"

namespace dockhost {
namespace {

constexpr const char* kExamples = R"(- name: The article's baseline
  dockhost.hardening.docker_host:
    profile: article

- name: The same, on a host that holds images already, with a setting of its own
  dockhost.hardening.docker_host:
    hide_existing_data: true
    daemon:
      log-opts:
        max-size: 10m

- name: What would it do?
  dockhost.hardening.docker_host:
  check_mode: true
  diff: true
)";

std::vector<Option> options() {
  std::vector<Option> all = {
      {.name = "profile",
       .description = {"Baseline to bring the host to.",
                       "V(article) sets C(icc=false), C(userns-remap=default), C(live-restore=true) and "
                       "C(no-new-privileges=true). V(none) sets nothing but what the other options say."},
       .fallback = "article",
       .choices = {"article", "none"}},
      {.name = "daemon",
       .type = Type::dict,
       .description = {"Keys of C(daemon.json) on top of those of the profile, as in the option C(settings) of "
                       "M(dockhost.hardening.daemon_json)."},
       .fallback = json::object()},
      {.name = "hide_existing_data",
       .type = Type::boolean,
       .description = {"Allow C(userns-remap) on a host that holds images, containers or volumes, which Docker then no "
                       "longer lists. They stay on disk. Without it such a host keeps its user namespace setting, "
                       "and the rest is done."},
       .fallback = false}};
  for (const Option& option : common_options()) all.push_back(option);
  return all;
}

Module spec() {
  Module module;
  module.name = "docker_host";
  module.summary = "Bring a Docker host to its hardening baseline";
  module.description = {"Makes one plan for the whole host, and executes it unless in check mode.",
                        "What cannot be done on this host is a finding with the status C(refused) and a warning; the "
                        "other parts go on."};
  module.options = options();
  module.see_also = {"dockhost.hardening.daemon_json", "dockhost.hardening.mount"};
  module.examples = kExamples;
  return module;
}

json profile_settings(const std::string& profile) {
  if (profile == "none") return json::object();
  return {{"icc", false}, {"userns-remap", "default"}, {"live-restore", true}, {"no-new-privileges", true}};
}

// Each setting is a part of its own: one that this host refuses leaves the others alone. It is tried on a copy of the
// plan, because all that are accepted are written at once.
json accepted(Plan& plan, const DaemonWish& wish) {
  json settings = json::object();
  // What is wrong with the file or with Docker itself ends the whole part, once.
  DaemonWish nothing = wish;
  nothing.settings = json::object();
  Plan looked = plan;
  plan_daemon(looked, nothing);
  for (const auto& setting : wish.settings.items()) {
    const bool good = plan.part(setting.key(), [&](Plan& whole) {
      Plan trial = whole;
      DaemonWish alone = wish;
      alone.settings = json::object({{setting.key(), setting.value()}});
      plan_daemon(trial, alone);
    });
    if (good) settings[setting.key()] = setting.value();
  }
  return settings;
}

void plan_host(Plan& plan, const json& args) {
  DaemonWish wish;
  wish.settings = profile_settings(args.at("profile").get<std::string>());
  wish.settings.update(converted_settings(args.at("daemon"), "daemon"));
  wish.hide_existing_data = args.at("hide_existing_data").get<bool>();
  plan.part("daemon", [&](Plan& daemon) {
    DaemonWish possible = wish;
    possible.settings = accepted(daemon, wish);
    if (!possible.settings.empty()) plan_daemon(daemon, possible);
  });
}

}  // namespace

Resource docker_host_resource() {
  const auto secrets = [](const State& seen, const json& args) { return daemon_secrets(seen, args.at("daemon")); };
  return {spec(), plan_host, {}, secrets};
}

}  // namespace dockhost
