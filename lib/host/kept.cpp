// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/kept.hpp"

#include <set>
#include <utility>

#include "core/step.hpp"
#include "host/look.hpp"
#include "host/look_data.hpp"
#include "host/matches.hpp"

namespace dockhost {
namespace {

// Whether the thing is as it was. Both were seen, so that whatever differs is a change.
template <class K>
bool as_before(Host& host, const std::string& key, const std::optional<K>& before) {
  return before == look<K>(host, key);
}

template <>
bool as_before(Host& host, const std::string& key, const std::optional<Data>& before) {
  return before.value_or(Data{}) == glance(host, key);
}

// What others start is nothing to us, and settings are told with their file.
template <>
bool as_before(Host& host, const std::string& unit, const std::optional<Service>& before) {
  if (!before) return true;
  Service ran = before->as_it_ran();
  ran.in_force = nullptr;
  ran.starting = false;
  return matches(std::optional<Service>(ran), look<Service>(host, unit));
}

template <>
bool as_before(Host& /*host*/, const std::string& /*reader*/, const std::optional<Reload>& /*before*/) {
  return true;
}

// The times of a copy that is made again are new.
bool same_size(const Tree& one, const Tree& other) {
  return one.is == other.is && one.bytes == other.bytes && one.inodes == other.inodes;
}

// Whether the step was to copy, and another copy is there than before, or more of it.
bool left_copy(Host& host, const Change<Data>& change, const std::optional<Data>& before) {
  if (!change.after || change.after->verb != Data::Verb::copy) return false;
  const Data was = before.value_or(Data{}), is = look<Data>(host, change.key).value_or(Data{});
  return is.copy != Data::Copy::none && (is.copy != was.copy || !same_size(is.target, was.target));
}

std::string kept_step(Host& host, const State& before, const Step& step) {
  return std::visit(
      [&]<class K>(const Change<K>& change) -> std::string {
        if (!before.knows<K>(change.key)) return "";
        bool same = as_before<K>(host, change.key, before.find<K>(change.key));
        if constexpr (std::is_same_v<K, Data>) same = same && !left_copy(host, change, before.find<K>(change.key));
        if (same) return "";
        return "done, and it stays: " + describe(step);
      },
      step);
}

}  // namespace

Strings kept_steps(Host& host, const State& before, const std::vector<Step>& steps) {
  Strings all;
  std::set<std::pair<std::string, std::string>> looked;
  const std::vector<Step> newest_first(steps.rbegin(), steps.rend());
  for (const Step& step : newest_first) {
    if (!looked.insert({kind_of(step), key_of(step)}).second) continue;
    try {
      const std::string kept = kept_step(host, before, step);
      if (!kept.empty()) all.insert(all.begin(), kept);
    } catch (const std::exception& problem) {
      all.insert(all.begin(),
                 "the " + kind_of(step) + " " + quote(key_of(step)) + " cannot be looked at: " + problem.what());
    }
  }
  return all;
}

Strings in_starting_order(const State& before, const std::vector<Step>& steps) {
  Strings units;
  for (const Step& step : steps) {
    const auto* change = std::get_if<Change<Service>>(&step);
    const bool stops =
        change != nullptr && change->before && change->before->active && !(change->after && change->after->active);
    if (stops && !contains(units, change->key)) units.insert(units.begin(), change->key);
  }
  for (const auto& [unit, service] : before.all<Service>()) {
    if (!contains(units, unit)) units.push_back(unit);
  }
  return units;
}

}  // namespace dockhost
