// SPDX-License-Identifier: GPL-3.0-or-later
// The only door to a machine: a dozen verbs that say nothing of Docker, mounts or plans. LinuxHost is the real one;
// the simulated host of the tests answers the same verbs from memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "args/scrub.hpp"
#include "base/error.hpp"
#include "host/tree.hpp"

namespace dockhost {

// What lstat(2) and readlink(2) say of a path.
struct Node {
  enum class Type { file, directory, link, block, other } type = Type::other;
  unsigned mode = 0, uid = 0, gid = 0;  // mode: the permission bits (07777)
  std::uint64_t device = 0;             // of a block device: makedev(major, minor)
  std::int64_t changed = 0;             // mtime, microseconds since the epoch
  std::string target;                   // of a link
};

// What a tool said. A tool that is not installed is `found == false`, one over its time `late`.
struct Output {
  int code = -1;  // exit code; 128 + n when killed by signal n
  std::string out, err;
  bool found = true, late = false;
  bool good() const { return found && !late && code == 0; }
};

struct Limits {
  std::chrono::seconds time{30};
  bool ends_with_us = false;  // killed when this process dies (long copies), instead of being waited for by the lock
};

// Whom to ask by the Engine API: the unix socket, and who may answer there. Whoever else takes its place is not
// believed: another user, and a process of root's in a container. Process 1 is systemd, which hands its socket over.
struct EngineAt {
  std::string socket;
  int process = 0;   // the main process of the engine's unit
  unsigned uid = 0;  // of either
};

// An answer of the Engine API. status 0: nobody answered, and `body` says why.
struct Answer {
  int status = 0;
  std::string body;
};

class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  virtual bool root() const = 0;  // may change things

  // While it is on nothing is changed, and SIGINT or SIGTERM ends the run within a second: by Interrupted where that is
  // possible, else at once.
  virtual void looking(bool /*on*/) {}

  // --- looking. Absent is nullopt or empty; anything else that fails throws Error with the path.
  virtual std::optional<Node> node(const std::string& path) const = 0;         // of the path itself, link or not
  virtual std::optional<std::string> read(const std::string& path) const = 0;  // through links
  virtual Strings list(const std::string& directory) const = 0;                // names, sorted, without . and ..
  virtual std::string resolve(const std::string& path) const = 0;              // realpath(3); "" where it leads nowhere
  // Why a symbolic link on the way to the path is not followed by write() and its like; "" where none is in the way.
  virtual std::string unsafe_way(const std::string& path) const = 0;
  // "immutable" or "append-only" where the file or directory has that flag (chattr(1)); else "".
  virtual std::string fixed_by_flag(const std::string& path) const = 0;
  // The id of the mount that a link of /proc leads to (/proc/1/cwd), as mountinfo has it; 0 where it is not told.
  virtual std::uint64_t mount_behind(const std::string& /*link*/) const { return 0; }
  // `length` bytes of a block device from `offset` on; fewer where it ends before.
  virtual std::string peek(const std::string& device, std::uint64_t offset, std::size_t length) const = 0;
  // Whether something has the block device for itself: a mount, swap, device-mapper, md.
  virtual bool held(const std::string& device) const = 0;
  // GET or POST of the Engine API, no API version in the path. Connecting may start Docker where its
  // socket unit is active: ask only when the service runs.
  virtual Answer request(const EngineAt& engine, const std::string& method, const std::string& target,
                         std::chrono::seconds limit) = 0;
  // A tool, by argv, never through a shell; argv[0] is looked up in /usr/sbin:/usr/bin:/sbin:/bin.
  virtual Output run(const Strings& argv, Limits limits) = 0;
  Output run(const Strings& argv) { return run(argv, Limits{}); }
  // For each rule that the kernel's audit has, in the order of `auditctl -l`: "always" or "never", and " dir" behind it
  // where it is for a whole directory. auditctl hides both. Empty where the kernel cannot be asked.
  virtual Strings audit_actions() { return {}; }
  // run(), with something to do about once a second while the tool runs.
  virtual Output run_long(const Strings& argv, Limits limits, const std::function<void()>& /*meanwhile*/) {
    return run(argv, limits);
  }
  // `text` in a file of its own that only root can read, for as long as the tool runs; "%" in argv names it.
  virtual Output run_on(const Strings& argv, const std::string& text, Limits limits) = 0;

  // Asks in a child process, with a limit, what may hang in the kernel for ever; `what` is for the message then.
  virtual std::string apart(const std::string& /*what*/, const std::function<std::string()>& question) const {
    return question();
  }

  // --- changing. Each happens or leaves no trace; each throws Error with the path.
  // Atomic: temporary beside it, fsync, rename, fsync of the directory. Keeps other xattrs and the SELinux label. A
  // link at `path` is followed only where it and its parents belong to root and nobody else can write there.
  virtual void write(const std::string& path, const std::string& content, unsigned mode, unsigned uid,
                     unsigned gid) = 0;
  virtual void remove(const std::string& path) = 0;
  // Of a file, directory or socket as it is now, not of one that takes its place meanwhile; links as write() does.
  virtual void set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) = 0;
  virtual void make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) = 0;
  virtual void remove_directory(const std::string& path) = 0;  // an empty one
  virtual std::string back_up(const std::string& path) = 0;    // the name of the copy, with the original's mode
  // Overwrites bytes of a block device that nothing else holds, durably.
  virtual void poke(const std::string& device, std::uint64_t offset, const std::string& bytes) = 0;

  // --- directory trees, each on one file system; what is counted and compared is said in host/tree.hpp
  virtual TreeSum sum_tree(const std::string& path, const TreeRules& rules) const = 0;
  virtual CopyWork work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules) const = 0;
  virtual Strings compare_trees(const std::string& from, const std::string& to, const Comparison& how) const = 0;
  virtual void copy_flags(const std::string& from, const std::string& to) = 0;
  virtual void sync_tree(const std::string& path) = 0;
  virtual void empty_tree(const std::string& path, const TreeRules& rules) = 0;
  virtual void rename(const std::string& from, const std::string& to) = 0;  // durable; nothing may be at `to`

  // --- mounts that nobody else sees and that end with the run. From begin to end, /run/dockhost is a file system in
  // memory that holds the empty directories `own` and `copy`, and what is mounted is mounted for this run alone.
  virtual void begin_own_mounts() = 0;
  virtual void end_own_mounts() = 0;

  // --- what this run owes (DESIGN: What a run owes). An object: {"units": {unit: {...}}, "reload": [...]}
  virtual json owed() const = 0;           // as a dead run left it, or as this run last said; {} when nothing
  virtual void owe(const json& what) = 0;  // durable before it returns

  // --- time
  virtual std::int64_t now() const = 0;     // seconds since the epoch
  virtual std::int64_t booted() const = 0;  // microseconds since the epoch, by the clock as it is set now
  virtual void pause(std::chrono::milliseconds time) = 0;
  virtual bool interrupted() const = 0;  // SIGINT or SIGTERM came
  // How far a long step has come, for those who wait: may be called often, and asks for the words only when they are
  // due, every ten seconds.
  virtual void progress(const std::function<std::string()>& words) = 0;

  // What is told while a run lasts goes through `mask`, and before one is given through scrub().
  void mask_with(std::function<std::string(const std::string&)> mask) { mask_ = std::move(mask); }

 protected:
  std::string masked(const std::string& text) const { return mask_ ? mask_(text) : scrub(text); }

 private:
  std::function<std::string(const std::string&)> mask_;
};

}  // namespace dockhost
