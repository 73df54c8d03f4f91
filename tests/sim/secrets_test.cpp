// SPDX-License-Identifier: GPL-3.0-or-later
// Generated secrets go into a host's files and into options by every way that a
// user has, and are looked for in all that leaves the host: the result with its
// plan, findings, report and diff, the words for people, what is told while a
// run lasts (journal), the names of backups, and the command lines that every
// local user can read.
#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "args/mask.hpp"
#include "baseline/check_text.hpp"
#include "report/text.hpp"
#include "run.hpp"
#include "sim/plan_case.hpp"

using namespace dockhost;
using sim::SimHost;

namespace {

constexpr std::size_t kEach = 8;  // secrets for each way in

struct Scene {
  json host = json::object();
  std::string module;
  json args;
  std::string logged = {};  // by dockerd, last
};

struct WayIn {
  const char *name;
  std::function<Scene(const std::string &secret)> scene;
};

using Ways = std::vector<WayIn>;

json text_file(const std::string &path, const std::string &text) { return {{"files", {{path, {{"content", text}}}}}}; }

json daemon_file(const std::string &text) { return text_file("/etc/docker/daemon.json", text); }

Scene in_daemon_file(const std::string &text, const json &settings = {{"icc", false}}) {
  return {daemon_file(text), "daemon_json", {{"settings", settings}}};
}

Scene in_settings(const json &settings, const json &host = json::object()) {
  return {host, "daemon_json", {{"settings", settings}}};
}

Scene of_mount(json args, const std::string &line = "") {
  const json more = {{"path", "/data"}, {"src", "//files/share"}, {"fstype", "cifs"}, {"backup", true}};
  for (const auto &[key, value] : more.items()) {
    if (!args.contains(key)) args[key] = value;
  }
  json host = text_file("/etc/fstab", "/dev/vda / ext4 noatime 0 1\n" + line + "\n");
  host["directories"]["/data"] = json::object();
  return {host, "mount", args};
}

Scene with_options(const std::string &options, const std::string &state, bool hidden = false) {
  return of_mount({{"opts", options}, {"state", state}, {"opts_no_log", hidden}});
}

// A mount of something else, beside a line of fstab.
Scene beside(const std::string &line) {
  return of_mount({{"src", "/dev/vdb"}, {"fstype", "ext4"}, {"state", "mounted"}}, line);
}

Scene with_rules(const std::string &line) {
  json host = text_file("/etc/audit/rules.d/10-x.rules", line + "\n");
  host["directories"] = {{"/etc/audit/rules.d", json::object()}, {"/var/log/audit", json::object()}};
  host["files"]["/lib/systemd/system/auditd.service"] = "[Unit]\n";
  host["audit"]["rules"] = json::array();
  return {host, "audit_rules", {{"rules", json::array({"-w /etc/docker -k docker"})}}};
}

Scene of_host(const json &args, const json &host = json::object()) { return {host, "docker_host", args}; }

Scene with_waiver(const json &more) {
  json waiver = {{"id", "daemon.icc"}, {"until", "never"}, {"reason", "x"}};
  waiver.update(more);
  return of_host({{"waivers", json::array({waiver})}});
}

json splunk(const std::string &token) {
  return {{"log-driver", "splunk"}, {"log-opts", {{"splunk-token", token}, {"splunk-url", "https://x.example"}}}};
}

std::string in_json(const std::string &text) { return json(text).dump(); }

Ways ways_of_settings() {
  return {
      {"a log option", [](const auto &s) { return in_settings(splunk(s)); }},
      {"a URL",
       [](const auto &s) {
         return in_settings({{"registry-mirrors", json::array({"https://u:" + s + "@mirror.example"})}});
       }},
      {"a query",
       [](const auto &s) {
         return in_settings({{"registry-mirrors", json::array({"https://m.example/?x=1&sig=" + s + "&y=2"})}});
       }},
      {"a label",
       [](const auto &s) {
         return in_settings({{"labels", json::array({"api-key=" + s})}});
       }},
      {"a label that is none",
       [](const auto &s) {
         return in_settings({{"labels", json::array({"Authorization: Bearer " + s})}});
       }},
      {"an unknown key",
       [](const auto &s) {
         return in_settings({{"privateKey", s}});
       }},
      {"a nested object",
       [](const auto &s) {
         return in_settings({{"headers", {{"X-Any", {{"a", json::array({s, 1})}}}}}});
       }},
      {"a proxy",
       [](const auto &s) {
         return in_settings({{"proxies", {{"http-proxy", "u:" + s + "@proxy:3128"}}}});
       }},
      {"the arguments of a runtime",
       [](const auto &s) {
         const json runtime = {{"path", "/usr/bin/runc"}, {"runtimeArgs", json::array({"--token", s})}};
         return in_settings({{"runtimes", {{"x", runtime}}}});
       }},
      {"a value of a wrong type",
       [](const auto &s) {
         return in_settings({{"debug", {{"token", s}}}});
       }},
      {"text that is no object",
       [](const auto &s) {
         return Scene{json::object(), "daemon_json", {{"settings", "{'token': '" + s + "'"}}};
       }},
      {"an option that is none",
       [](const auto &s) {
         return Scene{json::object(), "daemon_json", {{"settings", {{"icc", false}}}, {"password", s}}};
       }},
      {"a change",
       [](const auto &s) {
         return in_daemon_file(
             "{\"log-driver\": \"splunk\",\n \"log-opts\": "
             "{\"splunk-token\": " +
                 in_json("old-" + s) + "}}\n",
             splunk(s));
       }},
      {"a whole host",
       [](const auto &s) {
         return of_host({{"daemon", splunk(s)}});
       }},
      {"a waiver",
       [](const auto &s) {
         return with_waiver({{"reason", "password=" + s}});
       }},
      {"a waiver that is none",
       [](const auto &s) {
         return with_waiver({{"until", "token=" + s}});
       }},
  };
}

Ways ways_of_files() {
  return {
      {"a line of daemon.json",
       [](const auto &s) {
         return in_daemon_file("{\"log-driver\": \"splunk\", \"log-opts\": {\"splunk-token\": " + in_json(s) +
                               ",\n \"splunk-url\": \"https://x\"}\n}\n");
       }},
      {"lists and objects in it",
       [](const auto &s) {
         return in_daemon_file("{\n \"secrets\": [" + in_json(s) + ",\n {\"a\": " + in_json(s) + "}]\n}\n");
       }},
      {"a name with escapes",
       [](const auto &s) {
         return in_daemon_file("{\"log-opts\": {\"splunk-t\\u006fken\": " + in_json(s) + "}\n}\n");
       }},
      {"no JSON: a colon is missing",
       [](const auto &s) { return in_daemon_file("{\n \"token\" " + in_json(s) + "\n}\n"); }},
      {"no JSON: the name on the line before",
       [](const auto &s) { return in_daemon_file("{\n \"token\":\n " + in_json(s) + " 1\n}\n"); }},
      {"no JSON: in a list", [](const auto &s) { return in_daemon_file("{\"tokens\": [" + in_json(s) + ",]}\n"); }},
      {"no JSON, of a whole host",
       [](const auto &s) {
         return of_host({{"daemon", {{"icc", false}}}}, daemon_file("{\"token\" " + in_json(s) + "}\n"));
       }},
  };
}

Ways ways_of_dockerd_and_audit() {
  return {
      {"dockerd's flags",
       [](const auto &s) {
         const std::string flags = "DOCKER_OPTS=\"--log-driver=splunk --log-opt splunk-token=" + s + "\"\n";
         return in_settings({{"log-opts", {{"tag", "x"}}}, {"log-driver", "splunk"}},
                            text_file("/etc/default/docker", flags));
       }},
      {"dockerd's last words",
       [](const auto &s) {
         return in_settings({{"icc", false}}, {{"docker", {{"refuses_to_start", "failed: splunk-token=" + s}}}});
       }},
      {"what dockerd says while it reloads",
       [](const auto &s) {
         return in_settings({{"debug", true}},
                            {{"docker", {{"chatter", "level=error msg=\"https://u:" + s + "@x\""}}}});
       }},
      {"a slow start",
       [](const auto &s) {
         Scene scene = in_settings({{"icc", false}}, {{"docker", {{"start_takes", 100}}}});
         scene.logged = "level=info msg=\"splunk-token=" + s + "\"";
         return scene;
       }},
      {"a rules file", [](const auto &s) { return with_rules("-w /x -k token " + s); }},
      {"a field of a rule", [](const auto &s) { return with_rules("-a always,exit -S mount -F pid=" + s); }},
  };
}

Ways ways_of_options() {
  return {
      {"an entry", [](const auto &s) { return with_options("username=u,password=" + s, "present"); }},
      {"a mount", [](const auto &s) { return with_options("user=u%" + s + ",vers=3", "mounted"); }},
      {"a mount without an entry",
       [](const auto &s) { return with_options("username=u,pass=" + s + ",vers=3", "ephemeral"); }},
      {"a hidden option", [](const auto &s) { return with_options("odd=" + s, "ephemeral", true); }},
      {"a hidden option of an entry",
       [](const auto &s) { return with_options("odd=" + s + ",vers=3", "mounted", true); }},
      {"a hidden option and a wrong state", [](const auto &s) { return with_options("odd=" + s, "odd=" + s, true); }},
      {"a hidden option that is merged",
       [](const auto &s) {
         return of_mount({{"opts", "vers=3"}, {"opts_mode", "merge"}, {"state", "mounted"}, {"opts_no_log", true}},
                         "//files/share /data cifs vers=2,odd=" + s + ",ro 0 0");
       }},
      {"a changed password",
       [](const auto &s) {
         return of_mount({{"opts", "password=" + s}, {"state", "present"}},
                         "//files/share /data cifs password=old" + s + " 0 0");
       }},
      {"a source",
       [](const auto &s) {
         return of_mount({{"src", "//u:" + s + "@files/share"}, {"state", "ephemeral"}});
       }},
      {"another fstab",
       [](const auto &s) {
         return of_mount({{"opts", "password=" + s}, {"state", "mounted"}, {"fstab", "/srv/fstab"}});
       }},
  };
}

Ways ways_of_fstab() {
  return {
      {"a password", [](const auto &s) { return beside("//x/y /y cifs username=u,password=" + s + ",uid=1 0 0"); }},
      {"a password with a comma", [](const auto &s) { return beside("//x/y /y cifs pass=a,b" + s + ",vers=3 0 0"); }},
      {"another word that begins with pass",
       [](const auto &s) { return beside("x /y ecryptfs passphrase_passwd=" + s + ",key=passphrase 0 0"); }},
      {"a user and password in a source", [](const auto &s) { return beside("//u:" + s + "@x/y /y cifs guest 0 0"); }},
      {"a user%password", [](const auto &s) { return beside("//x/y /y cifs username=u%" + s + ",rw 0 0"); }},
      {"sshpass",
       [](const auto &s) {
         return beside("u@h:/ /y fuse.sshfs ssh_command=sshpass\\040-p\\040" + s + "\\040ssh,rw 0 0");
       }},
      {"a comment",
       [](const auto &s) { return beside("# the proxy is u:" + s + "@proxy:3128, " + s + " its password"); }},
  };
}

// Letters and digits at both ends; `odd` ones between, as far as the way in can
// hold them.
std::string generated(std::mt19937 &random, std::string_view odd) {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const auto pick = [&](std::string_view all) { return all[random() % all.size()]; };
  std::string secret(1, pick(letters.substr(0, 23)));
  const std::size_t length = 9 + random() % 20;
  for (std::size_t i = 0; i < length; ++i) secret += random() % 5 == 0 ? pick(odd) : pick(letters);
  return secret + "q7";
}

std::string all_commands(const SimHost &host) {
  std::string lines;
  for (const Strings &argv : host.commands) lines += join(argv, " ") + "\n";
  return lines;
}

using Texts = std::vector<std::pair<std::string, std::string>>;  // by the way out

Texts ways_out(const Scene &scene, std::size_t fails_at) {
  json described = json::parse(sim::text_of(sim::plans_folder().parent_path() / "sim/base.json"));
  described.merge_patch(scene.host);
  SimHost host(sim::machine_of(described));
  if (fails_at != 0) host.fail_at = fails_at;
  if (!scene.logged.empty()) host.machine.journal.push_back(scene.logged);
  const bool check = fails_at == 0;
  const Request request{scene.module, scene.args, check, true};
  const json refusal = refusal_of_arguments(request);
  const json result = refusal.is_null() ? run(host, request) : refusal;
  Texts all = {{"journal", join(host.told, "\n")},
               {"backups", join(host.machine.backups, "\n")},
               {"argv", all_commands(host)},
               {"for people", for_people(result, check, false)},
               {"invocation", Mask(secrets(request)).tree(scene.args).dump()}};
  for (const auto &[key, value] : result.items()) all.emplace_back(key, value.dump());
  if (result.contains("report")) all.emplace_back("check", check_text(result, {true, true, false, 80}));
  return all;
}

// As it is, and as JSON writes it once and twice.
bool holds(const std::string &text, const std::string &secret) {
  std::string spelled = secret;
  for (int i = 0; i < 3; ++i) {
    if (text.find(spelled) != std::string::npos) return true;
    spelled = in_json(spelled);
    spelled = spelled.substr(1, spelled.size() - 2);
  }
  return false;
}

struct Count {
  std::size_t secrets = 0, looked = 0, hidden = 0, leaks = 0;

