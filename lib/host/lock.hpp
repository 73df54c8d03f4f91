// SPDX-License-Identifier: GPL-3.0-or-later
// One run at a time, and what a run owes. The file is a list of lines, each one JSON object {pid, module, doing, owes};
// the last complete line counts. A line is only ever appended, so a run that is killed while it writes leaves the line
// before it; the end of a run that owes nothing empties the file. /run is kept in memory: a reboot clears it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/descriptor.hpp"

namespace dockhost {

struct Note {
  int pid = 0;
  std::string module, doing;  // "running mkfs.xfs"
  json owes = json::object();
  bool live = false;  // the process that wrote it runs and holds the lock; not in the file
  bool operator==(const Note&) const = default;
};

// SIGINT or SIGTERM came while another run held the lock.
class InterruptedWaiting : public Interrupted {
 public:
  const char* what() const noexcept override {
    return "interrupted while another run held the lock; nothing was changed";
  }
};

class Lock {
 public:
  struct Wish {
    std::string module;
    std::string path = "/run/dockhost.lock";
    std::chrono::milliseconds wait{60'000};
    std::function<bool()> interrupted = [] { return false; };  // gives up waiting
  };

  // Takes the lock. Throws InterruptedWaiting; or Error that names the process which holds it and what it does, when it
  // stays held; or when the file is not root's alone (a link, another owner, writable or readable by others).
  explicit Lock(const Wish& wish);
  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = delete;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

  int descriptor() const { return file_.get(); }
  // What the dead run before this one left, until owe() says otherwise; {} when nothing.
  const json& owed() const { return note_.owes; }
  // Noted before it returns: a run killed right afterwards leaves it. Throws Error.
  void owe(const json& what);
  void doing(const std::string& what);  // for those who wait

  // The last note, without taking the lock; nullopt when there is none. Throws Error as the constructor does.
  static std::optional<Note> look(const std::string& path = "/run/dockhost.lock");

 private:
  void append();

  std::string path_;
  Descriptor file_;
  Note note_;
  std::size_t end_ = 0;  // of the last complete line
};

}  // namespace dockhost
