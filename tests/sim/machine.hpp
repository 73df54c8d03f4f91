// SPDX-License-Identifier: GPL-3.0-or-later
// A simulated machine, as a value: what there is on it. What happens to it is in sim_host.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace dockhost::sim {

// A file, directory, link or block device. `text` is the content of a file, the target of a link.
struct Entry {
  Node::Type type = Node::Type::file;
  std::string text;
  unsigned mode = 0644, uid = 0, gid = 0;
  std::uint64_t device = 0;
  std::int64_t changed = 0;
  std::int64_t touched = 0;  // ctime, where it is another than `changed`: of what was copied with its times
  std::int64_t touched_at() const { return touched != 0 ? touched : changed; }
  std::string flag = {};  // "immutable" or "append-only"
};
using Entries = std::map<std::string, Entry>;  // by absolute path

// A block device and the file system on it; `backing` is the file behind a loop device. `files` stands on the file
// system while it is not mounted: paths below its root ("/a").
struct Disk {
  std::uint64_t device = 0;
  std::string fstype, backing;
  Entries files;
  std::uint64_t bytes = 0, optimal_io = 0, system_bytes = 0;  // system_bytes: the file system's size
  std::string label, volume;                                  // volume: "group/volume"
  std::string uuid;                                           // of the file system
  std::string start;                                          // of its first MiB, as far as it is not zero
  Strings signatures;                                         // "gpt 0x7ffffe00", beside that of the file system
  Strings held_by;                                            // names of devices above it
  bool read_only = false, busy = false, partition = false;
  bool mounted_once = false;
  bool full = false;                      // whatever df(1) says, there is no room for a copy
  bool dirty = false, half_made = false;  // the journal was not written back; mkfs did not come to its end
  std::string excluded;                   // why LVM does not use it, in its words
};

// A volume group of LVM.
struct Group {
  struct Part {
    std::string device;
    std::uint64_t extents = 0, start = 0;
  };
  struct Volume {
    std::uint64_t extents = 0;
    std::string layout = "linear", tags;
    bool active = true;
  };
  std::uint64_t extent = 0;
  std::vector<Part> parts;
  std::map<std::string, Volume> volumes;
  bool exported = false, partial = false, twice = false;
};

// One mount. `hidden` is what stands below the mount point and cannot be seen while this is mounted.
struct Mounted {
  std::string path, source, root = "/", fstype;
  std::uint64_t device = 0;
  Strings options, super;  // of the mount, of the file system
  Entries hidden;
  Entry covered = {};      // the mount point itself
  std::int64_t since = 0;  // when it was mounted
};

// A process beside those that follow from the engine and its containers.
struct Process {
  std::string name, exe, cwd = "/", root = "/", space;  // space: its mount namespace; "" is the machine's
  unsigned uid = 0;
  int parent = 1;
  Strings argv, files, maps;
  Strings writes;        // files that it has open for writing
  Strings bound;         // paths that its sockets are bound to
  bool covered = false;  // it was there before the mount that covers all that it holds
};

// A mount namespace of its own. `follows`: it has copies of the machine's mounts, which follow those.
struct Space {
  struct Mount {
    std::string path, of, fstype;  // of: what of the machine's is bound there
  };
  bool follows = true;
  std::vector<Mount> mounts;
};

// A systemd unit with the relations that it declares itself. `exec_start` and `environment_files` are as read from its
// files at the last daemon-reload.
struct Unit {
  std::string fragment, state = "inactive", exec_start;
  Strings drop_ins, environment_files, requires_units, binds_to, part_of, triggers;
  Strings mounts_required, absent_required;  // of RequiresMountsFor= and AssertPathExists=!, as read
  std::int64_t activated = 0;                // when it last became active
  bool limited = false;                      // failed too often: refuses to start until reset-failed
  int main_pid = 0;
  Strings requisite, wants, propagates_stop_to;
  bool cannot_start = false;
  bool masked = false, transient = false;   // transient: there is no such unit any more once it is stopped
  Strings makes;                            // containers that it removes when it stops, and runs anew when it starts
  std::string sub;                          // "start", "auto-restart"; "" says no more than the state
  int job = 0, restarts = 0, attempts = 0;  // its start job; restarts by systemd; starts since the last reset-failed
  std::int64_t until = 0;                   // when the start, or the pause before the next one, is over; 0: never
  std::int64_t deadline = 0;                // when systemd ends the start (TimeoutStartSec=); 0: never
};

struct Container {
  std::string id, image = "debian:12", policy = "no";
  bool running = false, auto_remove = false;
  bool stopped_by_hand = false;  // docker stop: unless-stopped does not start it again
  std::string writes;            // a file below the data root that it writes whenever it starts
  bool alone = false;            // lives although its dockerd does not
  bool left = false;             // died with its dockerd, and its layer is still mounted
  bool unmounted = false;        // somebody took its layer's mount away below it
  // As docker run was told: "container:X" or "" for each mode, --link, --volumes-from, -v, --mount and --device.
  std::string network, ipc, pid, runtime = "runc";
  Strings links, volumes_from, binds, devices;  // binds: "/source:/target"
  json mounts = json::array();                  // {source, target, create}
  Strings files;                                // mount points that are files in its own file system
  std::string address, takes, has;  // that it was given; that it gets where it is free at its start; and has got
  bool task = false;                // of a swarm
  std::string broken, broken_by;    // dockerd's words when it is started; only while this setting is in force
  int passing = 0;                  // so many of its starts meet something that passes
  bool ends = false;                // it ends by itself right after its start
  std::int64_t since = 0;           // when it was last started
  std::string error;                // of its last start
};

