// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/apply.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/owed.hpp"
#include "core/show.hpp"
#include "host/kept.hpp"
#include "host/look.hpp"
#include "host/look_data.hpp"
#include "host/matches.hpp"
#include "host/perform.hpp"
#include "host/perform_audit.hpp"
#include "host/perform_data.hpp"
#include "host/perform_mount.hpp"
#include "host/start_containers.hpp"

namespace dockhost {
namespace {

std::string act(Host& host, const Change<File>& change) { return perform_file(host, change); }
std::string act(Host& host, const Change<Directory>& change) { return perform_directory(host, change), ""; }
std::string act(Host& host, const Change<Mount>& change) { return perform_mount(host, change), ""; }
std::string act(Host& host, const Change<Automount>& change) { return perform_automount(host, change), ""; }
std::string act(Host& host, const Change<Service>& change) { return perform_service(host, change), ""; }
std::string act(Host& host, const Change<Reload>& change) { return perform_reload(host, change), ""; }
std::string act(Host& host, const Change<User>& change) { return perform_user(host, change), ""; }
std::string act(Host& host, const Change<SubIds>& change) { return perform_subids(host, change), ""; }
std::string act(Host& host, const Change<VolumeGroup>& change) { return perform_group(host, change), ""; }
std::string act(Host& host, const Change<LogicalVolume>& change) { return perform_volume(host, change), ""; }
std::string act(Host& host, const Change<Filesystem>& change) { return perform_filesystem(host, change), ""; }
std::string act(Host& host, const Change<Access>& change) { return perform_access(host, change), ""; }
std::string act(Host& host, const Change<AccountGroup>& change) { return perform_members(host, change), ""; }
std::string act(Host& host, const Change<Data>& change) { return perform_data(host, change), ""; }
std::string act(Host& host, const Change<AuditRules>& change) { return perform_audit(host, change), ""; }

// The thing as it is now, as far as a step changes it.
template <class K>
std::optional<K> now_of(Host& host, const std::string& key) {
  return look<K>(host, key);
}

// All data is not counted again at each step; the steps look at what they rely on.
template <>
std::optional<Data> now_of<Data>(Host& host, const std::string& key) {
  return glance(host, key);
}

// A service, and which of the containers expected to run with it have run and ended by themselves.
std::optional<Service> service_now(Host& host, const std::string& unit, const std::optional<Service>& expected) {
  auto seen = look<Service>(host, unit);
  note_ended(host, unit, expected, seen);
  return seen;
}

// Containers that started since the plan was made would stop with Docker and not be started again.
void refuse_newcomers(Host& host, const Step& step) {
  const auto* change = std::get_if<Change<Service>>(&step);
  if (change == nullptr || !change->before || !change->before->active || (change->after && change->after->active))
    return;
  const auto seen = look<Service>(host, change->key);
  if (!seen) return;
  const Strings halted = change->after ? change->after->halted : Strings{};
  // Where those are stopped that live-restore would keep, none of them may run on.
  const Strings stopping = halted.empty() ? seen->along.containers : without(seen->running, seen->tasks);
  const Strings newcomers = without(without(stopping, change->before->along.containers), halted);
  if (newcomers.empty()) return;
  throw Error("the containers of " + change->key + " are not those of the plan any more (" + sentence_list(newcomers) +
              " started since); run again");
}

// "the mount '/data': predicted ..., found ..." where the host is not as the state says; else "".
std::string difference(Host& host, const State& state, const Step& step) {
  return std::visit(
      [&]<class K>(const Change<K>& change) -> std::string {
        // What only a rule of the plan brought in (a reload that a file owes) was not looked at before.
        if (!state.knows<K>(change.key)) return "";
        const auto& expected = state.find<K>(change.key);
        auto seen = now_of<K>(host, change.key);
        if constexpr (std::is_same_v<K, Service>) note_ended(host, change.key, expected, seen);
        if (matches(expected, seen)) return "";
        return "the " + std::string(K::kind) + " " + quote(change.key) + ": predicted " + show(expected) + ", found " +
               show(seen);
      },
      step);
}

// Whether a mount that the plan makes behind this step hides what the step changes: what is seen at its path then is
// another file system's.
bool covered_later(const std::vector<Plan::Planned>& steps, std::size_t index, const State& after) {
  const std::string kind = kind_of(steps[index].step), path = key_of(steps[index].step);
  const Strings by_path = {File::kind, Directory::kind, Access::kind, Mount::kind};
  if (!contains(by_path, kind)) return false;
  for (std::size_t i = index + 1; i < steps.size(); ++i) {
    const auto* mount = std::get_if<Change<Mount>>(&steps[i].step);
    const bool made = mount != nullptr && !mount->before && mount->after && after.find<Mount>(mount->key);
    const bool itself = made && kind == Mount::kind && mount->key == path;
    if (made && !itself && at_or_below(path, mount->key)) return true;
  }
  return false;
}

// Whether a step that failed was done all the same: a file is in its place when its directory cannot be synced.
bool happened(Host& host, const Step& step) {
  const auto seen_as_after = [&]<class K>(const Change<K>& change) {
    const auto seen = now_of<K>(host, change.key);
    return !matches(change.before, seen) && matches(change.after, seen);
  };
  try {
    if (const auto* file = std::get_if<Change<File>>(&step)) return seen_as_after(*file);
    const auto* directory = std::get_if<Change<Directory>>(&step);
    return directory != nullptr && seen_as_after(*directory);
  } catch (const std::exception&) {
    return false;  // what became of it is told when the run looks again
  }
}

// In words, whether it is an Error of ours or a fault: a rollback goes on past either.
std::string told(const std::exception& problem) {
  const auto* error = dynamic_cast<const Error*>(&problem);
  return error == nullptr ? std::string("dockhost has a fault: ") + problem.what() : error->text();
}

bool is_copy(const Step& step) {
  const auto* change = std::get_if<Change<Data>>(&step);
  return change != nullptr && change->after && change->after->verb == Data::Verb::copy;
}

// Whether the service is active at one state and not at a later one.
bool went_down(const std::optional<Service>& before, const std::optional<Service>& now) {
  return before && before->as_it_ran().active && !(now && now->active);
}

// A run of apply(): the host as the steps so far should have left it, and what was done of the present part.
class Run {
 public:
  Run(Host& host, const Plan& plan)
      : host_(host),
        plan_(plan),
        now_(plan.before()),
        part_start_(plan.before()),
        elsewhere_(owed_elsewhere(host.owed(), plan.now())) {}

