// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of thing a host is made of, as far as dockhost changes them or decides by them. Values only: what a kind
// is on a real machine is said in host/look.hpp, what a change of it does there in host/perform.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// A regular file, by path. Links are followed where that is safe (host/host.hpp).
struct File {
  static constexpr const char* kind = "file";
  std::string content;
  unsigned mode = 0644, uid = 0, gid = 0;
  bool backup = false;  // a wish only: keep the old file as <file>.<pid>.<YYYY-MM-DD@HH:MM:SS>~
  bool operator==(const File& other) const {
    return content == other.content && mode == other.mode && uid == other.uid && gid == other.gid;
  }
};

// A directory, by path.
struct Directory {
  static constexpr const char* kind = "directory";
  unsigned mode = 0755, uid = 0, gid = 0;
  bool empty = true;  // holds no entry (not compared: others may fill it at any time)
  bool operator==(const Directory& other) const { return mode == other.mode && uid == other.uid && gid == other.gid; }
};

// The directory below what is mounted on a path, which nobody sees until it is unmounted. Absent: nothing is mounted
// there, or it cannot be looked at. Only looked at.
struct Covered {
  static constexpr const char* kind = "covered directory";
  Directory directory;
  bool operator==(const Covered&) const = default;
};

// What is mounted on a path, topmost where several are. `device` is what the source is, whatever it is called:
// the real path of a block device, the file behind a loop device, else the source's own text; `root` is the folder of
// that file system which is mounted ("/" but for bind mounts and subvolumes).
struct Mount {
  static constexpr const char* kind = "mount";
  std::string device, root = "/", fstype;
  Strings options;         // as in force (observed), or as asked for (wished)
  std::string source;      // as spelled by whoever asked; what mount(8) is given. Not compared.
  bool bind = false;       // a bind mount; a wish whose options hold rbind takes the mounts below along
  bool hidden = false;     // a wish only: no sentence shows its options
  bool listed = false;     // a wish only: an entry of /etc/fstab may say the same; then its path is enough to mount it
  Strings below = {};      // seen only: sources of what is mounted under it on the same path, uppermost first
  bool in_memory = false;  // seen only: it holds files that are nowhere else (tmpfs, ramfs), gone when it is unmounted
  // True when `wish` holds here: same device and root (in a wish, "" stands for any), and no option wished for is seen
  // not to be in force.
  bool satisfies(const Mount& wish) const;
  bool operator==(const Mount& other) const {
    return device == other.device && root == other.root && fstype == other.fstype && options == other.options;
  }
};

// What runs with a service and stops along with it, by name, sorted.
struct Along {
  Strings containers;
  Strings units;  // that systemd stops along, and the sockets that would start it again
  bool operator==(const Along&) const = default;
};

// A file as it was before a run that is over changed it.
struct OwedFile {
  std::string path;
  std::optional<File> file;
  bool tried = false;     // a start with the changed one was begun
  std::string left = {};  // sum_of() the changed one; "" where that is not known
  bool operator==(const OwedFile&) const = default;
};

// By which a file is known again: the SHA-256 of its content; "none" where there is none.
std::string sum_of(const std::optional<File>& file);

// A trigger of systemd that mounts a path when somebody uses it, by that path. Absent: none is active there.
struct Automount {
  static constexpr const char* kind = "automount";
  bool operator==(const Automount&) const = default;
};

// Whether root may and can change what is at a path. Only looked at.
struct Reach {
  static constexpr const char* kind = "reach";
  std::string unsafe;  // why a symbolic link on the way is not followed; "" where none keeps root from the path
  std::string fixed;   // why nothing there can be written, replaced or removed; "" where nothing is known to
  bool operator==(const Reach&) const = default;
};

