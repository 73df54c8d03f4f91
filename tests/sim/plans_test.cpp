// SPDX-License-Identifier: GPL-3.0-or-later
// Each folder of tests/plans is a host (host.json, over tests/sim/base.json), a call (args.json) and what check mode
// says of it (expected.txt; DOCKHOST_UPDATE=1 writes it anew: read the difference before you commit it).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "modules.hpp"
#include "report/line_diff.hpp"
#include "run.hpp"
#include "sim/promises.hpp"
#include "sim/sim_host.hpp"

using namespace dockhost;
using sim::differences;
using sim::Killed;
using sim::Machine;
using sim::SimHost;

namespace {

const std::filesystem::path kSource = DOCKHOST_SOURCE_DIR;

struct Case {
  std::string name;
  Machine machine;
  Request request;
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

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

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

void learn_from_plan(Case& one) {
  SimHost host(one.machine);
  State seen;
  try {
    const Resource& resource = module_named(one.request.module);
    const Plan plan = make_plan(host, resource, validate(resource.spec, one.request.args).values, seen);
    if (plan.empty()) return;
    const std::size_t first = plan.steps().front().part, last = plan.steps().back().part;
    one.stays = first != last;
    one.grows = std::any_of(plan.steps().begin(), plan.steps().end(),
                            [](const Plan::Planned& planned) { return grows(planned.step); });
  } catch (const Error&) {
    // Refused: no step is taken.
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  const std::string base = text_of(kSource / "tests/sim/base.json");
  for (const auto& folder : std::filesystem::directory_iterator(kSource / "tests/plans")) {
    if (!folder.is_directory()) continue;
    Case made;
    made.name = folder.path().filename().string();
    CAPTURE(made.name);
    json host = json::parse(base);
    host.merge_patch(json::parse(text_of(folder.path() / "host.json")));
    made.machine = sim::machine_of(host);
    const json args = json::parse(text_of(folder.path() / "args.json"));
    made.request.module = args.at("module").get<std::string>();
    made.request.args = args.at("args");
    made.request.diff = true;
    made.changes_again = excused(args, "changes_again");
    made.note_is_paid = excused(args, "note_is_paid");
    made.failure_starts = excused(args, "failure_starts");
    made.restart_applies = excused(args, "restart_applies");
    made.unforeseen = excused(args, "unforeseen");
    learn_from_plan(made);
    cases.push_back(std::move(made));
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

json run_on(SimHost& host, const Case& one, bool check) {
  Request request = one.request;
  request.check = check;
  return run(host, request);
}

bool failed(const json& result) { return result.value("failed", false); }

void put_lines(std::string& text, const std::string& title, const Strings& lines) {
  if (lines.empty()) return;
  text += title + ":\n";
  for (const std::string& line : lines) text += "  " + line + "\n";
}

// What check mode says, for people to read: the plan, what is open, the warnings, and the files as they will be.
std::string told(const json& result) {
  std::string text;
  if (failed(result)) text += "failed: " + result.at("msg").get<std::string>() + "\n";
  Strings plan, findings, warnings;
  const json steps = result.value("plan", json::array()), found = result.value("findings", json::array());
  for (const json& sentence : steps)
    plan.push_back(std::to_string(plan.size() + 1) + ". " + sentence.get<std::string>());
  for (const json& finding : found) {
    const auto status = finding.at("status").get<std::string>();
    Strings parts = {status, finding.at("what").get<std::string>(), finding.at("key").get<std::string>()};
    if (finding.contains("why")) parts.back() += ": " + finding.at("why").get<std::string>();
    findings.push_back(join(parts, " "));
  }
  const json report = result.value("report", json::object());
  const json open = report.value("controls", json::array());
  for (const json& control : open) {
    const auto status = control.at("status").get<std::string>(), after = control.at("after").get<std::string>();
    std::string line = status + " " + control.at("key").get<std::string>();
    if (after != status) line += ", then " + after;
    if (control.contains("why")) line += ": " + control.at("why").get<std::string>();
    if (control.contains("refused")) line += " [" + control.at("refused").get<std::string>() + "]";
    findings.push_back(line);
  }
  const json told_warnings = result.value("warnings", json::array());
  for (const json& warning : told_warnings) warnings.push_back(warning.get<std::string>());
  if (plan.empty() && !failed(result)) text += "nothing to do\n";
  if (!report.empty()) text += result.at("msg").get<std::string>() + "\n";
  put_lines(text, "plan", plan);
  put_lines(text, "findings", findings);
  if (result.value("pending", json()).is_string()) text += "pending: " + result.at("pending").get<std::string>() + "\n";
  put_lines(text, "warnings", warnings);
  const json diff = result.value("diff", json::array());
  for (const json& file : diff) {
    if (!file.contains("before")) continue;
    const Strings lines = line_diff(file.at("before_header").get<std::string>(), file.at("before").get<std::string>(),
                                    file.at("after").get<std::string>());
    text += "---\n" + join(lines, "\n") + "\n";
  }
  return text;
}

// Where check mode promises a plan that the host then refuses: what the user is told, and what is left.
std::string told_of_failure(const json& result) {
  std::string text = "---\napply fails: " + result.at("msg").get<std::string>() + "\n";
  const std::string back = result.value("rolled_back", false) ? "yes" : "no";
  text += "rolled back: " + (result.contains("rolled_back") ? back : "nothing was done") + "\n";
  Strings left;
  const json not_undone = result.value("not_undone", json::array());
  for (const json& sentence : not_undone) left.push_back(sentence.get<std::string>());
  put_lines(text, "not undone", left);
  return text;
}

// Containers that Docker deletes when they stop: nothing brings them back.
json without_deleted(json state, const Machine& machine) {
  for (const auto& [path, root] : machine.engine.roots) {
    for (const auto& [name, container] : root.containers) {
      if (!container.auto_remove || !state["engine"]["roots"].contains(path)) continue;
      state["engine"]["roots"][path]["containers"].erase(name);
      const std::string folder = path + "/containers/" + container.id;
      json kept = json::object();
      for (const auto& entry : state["entries"].items()) {
        if (entry.key() != folder && !sim::below(entry.key(), folder)) kept[entry.key()] = entry.value();
      }
      state["entries"] = kept;
    }
  }
  return state;
}

// Containers that cannot start: whether they run says nothing, once Docker was stopped.
json without_broken(json state, const Machine& machine) {
  for (const auto& [path, root] : machine.engine.roots) {
    for (const auto& [name, container] : root.containers) {
      if (container.broken.empty() || !state["engine"]["roots"].contains(path)) continue;
      state["engine"]["roots"][path]["containers"].erase(name);
    }
  }
  return state;
}

// A run that failed for a container alone leaves what it has done, and all else runs that ran.
bool kept(const json& result) {
  return failed(result) && result.at("changed") == true && result.value("not_undone", json::array()).empty();
}

void check_kept(const Machine& before, const Machine& after) {
  const json was = without_broken(sim::snapshot(before), before), is = without_broken(sim::snapshot(after), before);
  CHECK(differences(was.at("units"), is.at("units")) == "");
  CHECK(differences(was.at("engine").at("roots"), is.at("engine").at("roots")) == "");
  CHECK(after.owed == json::object());
}

// The host as a run that fails has to leave it.
json left_by_failure(const Case& one) {
  json state = without_deleted(sim::snapshot(one.machine), one.machine);
  if (one.note_is_paid) state["owed"] = json::object();
  return state;
}

// Whether a run left what it may leave: a copy, and growth that it says it left.
bool stays_grown(const Case& one, const json& result) {
  if (one.stays && failed(result)) return true;
  return one.grows && failed(result) && !result.value("not_undone", json::array()).empty();
}

bool says_deleted(const json& sentence) { return sentence.get<std::string>().ends_with("(run with --rm) is deleted"); }

// Of a run that was killed and the one that finished it.
json both_plans(json all, const json& rest) {
  for (const json& sentence : rest.at("plan")) all["plan"].push_back(sentence);
  return all;
}

json without_marks(json state) {
  for (json& rule : state["audit"]) {
    const auto listing = rule.get<std::string>();
    rule = listing.substr(0, listing.find(" (watches nothing)"));
  }
  return state;
}

// What a run that may have failed has to leave: the host as it was, or as it is to be where the run went through.
// Growth that stays is finished by the next run.
void check_left(const Case& one, const SimHost& whole, const SimHost& host, const json& result) {
  json wanted = failed(result) ? left_by_failure(one) : without_deleted(sim::snapshot(whole.machine), one.machine);
  if (one.failure_starts) wanted = sim::snapshot(whole.machine);
  CHECK(join(sim::broken_promises(one.machine, host.machine, result), "\n") == "");
  SimHost left(host.machine);
  if (stays_grown(one, result)) {
    // What ran before runs, whichever of the two directories it runs on; where a user namespace has put the daemon on
    // another root, its containers do not.
    const json before = sim::snapshot(one.machine), now = sim::snapshot(left.machine);
    const bool same_root = one.machine.engine.root == left.machine.engine.root;
    if (same_root && !one.failure_starts) {
      CHECK(differences(without_deleted(before, one.machine).at("engine").at("roots"),
                        without_deleted(now, one.machine).at("engine").at("roots")) == "");
    }
    if (!one.failure_starts) CHECK(differences(before.at("units"), now.at("units")) == "");
    wanted = sim::snapshot(whole.machine);
    CHECK_FALSE(failed(run_on(left, one, false)));
  }
  json now = without_deleted(sim::snapshot(left.machine), one.machine);
  // A rule that was armed again is heard, whatever failed after it.
  if (failed(result)) wanted = without_marks(wanted), now = without_marks(now);
  CHECK(differences(wanted, now) == "");
}

// A whole host has more than fifty changes, and each try is a run or two, slow under sanitizers: of a plan two are
// tried there, evenly spread, and all of them where EVERY_STEP is set, with the release build.
std::size_t stride(std::size_t changes) {
  if (std::getenv("EVERY_STEP") != nullptr) return 1;
  return std::max<std::size_t>(1, (changes + 1) / 2);
}

// The cases whose steps are tried; QUICK: every other one.
std::vector<Case> tried_cases() {
  std::vector<Case> all = all_cases();
  if (std::getenv("QUICK") == nullptr) return all;
  std::vector<Case> some;
  for (std::size_t i = 0; i < all.size(); i += 2) some.push_back(std::move(all[i]));
  return some;
}

}  // namespace

TEST_CASE("check mode says what is expected and changes nothing") {
  const bool update = std::getenv("DOCKHOST_UPDATE") != nullptr;
  const auto cases = all_cases();
  REQUIRE(cases.size() >= 25);
  for (const Case& one : cases) {
    CAPTURE(one.name);
    SimHost host(one.machine);
    const json check = run_on(host, one, true);
    SimHost applied(one.machine);
    const json apply = run_on(applied, one, false);
    CHECK((one.unforeseen || failed(check) || !failed(apply)));
    const std::string said = told(check) + (failed(apply) && !failed(check) ? told_of_failure(apply) : "");
    const auto path = kSource / "tests/plans" / one.name / "expected.txt";
    if (update) std::ofstream(path, std::ios::binary) << said;
    CHECK(said == text_of(path));
    CHECK(differences(sim::snapshot(one.machine), sim::snapshot(host.machine)) == "");
    CHECK(host.changes == 0);
    CHECK(host.woken == 0);
  }
}

TEST_CASE("apply does what check mode printed, to the word") {
  for (const Case& one : all_cases()) {
    CAPTURE(one.name);
    SimHost looked(one.machine), host(one.machine);
    const json check = run_on(looked, one, true), apply = run_on(host, one, false);
    CHECK(check.value("plan", json()) == apply.value("plan", json()));
    CHECK(check.value("plan_digest", "") == apply.value("plan_digest", ""));
    CHECK(check.value("diff", json()) == apply.value("diff", json()));
    CHECK(check.value("pending", json()) == apply.value("pending", json()));
    CHECK(check.value("warnings", json()) == apply.value("warnings", json()));
    CHECK(host.woken == 0);
    if (failed(check)) CHECK(check.at("msg") == apply.at("msg"));
    CHECK(join(sim::broken_promises(one.machine, host.machine, apply), "\n") == "");
    if (kept(apply) && !one.failure_starts) check_kept(one.machine, host.machine);
    if (!failed(apply) || one.stays || kept(apply)) continue;
    CHECK(differences(without_broken(without_deleted(sim::snapshot(one.machine), one.machine), one.machine),
                      without_broken(without_deleted(sim::snapshot(host.machine), one.machine), one.machine)) == "");
  }
}

TEST_CASE("the second run has nothing to do") {
  for (const Case& one : all_cases()) {
    CAPTURE(one.name);
    SimHost host(one.machine);
    if (failed(run_on(host, one, false)) || one.changes_again) continue;
    CHECK(host.owed() == json::object());
    const json after = sim::snapshot(host.machine);
    const json second = run_on(host, one, true);
    if (one.request.args.contains("expect_plan")) continue;
    CHECK(second.at("plan") == json::array());
    const json third = run_on(host, one, false);
    CHECK_FALSE(failed(third));
    CHECK(third.at("changed") == false);
    CHECK(differences(after, sim::snapshot(host.machine)) == "");
  }
}

TEST_CASE("whichever step fails, the host is left as it was") {
  for (const Case& one : tried_cases()) {
    CAPTURE(one.name);
    SimHost whole(one.machine);
    if (failed(run_on(whole, one, false)) || one.restart_applies) continue;
    for (std::size_t k = 1; k <= whole.changes; k += stride(whole.changes)) {
      CAPTURE(k);
      SimHost host(one.machine);
      host.fail_at = k;
      const json result = run_on(host, one, false);
      INFO(result.dump(1));
      // A change that the run can do without (systemctl reset-failed) does not end it.
      check_left(one, whole, host, result);
      if (stays_grown(one, result) || one.failure_starts) continue;
      const json left = result.value("not_undone", json::array());
      CHECK(std::all_of(left.begin(), left.end(), says_deleted));
    }
  }
}

TEST_CASE("a fault of ours at any change is undone like a failure") {
  for (const Case& one : tried_cases()) {
    CAPTURE(one.name);
    SimHost whole(one.machine);
    if (failed(run_on(whole, one, false)) || one.restart_applies) continue;
    for (std::size_t k = 1; k <= whole.changes; k += stride(whole.changes)) {
      CAPTURE(k);
      SimHost host(one.machine);
      host.fault_at = k;
      const json result = run_on(host, one, false);
      INFO(result.dump(1));
      check_left(one, whole, host, result);
      if (failed(result))
        CHECK(result.at("msg").get<std::string>().starts_with("dockhost has a fault: injected fault"));
    }
  }
}

TEST_CASE("wherever a run is killed, the next one finishes it") {
  for (const Case& one : tried_cases()) {
    CAPTURE(one.name);
    SimHost whole(one.machine);
    const json all = run_on(whole, one, false);
    if (failed(all)) continue;
    const json wanted = sim::snapshot(whole.machine);
    for (std::size_t k = 1; k <= whole.changes; k += stride(whole.changes)) {
      CAPTURE(k);
      SimHost killed(one.machine);
      killed.kill_at = k;
      CHECK_THROWS_AS(run_on(killed, one, false), Killed);
      SimHost looked(killed.machine), next(killed.machine);
      const json check = run_on(looked, one, true), result = run_on(next, one, false);
      INFO(result.dump(1));
      CHECK_FALSE(failed(result));
      CHECK(check.value("plan", json()) == result.value("plan", json()));
      CHECK(differences(wanted, sim::snapshot(next.machine)) == "");
      CHECK(join(sim::broken_promises(one.machine, next.machine, both_plans(all, result)), "\n") == "");
    }
  }
}

TEST_CASE("a signal lets the running step end, and what was done is undone") {
  for (const Case& one : tried_cases()) {
    CAPTURE(one.name);
    SimHost whole(one.machine);
    const json all = run_on(whole, one, false);
    if (failed(all) || all.at("plan").empty() || one.restart_applies) continue;
    for (std::size_t k = 0; k <= whole.changes; k += stride(whole.changes)) {
      CAPTURE(k);
      SimHost host(one.machine);
      host.interrupt_after = k;
      const json result = run_on(host, one, false);
      INFO(result.dump(1));
      // One that comes during the last step finds nothing left to stop.
      check_left(one, whole, host, result);
      if (k == 0) CHECK(failed(result));
      if (failed(result)) CHECK(result.at("msg").get<std::string>().starts_with("interrupted by a signal"));
    }
  }
}
