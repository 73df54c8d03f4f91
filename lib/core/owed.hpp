// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/state.hpp"

namespace dockhost {

// The file of a debt, as JSON and back: {"path": ..., "content": null or text, "mode", "uid", "gid", "tried",
// "left": of the changed one}.
OwedFile owed_file(const json& noted);

// What a run owes while the host is as `now` and was as `before` when the run looked: services that ran and do not,
// with what ran along with them, and readers of changed files that have not read them. In the form of Host::owe():
// {"units": {"docker.service": {"containers": [...], "units": [...]}}, "reload": ["systemd"], "rules": ["-w /x -k k"]},
// the last the audit rules that are being deleted and loaded again; {} when nothing. A unit that is down has "file",
// too, where the file that its daemon reads has changed since: as it was.
json owed_between(const State& before, const State& now);

// What of a dead run's debts the state says nothing about: a run of another module, which must not forget them.
json owed_elsewhere(const json& owed, const State& known);

// What is owed in one or the other.
json owed_in_either(const json& one, const json& other);

}  // namespace dockhost
