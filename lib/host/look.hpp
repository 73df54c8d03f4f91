// SPDX-License-Identifier: GPL-3.0-or-later
// How each kind is seen on a machine. Looking changes nothing there.
#pragma once

#include <optional>
#include <string>

#include "core/state.hpp"
#include "host/host.hpp"

namespace dockhost {

// The thing as it is now; nullopt when it is not there. Throws Error when it cannot be told.
template <class K>
std::optional<K> look(Host& host, const std::string& key);

// What an engine keeps or runs, of the engine as it was seen; nullopt when it cannot be asked.
template <class K>
std::optional<K> look_with(Host& host, const Docker& docker);
template <>
std::optional<DockerObjects> look_with<DockerObjects>(Host& host, const Docker& docker);
template <>
std::optional<DockerPlugins> look_with<DockerPlugins>(Host& host, const Docker& docker);
template <>
std::optional<Containers> look_with<Containers>(Host& host, const Docker& docker);

template <>
std::optional<File> look<File>(Host& host, const std::string& path);
template <>
std::optional<Directory> look<Directory>(Host& host, const std::string& path);
template <>
std::optional<Mount> look<Mount>(Host& host, const std::string& path);
template <>
std::optional<Automount> look<Automount>(Host& host, const std::string& path);
template <>
std::optional<Reach> look<Reach>(Host& host, const std::string& path);
template <>
std::optional<Service> look<Service>(Host& host, const std::string& unit);
template <>
std::optional<Reload> look<Reload>(Host& host, const std::string& unit);
template <>
std::optional<User> look<User>(Host& host, const std::string& name);
template <>
std::optional<SubIds> look<SubIds>(Host& host, const std::string& user);
template <>
std::optional<Docker> look<Docker>(Host& host, const std::string& unit);
template <>
std::optional<FreeSpace> look<FreeSpace>(Host& host, const std::string& path);
template <>
std::optional<Covered> look<Covered>(Host& host, const std::string& path);
template <>
std::optional<Device> look<Device>(Host& host, const std::string& source);
template <>
std::optional<Verdict> look<Verdict>(Host& host, const std::string& question);
template <>
std::optional<Disk> look<Disk>(Host& host, const std::string& name);
template <>
std::optional<VolumeGroup> look<VolumeGroup>(Host& host, const std::string& name);
template <>
std::optional<LogicalVolume> look<LogicalVolume>(Host& host, const std::string& key);
template <>
std::optional<Filesystem> look<Filesystem>(Host& host, const std::string& path);
template <>
std::optional<Data> look<Data>(Host& host, const std::string& key);
template <>
std::optional<RootUse> look<RootUse>(Host& host, const std::string& key);
template <>
std::optional<MountUse> look<MountUse>(Host& host, const std::string& path);
template <>
std::optional<Tool> look<Tool>(Host& host, const std::string& name);
template <>
std::optional<AuditRules> look<AuditRules>(Host& host, const std::string& kernel);
template <>
std::optional<Audit> look<Audit>(Host& host, const std::string& kernel);
template <>
std::optional<AuditRecords> look<AuditRecords>(Host& host, const std::string& kernel);
template <>
std::optional<MountTimes> look<MountTimes>(Host& host, const std::string& kernel);
template <>
std::optional<WatchedPlace> look<WatchedPlace>(Host& host, const std::string& path);
template <>
std::optional<SyscallTable> look<SyscallTable>(Host& host, const std::string& arch);
template <>
std::optional<AuditKnown> look<AuditKnown>(Host& host, const std::string& question);
template <>
std::optional<Access> look<Access>(Host& host, const std::string& path);
template <>
std::optional<AccountGroup> look<AccountGroup>(Host& host, const std::string& name);
template <>
std::optional<Unit> look<Unit>(Host& host, const std::string& name);
template <>
std::optional<System> look<System>(Host& host, const std::string& kernel);
template <>
std::optional<Listing> look<Listing>(Host& host, const std::string& directory);

// Looks at what a planner asked for and puts it into the state.
void observe(Host& host, State& state, const NotObserved& asked);

}  // namespace dockhost
