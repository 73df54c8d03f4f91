// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of the daemon: what is configured, on the command line or in the file, beside what is in force.
#include <algorithm>
#include <array>
#include <map>

#include "base/read_json.hpp"
#include "baseline/judge.hpp"
#include "dockerd/flags.hpp"
#include "dockerd/in_force.hpp"
#include "dockerd/keys.hpp"
#include "edit/json_text.hpp"
#include "resources/docker_engine.hpp"

namespace dockhost {
namespace {

// One key of daemon.json as it is configured and as it is in force.
struct Setting {
  json configured;                // null: not set
  std::optional<json> effective;  // nullopt: it cannot be told
  bool running = false;
  bool on_command_line = false;
  bool broken = false;  // the file cannot be read, and dockerd does not start with it
  Where where = {};
  Strings evidence = {};
};

Where place_named(const std::string& place) {
  const std::size_t colon = place.rfind(':');
  if (!place.starts_with('/') || colon == std::string::npos) return {};
  return {place.substr(0, colon), leading_number(place.substr(colon + 1)), 0};
}

// A flag's text as daemon.json would have it.
json typed(const std::string& key, const Strings& values) {
  const DaemonKey* known = daemon_key(key);
  const KeyType type = known == nullptr ? KeyType::text : known->type;
  if (type == KeyType::boolean) return values.back() == "true" || values.back() == "1" || values.back() == "t";
  if (type == KeyType::texts || type == KeyType::ips || type == KeyType::ulimits) return values;
  return values.back();
}

bool from_command_line(const Docker& docker, const std::string& key, Setting& setting) {
  Strings argv = {"dockerd"}, values;
  for (const Flag& flag : docker.flags) argv.push_back(flag.text);
  const std::string name = flag_for(key).value_or("");
  const std::vector<GivenFlag> given = given_flags(argv);
  for (const GivenFlag& flag : given) {
    if ("--" + flag.name == name) values.push_back(flag.value);
  }
  if (values.empty()) return false;
  setting.configured = typed(key, values);
  setting.on_command_line = true;
  for (const Flag& flag : docker.flags) {
    if (!flag.text.starts_with(name)) continue;
    setting.where = place_named(flag.place);
    setting.evidence.push_back(flag.text + " on dockerd's command line" +
                               (flag.place.empty() ? "" : ": " + flag.place));
  }
  return true;
}

void from_file(const Plan& plan, const Docker& docker, const std::string& key, Setting& setting) {
  const std::string& path = docker.config_path;
  const auto& file = plan.now().find<File>(path);
  setting.where = {path, 0, 0};
  if (!file) return setting.evidence.push_back(path + " does not exist");
  JsonText text;
  try {
    text = JsonText::parse(file->content, path);
  } catch (const Error& error) {
    setting.broken = true;
    setting.where = error.where;
    return setting.evidence.push_back(error.text());
  }
  const std::string pointer = child_pointer("", key);
  setting.configured = text.find(pointer).value_or(nullptr);
  setting.where = text.where(pointer).value_or(setting.where);
  if (setting.configured.is_null()) setting.evidence.push_back("no " + key + " in " + path);
}

// What dockerd does with what is configured.
std::optional<json> meant(const std::string& key, const json& configured) {
  return configured.is_null() ? default_value(key) : std::optional(configured);
}

std::optional<json> effective_of(const Look& look, const Docker& docker, const std::string& key,
                                 const Setting& setting) {
  const bool held = docker.live_restore && !docker.service.running.empty() && held_back_by_containers(key);
  const Version version = Version::parse(docker.version).value_or(newest_known());
  const bool reread = look.daemon == Look::Daemon::restarted
                          ? !held
                          : look.daemon == Look::Daemon::reloaded && reloadable(key, version);
  // Without a value, and where no default is known, null is what holds.
  json holds = meant(key, setting.configured).value_or(nullptr);
  if (reread) return holds;
  const json& shown = docker.service.in_force;
  if (shown.is_object() && shown.contains(key)) return shown.at(key);
  const bool read = docker.started != 0 && docker.started >= docker.config_changed && !look.file_changes;
  return setting.on_command_line || read ? std::optional(holds) : std::nullopt;
}

Setting configured_setting(const Plan& plan, const std::string& key) {
  const Docker& docker = engine_of(plan);
  Setting setting;
  if (!from_command_line(docker, key, setting)) from_file(plan, docker, key, setting);
  return setting;
}

Setting setting_of(const Look& look, const std::string& key) {
  const Docker& docker = engine_of(look.at);
  Setting setting = configured_setting(look.at, key);
  const auto& service = look.at.now().find<Service>(kEngine);
  setting.running = service && service->active;
  if (!setting.running) return setting;
  setting.effective = effective_of(look, docker, key, setting);
  const json& shown = docker.service.in_force;
  if (look.daemon == Look::Daemon::as_seen && shown.is_object() && shown.contains(key))
    setting.evidence.push_back("the running daemon shows " + key + "=" + shown.at(key).dump());
  return setting;
}

// Whether a value, configured or in force, is what the control wants. Null: nothing is set, and no default is known.
using Good = bool (*)(const json& value);

struct SettingRow {
  const char *control, *key;
  Good good;
  const char* expected;  // JSON
  const char* wrong;     // why it fails
};

bool is_true(const json& value) { return value == json(true); }
bool is_false(const json& value) { return value == json(false); }
bool unset(const json& value) { return value.is_null() || value == json("") || value.empty(); }
bool filled(const json& value) { return !unset(value); }
bool base_size(const json& option) { return option.is_string() && option.get<std::string>().starts_with("dm."); }

constexpr std::array kSettings = {
    SettingRow{"daemon.icc", "icc", is_false, "false", "containers on the default bridge can reach each other"},
    SettingRow{"daemon.log_level", "log-level", [](const json& v) { return unset(v) || v == json("info"); }, "\"info\"",
               "the daemon does not log at level info"},
    SettingRow{"daemon.iptables", "iptables", [](const json& v) { return !is_false(v); }, "true",
               "Docker may not set its firewall rules"},
    SettingRow{"daemon.insecure_registries", "insecure-registries", unset, "[]", "a registry is used without TLS"},
    SettingRow{"daemon.default_ulimits", "default-ulimits", filled, "\"limits\"", "no limits are set for containers"},
    SettingRow{"daemon.userns_remap", "userns-remap", [](const json& v) { return filled(v) && !is_false(v); },
               "\"default\"", "root in a container is root on the host"},
    SettingRow{"daemon.cgroup_parent", "cgroup-parent", unset, "null",
               "containers run under a cgroup of their own choice"},
    SettingRow{"daemon.basesize", "storage-opts",
               [](const json& v) { return !v.is_array() || std::none_of(v.begin(), v.end(), base_size); },
               "\"no dm.basesize\"", "options of the dropped driver devicemapper are set"},
    SettingRow{"daemon.authorization", "authorization-plugins", filled, "\"a plugin\"",
               "no authorization plugin is in use"},
    SettingRow{"daemon.no_new_privileges", "no-new-privileges", is_true, "true",
               "set-user-ID programs gain privileges"},
    SettingRow{"daemon.live_restore", "live-restore", is_true, "true", "a restart of the daemon stops every container"},
    SettingRow{"daemon.userland_proxy", "userland-proxy", is_false, "false", "the userland proxy is on"},
    SettingRow{"daemon.seccomp", "seccomp-profile",
               [](const json& v) { return unset(v) || v == json("builtin") || v == json("default"); }, "\"builtin\"",
               "another seccomp profile than the built-in one is in force"},
    SettingRow{"daemon.experimental", "experimental", [](const json& v) { return !is_true(v); }, "false",
               "experimental features are on"},
};

const SettingRow* row_of(const std::string& control) {
  const auto* const row =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const SettingRow& one) { return control == one.control; });
  return row == kSettings.end() ? nullptr : row;
}

