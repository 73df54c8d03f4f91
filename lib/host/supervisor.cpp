// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/supervisor.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <initializer_list>

namespace dockhost {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int word_at = 3, lock_at = 4;
constexpr int death_signal = SIGUSR1;  // of the master, by prctl(2)
constexpr int cannot_run = 127;

void close_from(int first) {
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return;
  // A kernel before 5.9.
  struct rlimit limit {};
  constexpr rlim_t most = 65536;
  const rlim_t count = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min(limit.rlim_cur, most) : most;
  for (int number = first; number < static_cast<int>(count); ++number) ::close(number);
}

// 0, 1, 2 become the tool's own, 3 the word, 4 the lock; the last two end with exec. Everything else is closed.
bool arrange_descriptors(const Order& order) {
  const std::array<int, 5> given{order.null, order.out, order.err, order.word, order.lock};
  std::array<int, 5> aside{};
  const int count = order.lock < 0 ? lock_at : lock_at + 1;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    aside[at] = ::fcntl(given[at], F_DUPFD_CLOEXEC, lock_at + 1);  // out of the way of the numbers to fill
    if (aside[at] < 0) return false;
  }
  for (int i = 0; i < count; ++i)
    if (::dup2(aside[static_cast<std::size_t>(i)], i) < 0) return false;
  close_from(count);
  for (int i = word_at; i < count; ++i) ::fcntl(i, F_SETFD, FD_CLOEXEC);
  return true;
}

void tell(const Word& word) {
  // Smaller than PIPE_BUF, so in one piece. When nobody listens the master is gone.
  [[maybe_unused]] const ssize_t count = ::write(word_at, &word, sizeof word);
}

[[noreturn]] void become_tool(const Order& order, pid_t supervisor) {
  ::setpgid(0, 0);
  if (order.ends_with_master) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != supervisor) ::_exit(cannot_run);
  }
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(S_IWGRP | S_IWOTH);
  if (::chdir("/") == 0) ::execve(order.executable, order.argv, order.environment);
  tell({errno, 0, 0});
  ::_exit(cannot_run);
}

// Whether the tool has ended; it stays a zombie, so that its number and its group's stay ours to signal.
bool ended(pid_t tool) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(tool), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == tool;
}

enum class Wake { ended, time_over, master_gone };

Wake wait_for(pid_t tool, Clock::time_point until) {
  sigset_t awaited;
  ::sigemptyset(&awaited);
  ::sigaddset(&awaited, SIGCHLD);
  ::sigaddset(&awaited, death_signal);
  while (!ended(tool)) {
    const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(until - Clock::now()));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec limit{seconds.count(), (left - seconds).count()};
    const int got = ::sigtimedwait(&awaited, nullptr, &limit);
    if (got == death_signal) return Wake::master_gone;
    if (got < 0 && errno == EAGAIN) return ended(tool) ? Wake::ended : Wake::time_over;
  }
  return Wake::ended;
}

// Waits for the tool and ends it where it must; returns whether its time was over.
bool attend(const Order& order, pid_t tool, Clock::time_point begin) {
  const bool orphan = order.ends_with_master && ::getppid() != order.master;
  const Wake wake = orphan ? Wake::master_gone : wait_for(tool, begin + order.time);
  if (wake == Wake::ended) return false;
  if (wake == Wake::time_over) {
    ::kill(-tool, SIGTERM);
    wait_for(tool, Clock::now() + order.grace);
  }
  ::kill(-tool, SIGKILL);
  return wake == Wake::time_over;
}

}  // namespace

void supervise(const Order& order) {
  const auto begin = Clock::now();
  ::setsid();  // a ^C at the terminal is for the master alone
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &usual, nullptr);  // were it ignored, the tool could not be waited for
  if (order.ends_with_master) ::prctl(PR_SET_PDEATHSIG, death_signal);
  if (!arrange_descriptors(order)) ::_exit(cannot_run);
  const pid_t self = ::getpid();
  const pid_t tool = ::fork();
  if (tool == 0) become_tool(order, self);
  if (tool < 0) {
    tell({errno, 0, 0});
    ::_exit(cannot_run);
  }
  ::setpgid(tool, tool);  // both do it: neither must find it undone
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(STDIN_FILENO, number);  // /dev/null
  Word word;
  word.late = attend(order, tool, begin) ? 1 : 0;
  while (::waitpid(tool, &word.status, 0) < 0 && errno == EINTR) {
  }
  tell(word);
  ::_exit(0);
}

}  // namespace dockhost