  std::string told() const {
    return std::to_string(secrets) + " secrets, " + std::to_string(looked) + " texts, " + std::to_string(hidden) +
           " secrets hidden somewhere, " + std::to_string(leaks) + " texts that hold one";
  }
};

void look_for(const WayIn &way, const std::string &secret, Count &count) {
  const Scene scene = way.scene(secret);
  bool hidden = false;
  // In check mode, to the end, and with a step that fails.
  for (const std::size_t fails_at : {std::size_t{0}, std::size_t{1000}, std::size_t{3}}) {
    const Texts texts = ways_out(scene, fails_at);
    for (const auto &[name, text] : texts) {
      const bool leaks = holds(text, secret);
      const std::string told = std::string(way.name) + ", " + name + ": " + secret + " in " + text;
      CHECK_MESSAGE(!leaks, told);
      if (leaks) ++count.leaks;
      hidden = hidden || text.find("****") != std::string::npos || text.find("VALUE_SPECIFIED") != std::string::npos;
      ++count.looked;
    }
  }
  ++count.secrets;
  if (hidden) ++count.hidden;
}

}  // namespace

TEST_CASE("no secret leaves the host by any way out") {
  std::mt19937 random(17);  // NOLINT(bugprone-random-generator-seed): the same secrets in every run
  Count count;
  const auto all = [&](const Ways &ways, std::string_view odd) {
    for (const WayIn &way : ways) {
      for (std::size_t i = 0; i < kEach; ++i) look_for(way, generated(random, odd), count);
    }
  };
  all(ways_of_settings(), "-_.!$*+~^");
  all(ways_of_files(), "-_.!$*+~^ '\"\\/{}[]:,=@&#");
  all(ways_of_dockerd_and_audit(), "-_.!$*+~^");
  all(ways_of_options(), "-_.!$*+~^{}[]:;/");
  all(ways_of_fstab(), "-_.!$*+~^{}[]:;/");
  const std::string told = count.told();
  MESSAGE(told);
  CHECK(count.secrets >= 300);
  CHECK(count.looked >= 20 * count.secrets);
  // Of what cannot be parsed nothing is told, so that nothing has to be hidden.
  CHECK(count.hidden >= count.secrets * 3 / 4);
}