Judged compared(const Setting& setting, const std::string& key, const SettingRow& row) {
  const bool configured = row.good(meant(key, setting.configured).value_or(nullptr));
  Judged result;
  result.expected = read_json(row.expected, JsonFrom::ourselves, "");
  result.configured = setting.configured;
  result.effective = setting.effective;
  result.where = setting.where;
  result.evidence = setting.evidence;
  if (setting.broken) {
    result.configured.reset();
    result.status = Status::fail;
    result.why = "the configuration file is no valid JSON, and dockerd does not start with it";
  } else if (!setting.running) {
    result.status = configured ? Status::pass : Status::fail;
    result.why = configured ? "" : row.wrong;
  } else if (!setting.effective && configured) {
    result.status = Status::not_testable;
    result.why = "the file is newer than the running daemon, whose API does not show the setting";
  } else if (!configured) {
    const bool now = setting.effective && row.good(*setting.effective);
    result.status = Status::fail;
    result.why = now ? "it holds now and not after the next start: the configuration says otherwise" : row.wrong;
  } else if (!row.good(*setting.effective)) {
    result.status = Status::pending_restart;
    result.why = "it is configured and not in force until Docker restarts";
  }
  return result;
}

// debug: true logs more than level info.
Judged judge_log_level(const Look& look, const SettingRow& row) {
  Judged level = compared(setting_of(look, row.key), row.key, row);
  if (level.status == Status::fail) return level;
  constexpr SettingRow debug = {"", "debug", [](const json& v) { return !is_true(v); }, "false",
                                "the daemon logs all it does"};
  Judged other = compared(setting_of(look, debug.key), debug.key, debug);
  return other.status == Status::pass ? level : other;
}

