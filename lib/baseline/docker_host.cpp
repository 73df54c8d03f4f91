// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/docker_host.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "baseline/audit_profile.hpp"
#include "baseline/results.hpp"
#include "dockerd/keys.hpp"
#include "resources/daemon_json.hpp"
#include "resources/docker_data.hpp"
#include "resources/docker_data_spec.hpp"

namespace dockhost {
namespace {

// What the options come to.
struct Wishes {
  Baseline baseline;
  DaemonWish daemon;  // the user's own settings
  std::string userns;
};

std::string host_name(const Plan& plan) { return plan.before().find<System>(kKernel).value_or(System{}).name; }

std::optional<Strings> list_of(const json& option) {
  return option.is_array() ? std::optional(option.get<Strings>()) : std::nullopt;
}

Standards standards_of(const json& args) {
  Standards standards{list_of(args.at("trusted_users")), list_of(args.at("remote_log_drivers")), ""};
  const json& least = args.at("minimum_docker_version");
  if (!least.is_string()) return standards;
  standards.minimum_docker_version = least.get<std::string>();
  if (!Version::parse(standards.minimum_docker_version))
    throw Error("minimum_docker_version: " + quote(standards.minimum_docker_version) + " is no version (28.5.2)");
  return standards;
}

// The proxy is a control of the article only where its author's trouble with it is accepted.
bool counts(const Control& control, const Strings& only, const json& args) {
  if (!only.empty()) return contains(only, control.key);
  const auto profile = args.at("profile").get<std::string>();
  if (!contains(control.profiles, profile)) return false;
  return control.key != "daemon.userland_proxy" || profile != "article" || args.at("userland_proxy") == json(false);
}

bool asked_for(const Control& control, const Strings& on_request, const json& args) {
  if (control.key == "storage.data_root") return args.at("storage").is_object();
  if (control.key == "daemon.userland_proxy" && args.at("userland_proxy") == json(false)) return true;
  if (control.remediable == Remediable::on_request) return contains(on_request, control.key);
  return control.remediable == Remediable::yes;
}

Baseline baseline_of(const json& args, const std::string& host) {
  Baseline baseline;
  baseline.profile = args.at("profile").get<std::string>();
  const auto benchmark = args.at("benchmark").get<std::string>();
  baseline.version = benchmark.substr(benchmark.rfind(' ') + 1);
  baseline.standards = standards_of(args);
  baseline.waivers = waivers_of(args.at("waivers"), baseline.version, host);
  const Strings only = keys_of(args.at("only"), baseline.version, "only");
  const Strings on_request = keys_of(args.at("on_request"), baseline.version, "on_request");
  for (const Control& control : controls()) {
    if (!counts(control, only, args)) continue;
    baseline.controls.push_back(control.key);
    const bool waived = std::any_of(baseline.waivers.begin(), baseline.waivers.end(),
                                    [&](const Waiver& waiver) { return contains(waiver.keys, control.key); });
    if (!waived && asked_for(control, on_request, args)) baseline.remedied.push_back(control.key);
  }
  return baseline;
}

Wishes wishes_of(const json& args, const std::string& host) {
  Wishes wishes;
  wishes.baseline = baseline_of(args, host);
  wishes.daemon.settings = converted_settings(args.at("daemon"), "daemon");
  wishes.daemon.hide_existing_data = args.at("hide_existing_data").get<bool>();
  if (args.at("timeout").is_number_integer()) wishes.daemon.seconds = args.at("timeout").get<int>();
  if (args.at("restart") == "never") wishes.daemon.apply = DaemonWish::Apply::never;
  wishes.userns = args.at("userns_remap").get<std::string>();
  if (args.at("audit").is_object()) wishes.baseline.audit = audit_wish(args.at("audit"), "audit: ");
  return wishes;
}

HostAudit audit_of(const Wishes& wishes) {
  HostAudit audit{{}, wishes.baseline.audit};
  for (const std::string& control : wishes.baseline.remedied) {
    if (control.starts_with("audit.")) audit.controls.push_back(control);
  }
  return audit;
}

// Without it a port that is published is not reached from the host itself once the proxy is gone (moby#50635).
void refuse_without_netfilter(const Plan& plan) {
  const auto& system = plan.before().find<System>(kKernel);
  if (system && system->bridge_netfilter) return;
  throw Refusal(
      "br_netfilter is not loaded, and without it containers cannot reach published ports once the userland "
      "proxy is off");
}

// Settings that are one part of their own: one that this host refuses leaves the others alone.
std::vector<SettingFix> setting_parts(Plan& plan, const Wishes& wishes) {
  std::vector<SettingFix> all;
  for (const std::string& control : wishes.baseline.remedied) {
    if (!control.starts_with("daemon.")) continue;
    plan.part(control, [&](Plan& part) {
      const Look look{part, wishes.baseline.standards};
      const std::optional<SettingFix> fix = setting_fix(look, control, wishes.userns);
      if (!fix || wishes.daemon.settings.contains(fix->key)) return;
      const bool off = judge_setting(look, control).status == Status::pass;
      if (fix->key == "userland-proxy" && !off) refuse_without_netfilter(part);
      all.push_back(*fix);
    });
  }
  for (const auto& setting : wishes.daemon.settings.items())
    all.push_back({setting.key(), setting.key(), json::object({{setting.key(), setting.value()}}), {}});
  return all;
}

void add(DaemonWish& wish, const std::vector<SettingFix>& fixes) {
  for (const SettingFix& fix : fixes) {
    wish.settings.update(fix.settings);
    for (const std::string& name : fix.absent) {
      if (!contains(wish.absent, name)) wish.absent.push_back(name);
    }
  }
}

// Refuses those that no other setting could help, for which one look at all of them is enough.
void refuse_alone(Plan& plan, const DaemonWish& nothing, std::vector<SettingFix>& fixes) {
  DaemonWish all = nothing;
  add(all, fixes);
  std::map<std::string, std::string> why;
  try {
    why = refused_alone(plan, all);
  } catch (const Error&) {
    return;  // what keeps them from being written together is found out one by one
  }
  std::erase_if(fixes, [&](const SettingFix& fix) {
    for (const auto& setting : fix.settings.items()) {
      const auto refused = why.find(setting.key());
      if (refused == why.end()) continue;
      plan.refuse(fix.part, refused->second);
      return true;
    }
    return false;
  });
}

// What is tried together: each by itself, and as one those that no version of dockerd is known to read. Such keys may
// be any number, and nothing is known of any that is not so of all.
std::vector<std::vector<SettingFix>> groups_of(const std::vector<SettingFix>& fixes) {
  std::vector<std::vector<SettingFix>> groups;
  std::vector<SettingFix> unlisted;
  for (const SettingFix& fix : fixes) {
    if (daemon_key(fix.key) != nullptr)
      groups.push_back({fix});
    else
      unlisted.push_back(fix);
  }
  if (!unlisted.empty()) groups.push_back(unlisted);
  return groups;
}

// Tries settings on copies of a plan, on top of what went through before.
class Trials {
 public:
  Trials(Plan& plan, DaemonWish nothing, const Downtime* downtime)
      : plan_(plan), accepted_(std::move(nothing)), downtime_(downtime) {}

