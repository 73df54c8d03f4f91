// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <chrono>

namespace dockhost {

// What a supervisor needs, all of it made before the fork: between fork and exec only async-signal-safe calls are
// allowed (signal-safety(7)), so nothing here allocates.
struct Order {
  const char* executable = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  int null = -1, out = -1, err = -1;  // the tool's descriptors 0, 1 and 2
  int word = -1;                      // where Word is written
  int lock = -1;                      // held until the tool has ended; -1 for none
  pid_t master = 0;                   // who gives the order
  bool ends_with_master = false;
  std::chrono::milliseconds time{0}, grace{0};
};

// What the tool's side says: once from the tool when exec fails, once from the supervisor when the tool has ended.
struct Word {
  int exec_error = 0;  // an errno
  int status = 0;      // as waitpid(2) gives it
  int late = 0;        // the time was over
};

// The life of the supervisor, called in the forked child with every signal blocked.
[[noreturn]] void supervise(const Order& order);

}  // namespace dockhost