// A systemd unit, by name.
struct Service {
  static constexpr const char* kind = "service";
  bool active = false;
  Along along = {};
  Strings running = {};  // seen only: containers by name, sorted; also those that live-restore keeps over a stop
  Strings tasks = {};    // seen only: those among them that are a swarm's, which starts them by itself
  std::string own_container = {};  // seen only: the one among them that this run is in
  Strings ended = {};       // seen only: containers that were started since the daemon was, and ended by themselves
  json in_force = nullptr;  // seen only: the settings that the daemon shows in its API
  json wanted = nullptr;    // a wish only: settings, as the file has them, that it must show (not compared)
  std::optional<Along> owed = {};  // a run that died stopped it, with these (not compared)
  std::uint64_t activated = 0;     // seen only: when it last became active, microseconds of the monotonic clock
  Strings halted = {};             // containers that live-restore would keep: stopped before the service (not compared)
  // Containers that ran and do not come back: deleted by Docker when they stop (--rm), or left in another data root.
  Strings removed = {}, left = {};  // (not compared)
  int seconds = 0;                  // how long a start may take; 0: what its unit allows (not compared)
  Strings needs = {};               // seen only: units that it needs itself
  Strings no_return = {};           // seen only: why it, or what stops along, would not run again after a stop
  bool starting = false;            // seen only: not active yet, and systemd is at its start
  bool start_failed = false;        // seen only: not active, because its last start failed
  // A run that is over changed this file of the service for a start whose end it did not see: as it was (not compared).
  std::optional<OwedFile> was = {};
  // A wish only: settings that change with this start and can keep a container from starting (not compared).
  Strings blamed = {};
  // As it ran before a run that died stopped it or some of what runs along; itself when there was none.
  Service as_it_ran() const;
  // The file that is to be brought back before the next start, unless somebody has changed it since; null where there
  // is none.
  const OwedFile* brought_back() const { return was && was->tried && start_failed ? &*was : nullptr; }
  bool operator==(const Service& other) const { return active == other.active && along == other.along; }
};

// What a service has read of its files, by unit, or "systemd" for its own units and fstab.
struct Reload {
  static constexpr const char* kind = "reload";
  bool owed = false;  // a file it reads has changed since it last did
  json in_force;      // a wish only: settings that the daemon shows, or logs, afterwards
  bool operator==(const Reload& other) const { return owed == other.owed; }
};

// A system account, by name.
struct User {
  static constexpr const char* kind = "user";
  bool operator==(const User&) const = default;
};

// The ranges of subordinate ids in /etc/subuid and /etc/subgid, by user. 0 counts as none.
struct SubIds {
  static constexpr const char* kind = "subordinate ids";
  std::uint64_t uid_start = 0, uid_count = 0, gid_start = 0, gid_count = 0;
  bool operator==(const SubIds&) const = default;
};

// A flag of dockerd's command line and where it stands: a unit, a drop-in, an EnvironmentFile, or the process.
struct Flag {
  std::string text, place;
  bool operator==(const Flag&) const = default;
};

// The Docker engine behind a unit, by the unit's name. Only looked at, never changed as a whole.
struct Docker {
  static constexpr const char* kind = "docker";
  std::string flavour;      // "engine"; "rootless", "snap", "desktop", "podman"; "" where none is installed
  std::string version;      // "20.10.24+dfsg1"; "" when nothing could be asked
  std::string executable;   // of dockerd
  std::vector<Flag> flags;  // the command line without argv[0]
  std::string config_path = "/etc/docker/daemon.json";  // or the --config-file
  std::string data_root;            // of the running daemon, with the user namespace's sub-directory
  std::string driver;               // the storage driver in use; "" when nothing could be asked
  bool snapshotter = false;         // images are kept in containerd's store, not below the data root
  json authorizers;                 // plugins that it could use; null when nothing could be asked
  bool swarm = false;               // the node is in a swarm: active, or it will be once the engine runs
  bool autolock = false;            // as a manager it waits for docker swarm unlock after a start
  bool live_restore = false;        // in force: containers outlive a stop
  bool asked = false;               // the API answered
  std::string not_asked;            // why not, where the service runs
  bool validates = false;           // dockerd --validate exists (23.0)
  int process = 0;                  // the unit's main process; 0 when it does not run
  std::int64_t started = 0;         // of the process, microseconds since the epoch; 0 when it does not run
  std::int64_t config_changed = 0;  // mtime of the configuration file, likewise; 0 when there is none
  std::string unmanaged;            // the process of a dockerd that runs on a system without systemd; else ""
  Service service;                  // the unit
  bool operator==(const Docker&) const = default;
};

// What Docker keeps under its data root, by the engine's unit: names, sorted; images by their first tag, else by id.
// Asked through the API, else counted in the directories (then by id). Only looked at.
struct DockerObjects {
  static constexpr const char* kind = "docker objects";
  Strings images, containers, volumes;
  Strings removed_when_stopped;  // running containers that were started with --rm
  std::string data_root;         // that they stand under
  bool operator==(const DockerObjects&) const = default;
};

// The enabled plugins of the Docker engine behind a unit, as they are called in its settings, by what they offer. Only
// looked at.
struct DockerPlugins {
  static constexpr const char* kind = "docker plugins";
  Strings log_drivers, authorizers;
  bool operator==(const DockerPlugins&) const = default;
};