  Applied all() {
    for (const Plan::Planned& planned : plan_.steps()) {
      if (planned.part != part_) begin_part(planned.part);
      one(planned.step, planned.text);
    }
    compare();
    owe(unpaid());
    return applied_;
  }

 private:
  void owe(const json& what) {
    const json all = owed_in_either(elsewhere_, what);
    if (all != host_.owed()) host_.owe(all);
  }

  // What a run before owed and this one does not pay, because a part of its plan was refused, say. Whether Docker has
  // read its file is seen by its settings and its start; that it has not may be as it was asked for (apply: never).
  json unpaid() {
    json owes = owed_between(plan_.before(), now_);
    owes.erase("reload");
    owes.erase("rules");
    const auto systemd = plan_.before().all<Reload>().find("systemd");
    const bool owed = systemd != plan_.before().all<Reload>().end() && systemd->second && systemd->second->owed;
    if (owed && now_.find<Reload>("systemd").value_or(Reload{}).owed) owes["reload"].push_back("systemd");
    for (const auto& [kernel, rules] : now_.all<AuditRules>()) {
      if (!rules || rules->owed.empty()) continue;
      const Strings lines = look<AuditRules>(host_, kernel).value_or(AuditRules{}).lines;
      for (const std::string& rule : rules->owed) {
        if (!all_listed({rule}, lines)) owes["rules"].push_back(rule);
      }
    }
    return owes;
  }

  // What was done while a service is down is undone with the parts behind it, where it does not start again.
  void begin_part(std::size_t part) {
    part_ = part;
    kept_.insert(kept_.end(), done_.begin(), done_.end());
    if (!keeps_something_down()) {
      downtime_.clear();
    } else {
      if (downtime_.empty()) downtime_start_ = part_start_;
      downtime_.insert(downtime_.end(), done_.begin(), done_.end());
    }
    part_start_ = now_;
    done_.clear();
  }

  bool keeps_something_down() const {
    const auto& before = plan_.before().all<Service>();
    return std::any_of(before.begin(), before.end(), [&](const auto& unit) {
      return now_.knows<Service>(unit.first) && went_down(unit.second, now_.find<Service>(unit.first));
    });
  }

