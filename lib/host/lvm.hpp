// SPDX-License-Identifier: GPL-3.0-or-later
// What LVM tells of its groups. Asking writes nothing: neither locks that others wait for, nor copies of its metadata
// into /etc/lvm.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace dockhost {

// For as_documented().
inline constexpr const char* kLvmsReport = "lvm's report";

// The group of that name, as one object {vg: {...}, pv: [...], lv: [...]} with LVM's own field names, sizes in bytes;
// null where there is none. Throws Error where two have the name, and where lvm(8) is missing or fails.
json group_report(Host& host, const std::string& name);

// The group that a physical volume belongs to, by the device's real path; "" for one in no group; nullopt where LVM
// shows no such physical volume.
std::optional<std::string> group_of(Host& host, const std::string& device);

// Why LVM does not use the device, whatever is on it, as "device is rejected by filter config (lvm.conf: ...)"; ""
// where nothing is in the way, and where there is no LVM. That a `blank` disk is not in the devices file is in nobody's
// way: vgcreate(8) and vgextend(8) add it.
std::string excluded_by_lvm(Host& host, const std::string& device, bool blank);

// A number as LVM writes it: digits alone.
std::uint64_t lvm_number(const json& object, const char* field);

}  // namespace dockhost
