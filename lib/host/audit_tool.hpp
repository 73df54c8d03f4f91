// SPDX-License-Identifier: GPL-3.0-or-later
// auditctl(8), and times as systemd tells them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/audit.hpp"
#include "edit/audit_rule.hpp"
#include "host/host.hpp"

namespace dockhost {

// The lines of `auditctl -l`, with `never` where that hides it; none where there are no rules. Throws Error where it
// does not answer.
Strings kernel_lines(Host& host);

// Whether one of the lines is the rule, or a listing of the same meaning (auditctl 3.1.3 and later puts the syscalls of
// the permissions in).
bool listed(const Strings& lines, const AuditRule& rule);

// Whether each of the lines is listed, by itself or in the same meaning.
bool all_listed(const Strings& lines, const Strings& seen);

// "Wed 2026-11-25 09:10:11.123456 UTC" (systemctl --timestamp=us+utc) in microseconds since the epoch; 0 for any other
// text, such as "n/a".
std::int64_t time_of(const std::string& text);

// How the clock was set since the boot, in order: from times by the clock that nobody sets (microseconds since the
// boot) and the boot as the other clock told it then. A second's difference is none.
std::vector<MountTimes::Clock> clocks_of(std::vector<std::pair<std::int64_t, std::int64_t>> seen);

}  // namespace dockhost
