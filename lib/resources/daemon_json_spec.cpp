// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_json_spec.hpp"

#include "resources/systemd.hpp"

namespace dockhost {
namespace {

constexpr const char* kDaemonExamples = R"(- name: Containers on the default bridge cannot reach each other
  dockhost.hardening.daemon_json:
    settings:
      icc: false
      log-opts:
        max-size: 10m

- name: Forget the debug flag, and see what it would take
  dockhost.hardening.daemon_json:
    absent:
      - debug
      - /log-opts/max-file
  check_mode: true
  diff: true

- name: Add a mirror to those that are there
  dockhost.hardening.daemon_json:
    settings:
      registry-mirrors:
        - https://mirror.example.org
    list_merge: append_rp
)";

std::vector<Option> wanted_settings() {
  return {
      {.name = "settings",
       .type = Type::dict,
       .description = {"Keys wanted in the file, with their values.",
                       "Objects are merged into objects that are already there, such as C(log-opts). Scalars and lists "
                       "are set.",
                       "Values are converted by the type of the key, as Ansible converts options. To remove a key use "
                       "O(absent)."},
       .fallback = json::object()},
      {.name = "absent",
       .type = Type::list,
       .description = {"Keys to remove. An entry that begins with a slash is a JSON Pointer, such as "
                       "V(/log-opts/max-file)."},
       .fallback = json::array(),
       .elements = Type::text},
      {.name = "list_merge",
       .description = {"What becomes of a list that is already there.",
                       "V(replace) sets the list. V(append_rp) puts the elements of the wanted list behind the others, "
                       "as in the filter C(combine) of Ansible."},
       .fallback = "replace",
       .choices = {"replace", "append_rp"}},
      {.name = "path",
       .type = Type::path,
       .description = {"The file. By default the C(--config-file) of the running or installed dockerd, else "
                       "C(/etc/docker/daemon.json)."}},
  };
}

std::vector<Option> how_it_is_applied() {
  return {
      {.name = "apply",
       .description = {"How the daemon takes the settings.",
                       "V(auto) reloads it when every changed key is read again on a reload, else restarts it. What "
                       "V(reload) or V(never) leave is told as C(pending)."},
       .fallback = "auto",
       .choices = {"auto", "reload", "restart", "never"}},
      {.name = "hide_existing_data",
       .type = Type::boolean,
       .description =
           {"Allow a change of C(userns-remap) that hides existing images, containers and volumes. They stay "
            "on disk, in the data root of before.",
            "The same of C(data-root), C(storage-driver), C(containerd), C(containerd-namespace) and the feature "
            "C(containerd-snapshotter), as far as each hides something."},
       .fallback = false},
      {.name = "validate",
       .type = Type::boolean,
       .description = {"Let C(dockerd --validate) judge the file before anything is changed, where dockerd has it "
                       "(23.0)."},
       .fallback = true},
      {.name = "backup",
       .type = Type::boolean,
       .description = {"Keep the old file beside the new one, under a name with the time."},
       .fallback = false},
      {.name = "unit", .description = {"The systemd unit of the daemon."}, .fallback = "docker.service"},
      {.name = "timeout",
       .type = Type::integer,
       .description = {"How many seconds a start of the daemon is waited for. By default as long as its unit allows "
                       "(C(TimeoutStartSec)), and a quarter of an hour where it sets no limit.",
                       "A start that fails brings the old file back at once. One that is not over in time is left "
                       "alone: the task fails, nothing is undone, and the next run goes on from there."}},
  };
}

DaemonWish::Apply apply_of(const std::string& word) {
  if (word == "reload") return DaemonWish::Apply::reload;
  if (word == "restart") return DaemonWish::Apply::restart;
  return word == "never" ? DaemonWish::Apply::never : DaemonWish::Apply::automatic;
}

}  // namespace

Module daemon_json_spec() {
  Module module;
  module.name = "daemon_json";
  module.summary = "Manage keys of Docker's daemon.json";
  module.description = {
      "Sets, merges and removes keys of C(daemon.json). Every byte that is not asked for stays as it is.",
      "The daemon is reloaded or restarted as the changed keys need it. What ran before a restart runs again "
      "afterwards. When the daemon does not come back, the old file does.",
      "A value counts as in force when the running daemon shows it, not when it is in the file."};
  module.options = wanted_settings();
  for (const Option& option : how_it_is_applied()) module.options.push_back(option);
  for (const Option& option : common_options()) module.options.push_back(option);
  module.notes = {"Rootless Docker, the Docker snap, Docker Desktop and the docker command of podman are refused."};
  module.examples = kDaemonExamples;
  return module;
}

DaemonWish daemon_wish(const json& args) {
  DaemonWish wish;
  wish.settings = converted_settings(args.at("settings"));
  wish.absent = args.at("absent").get<Strings>();
  wish.append = args.at("list_merge") == "append_rp";
  if (args.at("path").is_string()) wish.path = args.at("path").get<std::string>();
  wish.apply = apply_of(args.at("apply").get<std::string>());
  wish.hide_existing_data = args.at("hide_existing_data").get<bool>();
  wish.validate = args.at("validate").get<bool>();
  wish.backup = args.at("backup").get<bool>();
  wish.unit = args.at("unit").get<std::string>();
  check_unit_name("unit", wish.unit);
  if (args.at("timeout").is_number_integer()) wish.seconds = args.at("timeout").get<int>();
  return wish;
}

}  // namespace dockhost
