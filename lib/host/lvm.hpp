// SPDX-License-Identifier: GPL-3.0-or-later
// What LVM tells of its groups. Asking writes nothing: neither locks that others wait for, nor copies of its metadata
// into /etc/lvm.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace dockhost {

// The group of that name, as one object {vg: {...}, pv: [...], lv: [...]} with LVM's own field names, sizes in bytes;
// null where there is none. Throws Error where two have the name, and where lvm(8) is missing or fails.
json group_report(Host& host, const std::string& name);

// The group that a physical volume belongs to, by the device's real path; "" for one in no group, and where the device
// is no physical volume.
std::string group_of(Host& host, const std::string& device);

// A number as LVM writes it: digits alone.
std::uint64_t lvm_number(const json& object, const char* field);

}  // namespace dockhost
