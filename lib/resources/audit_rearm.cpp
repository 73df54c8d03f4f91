// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_rearm.hpp"

#include <algorithm>

#include "edit/audit_covers.hpp"
#include "edit/fstab.hpp"
#include "resources/audit_effect.hpp"
#include "resources/audit_kernel.hpp"
#include "resources/audit_places.hpp"

namespace dockhost {
namespace {

// Every start of a container makes mounts here.
bool of_containers(const Plan& plan, const std::string& mount) {
  const auto& docker = plan.now().find<Docker>("docker.service");
  const std::string root = docker && !docker->data_root.empty() ? docker->data_root : "/var/lib/docker";
  for (const std::string& folder : {root, std::string("/run/docker"), std::string("/run/containerd")}) {
    if (mount != folder && at_or_below(mount, folder)) return true;
  }
  return false;
}

bool in_fstab(const Plan& plan, const std::string& mount) {
  const auto& file = plan.now().find<File>("/etc/fstab");
  const Fstab fstab = Fstab::parse(file ? file->content : "", "/etc/fstab");
  return !fstab.at(mount).empty();
}

struct Watch {
  AuditRule rule;
  AuditPlace place;
  bool recursive = false;
};

// Whether a mount on `mount`, or a directory that is made there, takes files out of the rule's sight.
bool concerns(const Watch& watch, const std::string& mount) {
  return at_or_below(watch.place.real, mount) || (watch.recursive && at_or_below(mount, watch.place.real));
}

// What the plan so far does: whether it loads the rule, and what is done to the path behind that; "" where nothing is.
struct Done {
  bool loaded = false;
  std::string why;
};
Done done_by(const Plan& plan, const Watch& watch, const std::string& line) {
  Done done;
  std::string& why = done.why;
  for (const Plan::Planned& planned : plan.steps()) {
    if (const auto* mount = std::get_if<Change<Mount>>(&planned.step)) {
      if (concerns(watch, mount->key)) why = mount->key + " is mounted anew";
    } else if (const auto* made = std::get_if<Change<Directory>>(&planned.step)) {
      if (!made->before && at_or_below(watch.place.real, made->key)) why = made->key + " is made anew";
    } else if (const auto* data = std::get_if<Change<Data>>(&planned.step)) {
      const bool moved = data->before && data->after && data->before->own.full() != data->after->own.full();
      const std::string root = data_parts(data->key).first;
      if (moved && concerns(watch, root)) why = root + " is made anew";
    } else if (const auto* rules = std::get_if<Change<AuditRules>>(&planned.step)) {
      const bool this_one = rules->after && rules->after->rearm && contains(rules->after->doubtful, line);
      const bool loaded = rules->before && !contains(rules->before->lines, line);
      if (!this_one && !loaded) continue;
      done.loaded = true;
      why.clear();
    }
  }
  return done;
}

// The youngest mount that concerns the rule, and since when it is there.
std::pair<std::string, std::int64_t> youngest(const Plan& plan, const Watch& watch) {
  std::pair<std::string, std::int64_t> found;
  const auto& times = plan.now().find<MountTimes>(kKernel);
  if (!times) return found;
  for (const auto& mount : times->mounts) {
    if (mount.first == "/" || mount.second <= found.second || !concerns(watch, mount.first)) continue;
    const bool below = !at_or_below(watch.place.real, mount.first);
    if (below && of_containers(plan, mount.first) && !in_fstab(plan, mount.first)) continue;
    found = mount;
  }
  return found;
}

// The words of a command line as a rule; nothing where they were cut off or are none.
std::optional<AuditRule> rule_of(const AuditRecords::Load& load) {
  if (load.cut) return std::nullopt;
  try {
    return parse_audit_rule(load.rule);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// A record carries only the key: it is of this rule too, unless its loader named another path, or another rule for the
// same.
bool of_rule(const AuditRecords::Load& load, const Watch& watch, const AuditPlaceOf& place) {
  if (!same_keys(load.keys, watch.rule.keys)) return false;
  if (load.rule.empty()) return true;
  if (const auto rule = rule_of(load)) return same_rule(*rule, watch.rule, place);
  return load.rule.find(watch.rule.path()) != std::string::npos;
}

// Between which times since the boot something was, that a clock told which may have been set since.
struct Span {
  std::int64_t earliest = 0, latest = 0;
};
Span span_of(const std::vector<MountTimes::Clock>& clocks, std::int64_t told) {
  std::optional<Span> span, any;
  const auto widen = [](std::optional<Span>& all, std::int64_t time) {
    all = all ? Span{std::min(all->earliest, time), std::max(all->latest, time)} : Span{time, time};
  };
  for (const MountTimes::Clock& clock : clocks) {
    const std::int64_t time = told - clock.boot;
    widen(any, time);
    if (time >= clock.from && time <= clock.to) widen(span, time);
  }
  return span ? *span : any.value_or(Span{});
}

// When the rule was loaded last; zeros where nothing tells.
Span loaded(const Plan& plan, const Watch& watch) {
  const auto& records = plan.now().find<AuditRecords>(kKernel);
  std::int64_t last = 0;
  const AuditPlaceOf place = places_of(plan);
  const std::vector<AuditRecords::Load> loads = records ? records->loads : std::vector<AuditRecords::Load>{};
  for (const AuditRecords::Load& load : loads) {
    if (load.time > last && of_rule(load, watch, place)) last = load.time;
  }
  const auto& times = plan.now().find<MountTimes>(kKernel);
  if (last != 0 && times) return span_of(times->clocks, last);
  const auto& audit = plan.now().find<Audit>(kKernel);
  return audit ? Span{audit->loaded, audit->loaded} : Span{};
}

std::optional<Watch> watch_of(const Plan& plan, const std::string& line) {
  const std::vector<AuditRule> rules = parse_audit_listing(line);
  if (rules.empty() || rules.front().path().empty()) return std::nullopt;
  Watch watch{rules.front(), places_of(plan)(rules.front().path()), false};
  watch.recursive = watch.rule.field("dir") != nullptr || (watch.rule.watch && watch.place.directory);
  return watch;
}

}  // namespace

Armed armed(const Plan& plan, const std::string& line) {
  const auto watch = watch_of(plan, line);
  if (!watch) return {};
  const Done done = done_by(plan, *watch, line);
  if (!done.why.empty()) return {Armed::Is::no, done.why};
  const auto [mount, since] = youngest(plan, *watch);
  // While audit is switched off nothing is recorded, so that every run would find the mount to be younger.
  const auto& audit = plan.now().find<Audit>(kKernel);
  if (since == 0 || done.loaded || (audit && !audit->enabled)) return {};
  const Span last = loaded(plan, *watch);
  if (last.latest == 0) return {Armed::Is::unknown, "neither records nor units tell whether " + mount + " is younger"};
  if (since <= last.earliest) return {};
  if (since <= last.latest)
    return {Armed::Is::unknown, "the clock was set since the boot: whether " + mount + " is younger cannot be told"};
  return {Armed::Is::no, mount + " was mounted after it was loaded"};
}

void plan_rearm(Plan& plan, const std::string& line, const std::string& text, const std::string& why) {
  const std::optional<AuditRules> found = plan.now().find<AuditRules>(kKernel);
  AuditRules before = found.value_or(AuditRules{}), after = before;
  before.doubtful = after.doubtful = {line};
  after.text = text;
  after.rearm = true;
  plan.record(Change<AuditRules>{kKernel, before, after, why});
}

void plan_rearmed_below(Plan& plan, const std::string& path) {
  const auto& audit = plan.now().find<Audit>(kKernel);
  if (!audit || audit->can != Audit::Can::change) return;
  plan_owed_rules(plan);
  const Strings lines = plan.now().find<AuditRules>(kKernel).value_or(AuditRules{}).lines;
  for (const std::string& line : lines) {
    const auto watch = watch_of(plan, line);
    if (!watch || !watch->place.parent || !concerns(*watch, path)) continue;
    const Armed state = armed(plan, line);
    if (state.is != Armed::Is::no) continue;
    const std::string behind = silenced_as_last(plan, watch->rule);
    if (behind.empty()) plan_rearm(plan, line, line, state.why);
    if (!behind.empty()) plan.warn("the audit rule " + line + " watches nothing, because " + state.why + "; " + behind);
  }
}

}  // namespace dockhost
