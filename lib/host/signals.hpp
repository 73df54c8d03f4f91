// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <csignal>

namespace dockhost {

// While it lives SIGHUP and SIGPIPE are ignored (a lost connection must not end a run half way), and SIGINT and SIGTERM
// wait: they stay pending and interrupted() sees them, so that the running step ends first. They end with this object.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  static bool interrupted();  // SIGINT or SIGTERM came

 private:
  sigset_t mask_{};
  struct sigaction hangup_ {
  }, pipe_{}, child_{};
};

}  // namespace dockhost
