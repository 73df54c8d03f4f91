// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/text.hpp"

namespace dockhost {

enum class MountState { absent, absent_from_fstab, absent_mount, ephemeral, mounted, present, remounted, unmounted };

// The arguments of the module `mount`.
struct MountWish {
  MountState state = MountState::present;
  std::string path, source, fstype;
  std::optional<std::string> opts;  // as given; nothing where the task does not name any
  std::optional<int> dump, passno;  // not given: 0, or as the entry has it when merging
  std::string fstab = "/etc/fstab";
  bool boot = true, backup = false, hidden = false, merge = false, hide_existing_data = false;

  bool swap() const { return path == "none" || path == "swap"; }
  // What the task asks for as it is written into an entry: `defaults` where it names nothing, with `noauto` where
  // `boot` is false.
  std::string options() const;
};

// Throws Error where a value cannot be: a path that is not absolute (but `none` and `swap`) or holds `..`, a dump or
// passno that is no number.
MountWish mount_wish(const json& args);

}  // namespace dockhost
