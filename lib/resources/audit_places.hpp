// SPDX-License-Identifier: GPL-3.0-or-later
// What the paths of audit rules lead to, now and after the next boot.
#pragma once

#include <optional>
#include <string>

#include "core/plan.hpp"
#include "edit/audit_covers.hpp"

namespace dockhost {

// On this host, as the plan so far leaves it. Holds a reference to the plan, and remembers: make a new one after a
// step.
AuditPlaceOf places_of(const Plan& plan);

// When the rules are loaded at the next boot: what containerd and Docker make when they start is not there yet, but
// where a line of tmpfiles.d makes it.
AuditPlaceOf places_at_boot(const Plan& plan);

// The directory below /run that must be there before the rule can be loaded as it is meant: the path itself where it is
// one, else its parent; nothing for a path directly in /run, or elsewhere.
std::optional<std::string> runtime_directory(const Plan& plan, const std::string& path);

// Plans the line of tmpfiles.d that makes it at boot, and the directory itself.
void plan_runtime_directory(Plan& plan, const std::string& directory);

// Plans that auditd starts behind every `nofail` mount of fstab on the way to one of the paths: it would watch the
// directory below the mount.
void plan_boot_order(Plan& plan, const Strings& paths);

}  // namespace dockhost