  void one(const Step& step, const std::string& text) {
    try {
      if (host_.interrupted()) throw Error("interrupted by a signal");
      const State next = predict(now_, step);
      // Before the step, and true whether or not it happens: a run killed here is finished by the next one.
      json owes = owed_in_either(owed_between(plan_.before(), next), owed_between(plan_.before(), now_));
      note_tried(step, owes);
      if (!owes.empty()) owe(owes);
      refuse_newcomers(host_, step);
      const std::string backup = perform(host_, step);
      if (!backup.empty()) applied_.backup = backup;
      now_ = next;
      done_.push_back(step);
      ++applied_.steps;
    } catch (ContainersDown& down) {
      down.during(text);
      if (!down.stopped) throw kept(step, down);
      roll_back(step, down);
      throw;
    } catch (Error& error) {
      error.during(text);
      if (error.stays)
        leave(step, error);
      else
        roll_back(step, error);
      throw;
    } catch (const std::exception& fault) {
      // A fault of ours is no reason to leave a host half done.
      Error error(told(fault));
      error.during(text);
      roll_back(step, error);
      throw error;
    }
  }

  // Docker runs, and all else that can: what was done stays. What is broken is told, and not owed.
  Error kept(const Step& step, const ContainersDown& down) {
    part_start_ = now_ = predict(now_, step);
    give_up(down);
    Strings left;
    restart_what_ran(left);
    const auto seen = look<Service>(host_, key_of(step));
    const std::string with = seen && !seen->running.empty() ? ", with " + sentence_list(seen->running) : "";
    Error told(std::string(down.what()) + "; " + key_of(step) + " runs" + with);
    told.trail = down.trail;
    told.not_undone = left;
    told.acted = told.stays = !left.empty() || is_changed(plan_.before().find<Service>(key_of(step)), seen);
    if (!waits_) owe(owed_between(plan_.before(), part_start_));
    return told;
  }

  // Whether the steps so far have left anything, the service apart, or what it runs is not what it ran.
  bool is_changed(const std::optional<Service>& before, const std::optional<Service>& now) {
    if (before.has_value() != now.has_value()) return true;
    if (before && (before->active != now->active || before->running != now->running)) return true;
    std::vector<Step> all = kept_;
    all.insert(all.end(), done_.begin(), done_.end());
    std::erase_if(all, [](const Step& step) { return std::holds_alternative<Change<Service>>(step); });
    return !kept_steps(host_, plan_.before(), all).empty();
  }

  // Containers that did not start at an undo: nobody waits for them any more.
  void give_up(const ContainersDown& down) {
    broken_.insert(broken_.end(), down.names.begin(), down.names.end());
    broken_words_.push_back(down.text());
    for (State* state : {&part_start_, &downtime_start_}) {
      const auto services = state->all<Service>();
      for (const auto& [unit, service] : services) {
        if (service) state->put<Service>(unit, without_broken(*service));
      }
    }
  }

  Service without_broken(Service service) const {
    service.along.containers = without(service.along.containers, broken_);
    service.removed.insert(service.removed.end(), broken_.begin(), broken_.end());
    return service;
  }

  // The file that a start is begun with is one that the start can fail by.
  static void note_tried(const Step& step, json& owes) {
    const auto* change = std::get_if<Change<Service>>(&step);
    if (change == nullptr || !change->after || !change->after->active || !owes.contains("units")) return;
    json& units = owes["units"];
    if (units.contains(change->key) && units[change->key].contains("file")) units[change->key]["file"]["tried"] = true;
  }

  // Nothing is undone: a service is at its start still, and what it owes stays noted; or all runs that can, and what
  // cannot is told, and owed no more.
  void leave(const Step& step, Error& error) {
    error.acted = true;
    kept_.insert(kept_.end(), done_.begin(), done_.end());
    kept_.push_back(step);
    part_start_ = predict(now_, step);
    Strings down;
    restart_what_ran(down, error.what());
    error.not_undone = kept_steps(host_, plan_.before(), kept_);
    error.not_undone.insert(error.not_undone.end(), down.begin(), down.end());
    if (waits_) return;
    json owes = owed_between(plan_.before(), now_);
    owes.erase("units");
    owe(owes);
  }

  // A daemon that runs with what is to be undone is stopped for it, once.
  void stop_for_undo(const Step& failed, Strings& left) {
    const auto* change = std::get_if<Change<Service>>(&failed);
    const bool starts =
        change != nullptr && change->after && change->after->active && !(change->before && change->before->active);
    const bool to_undo = std::any_of(done_.begin(), done_.end(), [](const Step& step) {
      return !std::holds_alternative<Change<Service>>(step) && !std::holds_alternative<Change<Reload>>(step);
    });
    if (!starts || !to_undo) return;
    try {
      const auto seen = look<Service>(host_, change->key);
      if (!seen || !seen->active) return;
      perform_service(host_, Change<Service>{change->key, seen, Service{}, ""});
    } catch (const std::exception& error) {
      left.push_back("stop " + change->key + " once more: " + told(error));
    }
  }

