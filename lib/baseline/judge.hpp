// SPDX-License-Identifier: GPL-3.0-or-later
// How a host compares with a control. The same judgement is made of the host as it was seen and of the host as the plan
// will leave it: what a control will be after a run is computed, not promised.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "baseline/catalogue.hpp"
#include "core/plan.hpp"
#include "resources/daemon_wish.hpp"

namespace dockhost {

// What a control was found to be.
struct Judged {
  Status status = Status::pass;
  std::optional<json> expected, configured, effective;  // nullopt: not known; null: not set
  Where where = {};
  std::string why = {};  // one sentence without values of this host, so that one cause is one cause on all hosts
  Strings evidence = {};
  std::string by_hand = {};  // what to do on this host, where what the control says would be refused
};

// What people have to say before some controls can be decided.
struct Standards {
  std::optional<Strings> trusted_users, remote_log_drivers;
  std::string minimum_docker_version;
};

// A host that is judged: as `at.now()` has it.
struct Look {
  const Plan& at;
  const Standards& standards;
  // Whether Docker reads its configuration between what was seen and this.
  enum class Daemon { as_seen, reloaded, restarted } daemon = Daemon::as_seen;
  bool file_changes = false;  // the configuration file between what was seen and this
};

constexpr const char* kEngine = "docker.service";

// The engine behind docker.service; without a flavour where none is installed. Valid while the plan is not changed.
const Docker& engine_of(const Plan& plan);

// The group whose members may use Docker's socket.
std::string socket_group(const Plan& plan);

// What is configured for a key, on dockerd's command line or in its file; null where nothing is, or the file is broken.
json configured_value(const Plan& plan, const std::string& key);

// A judgement with nothing but its status and reason.
Judged judged(Status status, const std::string& why);

// Each throws Error where the host cannot be looked at, which is no failure of the host.
Judged judge_setting(const Look& look, const std::string& control);  // daemon.*
Judged judge_file(const Look& look, const std::string& control);     // file.*
Judged judge_host(const Look& look, const std::string& control);     // storage.*, users.*, docker.*

// What brings a setting about, as a part of its own: the control, or the user's key.
struct SettingFix {
  std::string part, key;
  json settings = json::object();
  Strings absent = {};
};

// For a daemon.* control on this host; nullopt where nothing can be done, or nothing has to. `userns`: the value for
// userns-remap. Throws Refusal where dockerd's command line decides.
std::optional<SettingFix> setting_fix(const Look& look, const std::string& control, const std::string& userns);

// Plans the owner or the mode of a file.* control. Throws Refusal where it would not last.
void plan_file(Plan& plan, const std::string& control);

// Plans that users who are not trusted leave the group that may use Docker's socket.
void plan_docker_group(Plan& plan, const Standards& standards);

}  // namespace dockhost