  const DaemonWish& accepted() const { return accepted_; }

  // Throws Error where these do not go.
  void try_on(Plan trial, const std::vector<SettingFix>& fixes) const {
    DaemonWish more = accepted_;
    add(more, fixes);
    Downtime copy = downtime_ == nullptr ? Downtime{} : *downtime_;
    plan_daemon(trial, more, downtime_ == nullptr ? nullptr : &copy);
  }

  bool accept(const std::vector<SettingFix>& fixes) {
    try {
      try_on(plan_, fixes);
    } catch (const Error&) {
      return false;
    }
    add(accepted_, fixes);
    return true;
  }

  // Each of them, for the reason that they have in common.
  void refuse(const std::vector<SettingFix>& fixes) const {
    if (fixes.size() == 1) {
      plan_.part(fixes.front().part, [&](Plan& part) { try_on(part, fixes); });
      return;
    }
    try {
      try_on(plan_, fixes);
    } catch (const Error& error) {
      for (const SettingFix& fix : fixes) plan_.refuse(fix.part, error.text());
    }
  }

 private:
  Plan& plan_;
  DaemonWish accepted_;
  const Downtime* downtime_;
};

// What of the settings this host accepts. They are tried on copies of the plan, because all are written at once: first
// together, which is enough where nothing is wrong with any.
DaemonWish accepted(Plan& plan, const Wishes& wishes, const Downtime* downtime) {
  DaemonWish nothing = wishes.daemon;
  nothing.settings = json::object();
  Trials trials(plan, nothing, downtime);
  // What is wrong with the file or with Docker itself ends the whole part, once.
  trials.try_on(plan, {});
  std::vector<SettingFix> fixes = setting_parts(plan, wishes);
  if (fixes.empty() || trials.accept(fixes)) return trials.accepted();
  refuse_alone(plan, nothing, fixes);
  // One may be possible only with another (icc without the firewall's rules), so they are added to what is accepted as
  // long as one more goes through; what is left then is refused, each for its own reason.
  std::vector<std::vector<SettingFix>> open = groups_of(fixes);
  while (std::erase_if(open, [&](const std::vector<SettingFix>& group) { return trials.accept(group); }) != 0) {
  }
  for (const std::vector<SettingFix>& group : open) trials.refuse(group);
  return trials.accepted();
}

void plan_settings(Plan& plan, const Wishes& wishes, Downtime* downtime) {
  const DaemonWish possible = accepted(plan, wishes, downtime);
  // What a run that died has left stopped is started again, whatever is asked for now.
  const auto& service = plan.now().find<Service>(kEngine);
  const bool owed = (service && service->owed) || plan.now().find<Reload>(kEngine).value_or(Reload{}).owed;
  if (owed || !possible.settings.empty() || !possible.absent.empty()) plan_daemon(plan, possible, downtime);
}

// Containers that do not come back after the settings are in force, because Docker has another data root then.
Strings left_by(const Plan& plan, const Wishes& wishes) {
  Plan trial = plan;
  trial.part("daemon", [&](Plan& daemon) { plan_settings(daemon, wishes, nullptr); });
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

// The part of the plan that moves Docker's data; nullopt where it is not moved.
std::optional<PlannedMove> plan_storage(Plan& plan, const Wishes& wishes, const json& args) {
  const auto data = storage_wish(args);
  std::optional<PlannedMove> move;
  if (!data) return move;
  DataWish moved = *data;
  moved.left = left_by(plan, wishes);
  if (moved.seconds == 0) moved.seconds = wishes.daemon.seconds;
  const bool planned = plan.part("storage", [&](Plan& storage) {
    if (wishes.daemon.apply == DaemonWish::Apply::never)
      throw Refusal("a move of Docker's data restarts Docker, and restart is never");
    move = plan_move(storage, moved);
  });
  if (!planned) move.reset();
  return move;
}

void plan_files(Plan& plan, const Wishes& wishes) {
  plan.part("files", [&](Plan& files) {
    for (const std::string& control : wishes.baseline.remedied) {
      if (control.starts_with("file.")) files.part(control, [&](Plan& part) { plan_file(part, control); });
    }
  });
  if (!contains(wishes.baseline.remedied, "users.docker_group")) return;
  plan.part("users.docker_group", [&](Plan& users) { plan_docker_group(users, wishes.baseline.standards); });
}

// What the parts will ask for one after the other, together and while beginning anew is cheap.
void look_first(const Plan& plan) {
  const std::string& config = engine_of(plan).config_path;
  plan.now().need<Service>({kEngine});
  plan.now().need<Reload>({"systemd", kEngine});
  plan.now().need<Unit>({kEngine, "docker.socket"});
  plan.now().need<Directory>({std::filesystem::path(config).parent_path().string()});
  plan.now().need<File>({config, "/etc/subuid", "/etc/subgid"});
}

void plan_host(Plan& plan, const json& args) {
  const Wishes wishes = wishes_of(args, host_name(plan));
  if (!runs_as_root(plan)) plan.warn(kNotRoot);
  const HostAudit audit = audit_of(wishes);
  // Nothing is changed on a host whose Docker is not the system's own, and every control says why.
  if (!plan.part("docker", [](Plan& part) { refuse_other_flavours(engine_of(part)); })) {
    report_of(plan, wishes.baseline, false);
    return;
  }
  look_first(plan);
  look_at_watched(plan, audit);
  std::optional<PlannedMove> move = plan_storage(plan, wishes, args);
  Downtime* const downtime = move && move->stopped ? &move->downtime : nullptr;
  plan.part("daemon", [&](Plan& daemon) { plan_settings(daemon, wishes, downtime); });
  // Together with the settings: where the start fails, they are taken back first, and the data stays where it is.
  if (move && move->stopped) plan_start(plan, move->downtime);
  if (move) {
    plan.stage();
    plan_moved(plan, *move);
  }
  plan_files(plan, wishes);
  // Last, because a mount over a watched directory takes it out of the rule's sight.
  plan.part("audit", [&](Plan& last) { plan_audit_profile(last, audit); });
  report_of(plan, wishes.baseline, false);  // looks at what the controls ask for
}

json returned(const Plan& plan, const json& args, bool applied) {
  return report_of(plan, wishes_of(args, host_name(plan)).baseline, applied);
}

}  // namespace

Resource docker_host_resource() { return {docker_host_spec(), plan_host, returned}; }

}  // namespace dockhost