  // Whether the step stops a service that runs again already: then there is nothing of it to undo but what runs along,
  // which restart_what_ran() sees to.
  bool runs_again(const Step& step) {
    const auto* change = std::get_if<Change<Service>>(&step);
    if (change == nullptr || (change->after && change->after->active)) return false;
    try {
      const auto seen = look<Service>(host_, change->key);
      return seen && (seen->active || seen->starting);
    } catch (const std::exception&) {
      return false;
    }
  }

  // Newest first; readers are told last, because only then the files they read are back, but before a service starts
  // again by what they have read.
  void undo_all(const std::vector<Step>& steps, std::vector<Step> readers, Strings& left) {
    const std::vector<Step> newest_first(steps.rbegin(), steps.rend());
    for (const Step& step : newest_first) {
      if (std::holds_alternative<Change<Reload>>(step)) {
        readers.push_back(step);
        continue;
      }
      if (std::holds_alternative<Change<AuditRules>>(step)) continue;
      const bool reads =
          std::holds_alternative<Change<Service>>(step) || std::holds_alternative<Change<Automount>>(step);
      if (reads) tell(readers, left);
      if (!runs_again(step)) attempt(undo(step), left);
    }
    tell(readers, left);
    undo_rules(newest_first, left);
  }

  // When the mounts are back: a file system that is unmounted takes the rules along that were loaded on it.
  void undo_rules(const std::vector<Step>& newest_first, Strings& left) {
    try {
      restore_audit(host_, newest_first);
    } catch (const std::exception& error) {
      left.push_back("bring the audit rules back: " + told(error));
    }
  }

  void tell(std::vector<Step>& readers, Strings& left) {
    for (const Step& reader : readers) attempt(Change<Reload>{key_of(reader), Reload{true, {}}, Reload{}, ""}, left);
    readers.clear();
  }

  void roll_back(const Step& failed, Error& error) {
    Strings& left = error.not_undone;
    std::vector<Step> readers;
    if (!done_.empty() && std::holds_alternative<Change<Reload>>(failed)) readers.push_back(failed);
    const bool half_done = happened(host_, failed);
    if (half_done) done_.push_back(failed);
    stop_for_undo(failed, left);
    undo_all(done_, readers, left);
    Strings deleted = deleted_containers();
    if (deleted.empty()) deleted = deleted_by(failed);
    // What cannot have changed is not tried again: the start of a service on what the parts before have left.
    const bool hopeless = done_.empty() && !downtime_.empty() && std::holds_alternative<Change<Service>>(failed);
    Strings down;
    if (!hopeless) restart_what_ran(down);
    if (hopeless || !down.empty()) {
      const bool undone = undo_downtime(left);
      if (undone) deleted = deleted_containers();
      if (undone || hopeless) {
        down.clear();
        restart_what_ran(down);
      }
    }
    Strings aside;
    if (!down.empty() && set_theirs_aside(aside)) {
      down.clear();
      restart_what_ran(down);
      if (down.empty()) left.clear();  // what stood in the way of an undo
    }
    left.insert(left.end(), aside.begin(), aside.end());
    left.insert(left.end(), down.begin(), down.end());
    error.acted = applied_.steps != 0 || half_done || !paid_.empty() || !deleted.empty();
    std::vector<Step> undone = done_;
    undone.push_back(failed);
    const Strings differ = differences(part_start_, undone);
    left.insert(left.end(), differ.begin(), differ.end());
    if (left.empty()) owe(owed_between(plan_.before(), part_start_));
    left.insert(left.end(), broken_words_.begin(), broken_words_.end());
    const Strings kept = kept_steps(host_, plan_.before(), kept_);
    left.insert(left.end(), kept.begin(), kept.end());
    for (const std::string& name : deleted) left.push_back("the container " + name + " (run with --rm) is deleted");
    for (const std::string& unit : paid_) left.push_back("what an earlier run had stopped runs again: " + unit);
  }

