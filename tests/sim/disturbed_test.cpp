// SPDX-License-Identifier: GPL-3.0-or-later
// What goes on beside a run, in each case of tests/plans: somebody changes the host between any two of its steps, or
// Docker takes its time to start. What others did is never lost, and what holds after any run holds here too.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "sim/audit.hpp"
#include "sim/mounts.hpp"
#include "sim/plan_case.hpp"
#include "sim/promises.hpp"

namespace disturbed_test {
using namespace dockhost;
using sim::differences;
using sim::failed;
using sim::Machine;
using sim::PlanCase;
using sim::run_on;
using sim::SimHost;
using sim::stride;
using sim::tried_cases;

namespace {

const std::string kMarker = "nobody may lose this";

// The things of one kind that the plan of a case changes, by their keys.
template <class K>
std::set<std::string> changed(const PlanCase& one) {
  std::set<std::string> keys;
  for (const Step& step : one.steps) {
    if (const auto* change = std::get_if<Change<K>>(&step)) keys.insert(change->key);
  }
  return keys;
}

// Each does something to the host as another administrator or tool does, and returns whether it could.
using Disturb = std::function<bool(Machine&, const PlanCase&)>;

// A line more in each file that the plan changes, which those who read it take as they took the file before.
bool edits_files(Machine& machine, const PlanCase& one) {
  bool done = false;
  for (const std::string& path : changed<File>(one)) {
    const auto found = machine.entries.find(sim::real_path(machine, path));
    if (found == machine.entries.end() || found->second.type != Node::Type::file) continue;
    std::string& text = found->second.text;
    if (path.ends_with(".json")) {
      json content = json::parse(text, nullptr, false);
      if (!content.is_object() || content.contains("labels")) continue;
      content["labels"] = json::array({"note=" + kMarker});
      text = content.dump(4);
    } else {
      if (!text.empty() && text.back() != '\n') continue;
      text += "# " + kMarker + "\n";
    }
    found->second.changed = ++machine.clock;
    done = true;
  }
  return done;
}

bool is_mounted_twice(const Machine& machine, const sim::Mounted& mounted) {
  return std::count_if(machine.mounts.begin(), machine.mounts.end(),
                       [&](const sim::Mounted& other) { return other.device == mounted.device; }) > 1;
}

// A file in each directory that the plan makes, takes away or mounts over.
bool puts_files(Machine& machine, const PlanCase& one) {
  std::set<std::string> places = changed<Directory>(one);
  places.merge(changed<Mount>(one));
  places.merge(changed<Data>(one));
  bool done = false;
  for (const std::string& path : places) {
    const std::string real = sim::real_path(machine, path);
    const sim::Mounted* mounted = sim::topmost(machine, path);
    // An automount trigger takes no files; the same files at two mounts are more than the simulated host knows.
    if (mounted != nullptr && (mounted->fstype == "autofs" || is_mounted_twice(machine, *mounted))) continue;
    const auto found = machine.entries.find(real);
    if (found == machine.entries.end() || found->second.type != Node::Type::directory) continue;
    machine.entries[real + "/theirs"] = {Node::Type::file, kMarker, 0644, 0, 0, 0, ++machine.clock};
    done = true;
  }
  return done;
}

// Something of their own mounted where the plan mounts, with a file in it.
bool mounts_there(Machine& machine, const PlanCase& one) {
  for (const std::string& path : changed<Mount>(one)) {
    const auto found = machine.entries.find(path);
    if (found == machine.entries.end() || found->second.type != Node::Type::directory) continue;
    if (!sim::mount_on(machine, {"theirs", path, "tmpfs", {"rw"}}).empty()) continue;
    machine.entries[path + "/theirs"] = {Node::Type::file, kMarker, 0644, 0, 0, 0, ++machine.clock};
    return true;
  }
  return false;
}

// A container with a volume, which runs from now on.
bool runs_container(Machine& machine, const PlanCase& /*one*/) {
  const auto unit = machine.units.find(machine.engine.unit);
  if (unit == machine.units.end() || unit->second.state != "active") return false;
  const std::string& root = machine.engine.root;
  sim::Container theirs;
  theirs.id = "theirs" + std::string(58, '0');
  theirs.running = true;
  theirs.since = ++machine.clock;
  machine.engine.roots[root].containers["theirs"] = theirs;
  const std::string file = root + "/volumes/theirs/_data/theirs";
  sim::make_parents(machine.entries, file);
  machine.entries[file] = {Node::Type::file, kMarker, 0644, 0, 0, 0, machine.clock};
  return true;
}

// A rule that is loaded by hand.
bool loads_rule(Machine& machine, const PlanCase& one) {
  if (changed<AuditRules>(one).empty()) return false;
  sim::load_audit_rule(machine, "-w /srv/theirs -p wa -k theirs", false);
  return true;
}

bool holds(const sim::Entries& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const auto& entry) { return entry.second.text.find(kMarker) != std::string::npos; });
}