// What Docker lists while its data root is this directory.
struct DataRoot {
  Strings images, volumes;
  std::map<std::string, Container> containers;  // by name
  // The storage driver or image store that images and containers belong to, and those of others that wait on the disk.
  std::string store = {};
  std::map<std::string, std::pair<Strings, std::map<std::string, Container>>> other_stores = {};
};

struct Engine {
  bool installed = false, swarm = false;
  bool rootless = false;  // says that it runs without root
  bool autolock = false;  // of the swarm: a manager waits for its key after a start
  std::string version, unit = "docker.service", program = "/usr/sbin/dockerd";
  std::string refuses_to_start;  // with this line, whatever the configuration says
  int start_takes = 0;           // seconds; -1: for ever
  json read_at_start;   // the file as a start that is not over yet has read it; false: there was none; else null
  int stops = 0;        // of an active daemon, by systemctl
  int old_tasks = 0;    // so many starts of containers meet their task from before the restart
  bool silent = false;  // runs, and its API answers nobody
  std::map<std::string, std::string> answers;  // what it says to GET of a target, in the place of what it would say
  std::string chatter;                         // what it logs as an error about something else while it reloads
  std::string container_says;                  // what a container logs by the driver journald while it reloads
  std::string fails_on_mount;  // with this line, after it has started containers, where its data root is a mount
  bool leaves_alive = false;   // they live on then
  std::int64_t started = 0;
  json in_force;        // settings of the running daemon that are no defaults; null while it does not run
  json network;         // those of the default bridge, which outlives the daemon with the containers that use it
  std::string root;     // the data root of the running daemon
  Strings plugins;      // authorization plugins that answer
  Strings log_plugins;  // log drivers of plugins that are enabled
  std::map<std::string, DataRoot> roots;
};

// A rule that the kernel has. `sight`: the mount that its path was on when it was loaded, then those below it.
struct LoadedAuditRule {
  std::string listing, identity, path, list, action;
  bool recursive = false;
  std::vector<std::int64_t> sight;
};

struct SimulatedAudit {
  bool installed = false, kernel = true, container = false, daemon = true, logs = true;
  int enabled = 1, rate = 0, lost = 0;
  bool awk_blanks = false;                // its awk knows \s, as gawk does and mawk does not
  std::int64_t set_at = 0, set_back = 0;  // when the clock was set back, and by how many seconds
  std::string version = "3.0.9";
  std::int64_t loaded = 0;  // when auditd loaded the files
  std::vector<LoadedAuditRule> rules;
  Strings records;
};

struct Machine {
  bool root = true;
  bool systemd = true;                                                     // it was booted with it
  std::string control_group = "/user.slice/user-0.slice/session-1.scope";  // of the run
  Entries entries;
  std::map<std::string, Disk> disks;  // by path of the device
  std::map<std::string, Group> groups;
  Strings missing_tools;
  Strings subvolumes;           // of btrfs: directories by path
  Strings silent;               // what lies at or below these paths answers nobody: a server that is gone
  std::vector<Mounted> mounts;  // oldest first
  std::map<std::string, Unit> units;
  Engine engine;
  std::map<std::string, Strings> users;  // of a mount point: "PID NAME" of those who keep it busy
  std::map<int, Process> processes;
  Strings swaps;  // files
  std::map<std::string, Space> spaces;
  std::string fstab_read;  // fstab as of the last daemon-reload
  Strings backups;         // names that back_up() gave out
  Strings journal;         // of the engine's unit; what containers log by the driver journald begins with a tab
  SimulatedAudit audit;
  json owed = json::object();
  std::int64_t clock = 1'800'000'000, booted = 1'799'990'000;
  int next_pid = 700;
  Strings unreadable;  // what is at or below these is kept from everybody, as by a file server
};

// Reads a description; machine_load.cpp says what one holds. Throws std::runtime_error for a word it does not know, so
// that a misspelled case does not test something else.
Machine machine_of(const json& description);

// The whole machine for comparison and for people, without what no two runs share: times, pids, the journal, backups.
json snapshot(const Machine& machine);

// Whether the disk is a volume with a tag: what it holds is half of something, and nobody's to keep.
bool unfinished(const Machine& machine, const Disk& disk);

// Directories above `path` that are not there yet.
void make_parents(Entries& entries, const std::string& path);

// Whether `path` stands strictly below `directory`.
bool below(const std::string& path, const std::string& directory);

// Puts the files of the units in force, as daemon-reload does.
void read_units(Machine& machine);

}  // namespace dockhost::sim