  // Whether the parts since a service was stopped were undone. They stay where it became active after them, because it
  // may have worked since.
  bool undo_downtime(Strings& left) {
    if (downtime_.empty()) return false;
    for (const auto& [unit, before] : plan_.before().all<Service>()) {
      if (!before) continue;
      const auto seen = look<Service>(host_, unit);
      if (seen && (seen->starting || seen->activated != before->activated)) return false;
    }
    if (const std::string stays = why_data_stays(host_, downtime_); !stays.empty()) {
      left.push_back(stays);
      return false;
    }
    kept_.resize(kept_.size() - downtime_.size());
    std::copy_if(downtime_.begin(), downtime_.end(), std::back_inserter(kept_), is_copy);
    undo_all(downtime_, {}, left);
    done_ = std::exchange(downtime_, {});
    part_start_ = downtime_start_;
    return true;
  }

  // An undo does not overwrite what somebody has written to a file since. Where a service does not start with that, it
  // is set aside, the file is as it was before the run, and so is what could not be undone for it. Whether there was
  // any.
  bool set_theirs_aside(Strings& left) {
    std::vector<Step> readers;
    const std::vector<Step> newest_first(done_.rbegin(), done_.rend());
    bool any = false;
    for (const Step& step : newest_first) {
      if (std::holds_alternative<Change<Reload>>(step)) readers.push_back(step);
      const auto* change = std::get_if<Change<File>>(&step);
      any = (change != nullptr && set_aside(*change, left)) || any;
    }
    if (!any) return false;
    for (const Step& step : newest_first) {
      const auto* mount = std::get_if<Change<Mount>>(&step);
      if (mount != nullptr && difference(host_, now_, step).empty()) attempt(undo(step), left);
    }
    tell(readers, left);
    return true;
  }

  bool set_aside(const Change<File>& change, Strings& left) {
    try {
      const auto seen = look<File>(host_, change.key);
      if (!seen || matches(change.before, seen)) return false;
      const std::string theirs = host_.back_up(change.key);
      perform_file(host_, Change<File>{change.key, seen, change.before, ""});
      left.push_back(change.key + " is as it was before the run; what somebody wrote to it meanwhile is in " + theirs);
      return true;
    } catch (const std::exception& error) {
      left.push_back("set " + change.key + " aside: " + told(error));
      return false;
    }
  }

  void attempt(const Step& step, Strings& left) {
    try {
      perform(host_, step);
    } catch (const ContainersDown& down) {
      give_up(down);
    } catch (const std::exception& error) {
      left.push_back(describe(step) + ": " + told(error));
    }
  }

  // A service that a part before this one stopped: as it ran when the run began, but for what is gone since. What a
  // change of its settings was to leave behind is not left, because the settings are back.
  static Service as_it_began(const Service& before, const std::optional<Service>& now) {
    Service service = before.as_it_ran();
    service.in_force = nullptr;
    service.starting = service.start_failed = false;
    if (!now) return service;
    service.along.containers.insert(service.along.containers.end(), now->halted.begin(), now->halted.end());
    service.along.containers = without(without(service.along.containers, now->removed), now->left);
    service.removed = now->removed;
    service.left = now->left;
    return service;
  }

  // A step that failed half way, or a daemon that died at a reload, must not leave down what ran before the run.
  // `known`: words that the run ends with anyway.
  void restart_what_ran(Strings& left, const std::string& known = {}) {
    std::vector<Step> steps;
    for (const Plan::Planned& planned : plan_.steps()) steps.push_back(planned.step);
    waits_ = false;
    for (const std::string& unit : in_starting_order(plan_.before(), steps)) {
      try {
        restart(unit, left);
      } catch (const ContainersDown& down) {
        give_up(down);
      } catch (const std::exception& error) {
        if (known != error.what()) left.push_back("start " + unit + " again: " + told(error));
      }
    }
  }

  void restart(const std::string& unit, Strings& left) {
    const auto &before = plan_.before().find<Service>(unit), &at_start = part_start_.find<Service>(unit);
    const bool ran = before && before->as_it_ran().active;
    if (!ran && !(at_start && at_start->active)) return;
    const Service as_before = without_broken(ran ? as_it_began(*before, at_start) : *at_start);
    const auto seen = service_now(host_, unit, as_before);
    if (!seen) return;
    if (seen->starting) {
      waits_ = true;
      const std::string words = unit + " is still starting";
      const bool told_already = std::any_of(
          left.begin(), left.end(), [&](const std::string& one) { return one.find(words) != std::string::npos; });
      if (!told_already) left.push_back(words);
      return;
    }
    if (!matches(as_before, *seen)) perform_service(host_, Change<Service>{unit, *seen, as_before, ""});
    const bool pays = before && before->owed && *before != as_before;
    if (pays && !contains(paid_, unit)) paid_.push_back(unit);
    // With the settings that it had in force, where it was stopped in this part.
    const bool known = at_start && *at_start == as_before;
    if (!known) part_start_.put<Service>(unit, as_before);
  }

