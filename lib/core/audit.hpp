// SPDX-License-Identifier: GPL-3.0-or-later
// Linux audit on a host: what its kernel has loaded, and what decides whether a rule still watches what it names.
// Times are microseconds since the boot, by a clock that nobody sets; 0 is not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// The key of the things of which a host has one.
inline constexpr const char* kKernel = "kernel";

// The rules that the kernel has, by kKernel. Absent: they cannot be asked for.
struct AuditRules {
  static constexpr const char* kind = "audit rules";
  Strings lines;       // as `auditctl -l` lists them, in order; with `never` where it hides that
  Strings owed = {};   // rules that a run that died had deleted to load them again (not compared)
  std::string text;    // of a change only: the rule it loads, deletes or re-arms, as auditctl takes it
  bool rearm = false;  // a wish only: delete the rule and load it again
  Strings doubtful;    // lines that may have gone with a mount since they were seen
  bool operator==(const AuditRules& other) const { return lines == other.lines; }
};

// Audit as a whole, by kKernel.
struct Audit {
  static constexpr const char* kind = "audit";
  enum class Can {
    change,     // rules can be loaded
    no_tool,    // auditctl is not installed
    no_kernel,  // the kernel has no audit, or it is switched off for good
    contained,  // this is a container: the kernel's rules belong to its host
    not_root,   // only root can ask
    immutable   // enabled 2: no change before the next boot
  } can = Can::change;
  bool enabled = true;      // events are recorded
  bool daemon = true;       // auditd takes them
  bool lost = false;        // some were lost since the boot
  std::uint64_t rate = 0;   // records that the kernel takes in a second; 0: any number
  std::int64_t loaded = 0;  // when the rules files were last loaded
  bool operator==(const Audit&) const = default;
};

// The records of rules that were loaded since the boot, by kKernel. Absent: there is no log that could be read.
struct AuditRecords {
  static constexpr const char* kind = "audit records";
  struct Load {
    std::int64_t time = 0;  // since the epoch, by the clock as it was set then
    Strings keys;
    std::string rule;  // the words of the loader's command line; "" where it names no path, as for a file of rules
    bool cut = false;  // they may go on: the kernel keeps 128 bytes of a command line
    bool operator==(const Load&) const = default;
  };
  std::vector<Load> loads;
  bool operator==(const AuditRecords&) const = default;
};

// Since when something is mounted, for every mount that systemd knows, by kKernel.
struct MountTimes {
  static constexpr const char* kind = "mount times";
  std::vector<std::pair<std::string, std::int64_t>> mounts;
  // When the boot was, since the epoch, by the clock as it was set from `from` to `to`: one where nobody has set it.
  struct Clock {
    std::int64_t boot = 0, from = 0, to = 0;
    bool operator==(const Clock&) const = default;
  };
  std::vector<Clock> clocks;
  bool operator==(const MountTimes&) const = default;
};

// A path that an audit rule names.
struct WatchedPlace {
  static constexpr const char* kind = "watched path";
  std::string real;  // without double slashes and ".", links of its parents resolved
  bool there = false, directory = false, parent = false;  // parent: the directory that it stands in is there
  bool operator==(const WatchedPlace&) const = default;
};

// The names of the syscalls, by arch (b64, b32). Absent: ausyscall is not installed.
struct SyscallTable {
  static constexpr const char* kind = "syscalls";
  Strings names;
  bool operator==(const SyscallTable&) const = default;
};

// What a host knows of a word in a rule, by a question:
//   user NAME, group NAME   there is one
//   label FIELD             why the kernel refuses the label of a security module; "" where it takes it
//   version                 auditctl's ("3.0.9")
//   magic PATH              the file system's magic number there, in hexadecimal, as stat(1) prints it
//   blanks                  "1" where awk knows \s, which augenrules looks for
// Absent: it is not known, or there is none.
struct AuditKnown {
  static constexpr const char* kind = "audit word";
  std::string text;
  bool operator==(const AuditKnown&) const = default;
};

// The names in a directory, by its path. Absent: there is none.
struct Listing {
  static constexpr const char* kind = "listing";
  Strings names;
  bool operator==(const Listing&) const = default;
};

}  // namespace dockhost
