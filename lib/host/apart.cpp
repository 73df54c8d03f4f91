// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/apart.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "host/descriptor.hpp"

namespace dockhost {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kOnlyOne = 3;  // the descriptor that the child keeps
constexpr std::size_t kLongest = std::size_t{16} << 20U;

void keep_only(int descriptor) {
  ::dup2(descriptor, kOnlyOne);
  if (::close_range(kOnlyOne + 1, ~0U, 0) == 0) return;
  for (int other = kOnlyOne + 1; other < 65536; ++other) ::close(other);  // before Linux 5.9
}

// "+" and the answer, or "-" and why there is none.
std::string answered(const std::function<std::string()>& question) {
  try {
    return "+" + question();
  } catch (const Error& error) {
    return "-" + error.text();
  } catch (const std::exception& error) {
    return std::string("-") + error.what();
  }
}

[[noreturn]] void answer(int to, const std::function<std::string()>& question) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  keep_only(to);
  write_all(kOnlyOne, answered(question));
  ::_exit(0);
}

// Everything until the other end closes, as far as the bound and what goes beyond it; nullopt when that takes too long.
std::optional<std::string> all_of(int from, Clock::time_point until) {
  std::string said;
  std::array<char, 65536> buffer{};
  while (said.size() <= kLongest) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd watched{from, POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) <= 0) continue;
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return said;
    said.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return said;
}

// One that waits for a disk or a server dies when that answers, long after us.
void end(pid_t child) {
  ::kill(child, SIGKILL);
  for (int tries = 0; tries < 20 && ::waitpid(child, nullptr, WNOHANG) == 0; ++tries) ::poll(nullptr, 0, 10);
}

}  // namespace

std::string ask_apart(const std::string& what, const std::function<std::string()>& question,
                      std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_failure("cannot be asked for", what);
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) answer(to.get(), question);
  if (child < 0) throw system_failure("cannot be asked for", what);
  to.close();
  const std::optional<std::string> said = all_of(from.get(), Clock::now() + limit);
  if (!said) {
    end(child);
    throw Error(what + " cannot be told: the kernel did not answer in " +
                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()) +
                " seconds; a process or a file server may hang");
  }
  // It has more to say, and would wait for us to hear it.
  if (said->size() > kLongest) {
    end(child);
    throw Error(what + " cannot be told: it is longer than " + std::to_string(kLongest >> 20U) + " MiB");
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (said->starts_with('+')) return said->substr(1);
  throw Error(said->empty() ? what + " cannot be told: the process that looked was killed" : said->substr(1));
}

}  // namespace dockhost
