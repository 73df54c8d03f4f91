// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/signals.hpp"

#include <sys/time.h>
#include <unistd.h>

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

// For the handler, which may neither allocate nor lock (signal-safety(7)).
std::string words_at_the_end;
int descriptor_at_the_end = 2, code_at_the_end = 3;
volatile sig_atomic_t ticks_since = 0;

constexpr suseconds_t kTick = 150'000;  // microseconds
constexpr sig_atomic_t kTicksLeft = 3;

void look_for_signals(int /*alarm*/) {
  const int error = errno;
  if (!Signals::interrupted()) {
    ticks_since = 0;
    return;
  }
  ticks_since = ticks_since + 1;
  if (ticks_since > kTicksLeft) {
    [[maybe_unused]] const ssize_t said =
        ::write(descriptor_at_the_end, words_at_the_end.data(), words_at_the_end.size());
    ::_exit(code_at_the_end);
  }
  errno = error;
}

void tick_every(suseconds_t microseconds) {
  itimerval timer{};
  timer.it_interval.tv_usec = timer.it_value.tv_usec = microseconds;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

void Signals::watch(const LastWords& words) {
  stop_watching();
  words_at_the_end = words.text;
  descriptor_at_the_end = words.descriptor;
  code_at_the_end = words.code;
  ticks_since = 0;
  struct sigaction action {};
  action.sa_handler = look_for_signals;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
  tick_every(kTick);
}

void Signals::stop_watching() {
  tick_every(0);
  struct sigaction action {};
  action.sa_handler = SIG_IGN;  // takes away one that is on its way
  ::sigaction(SIGALRM, &action, nullptr);
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGALRM, &action, nullptr);
}

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
  stop_watching();
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
