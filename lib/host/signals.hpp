// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <csignal>
#include <string>

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

  // What is said, and by which code this process ends, where it cannot get to saying it by itself.
  struct LastWords {
    std::string text;
    int descriptor = 2, code = 3;
  };

  // From now on SIGINT or SIGTERM that nobody has obeyed within some tenths of a second ends this process, whatever it
  // does or waits for: only while all that it does may be left half done. SIGALRM and the real-time timer are used.
  static void watch(const LastWords& words);
  static void stop_watching();

 private:
  sigset_t mask_{};
  struct sigaction hangup_ {
  }, pipe_{}, child_{};
};

}  // namespace dockhost
