// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "resources/lvm_volume.hpp"
#include "resources/resource.hpp"

namespace dockhost {

// What the options of `docker_data` ask for.
struct DataWish {
  std::optional<VolumeWish> volume;  // where the data goes: this, or `device`
  std::string device, fstype;
  std::string path;     // the data root; "": as Docker has it
  std::string options;  // of the mount; "": as the file system needs them
  int passno = 2;
  bool require_mount = true, stop_containers = false, content = true, keep_old = true;
  Strings stop;  // further units to stop meanwhile
  std::string unit = "docker.service";
  int seconds = 90;  // how long a start of Docker may take
};

// From validated arguments. Throws Error for what the table cannot say.
DataWish data_wish(const json& args);

// Docker's data root: as asked for, as the running daemon has it, as daemon.json says, else /var/lib/docker. Without
// the sub-directory that a user namespace takes.
std::string data_root(const Plan& plan, const DataWish& wish);

// The device as it stands in fstab.
std::string data_device(const DataWish& wish);

// Plans that Docker's data is on the volume or device and mounted on its root, with one stop of Docker. Throws Refusal
void plan_data(Plan& plan, const DataWish& wish);

Resource docker_data_resource();

}  // namespace dockhost
