// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/perform_audit.hpp"

#include <algorithm>

#include "edit/audit_covers.hpp"
#include "host/audit_tool.hpp"
#include "host/look.hpp"
#include "host/perform.hpp"

namespace dockhost {
namespace {

Strings auditctl(const Strings& arguments) {
  Strings argv = {"auditctl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

// A rule as it was written, or as it is listed: then it is a watch where it looks like one.
AuditRule rule_of(const std::string& text) {
  const std::vector<AuditRule> listed = parse_audit_listing(text);
  if (listed.empty()) throw Error("is no audit rule: " + quote(text));
  return text.starts_with(" ") ? listed.front() : parse_audit_rule(text);
}

bool at_directory(Host& host, const AuditRule& rule) {
  const std::string path = rule.path();
  const auto place = path.empty() ? std::nullopt : look<WatchedPlace>(host, path);
  return place && place->directory;
}

void refuse_missing_parent(Host& host, const AuditRule& rule) {
  const std::string path = rule.path();
  const auto place = path.empty() ? std::nullopt : look<WatchedPlace>(host, path);
  if (!path.empty() && (!place || !place->parent))
    throw Error("the directory that holds " + path + " does not exist: the kernel would not take the audit rule");
}

void load(Host& host, const AuditRule& rule) {
  const Strings argv = auditctl(adding_argv(rule, at_directory(host, rule)));
  const Output output = host.run(argv);
  // "Rule exists": somebody else was faster.
  if (!output.good() && !(output.found && listed(kernel_lines(host), rule))) must_succeed(output, argv, Limits{});
  if (!listed(kernel_lines(host), rule))
    throw Error("auditctl took the rule, but the kernel does not list it: " + text_of(rule));
}

// The listing does not tell whether the kernel has path= or dir=, nor where arch stood among the fields: what looks
// right is tried first.
void unload(Host& host, const AuditRule& rule) {
  const std::size_t before = kernel_lines(host).size();
  const bool directory = at_directory(host, rule);
  Output output;
  for (const bool as_directory : {directory, !directory}) {
    const Strings argv = auditctl(deleting_argv(rule, as_directory));
    output = host.run(argv);
    if (output.good() && kernel_lines(host).size() < before) return;
    if (!rule.watch) break;
  }
  must_succeed(output, auditctl(deleting_argv(rule, directory)), Limits{});
  throw Error("auditctl deleted no rule: " + text_of(rule));
}

void rearm(Host& host, const AuditRule& rule) {
  refuse_missing_parent(host, rule);
  if (listed(kernel_lines(host), rule)) unload(host, rule);
  try {
    load(host, rule);
  } catch (const std::exception&) {
    // Never fewer rules than before, whatever it was.
    load(host, rule);
  }
}

}  // namespace

void perform_audit(Host& host, const Change<AuditRules>& change) {
  const AuditRules before = change.before.value_or(AuditRules{}), after = change.after.value_or(AuditRules{});
  const std::string text = after.text.empty() ? before.text : after.text;
  const AuditRule rule = rule_of(text);
  if (after.rearm) return rearm(host, rule);
  if (after.lines.size() > before.lines.size()) return load(host, rule);
  if (after.lines.size() < before.lines.size()) return unload(host, rule);
}

void restore_audit(Host& host, const std::vector<Step>& steps) {
  std::vector<Change<AuditRules>> changes;  // newest first
  for (const Step& step : steps) {
    if (const auto* change = std::get_if<Change<AuditRules>>(&step)) changes.push_back(*change);
  }
  for (const Change<AuditRules>& change : changes) {
    const AuditRules before = change.before.value_or(AuditRules{}), after = change.after.value_or(AuditRules{});
    const AuditRule rule = rule_of(after.text);
    const bool was = after.rearm || after.lines.size() < before.lines.size();
    const bool is = listed(kernel_lines(host), rule);
    if (was && !is) load(host, rule);
    if (!was && is) unload(host, rule);
  }
}

}  // namespace dockhost
