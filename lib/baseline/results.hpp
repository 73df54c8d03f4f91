// SPDX-License-Identifier: GPL-3.0-or-later
// One result a control, and what they come to: the document that the report is made of.
#pragma once

#include <vector>

#include "baseline/audit_profile.hpp"
#include "baseline/judge.hpp"
#include "baseline/waiver.hpp"

namespace dockhost {

// What a run is to compare the host with.
struct Baseline {
  std::string profile = "article", version = kDefaultBenchmark;
  Strings controls;  // keys of those that count, in the catalogue's order
  Strings remedied;  // of these, those that the plan brings about
  std::vector<Waiver> waivers;
  Standards standards;
  AuditWish audit;
};

struct Result {
  const Control* control;
  Judged before, after;
  std::string refused;             // why the plan does not bring it about although it was asked for
  const Waiver* waiver = nullptr;  // of this control
};

// What a check by anybody but root says before anything else.
inline constexpr const char* kNotRoot = "this check does not run as root: what only root can see is not tested";

bool runs_as_root(const Plan& plan);

// Judges each control before the plan and after it.
std::vector<Result> results_of(const Plan& plan, const Baseline& baseline);

// The status that counts: a waiver that holds makes a failure `excluded`, which Status has no word for.
std::string status_of(const Result& result, const Judged& judged, const std::string& day);

// `msg` and `report` of docker_host; `applied`: the plan was executed, and what counts is what it left.
json report_of(const Plan& plan, const Baseline& baseline, bool applied);

}  // namespace dockhost
