// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/audit_tool.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "edit/audit_covers.hpp"
#include "host/perform.hpp"

namespace dockhost {
namespace {

// Both are listings, in which paths and directories look alike.
AuditPlace as_spelled(const std::string& path) { return {normal_path(path), false, true, true}; }

int number(const std::string& text, std::size_t at, std::size_t length) {
  int value = -1;
  if (text.size() < at + length) return value;
  const char* begin = text.data() + at;
  const auto read = std::from_chars(begin, begin + length, value);
  return read.ptr == begin + length ? value : -1;
}

// A rule that silences, where auditctl lists it as -w; every other line stays.
std::string unhidden(const std::string& line, const std::string& action) {
  const bool hidden = action.starts_with("never") && !line.starts_with("-a ");
  const std::vector<AuditRule> rules = hidden ? parse_audit_listing(line) : std::vector<AuditRule>{};
  if (rules.empty()) return line;
  AuditRule rule = rules.front();
  rule.action = "never";
  rule.watch = false;
  for (AuditField& field : rule.fields) {
    if (field.name == "path" && action.ends_with(" dir")) field.name = "dir";
  }
  return text_of(rule);
}

}  // namespace

Strings kernel_lines(Host& host) {
  const Strings argv = {"auditctl", "-l"};
  const Output output = host.run(argv);
  must_succeed(output, argv, Limits{});
  Strings lines;
  for (const std::string& line : split(output.out, '\n')) {
    if (!line.empty() && line != "No rules") lines.push_back(line);
  }
  // A rule that somebody adds meanwhile makes the two differ: then the listing stands as it is.
  const Strings actions = lines.empty() ? Strings{} : host.audit_actions();
  for (std::size_t i = 0; i < lines.size() && actions.size() == lines.size(); ++i)
    lines[i] = unhidden(lines[i], actions[i]);
  return lines;
}

bool listed(const Strings& lines, const AuditRule& rule) {
  const std::vector<AuditRule> all = parse_audit_listing(join(lines, "\n"));
  const auto is_there = [&](bool directory) {
    const std::vector<AuditRule> wanted = parse_audit_listing(listing_of(rule, directory));
    return !wanted.empty() && std::any_of(all.begin(), all.end(), [&](const AuditRule& one) {
      return one == wanted.front() || same_rule(one, wanted.front(), as_spelled);
    });
  };
  return is_there(false) || is_there(true);
}

bool all_listed(const Strings& lines, const Strings& seen) {
  return std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
    if (contains(seen, line)) return true;
    const std::vector<AuditRule> rule = parse_audit_listing(line);
    return !rule.empty() && listed(seen, rule.front());
  });
}

std::int64_t time_of(const std::string& text) {
  const Strings parts = words(text);
  if (parts.size() != 4 || parts[3] != "UTC" || parts[1].size() != 10 || parts[2].size() < 8) return 0;
  const int year = number(parts[1], 0, 4), month = number(parts[1], 5, 2), day = number(parts[1], 8, 2);
  const int hour = number(parts[2], 0, 2), minute = number(parts[2], 3, 2), second = number(parts[2], 6, 2);
  const bool whole = std::min({year, month, day, hour, minute, second}) >= 0;
  if (!whole) return 0;
  const auto days = std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
  const std::int64_t seconds = ((std::int64_t{days} * 24 + hour) * 60 + minute) * 60 + second;
  const int fraction = parts[2].size() == 15 ? number(parts[2], 9, 6) : 0;
  return seconds * 1'000'000 + std::max(fraction, 0);
}

std::vector<MountTimes::Clock> clocks_of(std::vector<std::pair<std::int64_t, std::int64_t>> seen) {
  constexpr std::int64_t kSecond = 1'000'000;
  std::sort(seen.begin(), seen.end());
  std::vector<MountTimes::Clock> all;
  std::int64_t last = 0;  // since when the clock is known to be as it was seen last
  for (const auto& [time, boot] : seen) {
    const bool same = !all.empty() && boot - all.back().boot < kSecond && all.back().boot - boot < kSecond;
    if (!same) {
      if (!all.empty()) all.back().to = time;
      all.push_back({boot, last, std::numeric_limits<std::int64_t>::max()});
    }
    last = time;
  }
  return all;
}

}  // namespace dockhost