// Without seccomp at all the API names no profile.
Judged judge_seccomp(const Look& look, const SettingRow& row) {
  Judged result = compared(setting_of(look, row.key), row.key, row);
  const Docker& docker = engine_of(look.at);
  if (docker.asked && !docker.service.in_force.contains("seccomp-profile")) {
    result.status = Status::fail;
    result.effective = nullptr;
    result.why = "the running daemon has no seccomp";
  }
  return result;
}

Judged judge_log_driver(const Look& look) {
  const Setting setting = setting_of(look, "log-driver");
  const Strings local = {"json-file", "local", "none", "journald"};
  Judged result;
  result.expected = "a driver that sends";
  result.configured = setting.configured;
  result.effective = setting.effective;
  result.where = setting.where;
  result.evidence = setting.evidence;
  const json driver = setting.effective.value_or(meant("log-driver", setting.configured).value_or("json-file"));
  const std::string name = driver.is_string() ? driver.get<std::string>() : "";
  const auto& remote = look.standards.remote_log_drivers;
  if (remote && contains(*remote, name)) return result;
  if (contains(local, name) || remote) {
    result.status = Status::fail;
    result.why = "container logs stay on the host";
  } else {
    result.status = Status::not_testable;
    result.why = "whether this driver sends to another host cannot be seen: remote_log_drivers says so";
  }
  return result;
}

// Every address that dockerd or its socket unit listens on over TCP.
Strings tcp_addresses(const Look& look) {
  Strings all;
  const json hosts = configured_value(look.at, "hosts");
  if (hosts.is_array()) {
    for (const json& host : hosts) {
      if (host.is_string() && host.get<std::string>().starts_with("tcp:")) all.push_back(host.get<std::string>());
    }
  }
  const auto& unit = look.at.now().find<Unit>("docker.socket");
  const Strings listens = unit ? unit->listens : Strings{};
  for (const std::string& address : listens) {
    if (!address.starts_with('/')) all.push_back(address);
  }
  return all;
}

Judged judge_tls(const Look& look) {
  const Strings addresses = tcp_addresses(look);
  if (addresses.empty()) return judged(Status::not_applicable, "the daemon listens on no TCP socket");
  const Setting verify = setting_of(look, "tlsverify");
  Judged result;
  result.expected = true;
  result.configured = verify.configured;
  result.where = verify.where;
  result.evidence = verify.evidence;
  for (const std::string& address : addresses) result.evidence.push_back("listens on " + address);
  if (is_true(verify.configured)) return result;
  result.status = Status::fail;
  result.why = "whoever reaches the daemon's TCP socket controls the host";
  return result;
}

