// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/audit_tool.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

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

}  // namespace

Strings kernel_lines(Host& host) {
  const Strings argv = {"auditctl", "-l"};
  const Output output = host.run(argv);
  must_succeed(output, argv, Limits{});
  Strings lines;
  for (const std::string& line : split(output.out, '\n')) {
    if (!line.empty() && line != "No rules") lines.push_back(line);
  }
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

}  // namespace dockhost
