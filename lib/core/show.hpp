// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/audit.hpp"
#include "core/data.hpp"
#include "core/kinds.hpp"
#include "core/system.hpp"

namespace dockhost {

// A thing in a few words, as messages about a difference name it. A file's text is not shown: it may hold secrets.
std::string show(const std::optional<File>& file);
std::string show(const std::optional<Directory>& directory);
std::string show(const std::optional<Mount>& mount);
std::string show(const std::optional<Automount>& automount);
std::string show(const std::optional<Service>& service);
std::string show(const std::optional<Reload>& reload);
std::string show(const std::optional<User>& user);
std::string show(const std::optional<SubIds>& ids);
std::string show(const std::optional<VolumeGroup>& group);
std::string show(const std::optional<LogicalVolume>& volume);
std::string show(const std::optional<Filesystem>& system);
std::string show(const std::optional<Data>& data);
std::string show(const std::optional<AuditRules>& rules);
std::string show(const std::optional<Access>& access);
std::string show(const std::optional<AccountGroup>& group);

// "0644".
std::string octal(unsigned mode);

}  // namespace dockhost
