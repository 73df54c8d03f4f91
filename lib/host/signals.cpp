// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/signals.hpp"

#include <cerrno>

namespace dockhost {
namespace {

sigset_t waiting_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Signals::Signals() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &action, &hangup_);
  ::sigaction(SIGPIPE, &action, &pipe_);
  action.sa_handler = SIG_DFL;  // who started us may have had SIGCHLD ignored, and then nothing can be waited for
  ::sigaction(SIGCHLD, &action, &child_);
  const sigset_t waiting = waiting_signals();
  ::sigprocmask(SIG_BLOCK, &waiting, &mask_);
}

Signals::~Signals() {
  // Taken away before they are let through: the run has obeyed them, and what it has to say comes now.
  const sigset_t waiting = waiting_signals();
  const timespec now{0, 0};
  while (::sigtimedwait(&waiting, nullptr, &now) > 0 || errno == EINTR) {
  }
  ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
  ::sigaction(SIGCHLD, &child_, nullptr);
  ::sigaction(SIGPIPE, &pipe_, nullptr);
  ::sigaction(SIGHUP, &hangup_, nullptr);
}

bool Signals::interrupted() {
  sigset_t pending;
  return ::sigpending(&pending) == 0 && (::sigismember(&pending, SIGINT) == 1 || ::sigismember(&pending, SIGTERM) == 1);
}

}  // namespace dockhost
