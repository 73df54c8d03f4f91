// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/plan_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "modules.hpp"

namespace dockhost::sim {
namespace {

const std::filesystem::path kSource = DOCKHOST_SOURCE_DIR;

// Whether a property is relaxed for this case, which has to say why.
bool excused(const json& args, const char* name) {
  return args.contains(name) && args.at(name).get<std::string>().size() >= 20;
}

bool grows(const Step& step) {
  if (const auto* volume = std::get_if<Change<LogicalVolume>>(&step))
    return volume->before && volume->after && volume->after->extents > volume->before->extents;
  if (const auto* group = std::get_if<Change<VolumeGroup>>(&step))
    return group->before && group->after && group->after->extents() > group->before->extents();
  const auto* system = std::get_if<Change<Filesystem>>(&step);
  return system != nullptr && system->before && system->after && !system->before->fills && system->after->fills;
}

void learn_from_plan(PlanCase& one) {
  SimHost host(one.machine);
  State seen;
  try {
    const Resource& resource = module_named(one.request.module);
    const Plan plan = make_plan(host, resource, validate(resource.spec, one.request.args).values, seen);
    if (plan.empty()) return;
    for (const Plan::Planned& planned : plan.steps()) one.steps.push_back(planned.step);
    one.stays = plan.steps().front().part != plan.steps().back().part;
    one.grows = std::any_of(one.steps.begin(), one.steps.end(), grows);
  } catch (const Error&) {
    // Refused: no step is taken.
  }
}

PlanCase case_in(const std::filesystem::path& folder, const std::string& base) {
  PlanCase made;
  made.name = folder.filename().string();
  CAPTURE(made.name);
  json host = json::parse(base);
  host.merge_patch(json::parse(text_of(folder / "host.json")));
  made.machine = machine_of(host);
  const json args = json::parse(text_of(folder / "args.json"));
  made.request.module = args.at("module").get<std::string>();
  made.request.args = args.at("args");
  made.request.diff = true;
  made.changes_again = excused(args, "changes_again");
  made.note_is_paid = excused(args, "note_is_paid");
  made.failure_starts = excused(args, "failure_starts");
  made.restart_applies = excused(args, "restart_applies");
  made.unforeseen = excused(args, "unforeseen");
  learn_from_plan(made);
  return made;
}

}  // namespace

std::filesystem::path plans_folder() { return kSource / "tests/plans"; }

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<PlanCase> all_cases() {
  std::vector<PlanCase> cases;
  const std::string base = text_of(kSource / "tests/sim/base.json");
  for (const auto& folder : std::filesystem::directory_iterator(plans_folder())) {
    if (folder.is_directory()) cases.push_back(case_in(folder.path(), base));
  }
  std::sort(cases.begin(), cases.end(), [](const PlanCase& a, const PlanCase& b) { return a.name < b.name; });
  return cases;
}

Machine host_of_case(const std::string& name) {
  json host = json::parse(text_of(kSource / "tests/sim/base.json"));
  host.merge_patch(json::parse(text_of(plans_folder() / name / "host.json")));
  return machine_of(host);
}

std::vector<PlanCase> tried_cases() {
  std::vector<PlanCase> all = all_cases();
  if (std::getenv("QUICK") == nullptr) return all;
  std::vector<PlanCase> some;
  for (std::size_t i = 0; i < all.size(); i += 2) some.push_back(std::move(all[i]));
  return some;
}

std::size_t stride(std::size_t changes) {
  if (std::getenv("EVERY_STEP") != nullptr) return 1;
  return std::max<std::size_t>(1, (changes + 1) / 2);
}

json run_on(SimHost& host, const PlanCase& one, bool check) {
  Request request = one.request;
  request.check = check;
  return run(host, request);
}

bool failed(const json& result) { return result.value("failed", false); }

}  // namespace dockhost::sim