Judged judge_driver(const Look& look, const std::string& driver, int dropped_in) {
  const Docker& docker = engine_of(look.at);
  const auto version = Version::parse(docker.version);
  if (version && version->major >= dropped_in)
    return judged(Status::not_applicable, "this version of Docker does not have the driver any more");
  if (!docker.asked) return judged(Status::not_testable, "the daemon does not tell which storage driver it uses");
  const std::string& used = docker.driver;
  Judged result;
  result.effective = used;
  result.expected = "another driver";
  if (used != driver) return result;
  result.status = Status::fail;
  result.why = "a storage driver that is not maintained any more is in use";
  return result;
}

// storage-opts without those of devicemapper.
SettingFix without_base_size(const Look& look) {
  const json options = configured_value(look.at, "storage-opts");
  json rest = json::array();
  for (const json& option : options) {
    if (!base_size(option)) rest.push_back(option);
  }
  if (rest.empty()) return {"", "storage-opts", json::object(), {"storage-opts"}};
  return {"", "storage-opts", {{"storage-opts", rest}}, {}};
}

std::optional<SettingFix> fix_of(const Look& look, const std::string& key, const std::string& userns) {
  const std::map<std::string, json> wanted = {
      {"icc", false},
      {"userns-remap", userns},
      {"live-restore", true},
      {"no-new-privileges", true},
      {"userland-proxy", false},
      {"default-ulimits", {{"nofile", {{"Name", "nofile"}, {"Hard", 64000}, {"Soft", 64000}}}}}};
  const auto value = wanted.find(key);
  if (value != wanted.end()) return SettingFix{"", key, json::object({{key, value->second}}), {}};
  if (key == "log-level") return SettingFix{"", key, json::object(), {"log-level", "debug"}};
  if (key == "storage-opts") return without_base_size(look);
  if (key == "log-driver") {
    const auto& remote = look.standards.remote_log_drivers;
    if (!remote || remote->empty())
      throw Refusal("log-driver: remote_log_drivers does not say which driver sends to another host");
    return SettingFix{"", key, {{key, remote->front()}}, {}};
  }
  const Strings taken_out = {"iptables", "insecure-registries", "cgroup-parent", "experimental"};
  if (contains(taken_out, key)) return SettingFix{"", key, json::object(), {key}};
  return std::nullopt;
}

}  // namespace

const Docker& engine_of(const Plan& plan) { return docker_of(plan, kEngine); }

json configured_value(const Plan& plan, const std::string& key) { return configured_setting(plan, key).configured; }

Judged judged(Status status, const std::string& why) {
  Judged result;
  result.status = status;
  result.why = why;
  return result;
}

Judged judge_setting(const Look& look, const std::string& control) {
  if (control == "daemon.rootless")
    return judged(Status::not_testable, "depends on how Docker was installed; this daemon runs as root");
  if (control == "daemon.aufs") return judge_driver(look, "aufs", 24);
  if (control == "daemon.devicemapper") return judge_driver(look, "devicemapper", 25);
  if (control == "daemon.tls") return judge_tls(look);
  if (control == "daemon.log_driver") return judge_log_driver(look);
  const SettingRow* row = row_of(control);
  if (row == nullptr) throw std::logic_error("no judgement for " + control);
  if (control == "daemon.log_level") return judge_log_level(look, *row);
  if (control == "daemon.seccomp") return judge_seccomp(look, *row);
  return compared(setting_of(look, row->key), row->key, *row);
}

std::optional<SettingFix> setting_fix(const Look& look, const std::string& control, const std::string& userns) {
  const SettingRow* row = row_of(control);
  const std::string key = control == "daemon.log_driver" ? "log-driver" : row == nullptr ? "" : row->key;
  if (key.empty()) return std::nullopt;
  const Judged now = judge_setting(look, control);
  std::optional<SettingFix> fix = fix_of(look, key, userns);
  if (!fix) return std::nullopt;
  fix->part = control;
  const Setting setting = configured_setting(look.at, key);
  if (setting.on_command_line) {
    const std::string place = to_string(setting.where);
    if (now.status == Status::pass) return std::nullopt;
    throw Refusal(key + " is given on dockerd's command line" + (place.empty() ? "" : ", in " + place) +
                  ", which decides; take it out there");
  }
  // What is not set already stays so; settings are asked for in any case, so that a run that died is finished.
  const bool nothing_to_take = fix->settings.empty() && now.status == Status::pass;
  return nothing_to_take ? std::nullopt : fix;
}

}  // namespace dockhost
