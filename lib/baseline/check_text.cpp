// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/check_text.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "base/error.hpp"
#include "baseline/catalogue.hpp"
#include "baseline/results.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kIndent = 15;

struct Word {
  std::string word, color;  // color: SGR parameters (ECMA-48)
};

Word word_of(const std::string& status) {
  if (status == "fail") return {"FAIL", "1;31"};
  if (status.starts_with("pending")) return {"WAIT", "33"};
  if (status == "excluded") return {"WAIVED", "35"};
  if (status == "not_testable") return {"?", "36"};
  return {status == "pass" ? "pass" : "n/a", ""};
}

std::size_t rank(const std::string& status) {
  const Strings order = {"fail", "pending_restart", "pending_reboot", "excluded", "not_testable", "not_applicable"};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), status) - order.begin());
}

std::string painted(const std::string& text, const std::string& color, const CheckStyle& style) {
  return style.color && !color.empty() ? "\033[" + color + "m" + text + "\033[0m" : text;
}

// A host's text cannot drive the terminal.
json harmless(const json& value) {
  if (value.is_string()) return printable(value.get<std::string>(), true);
  json all = value;
  if (value.is_object() || value.is_array()) {
    for (json& one : all) one = harmless(one);
  }
  return all;
}

// The words in lines of the width, each behind the indent.
std::string wrapped(const std::string& text, const CheckStyle& style) {
  std::string lines, line;
  const std::size_t room = style.width > kIndent + 20 ? style.width - kIndent : 20;
  const Strings all = words(text);
  for (const std::string& word : all) {
    if (!line.empty() && line.size() + 1 + word.size() > room) {
      lines += std::string(kIndent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? lines : lines + std::string(kIndent, ' ') + line + "\n";
}

std::string shown_value(const json& value) {
  if (value.is_null()) return "not set";
  if (value.is_array()) {
    Strings all;
    for (const json& one : value) all.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    return all.empty() ? "none" : join(all, ", ");
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// "1.1.3-12 1.1.14": numbers that follow each other as runs.
std::string runs_of(const Strings& ids) {
  struct Run {
    std::string head;
    std::uint64_t first, last;
  };
  std::vector<Run> runs;
  Strings others;
  for (const std::string& id : ids) {
    const std::size_t dot = id.rfind('.');
    const std::string last = dot == std::string::npos ? "" : id.substr(dot + 1);
    if (last.empty() || last.find_first_not_of("0123456789") != std::string::npos) {
      others.push_back(id);
      continue;
    }
    const std::uint64_t number = leading_number(last);
    const std::string head = id.substr(0, dot);
    const bool follows = !runs.empty() && runs.back().head == head && number <= runs.back().last + 1;
    if (follows)
      runs.back().last = number;
    else
      runs.push_back({head, number, number});
  }
  Strings all;
  for (const Run& run : runs) {
    const std::string first = run.head + "." + std::to_string(run.first);
    all.push_back(run.first == run.last ? first : first + "-" + std::to_string(run.last));
  }
  all.insert(all.end(), others.begin(), others.end());
  return join(all, " ");
}

const Control& control_of(const json& result) { return *find_controls(result.at("key").get<std::string>()).front(); }

std::string version_of(const json& report) {
  const auto benchmark = report.at("benchmark").get<std::string>();
  return benchmark.substr(benchmark.rfind(' ') + 1);
}

// Findings of the audit's controls with one cause are one entry.
std::vector<std::vector<json>> entries_of(const json& controls) {
  std::vector<json> sorted(controls.begin(), controls.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const json& a, const json& b) {
    return rank(a.at("status").get<std::string>()) < rank(b.at("status").get<std::string>());
  });
  const auto cause = [](const json& one) {
    return one.at("status").get<std::string>() + one.value("why", "") + one.at("after").get<std::string>() +
           one.value("refused", "");
  };
  std::vector<std::vector<json>> entries;
  for (const json& one : sorted) {
    const bool audit = one.at("key").get<std::string>().starts_with("audit.");
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const std::vector<json>& entry) {
      return audit && entry.front().at("key").get<std::string>().starts_with("audit.") &&
             cause(entry.front()) == cause(one) && !one.contains("waiver");
    });
    if (same == entries.end())
      entries.push_back({one});
    else
      same->push_back(one);
  }
  return entries;
}

std::string values(const json& one) {
  Strings parts;
  for (const auto& [name, label] :
       {std::pair{"expected", "want "}, {"configured", "file "}, {"effective", "running "}}) {
    if (one.contains(name)) parts.push_back(label + shown_value(one.at(name)));
  }
  return join(parts, "   ");
}

std::string place(const json& one) {
  if (!one.contains("where")) return {};
  const json& where = one.at("where");
  return to_string(Where{where.at("path").get<std::string>(), where.value("line", std::size_t{0}),
                         where.value("column", std::size_t{0})});
}

std::string remedy(const json& one, const Control& control) {
  if (one.contains("refused")) return "refused: " + one.at("refused").get<std::string>();
  if (one.contains("by_hand")) return "by hand: " + one.at("by_hand").get<std::string>();
  const bool settled = one.at("after") != one.at("status");
  if (settled || control.remediable == Remediable::yes) return "harden: " + control.remediation;
  return (control.remediable == Remediable::on_request ? "on request: " : "by hand: ") + control.remediation;
}

std::string waiver_words(const json& waiver, const char* lead) {
  const auto by = waiver.value("by", std::string());
  return lead + waiver.at("until").get<std::string>() + (by.empty() ? "" : ", " + by) + ": " +
         waiver.at("reason").get<std::string>();
}

std::string details(const json& one, const CheckStyle& style) {
  const auto status = one.at("status").get<std::string>();
  std::string text = wrapped(one.value("why", ""), style);
  if (status == "fail" || status.starts_with("pending")) {
    const std::string compared = values(one), where = place(one);
    const bool fits = kIndent + compared.size() <= style.width;
    if (!compared.empty()) text += fits ? std::string(kIndent, ' ') + compared + "\n" : wrapped(compared, style);
    if (!where.empty()) text += wrapped(where, style);
    text += wrapped(remedy(one, control_of(one)), style);
  }
  if (one.contains("waiver")) text += wrapped(waiver_words(one.at("waiver"), "until "), style);
  if (one.contains("expired")) text += wrapped(waiver_words(one.at("expired"), "waiver expired on "), style);
  return text;
}

std::string line_of(const std::string& status, const std::string& id, const std::string& title,
                    const CheckStyle& style) {
  const Word word = word_of(status);
  return painted(padded(word.word, 7), word.color, style) + " " + padded(id, 7) + title + "\n";
}

std::string entry_text(const std::vector<json>& entry, const std::string& version, const CheckStyle& style) {
  const auto status = entry.front().at("status").get<std::string>();
  if (entry.size() == 1) {
    const Control& control = control_of(entry.front());
    return line_of(status, shown_id(control, version), control.title, style) + details(entry.front(), style);
  }
  Strings ids;
  for (const json& one : entry) ids.push_back(shown_id(control_of(one), version));
  json first = entry.front();
  for (const char* own : {"expected", "configured", "effective", "where"}) first.erase(own);
  const std::string cause = std::to_string(entry.size()) + " controls, one cause", runs = runs_of(ids);
  if (kIndent + runs.size() + cause.size() < style.width)
    return line_of(status, runs, cause, style) + details(first, style);
  return line_of(status, "", cause, style) + wrapped(runs, style) + details(first, style);
}

std::string header(const json& report) {
  const json& facts = report.at("facts");
  Strings parts;
  if (facts.contains("os")) parts.push_back(facts.at("os").get<std::string>());
  const auto docker = facts.value("docker", std::string());
  parts.push_back(docker.empty() ? "no Docker" : "Docker " + docker);
  if (facts.contains("containers")) {
    const auto count = facts.at("containers").get<std::size_t>();
    parts.push_back(std::to_string(count) + (count == 1 ? " container" : " containers"));
  }
  const std::map<std::string, std::string> profiles = {{"article", "the article's profile"},
                                                       {"cis_level1", "level 1"},
                                                       {"cis_level2", "levels 1 and 2"},
                                                       {"none", "no profile"}};
  const auto profile = report.at("profile").get<std::string>();
  const char* const limits = "This check does not run as root: what only root can see is not tested.\n\n";
  return (facts.value("root", true) ? "" : limits) + facts.value("host", std::string("this host")) + "   " +
         join(parts, ", ") + "\nCIS Docker " + version_of(report) + ", " + profiles.at(profile) + "\n\n";
}

// What harden would make of it.
std::string outlook(const json& report) {
  std::size_t open = 0, settled = 0;
  for (const json& one : report.at("controls")) {
    const auto status = one.at("status").get<std::string>();
    if (status != "fail" && !status.starts_with("pending")) continue;
    ++open;
    if (one.at("after") == "pass") ++settled;
  }
  if (open == 0) return {};
  const json& actions = report.at("actions");
  const bool restarts = std::find(actions.begin(), actions.end(), json("restart")) != actions.end();
  return "harden would settle " + std::to_string(settled) + " of these " + std::to_string(open) +
         (restarts ? " and restart Docker" : "") + "; see check --plan\n";
}

std::string score(const json& result, const CheckStyle& style) {
  const json& counts = result.at("report").at("counts");
  const auto of = [&](const char* status) { return counts.value(status, std::size_t{0}); };
  const std::size_t pass = of("pass"), fail = of("fail"), wait = of("pending_restart") + of("pending_reboot");
  const std::size_t all = pass + fail + wait;
  if (all == 0) return result.at("msg").get<std::string>() + "\n";
  Strings parts;
  if (fail != 0) parts.push_back(painted(std::to_string(fail) + " fail", "1;31", style));
  if (wait != 0) parts.push_back(painted(std::to_string(wait) + " wait", "33", style));
  if (of("excluded") != 0) parts.push_back(painted(std::to_string(of("excluded")) + " waived", "35", style));
  if (of("not_applicable") != 0) parts.push_back(std::to_string(of("not_applicable")) + " n/a");
  if (of("not_testable") != 0) parts.push_back(std::to_string(of("not_testable")) + " not testable");
  return std::to_string(100 * pass / all) + " %  " + std::to_string(pass) + " of " + std::to_string(all) + " met" +
         (parts.empty() ? "" : "; " + join(parts, ", ")) + "\n";
}

std::string plan_text(const json& result) {
  std::string text = result.at("plan").empty() ? "harden has nothing to do\n" : "harden will, in this order:\n";
  std::size_t number = 0;
  for (const json& sentence : result.at("plan"))
    text += padded("  " + std::to_string(++number) + ".", 6) + sentence.get<std::string>() + "\n";
  return text + "\n";
}

}  // namespace

std::string check_text(const json& given, const CheckStyle& style) {
  const json result = harmless(given);
  const json& report = result.at("report");
  const std::string version = version_of(report);
  std::string text = header(report);
  const std::vector<std::vector<json>> entries = entries_of(report.at("controls"));
  for (const std::vector<json>& entry : entries) text += entry_text(entry, version, style);
  for (const char* status : {"not_applicable", "passed"}) {
    for (const json& key : report.at(status)) {
      if (!style.verbose) continue;
      const Control& control = *find_controls(key.get<std::string>()).front();
      text +=
          line_of(status == std::string("passed") ? "pass" : status, shown_id(control, version), control.title, style);
    }
  }
  if (!text.ends_with("\n\n")) text += "\n";
  if (style.plan) text += plan_text(result);
  if (!style.plan) text += outlook(report);
  const json warnings = result.value("warnings", json::array());
  for (const json& warning : warnings) {
    if (warning != kNotRoot) text += "warning: " + warning.get<std::string>() + "\n";  // that stands in the header
  }
  return text + score(result, style);
}

int check_code(const json& result, bool strict) {
  if (!result.contains("report")) return 2;
  const json& report = result.at("report");
  const json& counts = report.at("counts");
  const auto has = [&](const char* status) { return counts.contains(status); };
  if (has("not_testable") && !has("pass") && !has("fail") && !has("excluded")) return 2;
  const json& waivers = report.at("waivers");
  const bool expired = std::any_of(waivers.begin(), waivers.end(), [](const json& one) {
    return one.at("state") == "expired" && one.at("use") == "used";
  });
  if (has("fail") || has("pending_restart") || has("pending_reboot") || expired) return 1;
  return strict && has("not_testable") ? 1 : 0;
}

}  // namespace dockhost
