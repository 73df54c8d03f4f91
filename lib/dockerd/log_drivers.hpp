// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"
#include "dockerd/keys.hpp"
#include "dockerd/values.hpp"

namespace dockhost {

// Whether dockerd of this version brings the log driver itself. Any other name is a plugin's.
bool builtin_log_driver(std::string_view name, const Version& version);

// What dockerd refuses in log-opts under this log driver, or what would keep its containers from starting (that has
// Refused::never). Options of a plugin are the plugin's own, but for those that dockerd reads itself.
// Source: ValidateLogOpts in daemon/logger/factory.go, and ValidateLogOpt of each driver.
std::vector<Mismatch> log_option_problems(const std::string& driver, const json& options, const Version& version);

}  // namespace dockhost
