// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "base/read_json.hpp"

namespace dockhost {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_note = std::size_t{16} * 1048576;
constexpr milliseconds between_tries{50};

Descriptor open_lock(const std::string& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file && errno == ENOENT) return {};
  if (!file) throw system_failure("cannot be opened", path);
  struct stat seen {};
  if (::fstat(file.get(), &seen) != 0) throw system_failure("cannot be looked at", path);
  const bool ours = S_ISREG(seen.st_mode) && (seen.st_uid == 0 || seen.st_uid == ::geteuid()) && seen.st_nlink <= 1 &&
                    (seen.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (!ours) throw Error("is not a file that belongs to root alone (mode 0600)", {path});
  return file;
}

bool try_lock(const Descriptor& file, int kind, const std::string& path) {
  if (::flock(file.get(), kind | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) throw system_failure("cannot be locked", path);
  return false;
}

// Whether the path still leads to this file: somebody may have removed it while we waited.
bool still_there(const Descriptor& file, const std::string& path) {
  struct stat ours {
  }, theirs{};
  return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino &&
         ours.st_dev == theirs.st_dev;
}

std::optional<Note> parse(std::string_view line) {
  const json all = read_json_or_discard(line, JsonFrom::note);
  if (!all.is_object()) return std::nullopt;
  const auto text = [&all](const char* key) {
    return all.contains(key) && all[key].is_string() ? all[key].get<std::string>() : std::string();
  };
  Note note;
  if (all.contains("pid") && all["pid"].is_number_integer()) note.pid = all["pid"].get<int>();
  note.module = text("module");
  note.doing = text("doing");
  if (all.contains("owes") && all["owes"].is_object()) note.owes = all["owes"];
  return note;
}

struct Read {
  std::optional<Note> note;
  std::size_t end = 0;
};

Read read_notes(const Descriptor& file, const std::string& path) {
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw system_failure("cannot be read", path);
  const std::string all = read_all(file.get(), path, longest_note);
  const std::size_t last = all.rfind('\n');
  if (last == std::string::npos) return {};
  const std::size_t before = last == 0 ? std::string::npos : all.rfind('\n', last - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return {parse(std::string_view(all).substr(begin, last - begin)), last + 1};
}

bool alive(int process) { return process > 0 && (::kill(process, 0) == 0 || errno == EPERM); }

Error held(const std::string& path, const std::optional<Note>& note, milliseconds waited) {
  const std::string time = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(waited).count());
  std::string who = "an unknown process";
  if (note) {
    who = "process " + std::to_string(note->pid) + " (" + printable(note->module) + ", " + printable(note->doing) + ")";
    if (!alive(note->pid)) who += ", which is gone while the tool that it started goes on";
  }
  return Error("held for " + time + " seconds by " + who, {path});
}

// The file, locked, as it is reached by the path.
Descriptor take(const Lock::Wish& wish) {
  const auto until = Clock::now() + wish.wait;
  while (true) {
    Descriptor file = open_lock(wish.path, O_RDWR | O_CREAT);
    if (!file) throw system_failure("cannot be opened", wish.path, ENOENT);
    const bool taken = try_lock(file, LOCK_EX, wish.path);
    if (taken && still_there(file, wish.path)) return file;
    if (wish.interrupted()) throw InterruptedWaiting();
    if (!taken && Clock::now() >= until) throw held(wish.path, read_notes(file, wish.path).note, wish.wait);
    if (!taken) std::this_thread::sleep_for(between_tries);
  }
}

}  // namespace

Lock::Lock(const Wish& wish) : path_(wish.path), file_(take(wish)) {
  const Read before = read_notes(file_, path_);
  end_ = before.end;
  if (before.note) note_.owes = before.note->owes;
  note_.pid = ::getpid();
  note_.module = wish.module;
  note_.doing = "looking";
  append();
}

Lock::~Lock() {
  // What is still owed is for the next run. The flock itself ends with the last descriptor: a tool's supervisor may
  // hold another one.
  if (!file_ || !note_.owes.empty()) return;
  [[maybe_unused]] const int result = ::ftruncate(file_.get(), 0);
}

void Lock::owe(const json& what) {
  json before = std::exchange(note_.owes, what.is_null() ? json::object() : what);
  try {
    append();
  } catch (const Error&) {
    note_.owes = std::move(before);
    throw;
  }
}

void Lock::doing(const std::string& what) {
  note_.doing = what;
  append();
}

void Lock::append() {
  const json all{{"pid", note_.pid}, {"module", note_.module}, {"doing", note_.doing}, {"owes", note_.owes}};
  const std::string line = all.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
  const auto end = static_cast<off_t>(end_);
  // A line that was cut short by a kill, or now by a full disk, is no line: the last byte is the line end.
  if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) != end ||
      !write_all(file_.get(), line)) {
    const int code = errno;
    [[maybe_unused]] const int result = ::ftruncate(file_.get(), end);
    throw system_failure("cannot be written", path_, code);
  }
  end_ += line.size();
}

std::optional<Note> Lock::look(const std::string& path) {
  const Descriptor file = open_lock(path, O_RDONLY);
  if (!file) return std::nullopt;
  std::optional<Note> note = read_notes(file, path).note;
  if (note) note->live = !try_lock(file, LOCK_SH, path) && alive(note->pid);
  return note;
}

}  // namespace dockhost
