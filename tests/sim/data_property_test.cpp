// SPDX-License-Identifier: GPL-3.0-or-later
// While Docker's data is moved, somebody writes a file, at any time and to any place where the data is then. Whatever
// becomes of the run and of those after it, the file is still somewhere.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <vector>

#include "core/data.hpp"
#include "sim/mounts.hpp"
#include "sim/move_case.hpp"

using namespace dockhost;
using sim::Killed;
using sim::Machine;
using sim::move_case;
using sim::MoveCase;
using sim::run_move;
using sim::SimHost;

namespace {

const std::string kDataRoot = "/var/lib/docker", kMarker = "nobody may lose this";

void put_marker(sim::Entries& entries, const std::string& path, std::int64_t time) {
  sim::make_parents(entries, path);
  entries[path] = sim::Entry{Node::Type::file, kMarker, 0644, 0, 0, 0, time};
}

bool is_folder(const Machine& machine, const std::string& directory) {
  const auto found = machine.entries.find(directory);
  return found != machine.entries.end() && found->second.type == Node::Type::directory;
}

// The file system that the data goes to, once it is finished.
sim::Disk* target(Machine& machine, const MoveCase& one) {
  const json device = one.request.args.value("device", json());
  const auto found = machine.disks.find(device.is_string() ? device.get<std::string>() : "/dev/mapper/docker-data");
  if (found == machine.disks.end() || found->second.fstype.empty()) return nullptr;
  const std::size_t slash = found->second.volume.find('/');
  if (slash == std::string::npos) return &found->second;
  const auto& volumes = machine.groups.at(found->second.volume.substr(0, slash)).volumes;
  return volumes.at(found->second.volume.substr(slash + 1)).tags.empty() ? &found->second : nullptr;
}

// Each writes the file, if the place is there; `name` is below it.
using Place = std::function<bool(Machine&, const MoveCase&, const std::string& name)>;

bool in_root(Machine& machine, const MoveCase& /*one*/, const std::string& name) {
  if (!is_folder(machine, kDataRoot)) return false;
  put_marker(machine.entries, kDataRoot + name, ++machine.clock);
  return true;
}

bool in_aside(Machine& machine, const MoveCase& /*one*/, const std::string& name) {
  if (!is_folder(machine, aside_of(kDataRoot))) return false;
  put_marker(machine.entries, aside_of(kDataRoot) + name, ++machine.clock);
  return true;
}

// Where the run itself has it mounted, or by a mount of somebody's own that is gone again.
bool in_copy(Machine& machine, const MoveCase& one, const std::string& name) {
  sim::Disk* const disk = target(machine, one);
  if (disk == nullptr) return false;
  ++machine.clock;
  for (const sim::Mounted& mounted : machine.mounts) {
    if (mounted.device != disk->device) continue;
    put_marker(machine.entries, mounted.path + name, machine.clock);
    return true;
  }
  put_marker(disk->files, name, machine.clock);
  return true;
}

// A run that has noted the beginning of a copy looks once more at what came right before the note, and puts the note
// back. A file that comes then is lost where the run is killed, or the note cannot be put back, at that very moment.
bool right_before_the_note(const Machine& machine) {
  const auto note = machine.entries.find(note_of(kDataRoot));
  if (note == machine.entries.end() || !note->second.text.starts_with("copying")) return false;
  const auto just_before = [&](const auto& entry) {
    return entry.second.text == kMarker && entry.second.changed + 1 == note->second.changed;
  };
  return std::any_of(machine.disks.begin(), machine.disks.end(), [&](const auto& disk) {
    return std::any_of(disk.second.files.begin(), disk.second.files.end(), just_before);
  });
}

struct Fate {
  std::string name;
  std::optional<std::size_t> killed, failed;  // so many changes after the file was written
};

void run_to_the_end(Machine machine, const MoveCase& one, const std::string& when) {
  for (int again = 0; again < 3; ++again) {
    SimHost next(machine);
    const json result = run_move(next, one);
    machine = next.machine;
    CAPTURE(again);
    INFO(when << " " << result.dump(1));
    const bool there = sim::is_anywhere(machine, kMarker);
    CHECK(there);
    if (!there) return;
  }
}

void try_at(const MoveCase& one, std::size_t k, const Place& place, const std::string& name, const Fate& fate) {
  SimHost host(one.machine);
  bool written = false;
  host.meanwhile_at = k;
  host.meanwhile = [&](Machine& machine) { written = place(machine, one, name); };
  if (fate.killed) host.kill_at = k + *fate.killed;
  if (fate.failed) host.fail_at = k + *fate.failed;
  std::string result = "killed";
  try {
    result = run_move(host, one).dump(1);
  } catch (const Killed&) {
  }
  if (!written || ((fate.killed || fate.failed) && right_before_the_note(host.machine))) return;
  INFO(result);
  const bool there = sim::is_anywhere(host.machine, kMarker);
  CHECK(there);
  if (there) run_to_the_end(host.machine, one, result);
}

}  // namespace

TEST_CASE(
    "a file that somebody writes while data is moved is still there after any fate of the run and the next ones") {
  const std::vector<std::string> cases = {"data-blank",           "data-again",       "data-resume",
                                          "data-future",          "data-remove-old",  "data-remove-old-later",
                                          "data-device-empty",    "data-fstab-early", "data-attach",
                                          "data-chosen",          "data-right",       "data-stopped",
                                          "data-commit",          "data-finish",      "data-start",
                                          "data-remove-old-start"};
  const std::vector<std::pair<std::string, Place>> places = {{"root", in_root}, {"aside", in_aside}, {"copy", in_copy}};
  const std::vector<Fate> fates = {{"done", {}, {}},  {"killed next", 1, {}}, {"killed later", 4, {}},
                                   {"failed", {}, 0}, {"failed next", {}, 1}, {"failed later", {}, 3}};
  std::size_t tried = 0;
  for (const std::string& name : cases) {
    const MoveCase one = move_case(name);
    SimHost whole(one.machine);
    run_move(whole, one);
    const std::size_t stride = std::getenv("EVERY_STEP") != nullptr ? 1 : std::max<std::size_t>(1, whole.changes / 2);
    for (std::size_t k = 1; k <= whole.changes; k += stride) {
      for (const auto& [place, write] : places) {
        for (const std::string file : {"/marker", "/volumes/v/_data/marker"}) {
          for (const Fate& fate : fates) {
            CAPTURE(name);
            CAPTURE(k);
            CAPTURE(place);
            CAPTURE(file);
            CAPTURE(fate.name);
            try_at(one, k, write, file, fate);
            ++tried;
          }
        }
      }
    }
  }
  MESSAGE(tried << " files written while data was moved");
}
