// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "resources/docker_engine.hpp"
#include "resources/lvm_volume.hpp"
#include "resources/resource.hpp"

namespace dockhost {

// What the options of `docker_data` ask for.
struct DataWish {
  std::optional<VolumeWish> volume;  // where the data goes: this, or `device`
  std::string device, fstype;
  std::string path;           // the data root; "": as Docker has it
  std::string options;        // of the mount; "": as the file system needs them
  std::optional<int> passno;  // not given: 2 for a new entry of fstab, else as the entry has it
  bool by_uuid = false;       // fstab names the file system's UUID
  bool require_mount = true, stop_containers = false, content = true, keep_old = true;
  Strings stop;  // further units to stop meanwhile
  Strings left;  // containers that do not run again, because the root changes in the same plan
  std::string unit = "docker.service";
  int seconds = 0;  // how long a start of Docker may take; 0: what its unit allows
};

// From validated arguments. Throws Error for what the table cannot say.
DataWish data_wish(const json& args);

// Docker's data root: as asked for, as the running daemon has it, as daemon.json says, else /var/lib/docker. Without
// the sub-directory that a user namespace takes.
std::string data_root(const Plan& plan, const DataWish& wish);

// The device as it stands in fstab.
std::string data_device(const DataWish& wish);

// A move that is planned up to the mount of the new file system.
struct PlannedMove {
  std::string key;  // of its Data
  bool keep_old = true;
  bool stopped = false;  // Docker, where it runs, is stopped now
  Downtime downtime;     // what ran, and is to run again
};

// Plans that Docker's data is on the volume or device and mounted on its root. Whoever calls this plans what else is to
// be done while Docker does not run, then its start (plan_start) and plan_moved(). Throws Refusal where something is in
// the way, naming it.
PlannedMove plan_move(Plan& plan, const DataWish& wish);

// The end of the move, what ran along with Docker, and the removal of the old data where that is asked for.
void plan_moved(Plan& plan, const PlannedMove& move);

Resource docker_data_resource();

}  // namespace dockhost
