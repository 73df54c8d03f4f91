// SPDX-License-Identifier: GPL-3.0-or-later
// The cases of tests/plans, each a host and a call on it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "run.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {

struct PlanCase {
  std::string name;
  Machine machine;
  Request request;
  std::vector<Step> steps;  // of its plan; none where it is refused
  // Said in args.json, each with its reason:
  bool changes_again = false;    // its second run changes something by its nature
  bool note_is_paid = false;     // a dead run's note says no more than what runs: a run that fails may forget it
  bool failure_starts = false;   // what a dead run stopped runs again, also when the run fails
  bool restart_applies = false;  // the file is right and not in force: any restart, an undoing one too, applies it
  bool unforeseen = false;       // check mode promises a plan that fails on this host
  // Said by the plan's own steps:
  bool stays = false;  // it has stages: a failure leaves the finished ones to the next run, which goes on from there
  bool grows = false;  // what has grown is not made smaller by an undo, and is listed
};

std::filesystem::path plans_folder();
std::string text_of(const std::filesystem::path& path);

// In the order of their names.
std::vector<PlanCase> all_cases();

// The host of one of them.
Machine host_of_case(const std::string& name);

// The cases whose steps are tried; QUICK: every other one.
std::vector<PlanCase> tried_cases();

// Each try is a run or two, slow under sanitizers, and the plan of a whole host has more than fifty changes: two of a
// plan are tried there, evenly spread, and all of them where EVERY_STEP is set, with the release build.
std::size_t stride(std::size_t changes);

json run_on(SimHost& host, const PlanCase& one, bool check);
bool failed(const json& result);

}  // namespace dockhost::sim
