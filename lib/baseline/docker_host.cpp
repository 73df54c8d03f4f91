// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/docker_host.hpp"

#include <optional>

#include "baseline/audit_profile.hpp"
#include "resources/daemon_json.hpp"
#include "resources/docker_data.hpp"
#include "resources/docker_data_spec.hpp"

namespace dockhost {
namespace {

constexpr const char* kHostExamples = R"(- name: The article's baseline
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
                       "C(no-new-privileges=true), and wants ten audit rules for Docker's files. V(none) sets nothing "
                       "but what the other options say."},
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
       .fallback = false},
      {.name = "storage",
       .type = Type::dict,
       .description =
           {"Docker's data on a file system of its own, as M(dockhost.hardening.docker_data) brings it there. "
            "Without C(volume) and C(device) nothing is moved.",
            "Docker is stopped once for it and for O(daemon)."},
       .suboptions = suboptions_of("storage", data_options())},
      {.name = "audit",
       .type = Type::dict,
       .description = {"Audit rules on top of those of the profile, as M(dockhost.hardening.audit_rules) writes and "
                       "loads them; its other options hold for both. With C(state=absent) these rules are taken away, "
                       "also where the profile has them."},
       .suboptions = suboptions_of("audit", audit_options())}};
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
  module.see_also = {"dockhost.hardening.daemon_json", "dockhost.hardening.docker_data",
                     "dockhost.hardening.audit_rules", "dockhost.hardening.mount"};
  module.examples = kHostExamples;
  return module;
}

json profile_settings(const std::string& profile) {
  if (profile == "none") return json::object();
  return {{"icc", false}, {"userns-remap", "default"}, {"live-restore", true}, {"no-new-privileges", true}};
}

// Each setting is a part of its own: one that this host refuses leaves the others alone. It is tried on a copy of the
// plan, because all that are accepted are written at once.
json accepted(Plan& plan, const DaemonWish& wish, const Downtime* downtime) {
  const auto try_on = [&](Plan trial, const DaemonWish& tried) {
    Downtime copy = downtime == nullptr ? Downtime{} : *downtime;
    plan_daemon(trial, tried, downtime == nullptr ? nullptr : &copy);
  };
  json settings = json::object();
  // What is wrong with the file or with Docker itself ends the whole part, once.
  DaemonWish nothing = wish;
  nothing.settings = json::object();
  try_on(plan, nothing);
  for (const auto& setting : wish.settings.items()) {
    const bool good = plan.part(setting.key(), [&](Plan& whole) {
      DaemonWish alone = wish;
      alone.settings = json::object({{setting.key(), setting.value()}});
      try_on(whole, alone);
    });
    if (good) settings[setting.key()] = setting.value();
  }
  return settings;
}

void plan_settings(Plan& plan, const DaemonWish& wish, Downtime* downtime) {
  DaemonWish possible = wish;
  possible.settings = accepted(plan, wish, downtime);
  if (!possible.settings.empty()) plan_daemon(plan, possible, downtime);
}

// Containers that do not come back after the settings are in force, because Docker has another data root then.
Strings left_by(const Plan& plan, const DaemonWish& wish) {
  Plan trial = plan;
  trial.part("daemon", [&](Plan& daemon) { plan_settings(daemon, wish, nullptr); });
  Strings left;
  for (const Plan::Planned& planned : trial.steps()) {
    const auto* change = std::get_if<Change<Service>>(&planned.step);
    if (change != nullptr && change->after && !change->after->left.empty()) left = change->after->left;
  }
  return left;
}

std::optional<DataWish> storage_wish(const json& args) {
  const json& storage = args.at("storage");
  if (!storage.is_object()) return std::nullopt;
  const bool volume = storage.at("volume").is_object(), device = storage.at("device").is_string();
  if (volume && device) throw Error("storage: parameters are mutually exclusive: volume|device");
  if (!volume && !device) return std::nullopt;
  return data_wish(storage);
}

void plan_host(Plan& plan, const json& args) {
  DaemonWish wish;
  wish.settings = profile_settings(args.at("profile").get<std::string>());
  wish.settings.update(converted_settings(args.at("daemon"), "daemon"));
  wish.hide_existing_data = args.at("hide_existing_data").get<bool>();
  const HostAudit audit = host_audit(args.at("audit"), args.at("profile") == "article");
  look_at_watched(plan, audit);
  std::optional<PlannedMove> move;
  if (const auto data = storage_wish(args)) {
    DataWish moved = *data;
    moved.left = left_by(plan, wish);
    const bool planned = plan.part("storage", [&](Plan& storage) { move = plan_move(storage, moved); });
    if (!planned) move.reset();
  }
  Downtime* const downtime = move && move->stopped ? &move->downtime : nullptr;
  plan.part("daemon", [&](Plan& daemon) { plan_settings(daemon, wish, downtime); });
  // Together with the settings: where the start fails, they are taken back first, and the data stays where it is.
  if (move && move->stopped) plan_start(plan, move->downtime);
  if (move) {
    plan.stage();
    plan_moved(plan, *move);
  }
  // Last, because a mount over a watched directory takes it out of the rule's sight.
  plan.part("audit", [&](Plan& last) { plan_audit_profile(last, audit); });
}

}  // namespace

Resource docker_host_resource() {
  const auto secrets = [](const State& seen, const json& args) { return daemon_secrets(seen, args.at("daemon")); };
  return {spec(), plan_host, {}, secrets};
}

}  // namespace dockhost
