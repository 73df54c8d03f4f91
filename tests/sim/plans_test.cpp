// SPDX-License-Identifier: GPL-3.0-or-later
// Each folder of tests/plans is a host (host.json, over tests/sim/base.json), a call (args.json) and what check mode
// says of it (expected.txt; DOCKHOST_UPDATE=1 writes it anew: read the difference before you commit it).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "report/line_diff.hpp"
#include "sim/plan_case.hpp"
#include "sim/promises.hpp"
#include "sim/schema_check.hpp"

using namespace dockhost;
using sim::all_cases;
using sim::differences;
using sim::failed;
using sim::Killed;
using sim::Machine;
using sim::misfit;
using sim::run_on;
using sim::SimHost;
using sim::stride;
using sim::tried_cases;
using Case = sim::PlanCase;

namespace {

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
    CHECK(misfit(one.request.module, check) == "");
    CHECK(misfit(one.request.module, apply) == "");
    const std::string said = told(check) + (failed(apply) && !failed(check) ? told_of_failure(apply) : "");
    const auto path = sim::plans_folder() / one.name / "expected.txt";
    if (update) std::ofstream(path, std::ios::binary) << said;
    CHECK(said == sim::text_of(path));
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
      CHECK(misfit(one.request.module, result) == "");
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
