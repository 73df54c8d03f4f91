// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <vector>

#include "host/descriptor.hpp"
#include "host/signals.hpp"
#include "host/supervisor.hpp"

namespace dockhost {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* search_path = "/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t most_said = std::size_t{64} * 1048576;
// "No limit" is a year: a steady clock cannot hold seconds::max().
constexpr std::chrono::seconds most_time = std::chrono::hours(24 * 365);
constexpr int killed_by = 128;  // as a shell tells it: 128 + the signal's number

std::string executable_of(const std::string& tool) {
  if (tool.find('/') != std::string::npos) return tool;
  const Strings directories = split(search_path, ':');
  for (const std::string& directory : directories) {
    std::string path = directory;
    path.append("/").append(tool);
    struct stat seen {};
    if (::stat(path.c_str(), &seen) == 0 && S_ISREG(seen.st_mode) && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

std::vector<char*> pointers(Strings& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct Pipe {
  Descriptor read, write;

  explicit Pipe(const std::string& tool) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_failure("cannot be started", tool);
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
};

pid_t start(const Order& order, const std::string& tool) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) supervise(order);
  const int code = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) throw system_failure("cannot be started", tool, code);
  return child;
}

// What comes out of a pipe. Past `most_said` it is thrown away, so that the tool does not hang on a full pipe.
struct Stream {
  Descriptor from;
  std::string said;
  bool too_much = false;

  // Reads what is there, at most as much as a pipe can hold (pipe(7)), so that a noisy left-over cannot keep us.
  void drain() {
    constexpr std::size_t most_held = 1048576;
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
    for (std::size_t taken = 0; from && taken < most_held;) {
      const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return from.close();
      const auto size = static_cast<std::size_t>(count);
      taken += size;
      too_much = too_much || said.size() + size > most_said;
      if (!too_much) said.append(buffer.data(), size);
    }
  }
};

class Conversation {
 public:
  Conversation(Descriptor out, Descriptor err, Descriptor word)
      : out_{std::move(out), "", false}, err_{std::move(err), "", false}, word_(std::move(word)) {}

  // Listens until the supervisor says that the tool has ended, or nothing more can be expected.
  void listen(Clock::time_point until, const Manner& manner) {
    const std::function<void()>& meanwhile = manner.meanwhile;
    while (!ended_ && Clock::now() < until) {
      if (manner.looking && Signals::interrupted()) throw Interrupted();
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count() + 1;
      std::array<pollfd, 3> watched{pollfd{out_.from.get(), POLLIN, 0}, pollfd{err_.from.get(), POLLIN, 0},
                                    pollfd{word_.get(), POLLIN, 0}};
      const std::int64_t most = manner.looking ? 200 : meanwhile ? 1000 : 3'600'000;
      ::poll(watched.data(), watched.size(), static_cast<int>(std::min(std::int64_t{left}, most)));
      hear();
      out_.drain();  // after the word: what the tool has said is in the pipe by then
      err_.drain();
      if (meanwhile && !ended_) meanwhile();
    }
  }

  Output output(const std::string& tool) {
    if (exec_error_ != 0 && exec_error_ != ENOENT && exec_error_ != ENOTDIR)
      throw system_failure("cannot be started", tool, exec_error_);
    if (out_.too_much || err_.too_much) throw Error("printed more than 64 MB", {tool});
    Output output;
    output.found = exec_error_ == 0;
    output.late = !ended_ || last_.late != 0;
    output.out = std::move(out_.said);
    output.err = std::move(err_.said);
    if (told_ && WIFEXITED(last_.status)) output.code = WEXITSTATUS(last_.status);
    if (told_ && WIFSIGNALED(last_.status)) output.code = killed_by + WTERMSIG(last_.status);
    if (ended_ && !told_) output.code = killed_by + SIGKILL;  // the supervisor itself was killed
    return output;
  }

  bool ended() const { return ended_; }

 private:
  void hear() {
    Word word;
    const ssize_t count = ::read(word_.get(), &word, sizeof word);
    if (count < 0) return;
    if (count == 0) {
      ended_ = true;
    } else if (word.exec_error != 0) {
      exec_error_ = word.exec_error;
    } else {
      last_ = word;
      told_ = ended_ = true;
    }
  }

  Stream out_, err_;
  Descriptor word_;
  Word last_;
  int exec_error_ = 0;
  bool told_ = false, ended_ = false;
};

}  // namespace

Output run_process(const Strings& argv, const Limits& limits, const Manner& manner) {
  if (argv.empty()) throw Error("no tool is named");
  const std::string& tool = argv.front();
  const std::string executable = executable_of(tool);
  if (executable.empty()) return {.code = -1, .out = "", .err = "", .found = false, .late = false};
  Strings arguments = argv, environment{std::string("PATH=") + search_path, "LC_ALL=C"};
  const std::vector<char*> argument_list = pointers(arguments), environment_list = pointers(environment);
  Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  // A system below a directory (chroot) may have no devices: a file in memory is as empty.
  if (!null) null = Descriptor(::memfd_create("null", MFD_CLOEXEC));
  if (!null) throw system_failure("cannot be opened", "/dev/null");
  const std::chrono::milliseconds time = std::min(limits.time, most_time);
  Pipe out(tool), err(tool), word(tool);
  const pid_t supervisor = start({.executable = executable.c_str(),
                                  .argv = argument_list.data(),
                                  .environment = environment_list.data(),
                                  .null = null.get(),
                                  .out = out.write.get(),
                                  .err = err.write.get(),
                                  .word = word.write.get(),
                                  .lock = manner.lock,
                                  .master = ::getpid(),
                                  .ends_with_master = limits.ends_with_us,
                                  .time = time,
                                  .grace = manner.grace},
                                 tool);
  for (Pipe* pipe : {&out, &err, &word}) pipe->write.close();
  Conversation conversation(std::move(out.read), std::move(err.read), std::move(word.read));
  // A tool that not even SIGKILL ends (it waits for a disk) is left to its supervisor, which keeps the lock.
  conversation.listen(Clock::now() + time + 2 * manner.grace, manner);
  if (conversation.ended())
    while (::waitpid(supervisor, nullptr, 0) < 0 && errno == EINTR) {
    }
  return conversation.output(tool);
}

}  // namespace dockhost