  // Containers that Docker deleted when it stopped: they are not waited for any more.
  Strings deleted_containers() {
    Strings all;
    for (const Step& step : done_) {
      const auto* change = std::get_if<Change<Service>>(&step);
      if (change == nullptr || !change->after || change->after->removed.empty()) continue;
      all = change->after->removed;
      Service before = part_start_.find<Service>(change->key).value_or(Service{});
      before.along.containers = without(before.along.containers, all);
      before.removed = all;
      part_start_.put<Service>(change->key, before);
    }
    return all;
  }

  // The same of a stop that failed half way: some may have been stopped by then.
  Strings deleted_by(const Step& failed) {
    const auto* change = std::get_if<Change<Service>>(&failed);
    if (change == nullptr || !change->after || change->after->removed.empty()) return {};
    try {
      const auto docker = look<Docker>(host_, change->key);
      if (!docker || (docker->service.active && !docker->asked)) return {};
      const Strings gone = without(change->after->removed, docker->service.running);
      Service before = part_start_.find<Service>(change->key).value_or(Service{});
      before.along.containers = without(before.along.containers, gone);
      before.removed = gone;
      if (!gone.empty()) part_start_.put<Service>(change->key, before);
      return gone;
    } catch (const std::exception&) {
      return {};  // what became of it is told when the run looks again
    }
  }

  // Each thing that the steps change, once, where the host is not as the state says or cannot be looked at.
  Strings differences(const State& state, const std::vector<Step>& steps) {
    Strings all;
    std::set<std::pair<std::string, std::string>> looked;
    for (const Step& step : steps) {
      if (!looked.insert({kind_of(step), key_of(step)}).second) continue;
      try {
        const std::string wrong = difference(host_, state, step);
        if (!wrong.empty()) all.push_back(wrong);
      } catch (const std::exception& error) {
        all.push_back("the " + kind_of(step) + " " + quote(key_of(step)) + " cannot be looked at: " + told(error));
      }
    }
    return all;
  }

  void compare() {
    std::vector<Step> steps;
    const auto& planned = plan_.steps();
    for (std::size_t i = 0; i < planned.size(); ++i) {
      if (!covered_later(planned, i, plan_.now())) steps.push_back(planned[i].step);
    }
    Strings differ = differences(plan_.now(), steps);
    if (differ.empty()) return;
    part_start_ = now_;
    Strings down;
    restart_what_ran(down);
    differ = differences(plan_.now(), steps);
    differ.insert(differ.end(), down.begin(), down.end());
    if (differ.empty()) return;
    Error error("every step was done, but afterwards the host is not as the plan predicted: " + join(differ, "; "));
    error.acted = true;
    error.not_undone = differ;
    throw error;
  }

  Host& host_;
  const Plan& plan_;
  State now_, part_start_;
  json elsewhere_;  // debts of a dead run that this plan says nothing about
  std::size_t part_ = 0;
  std::vector<Step> done_;
  std::vector<Step> downtime_;     // of the parts before, since a service that ran was stopped
  State downtime_start_;           // before the first of them
  std::vector<Step> kept_;         // of all the parts before
  bool waits_ = false;             // a service is still starting
  Strings paid_;                   // services that an earlier run had stopped, or some of what runs along, and that run
  Strings broken_, broken_words_;  // containers that did not start at an undo, and Docker's words
  Applied applied_;
};

}  // namespace

std::string perform(Host& host, const Step& step) {
  return std::visit(
      [&]<class K>(const Change<K>& change) {
        auto seen = now_of<K>(host, change.key);
        if constexpr (std::is_same_v<K, Service>) {
          if (change.after && change.after->active) note_ended(host, change.key, change.before, seen);
        }
        if (!matches(change.before, seen)) {
          throw Error("the " + std::string(K::kind) + " " + quote(change.key) +
                      " is not as it was when the plan was made; nothing was overwritten, run again");
        }
        return act(host, change);
      },
      step);
}

Applied apply(Host& host, const Plan& plan) { return Run(host, plan).all(); }

}  // namespace dockhost
