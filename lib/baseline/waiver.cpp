// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/waiver.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "base/error.hpp"
#include "baseline/catalogue.hpp"

namespace dockhost {
namespace {

using std::chrono::sys_days;

// "2026-12-06"; nullopt where that is no day.
std::optional<sys_days> day_of(const std::string& text) {
  const bool shape = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                     text.find_first_not_of("0123456789-") == std::string::npos &&
                     std::count(text.begin(), text.end(), '-') == 2;
  if (!shape) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(leading_number(text))),
                                        std::chrono::month(static_cast<unsigned>(leading_number(text.substr(5)))),
                                        std::chrono::day(static_cast<unsigned>(leading_number(text.substr(8))))};
  return day.ok() ? std::optional<sys_days>(day) : std::nullopt;
}

Strings keys_meant(const json& id, const std::string& version) {
  if (id.is_number()) {
    throw Error("id " + id.dump() + " is a number; write \"" + id.dump() + "0\" or \"" + id.dump() +
                "\" in quotes, or a key such as daemon.userns_remap");
  }
  if (!id.is_string()) throw Error("an id is a text, as \"2.10\" or daemon.userns_remap");
  Strings keys;
  const std::vector<const Control*> found = find_controls(id.get<std::string>(), version);
  for (const Control* control : found) keys.push_back(control->key);
  return keys;
}

Waiver waiver_of(const json& entry, const std::string& version) {
  Waiver waiver;
  waiver.keys = keys_meant(entry.at("id"), version);
  waiver.id = entry.at("id").get<std::string>();
  waiver.reason = trim(entry.at("reason").get<std::string>());
  waiver.until = entry.at("until").get<std::string>();
  if (entry.at("by").is_string()) waiver.by = entry.at("by").get<std::string>();
  if (entry.at("hosts").is_array()) waiver.hosts = entry.at("hosts").get<Strings>();
  if (waiver.reason.empty()) throw Error("reason is empty");
  if (waiver.until != "never" && !day_of(waiver.until))
    throw Error("until " + quote(waiver.until) + " is no day (2026-12-06) and not never");
  return waiver;
}

bool is_for(const Waiver& waiver, const std::string& host) {
  return waiver.hosts.empty() || std::any_of(waiver.hosts.begin(), waiver.hosts.end(), [&](const std::string& pattern) {
           return ::fnmatch(pattern.c_str(), host.c_str(), 0) == 0;
         });
}

}  // namespace

bool Waiver::expired(const std::string& day) const { return until != "never" && until < day; }

bool Waiver::ends_soon(const std::string& day) const {
  const auto last = day_of(until), now = day_of(day);
  return last && now && !expired(day) && *last - *now <= std::chrono::days(30);
}

std::vector<Option> waiver_options() {
  return {{.name = "id",
           .type = Type::raw,
           .description = {"A control's key, or its number in O(benchmark), in quotes: C(\"2.10\")."},
           .required = true},
          {.name = "reason", .description = {"Why it is all right that the control fails."}, .required = true},
          {.name = "until",
           .description = {"The last day on which it holds, in UTC, C(2026-12-06), or V(never). From the next day on "
                           "the control counts as what is found; it is still not changed."},
           .required = true},
          {.name = "by", .description = {"Who decided it."}},
          {.name = "hosts",
           .type = Type::list,
           .description = {"Patterns of inventory names, as C(web-*). Without it every host is meant."},
           .elements = Type::text}};
}

std::vector<Waiver> waivers_of(const json& option, const std::string& version, const std::string& host) {
  std::vector<Waiver> all;
  Strings problems;
  for (std::size_t i = 0; option.is_array() && i < option.size(); ++i) {
    const std::string named = "waiver " + std::to_string(i + 1) + ": ";
    try {
      const Waiver waiver = waiver_of(option[i], version);
      if (!is_for(waiver, host)) continue;
      for (const Waiver& other : all) {
        const bool twice = std::any_of(waiver.keys.begin(), waiver.keys.end(),
                                       [&](const std::string& key) { return contains(other.keys, key); });
        if (twice) throw Error(quote(waiver.id) + " is waived twice on this host");
      }
      all.push_back(waiver);
    } catch (const Error& error) {
      problems.push_back(named + error.text());
    }
  }
  if (!problems.empty()) throw Error(join(problems, "\n"));
  return all;
}

Strings keys_of(const json& ids, const std::string& version, const std::string& named) {
  Strings keys;
  std::set<std::string> said;
  for (std::size_t i = 0; ids.is_array() && i < ids.size(); ++i) {
    if (ids[i].is_string() && !said.insert(ids[i].get<std::string>()).second) continue;
    try {
      const Strings more = keys_meant(ids[i], version);
      keys.insert(keys.end(), more.begin(), more.end());
    } catch (const Error& error) {
      throw Error(named + "[" + std::to_string(i) + "]: " + error.text());
    }
  }
  return keys;
}

}  // namespace dockhost
