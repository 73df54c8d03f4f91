// SPDX-License-Identifier: GPL-3.0-or-later
// What a run will do, made by planners that see the host as the steps so far will leave it. Check mode prints it,
// apply mode executes it; there is no other difference between them.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "core/step.hpp"

namespace dockhost {

class Plan;
using Planner = std::function<void(Plan&)>;

enum class Status { pass, fail, pending_restart, pending_reboot, not_applicable, not_testable, refused, unknown };
std::string to_string(Status status);

// One thing that was wished for, as it was found.
struct Finding {
  std::string what, key;  // "daemon.json key", "icc"
  Status status = Status::pass;
  json found, wanted;           // null: absent
  std::string why = {};         // for all but pass and fail
  Status after = Status::pass;  // what becomes of a `fail` when the plan's steps are done
};

class Plan {
 public:
  struct Planned {
    Step step;
    std::string text;
    std::size_t part = 0;
  };

  explicit Plan(State before);

  const State& before() const { return before_; }
  const State& now() const { return now_; }  // as the steps so far will leave the host

  // Compares with now(), simulates the change and records it as a step with its sentence. Nothing is recorded where
  // the host is as wanted already. Returns whether a step was recorded. Throws Error where the host would refuse.
  template <class K>
  bool want(const std::string& key, std::optional<K> wanted, std::string note = {}) {
    const std::optional<K>& found = now_.find<K>(key);
    if (found == wanted) return false;
    record(Change<K>{key, found, std::move(wanted), std::move(note)});
    return true;
  }

  // A step even where before equals after (a remount that was asked for by name).
  void record(const Step& step);

  // Runs a planner whose failure must not stop the others: an Error in it takes back its steps and is kept as a
  // finding with status refused. Parts nest; the outermost is what apply() undoes as one.
  // Returns whether it went through.
  bool part(const std::string& name, const Planner& planner);

  // What follows is undone without what stands before it: a step that fails later leaves the finished stage, which is a
  // good starting point for the next run. Services that the plan keeps stopped over a stage run again in any case.
  void stage() { ++parts_; }

  // What part() keeps of one whose planner has failed for this reason before its first step.
  void refuse(const std::string& name, const std::string& why);

  void find(Finding finding);
  void warn(std::string text);
  void pend(const std::string& what);  // "restart" or "reboot"; the stronger one stays
  // The steps are done, and the run fails with these words all the same, because they are not what was asked for.
  // Inside a part, which fails by itself alone, it is a warning.
  void fail(const std::string& why);

  const std::vector<Planned>& steps() const { return steps_; }
  const std::vector<Finding>& findings() const { return findings_; }
  const Strings& warnings() const { return warnings_; }
  const std::string& pending() const { return pending_; }
  const std::string& failure() const { return failure_; }  // "" where there is none
  bool empty() const { return steps_.empty(); }
  Strings sentences() const;

 private:
  State before_, now_;
  std::vector<Planned> steps_;
  std::vector<Finding> findings_;
  Strings warnings_;
  std::set<std::string> warned_;  // the same
  std::string pending_, failure_;
  std::size_t parts_ = 0, depth_ = 0;
};

}  // namespace dockhost
