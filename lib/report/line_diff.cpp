// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/line_diff.hpp"

#include <algorithm>
#include <cstddef>

namespace dockhost {
namespace {

constexpr std::size_t kContext = 3;

// Lines without their ends; a missing last end is a line of its own, as diff(1) shows it.
Strings lines_of(const std::string& text) {
  Strings lines = split(text, '\n');
  if (lines.back().empty()) {
    lines.pop_back();
  } else {
    lines.back() += "\n\\ No newline at end of file";
  }
  return lines;
}

// Each line of both texts once, in order, with ' ', '-' or '+' in front: by the longest common subsequence. The files
// that dockhost edits are short; beginnings and ends that are equal are taken off first.
Strings edit_script(const Strings& a, const Strings& b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t n = a.size() - head - tail, m = b.size() - head - tail;
  std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = m; k-- > 0;) {
      common[i][k] =
          a[head + i] == b[head + k] ? common[i + 1][k + 1] + 1 : std::max(common[i + 1][k], common[i][k + 1]);
    }
  }
  Strings script;
  for (std::size_t i = 0; i < head; ++i) script.push_back(" " + a[i]);
  for (std::size_t i = 0, k = 0; i < n || k < m;) {
    if (i < n && k < m && a[head + i] == b[head + k]) {
      script.push_back(" " + a[head + i++]);
      ++k;
    } else if (i < n && (k == m || common[i + 1][k] >= common[i][k + 1])) {
      script.push_back("-" + a[head + i++]);
    } else {
      script.push_back("+" + b[head + k++]);
    }
  }
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) script.push_back(" " + a[i]);
  return script;
}

struct Hunk {
  std::size_t begin = 0, end = 0;  // in the script
};

std::vector<Hunk> hunks_of(const Strings& script) {
  std::vector<Hunk> hunks;
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (script[i][0] == ' ') continue;
    const std::size_t begin = i < kContext ? 0 : i - kContext, end = std::min(script.size(), i + 1 + kContext);
    if (!hunks.empty() && begin <= hunks.back().end) {
      hunks.back().end = end;
    } else {
      hunks.push_back({begin, end});
    }
  }
  return hunks;
}

std::string range(std::size_t start, std::size_t count) {
  return std::to_string(count == 0 ? start : start + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

}  // namespace

Strings line_diff(const std::string& name, const std::string& before, const std::string& after) {
  if (before == after) return {};
  const Strings script =
      edit_script(before.empty() ? Strings{} : lines_of(before), after.empty() ? Strings{} : lines_of(after));
  Strings out = {"--- " + name, "+++ " + name};
  std::size_t old_line = 0, new_line = 0, at = 0;
  for (const Hunk& hunk : hunks_of(script)) {
    for (; at < hunk.begin; ++at) ++old_line, ++new_line;
    const auto in_hunk = [&](char other) {
      return static_cast<std::size_t>(std::count_if(script.begin() + static_cast<std::ptrdiff_t>(hunk.begin),
                                                    script.begin() + static_cast<std::ptrdiff_t>(hunk.end),
                                                    [&](const std::string& line) { return line[0] != other; }));
    };
    const std::size_t old_count = in_hunk('+'), new_count = in_hunk('-');
    out.push_back("@@ -" + range(old_line, old_count) + " +" + range(new_line, new_count) + " @@");
    for (; at < hunk.end; ++at) {
      const Strings parts = split(script[at], '\n');
      out.insert(out.end(), parts.begin(), parts.end());
    }
    old_line += old_count;
    new_line += new_count;
  }
  return out;
}

}  // namespace dockhost