// Whether what they wrote is anywhere: in sight, below a mount, or on a file system.
bool is_there(const Machine& machine) {
  return holds(machine.entries) ||
         std::any_of(machine.mounts.begin(), machine.mounts.end(), [](const auto& one) { return holds(one.hidden); }) ||
         std::any_of(machine.disks.begin(), machine.disks.end(),
                     [](const auto& one) { return holds(one.second.files); });
}

bool rule_is_loaded(const Machine& machine) {
  return std::any_of(machine.audit.rules.begin(), machine.audit.rules.end(),
                     [](const auto& rule) { return rule.path == "/srv/theirs"; });
}

// The machine before the run, as if they had done it then already.
Machine disturbed(Machine machine, const PlanCase& one, const Disturb& disturb) {
  disturb(machine, one);
  return machine;
}

// `undisturbed`: before what they did, where that was during the run: it sees that something has changed, and cannot
// know by whom.
void expect_promises(const Machine& before, const Machine& undisturbed, const Machine& after, const json& result,
                     bool rule) {
  if (!sim::broken_promises(undisturbed, after, result).empty())
    CHECK(join(sim::broken_promises(before, after, result), "\n") == "");
  CHECK_FALSE(result.value("msg", "").starts_with("dockhost has a fault"));
  if (rule)
    CHECK(rule_is_loaded(after));
  else
    CHECK(is_there(after));
}

// Right before the step of this number; false where there was nothing to do it to.
bool try_disturbed(const PlanCase& one, std::size_t step, const Disturb& disturb) {
  SimHost host(one.machine);
  bool done = false;
  std::size_t asked = 0;
  host.between_steps = [&] {
    if (++asked == step) done = disturb(host.machine, one);
  };
  const json result = run_on(host, one, false);
  if (!done) return false;
  const bool rule = rule_is_loaded(disturbed(one.machine, one, disturb));
  INFO(result.dump(1));
  expect_promises(disturbed(one.machine, one, disturb), one.machine, host.machine, result, rule);
  // The next runs go on from what is there, as check mode says.
  Machine before = host.machine;
  for (int again = 0; again < 2; ++again) {
    CAPTURE(again);
    SimHost looked(before), next(before);
    const json check = run_on(looked, one, true), then = run_on(next, one, false);
    INFO(then.dump(1));
    CHECK(check.value("plan", json()) == then.value("plan", json()));
    if (failed(check)) CHECK(check.at("msg") == then.at("msg"));
    expect_promises(before, before, next.machine, then, rule);
    before = next.machine;
  }
  return true;
}

}  // namespace

TEST_CASE("what somebody does to the host between two steps is not lost, nor is anything else for it") {
  const std::vector<std::pair<std::string, Disturb>> kinds = {{"edits files", edits_files},
                                                              {"puts files", puts_files},
                                                              {"mounts there", mounts_there},
                                                              {"runs a container", runs_container},
                                                              {"loads a rule", loads_rule}};
  const bool every = std::getenv("EVERY_STEP") != nullptr;
  std::size_t tried = 0, turn = 0;
  for (const PlanCase& one : tried_cases()) {
    CAPTURE(one.name);
    for (std::size_t step = 1; step <= one.steps.size(); step += stride(one.steps.size())) {
      CAPTURE(step);
      ++turn;
      // Each is three runs: under sanitizers one kind a step, in turn.
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (!every && i != turn % kinds.size()) continue;
        CAPTURE(kinds[i].first);
        if (try_disturbed(one, step, kinds[i].second)) ++tried;
      }
    }
  }
  MESSAGE(tried << " runs that somebody disturbed");
  CHECK(tried >= 20);
}

TEST_CASE("a start of Docker that takes a minute changes nothing") {
  for (const PlanCase& one : tried_cases()) {
    CAPTURE(one.name);
    SimHost fast(one.machine), slow(one.machine);
    slow.machine.engine.start_takes = 60;
    const json quick = run_on(fast, one, false), result = run_on(slow, one, false);
    CHECK(quick.value("plan", json()) == result.value("plan", json()));
    CHECK(quick.value("msg", "") == result.value("msg", ""));
    CHECK(differences(sim::snapshot(fast.machine), sim::snapshot(slow.machine)) == "");
    CHECK(join(sim::broken_promises(one.machine, slow.machine, result), "\n") == "");
  }
}
}  // namespace disturbed_test
