// SPDX-License-Identifier: GPL-3.0-or-later
// A simulated dockerd: how it reads its configuration, what takes force when, and what becomes of containers.
#pragma once

#include <optional>
#include <string>

#include "sim/machine.hpp"

namespace dockhost::sim {

// A configuration as dockerd takes it: every key set, from the file and the flags, or the line it refuses with.
struct Configuration {
  json settings = json::object();
  std::string refusal;
};

// argv[0] and the flags of the unit's ExecStart, with EnvironmentFile= put in.
Strings daemon_argv(const Machine& machine);

// What dockerd makes of a file's text and its flags (without argv[0]); nullopt: there is no file.
Configuration configure(const Machine& machine, const std::optional<std::string>& file, const std::string& path,
                        const Strings& flags);

// A start that takes its time reads the file when it begins.
void read_before_start(Machine& machine);

// dockerd starts with what is on disk. Returns "" or the line it refused with, which is in the journal too.
std::string start_daemon(Machine& machine);

// It stops, and the containers with it unless live-restore is in force.
void stop_daemon(Machine& machine);

// SIGHUP. False where it dies of it.
bool reload_daemon(Machine& machine);

bool stop_container(Machine& machine, const std::string& name);  // false: it was stopped already

// docker rm -f NAME, and docker run -d --name NAME, as units have them in their commands.
void remove_container(Machine& machine, const std::string& name);
void make_container(Machine& machine, const std::string& name);

// docker start NAME. "" or the daemon's message.
std::string start_container(Machine& machine, const std::string& name);

// What a start of the daemon does with containers by their restart policies.
void start_by_policy(Machine& machine);

// A path below the merged layers of a running container, ROOT/overlay2/ID/merged: its own file system, with the mount
// points but not what is mounted there.
std::optional<Node> merged_node(const Machine& machine, const std::string& path);

// The answer of GET /containers/NAME/json.
json inspected(const Machine& machine, const std::string& name);

// The daemon of a description, as it has been running: its configuration in force, but for the members given.
void adopt(Machine& machine, const json& in_force, const json& network);

// The directories of a data root, so that objects can be counted without the daemon.
void show_root(Machine& machine, const std::string& path);

// The id of an image, a function of its tag.
std::string image_id(const std::string& tag);

// The Engine API. Only for a running daemon.
Answer answer(Machine& machine, const std::string& method, const std::string& target);

// The keys dockerd knows. type: b, i, s(tring), l(ist), m(ap). since/until are release numbers (0: any).
struct KnownKey {
  std::string name;
  char type = 's';
  bool reloads = false, reset_by_reload = false, network = false;
  int since = 0, until = 0;
};
const KnownKey* known_key(const std::string& name);

// "23" of "23.0.1"; 20 of "20.10.24+dfsg1".
int release(const Machine& machine);

}  // namespace dockhost::sim
