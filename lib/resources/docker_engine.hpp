// SPDX-License-Identifier: GPL-3.0-or-later
// What every module that stops Docker has to ask of it first.
#pragma once

#include <string>

#include "core/plan.hpp"

namespace dockhost {

// Docker behind the unit, as the plan so far leaves it; without a flavour where none is installed. Valid until the plan
// is changed.
const Docker& docker_of(const Plan& plan, const std::string& unit);

// "rootless Docker", "the Docker snap": Docker that is not the system's own; "" where it is, or none is installed.
std::string foreign_docker(const Docker& docker);

// Throws Refusal for such a one.
void refuse_other_flavours(const Docker& docker);

// The command that lets dockerd judge a configuration file (verdict_key() in core/kinds.hpp), with the flags of its
// unit; empty where it has no --validate (before 23.0).
Strings validating(const Docker& docker);

// A time in which Docker does not run: what it stops, and what runs again afterwards.
struct Downtime {
  std::string unit;
  Service again;          // as it is to run afterwards; not active where it did not run
  Strings others;         // further units that are stopped before it, and run again last
  Strings below = {};     // those of them that it needs itself: stopped after it, and started before it
  std::string note = {};  // why less runs again than before
};

// What runs, or ran before a dead run stopped it; nothing is planned.
Downtime what_runs(const Plan& plan, const std::string& unit, const Strings& others);

struct StopRules {
  bool containers = false;  // stop those that live-restore would keep
  Strings left = {};        // containers that are not started again, because Docker does not find them any more
};

// Throws Refusal where systemd is at the unit's start: what it reads, and what runs with it, is not settled.
void refuse_while_starting(const Service& service, const std::string& unit);

// Throws Refusal where systemd would not start it again once it is stopped, or something that stops along;
// `halted`: containers that are stopped before it.
void refuse_no_return(const Service& service, const std::string& unit, const Strings& halted = {});

// The file of before that is to come back, because the daemon did not start with the one that a run which is over left
// there; null where there is none, or somebody has changed it since.
const OwedFile* old_file(const Plan& plan, const Service& service);

// Plans that a file which a daemon did not start with, in a run that is over, is as before, where the plan leaves it as
// it is.
void plan_old_file(Plan& plan, const std::string& unit);

// Plans the stop of the unit, and of `others` that run. Throws Refusal where what runs cannot be known, or would be
// lost sight of.
Downtime plan_stop(Plan& plan, const std::string& unit, const Strings& others, const StopRules& rules);

// Plans the start of the unit, but not of its containers and of the units that need it, which plan_containers() does.
void plan_start(Plan& plan, const Downtime& downtime);
void plan_containers(Plan& plan, const Downtime& downtime);

}  // namespace dockhost
