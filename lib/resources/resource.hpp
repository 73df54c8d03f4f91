// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "args/spec.hpp"
#include "core/plan.hpp"

namespace dockhost {

// A module: its option table, and the planner that turns valid arguments into steps and findings. A planner is a
// function of the arguments and of the state: no clock, no random, no environment, no host.
struct Resource {
  Module spec;
  std::function<void(Plan&, const json& args)> plan;
  // Return values of its own beside those that every module has; `plan` is the finished one.
  // `applied`: it was executed.
  std::function<json(const Plan& plan, const json& args, bool applied)> returns = {};
  // What of the host's own text must not be shown because of these arguments, as values of no_log options; `seen` may
  // know less than all.
  std::function<Strings(const State& seen, const json& args)> secrets = {};
};

}  // namespace dockhost
