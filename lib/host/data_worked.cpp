// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/data_worked.hpp"

#include "core/data.hpp"
#include "host/data_users.hpp"
#include "host/look.hpp"
#include "host/mountinfo.hpp"
#include "host/move_note.hpp"
#include "host/own_mounts.hpp"
#include "host/userns.hpp"

namespace dockhost {
namespace {

// What stands at the top of a data root and holds nothing of a container, an image or a volume.
bool is_book_of_daemon(const std::string& name) {
  return contains({"network", "buildkit", "builder", "runtimes", "tmp", "trust", "swarm", "engine-id",
                   "backingFsBlockDev", "lost+found", kGuard},
                  name);
}

bool is_book_of_volumes(const std::string& name) { return name == "metadata.db" || name == "backingFsBlockDev"; }

// What dockerd itself writes at its start (moby: daemon.NewDaemon and what it restores): its state, and that of each
// container, but not what a container writes: its log, its layer, its volumes.
bool is_book(const Host& host, const std::string& path) {
  Strings parts = split(path, '/');
  if (names_userns(host, parts.front())) parts.erase(parts.begin());
  if (parts.empty()) return false;
  const std::string top = parts.front(), last = parts.back();
  if (parts.size() == 1) return is_book_of_daemon(top);
  if (top == "containerd") return last.ends_with(".db");
  if (parts.size() == 2 && top == "volumes") return is_book_of_volumes(last);
  if (parts.size() == 2 && top == "plugins") return last == "tmp" || last == "storage";
  if (parts.size() == 2) return last == "backingFsBlockDev";
  if (parts.size() == 3 && top == "containers") return last.find("log") == std::string::npos;
  if (parts.size() == 3 && top == "plugins") return last == "config.json";
  if (parts.size() == 3 && top == "image") return last == "repositories.json" || last == "distribution";
  if (parts.size() == 3 && top.starts_with("overlay")) return last == "work" || last == "merged";
  return parts.size() == 4 && top == "image" && parts[2] == "layerdb" && last == "tmp";
}

// Names, sizes, times and rights.
Strings work_between(const Host& host, const std::string& before, const std::string& after) {
  Comparison how;
  how.content = false;
  how.directory_times = false;
  how.guard = kGuard;
  how.left_out = [&host](const std::string& path) { return is_book(host, path); };
  return host.compare_trees(before, after, how);
}

bool is_mounted(const Host& host, const std::string& root) {
  return way_to(parse_mountinfo(host.read("/proc/self/mountinfo").value_or("")), root).depth != 0;
}

void note_to_copy_anew(Host& host, const std::string& root, const std::string& device) {
  const std::string real = host.resolve(device);
  const std::string uuid = file_system_uuid(host, real);
  const MoveNote note = move_note(host, root, uuid);
  if (note.copy != Data::Copy::verified) return;
  OwnMounts own(host);
  const auto system = look<Filesystem>(host, device);
  const std::string at = own.file_system(real, system ? system->type : "", false), guard = at + "/" + kGuard;
  if (host.sum_tree(at, {kGuard}).hash == note.copy_hash || !work_between(host, root, at).empty()) return;
  note_copying(host, root, uuid);
  host.write(guard, "", 0600, 0, 0);
  host.sync_tree(at);
  // Once more when the note is written, from which on the copy counts for nothing.
  if (work_between(host, root, at).empty()) return;
  note_verified(host, root, uuid, note);
  host.remove(guard);
}

}  // namespace

std::string worked_on(Host& host, const std::string& root) {
  if (!is_mounted(host, root)) return {};
  try {
    end_left_mounts(host, root);
    std::string users = data_users(host, root, DockerIs::stopped_by_us);
    if (!users.empty()) return users;
    return sentence_list(work_between(host, aside_of(root), root));
  } catch (const Error& error) {
    return "it cannot be told: " + error.text();
  }
}

void note_touched_copy(Host& host, const std::string& root, const std::string& device) {
  try {
    note_to_copy_anew(host, root, device);
  } catch (const Error&) {
    // The copy is as good as one that somebody has worked on: the next run says what to type.
  }
}

}  // namespace dockhost