// What is free on the file system that a directory is on, to root. Only looked at.
struct FreeSpace {
  static constexpr const char* kind = "free space";
  std::uint64_t bytes_free = 0;
  bool operator==(const FreeSpace&) const = default;
};

// A name for a source of mounts (/dev/x, UUID=..., LABEL=..., a file, a directory for a bind mount), resolved.
struct Device {
  static constexpr const char* kind = "device";
  std::string device, root = "/";  // as in Mount; "" where a chroot hides on what a directory stands, which `root` is
  std::string fstype;              // of its file system, where the kernel or udev tells; else ""
  enum class Type { block, file, directory, other } type = Type::other;
  bool operator==(const Device&) const = default;
};

// A block device that is to be taken for LVM, by the name that the user gave. Only looked at.
struct Disk {
  static constexpr const char* kind = "disk";
  std::string device;            // its real path
  std::uint64_t bytes = 0;       // of the device
  std::uint64_t data_start = 0;  // bytes before the first extent of a physical volume made on it
  std::string used;              // why it is not free to be taken, as "holds a gpt table (...)"; "" when it is
  bool orphan = false;           // a physical volume in no group
  std::string unknown;           // its first MiB where no signature is known and not all of it is zero; else ""
  std::string excluded = {};     // why LVM does not take it, although it is free; else ""
  bool operator==(const Disk&) const = default;
};

// A disk inside a volume group.
struct PhysicalVolume {
  std::string device;            // its real path
  std::uint64_t extents = 0;     // that LVM uses of it
  std::uint64_t data_start = 0;  // bytes before the first
  std::uint64_t bytes = 0;       // of the device (not compared)
  std::string was = {};          // its first MiB before it was taken, "" for zeros (not compared; for the undo)
  bool operator==(const PhysicalVolume& other) const {
    return device == other.device && extents == other.extents && data_start == other.data_start;
  }
};

// A volume group of LVM, by name. What stands in it is not compared: its logical volumes are things of their own.
struct VolumeGroup {
  static constexpr const char* kind = "volume group";
  std::uint64_t extent = 0;             // size of an extent in bytes
  std::vector<PhysicalVolume> volumes;  // by device, sorted
  std::uint64_t free = 0;               // extents (not compared)
  std::uint64_t extents() const;        // of all physical volumes
  bool operator==(const VolumeGroup& other) const { return extent == other.extent && volumes == other.volumes; }
};

// The tag of a logical volume that dockhost made and whose file system it has not finished.
inline constexpr const char* kUnfinishedTag = "dockhost.new";

// A logical volume, by "group/volume".
struct LogicalVolume {
  static constexpr const char* kind = "logical volume";
  std::uint64_t extents = 0, bytes = 0;
  bool unfinished = false;  // has the tag dockhost.new: made by dockhost, and its file system is not finished
  bool operator==(const LogicalVolume&) const = default;
};

// What a block device holds, by the device's path; nullopt where there is no such device.
struct Filesystem {
  static constexpr const char* kind = "file system";
  std::string type;  // "ext4", "xfs", another signature's; "" where it holds none
  std::string label = {};
  std::string uuid = {};    // (not compared)
  bool fills = true;        // has the size of its device
  bool unfinished = false;  // on a logical volume with that tag: whatever it holds is no file system to keep
  std::string worked =
      {};                // how it can be told that somebody has used it although it counts as unfinished (not compared)
  bool unknown = false;  // no signature is known, and not all of the first MiB is zero
  std::string volume = {};  // "group/volume" where the device is one (not compared)
  Strings options = {};     // a wish only: further arguments of mkfs (not compared)
  bool blank() const { return type.empty() && !unknown; }
  bool operator==(const Filesystem& other) const {
    if (unfinished || other.unfinished) return unfinished == other.unfinished;
    return type == other.type && label == other.label && fills == other.fills && unknown == other.unknown;
  }
};

// A tool of the host, by name. Only looked at.
struct Tool {
  static constexpr const char* kind = "tool";
  bool operator==(const Tool&) const = default;
};

// The device of a logical volume, /dev/mapper/group-volume, where device-mapper doubles dashes.
std::string device_of(const std::string& group, const std::string& volume);

// What a tool said of a text that is not on the host yet, by verdict_key(argv, text). Looking has no side effect.
struct Verdict {
  static constexpr const char* kind = "verdict";
  bool good = false;
  std::string said;
  bool operator==(const Verdict&) const = default;
};

// The key of a Verdict: the tool with its arguments, "%" standing for the file that will hold `text`.
std::string verdict_key(const Strings& argv, const std::string& text);
std::pair<Strings, std::string> verdict_question(const std::string& key);

}  // namespace dockhost
