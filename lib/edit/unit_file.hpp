// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace dockhost {

// A unit file or drop-in (systemd.syntax(7)) with the line in its section: as it is where the line stands there
// already, else with the line added as the section's last; every other byte stays. A section that is missing goes last.
std::string with_line(const std::string& text, std::string_view section, std::string_view line);

// The unit of a mount point: "/var/lib/docker" is "var-lib-docker.mount" (systemd-escape(1), --path).
std::string mount_unit(std::string_view path);
std::string automount_unit(std::string_view path);  // "var-lib-docker.automount"

}  // namespace dockhost
