// SPDX-License-Identifier: GPL-3.0-or-later
// What a change of each kind does on a machine. Each happens or leaves no trace, and throws Error when it did not.
// The caller, perform() in host/apply.cpp, has looked whether the host still is as `before`.
#pragma once

#include <string>

#include "core/state.hpp"
#include "host/host.hpp"

namespace dockhost {

std::string perform_file(Host& host, const Change<File>& change);  // the backup's name, or ""
void perform_service(Host& host, const Change<Service>& change);
void perform_reload(Host& host, const Change<Reload>& change);
void perform_user(Host& host, const Change<User>& change);
void perform_subids(Host& host, const Change<SubIds>& change);
void perform_access(Host& host, const Change<Access>& change);
void perform_members(Host& host, const Change<AccountGroup>& change);
void perform_group(Host& host, const Change<VolumeGroup>& change);
void perform_volume(Host& host, const Change<LogicalVolume>& change);
void perform_filesystem(Host& host, const Change<Filesystem>& change);

// argv, or an Error that quotes what the tool said.
void must_run(Host& host, const Strings& argv, Limits limits = {});
// The same of what was run already.
void must_succeed(const Output& output, const Strings& argv, Limits limits);

}  // namespace dockhost
