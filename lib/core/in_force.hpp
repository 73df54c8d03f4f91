// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/text.hpp"

namespace dockhost {

// Whether a mount option holds, judged by the options that the kernel shows for a mount.
enum class InForce { yes, no, other, unknown };

// `shown`: as in /proc/self/mountinfo, those of the mount and of the file system together. The kernel leaves defaults
// out and writes values its own way (size=2G as size=2097152k, mode=0755 as mode=755), and options of mount(8) alone
// (loop, nofail, x-...) never reach it: `unknown` is for those, and for options of a file system that are not shown.
// `other`: the option is shown with another value, and no table says whether the two mean the same.
// `fstype` is the file system's type as the kernel names it; without it only what holds for all of them is known.
// Sources: show_mnt_opts() and show_sb_opts() in fs/proc_namespace.c, mount(8), and core/option_spelling.hpp.
InForce in_force(const Strings& shown, const std::string& option, const std::string& fstype = "");

// "atime", "noatime", "relatime" and "strictatime" as "atime"; "ro", "rw" as "rw"; "noexec" as "exec"; "size=1G" as
// "size"; "sync", "async" as "sync": two options with the same subject replace each other.
std::string subject(const std::string& option);

// Flags that every file system knows: ro, nosuid, noatime, sync and their like. The kernel always shows them.
bool generic(const std::string& option);

}  // namespace dockhost
