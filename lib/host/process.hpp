// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "host/host.hpp"

namespace dockhost {

struct Manner {
  int lock = -1;                          // the run's lock, which the tool's supervisor holds too; -1 for none
  std::chrono::milliseconds grace{5000};  // between SIGTERM and SIGKILL, once the time is over
  std::function<void()> meanwhile = {};   // called about once a second while the tool runs
  bool looking = false;                   // SIGINT and SIGTERM end the wait for it, by Interrupted
};

// Runs a tool and reads what it says. It gets PATH and LC_ALL=C as its whole environment, /dev/null as stdin, stdout
// and stderr and no other descriptor, "/" as its directory, default signals, umask 022 and a process group of its own.
// A supervisor, a child of ours, waits for it: it keeps the lock for as long as the tool runs, even when this process
// is killed, and ends the whole group when the time is over (`late`). With `ends_with_us` it kills the group as soon
// as this process is gone.  A process that the tool leaves behind is not waited for.
// argv[0] is looked up in /usr/sbin:/usr/bin:/sbin:/bin unless it holds a slash; `found` is false where it leads
// nowhere. Throws Error when no process can be started or when the tool says more than 64 MB.
Output run_process(const Strings& argv, const Limits& limits, const Manner& manner);
inline Output run_process(const Strings& argv, const Limits& limits) { return run_process(argv, limits, Manner{}); }

}  // namespace dockhost
