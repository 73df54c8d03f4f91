// SPDX-License-Identifier: GPL-3.0-or-later
// Why Docker's data is not moved. Nothing is changed; each message says what was found and, where somebody has to
// choose, what to type.
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "edit/fstab.hpp"
#include "resources/docker_data.hpp"

namespace dockhost {

struct DataPlace {
  const std::string &root, &device;
  const Data& data;
  const std::optional<Mount>& mounted;
  const std::optional<FstabEntry>& entry;
  bool on_target = false, named = false;
};

// Why Docker's data cannot be moved from where it is, with what to do; "" where docker_data can. Cheap: of Docker and
// what is mounted on its root alone.
std::string unmovable(const Docker& docker, const std::string& root, const std::optional<Mount>& mounted);

// The data holds what a copy with cp(1) does not take along, or Docker cannot run on the new file system.
void refuse_shape(const Docker& docker, const std::string& root, const Data& data);

// The root is a link, something else is mounted on it or named for it in fstab, or the target is not fit.
void refuse_place(const DataPlace& place);

// The data would go away under somebody: a container that runs on without dockerd, a process, a mount of a part of it.
void refuse_users(const Plan& plan, const std::string& unit, const std::string& root);

// A copy is to be made: does it fit? Warns of what it would lose.
void refuse_copy(Plan& plan, const DataWish& wish, const std::string& root, const std::string& device,
                 const std::string& fstype, const Data& data);

// Data lies in more than one place, or where no run has put it.
[[noreturn]] void refuse_unclear(const std::string& root, const std::string& device, const std::string& fstype,
                                 const Data& data, const std::optional<Mount>& mounted);

// Who uses the old data, which is to be removed.
void refuse_users_of_old(const Plan& plan, const std::string& root);

// The old data is not removed while there is a note of a move, nor where somebody has written to it since.
void refuse_removal(const std::string& root, const Data& data);

// A device of the user's that is to get a file system.
void refuse_used_device(const DataWish& wish, const Filesystem& found, const std::optional<Disk>& disk);

}  // namespace dockhost
