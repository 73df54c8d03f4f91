// SPDX-License-Identifier: GPL-3.0-or-later
// The processes of a machine and the mount namespaces that they live in, as /proc shows them at one moment. Each
// namespace's mountinfo is read once. No file that a process holds is looked at, only the kernel's own lists of them: a
// file server that is gone would hold us up as it holds up the process.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/mountinfo.hpp"

namespace dockhost {

struct Process {
  int pid = 0, parent = 0;
  bool of_root = false;   // its real user is uid 0 of the machine, so that its arguments can be believed
  std::string name, exe;  // comm; the path of the executable, without " (deleted)"
  std::string space;      // its mount namespace, as the kernel names it
  std::string file() const { return exe.substr(exe.rfind('/') + 1); }
};

// A mount namespace, and the first process that was seen in it.
struct MountNamespace {
  int pid = 0;
  std::vector<MountLine> lines;
  MountIndex index = {};
};

class Processes {
 public:
  explicit Processes(const Host& host);
  Processes(const Processes&) = delete;  // the indexes refer to the lines
  Processes& operator=(const Processes&) = delete;

  const std::vector<Process>& all() const { return all_; }  // by pid; without the kernel's own
  const Process* find(int pid) const;                       // null: it has ended
  const std::vector<MountLine>& ours() const { return ours_; }
  const std::string& our_space() const { return our_space_; }
  const std::map<std::string, MountNamespace>& others() const { return others_; }  // without ours
  const MountIndex& our_index() const { return our_index_; }
  const MountIndex& mounts_of(const Process& process) const;

  // The mounts of other namespaces that show the same directory of the same file system.
  std::vector<const MountLine*> elsewhere(const MountLine& line) const;

  // Whether a mount of another namespace is there only because it is in ours, so that it goes when ours is unmounted:
  // a service's with PrivateTmp, or one below a copy of "/" with rslave.
  bool follows_ours(const MountLine& line) const;

  // Whether a mount is a copy of ours because what `our` is mounted on is shared with what it is mounted on itself: the
  // kernel unmounts it along, unless something is mounted on it. A bind mount of the same files is none.
  bool goes_with(const MountLine& line, const MountLine& our) const;

  bool carries(const MountLine& line) const;            // whether something is mounted on it, in any namespace
  const MountLine* find_mount(std::uint64_t id) const;  // in any namespace; null: it is in none that was seen

  // The path that a unix socket is bound to, by the socket's inode; "" where it is bound to none. Of our network
  // namespace alone.
  std::string bound_to(const std::string& inode) const;

  // The process itself and those that it descends from, until one fits; null where none does.
  const Process* nearest(const Process& process, const std::function<bool(const Process&)>& fits) const;

 private:
  void add(const Host& host, int pid);
  void read_namespaces(const Host& host);
  void note(const std::vector<MountLine>& lines);
  std::set<std::uint64_t> groups_of(const MountLine& line) const;

  std::vector<Process> all_;
  std::string our_space_;
  using Shown = std::map<std::pair<std::string_view, std::string_view>, std::vector<const MountLine*>>;

  std::vector<MountLine> ours_;
  MountIndex our_index_;
  std::map<std::string, MountNamespace> others_;
  std::unordered_map<std::uint64_t, const MountLine*> by_id_;  // of all namespaces, ours first
  std::set<std::uint64_t> parents_;                            // mounts on which another one is
  Shown ours_shown_, others_shown_;                            // by device and root
  std::map<std::uint64_t, std::uint64_t> master_of_;           // of a peer group: the group that it follows
  std::map<std::string, std::string> bound_;                   // sockets: path by inode
};

// "812 (nginx)"
std::string in_words(const Process& process);

// What a process holds: its working directory, root, executable, open and mapped files, the paths that its sockets are
// bound to. Each by the mount that it lies on, and its path as the kernel tells it there.
struct HeldFile {
  const MountLine* mount = nullptr;
  std::string path;
  bool written = false;  // open, or mapped, so that it can be written to
  bool deleted = false;  // its name is gone
};
// Until `found` returns true. Throws Error where the process may not be looked at.
bool any_held_file(const Host& host, const Processes& processes, const Process& process,
                   const std::function<bool(const HeldFile&)>& found);

}  // namespace dockhost
