// SPDX-License-Identifier: GPL-3.0-or-later
// Audit rules as text: as auditctl takes them, and as it lists them.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "edit/audit_rule.hpp"

namespace dockhost {
namespace {

std::string joined(const AuditField& field) { return field.name + field.op + field.value; }

void add(Strings& argv, const std::string& option, const std::string& value) {
  argv.push_back(option);
  argv.push_back(value);
}

// -w sets the first two fields; what else there is follows.
bool begins_as_watch(const AuditRule& rule) {
  return rule.watch && rule.fields.size() >= 2 && rule.fields[0].name == "path" && rule.fields[1].name == "perm";
}

// auditctl takes -F perm= in these lists; in others -p alone.
bool perm_is_field(const std::string& list) { return list == "exit" || list == "exclude"; }

// Only path, dir and perm, with a perm, and any syscall: what auditctl's listing takes for a watch.
bool listed_as_watch(const AuditRule& rule) {
  return rule.syscalls.empty() && rule.field("perm") != nullptr &&
         std::all_of(rule.fields.begin(), rule.fields.end(), [](const AuditField& field) {
           return field.name == "perm" || field.name == "path" || field.name == "dir";
         });
}

void add_field(Strings& argv, const AuditRule& rule, const AuditField& field) {
  if (field.name == "-C") return add(argv, "-C", field.value);
  if (field.name == "perm" && !perm_is_field(rule.list)) return add(argv, "-p", field.value);
  add(argv, "-F", joined(field));
}

// auditctl takes a key only behind one of these or a syscall.
bool key_needs_syscall(const AuditRule& rule) {
  return !rule.keys.empty() && std::none_of(rule.fields.begin(), rule.fields.end(), [](const AuditField& field) {
    return contains({"path", "dir", "perm", "exe", "fstype"}, field.name);
  });
}

void add_syscalls(Strings& argv, const AuditRule& rule) {
  if (!rule.syscalls.empty()) return add(argv, "-S", join(rule.syscalls, ","));
  if (key_needs_syscall(rule)) add(argv, "-S", "all");
}

// The fields keep their order, which is part of what a rule is to the kernel; syscalls stand behind arch.
Strings long_form(const std::string& option, const AuditRule& rule, bool directory) {
  Strings argv;
  add(argv, option, rule.action + "," + rule.list);
  if (rule.field("arch") == nullptr) add_syscalls(argv, rule);
  for (const AuditField& field : rule.fields) {
    const bool below = rule.watch && directory && field.name == "path";
    add_field(argv, rule, below ? AuditField{"dir", "=", field.value} : field);
    if (&field == rule.field("arch")) add_syscalls(argv, rule);
  }
  for (const std::string& key : rule.keys) add(argv, "-F", "key=" + key);
  return argv;
}

// A path that is listed with a slash at its end was given as dir=; -w takes the slash off.
bool keep_slash(AuditRule& rule, const std::string& line) {
  const Strings said = words(line);
  if (!line.starts_with("-w ") || said.size() < 2 || said[1].size() < 2 || !said[1].ends_with('/')) return false;
  rule.watch = false;
  rule.fields[0] = {"dir", "=", said[1]};
  return true;
}

// `-p wa-w /etc/x`: auditctl's listing of a rule whose perm stands before its path leaves out a blank. `-p wa -k x`: it
// lists a rule that has no path as a watch, too.
std::string with_list(std::string line) {
  if (!line.starts_with("-p ")) return line;
  const std::size_t glued = line.find("-w ", 3);
  const std::size_t end = std::min(line.find(' ', 3), line.size());
  if (glued == std::string::npos || glued + 2 != end) return "-a always,exit -F perm=" + line.substr(3);
  return "-a always,exit -F perm=" + line.substr(3, glued - 3) + " -F path=" + line.substr(glued + 3);
}

// As auditctl takes it where it lists -F perm= in a list that has no such field.
std::string with_perm_option(std::string line) {
  const Strings said = words(line);
  const Strings parts = said.size() > 1 && said[0] == "-a" ? split(said[1], ',') : Strings{};
  constexpr std::string_view kListed = " -F perm=";
  const std::size_t at = line.find(kListed);
  if (parts.size() != 2 || perm_is_field(parts[1]) || at == std::string::npos) return line;
  return line.replace(at, kListed.size(), " -p ");
}

// auditctl takes types of files by name, and lists their numbers.
std::string with_names(std::string line) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes = {{{"49152", "socket"},
                                                                                    {"40960", "link"},
                                                                                    {"32768", "file"},
                                                                                    {"24576", "block"},
                                                                                    {"16384", "dir"},
                                                                                    {"8192", "character"},
                                                                                    {"4096", "fifo"}}};
  const std::size_t at = line.find(" -F filetype");
  const std::size_t begin = at == std::string::npos ? at : line.find('=', at);
  if (begin == std::string::npos) return line;
  const std::size_t end = std::min(line.find(' ', begin), line.size());
  for (const auto& [number, name] : kTypes) {
    if (line.substr(begin + 1, end - begin - 1) == number) return line.replace(begin + 1, end - begin - 1, name);
  }
  return line;
}

}  // namespace

Strings adding_argv(const AuditRule& rule, bool directory) {
  if (!begins_as_watch(rule)) return long_form(rule.first ? "-A" : "-a", rule, directory);
  Strings argv = {"-w", rule.fields[0].value, "-p", rule.fields[1].value};
  add_syscalls(argv, rule);
  for (std::size_t i = 2; i < rule.fields.size(); ++i) add_field(argv, rule, rule.fields[i]);
  for (const std::string& key : rule.keys) add(argv, "-k", key);
  return argv;
}

Strings deleting_argv(const AuditRule& rule, bool directory) { return long_form("-d", rule, directory); }

std::string text_of(const AuditRule& rule) { return join(adding_argv(rule, false), " "); }

std::string listing_of(const AuditRule& rule, bool directory) {
  const bool watch = listed_as_watch(rule);
  std::string line = watch ? "" : "-a " + rule.action + "," + rule.list;
  if (!watch) {
    for (const AuditField& field : rule.fields) {
      if (field.name == "arch") line += " -F " + joined(field);
    }
    const bool any = rule.list == "exit" || rule.list == "io_uring";
    if (any) line += " -S " + (rule.syscalls.empty() ? "all" : join(rule.syscalls, ","));
  }
  for (const AuditField& field : rule.fields) {
    const bool place = field.name == "path" || field.name == "dir";
    const bool below = rule.watch && directory && field.name == "path";
    if (watch) line += field.name == "perm" ? " -p " + field.value : "-w " + field.value;
    if (watch || field.name == "arch") continue;
    line +=
        field.name == "-C" ? " -C " + field.value : " -F " + (below && place ? "dir=" + field.value : joined(field));
  }
  for (const std::string& key : rule.keys) line += (watch ? " -k " : " -F key=") + key;
  return line;
}

std::vector<AuditRule> parse_audit_listing(std::string_view text) {
  std::vector<AuditRule> all;
  for (const std::string& line : split(text, '\n')) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    try {
      AuditRule rule = parse_audit_rule(with_perm_option(with_names(with_list(line.substr(begin)))));
      if (!keep_slash(rule, line) && listed_as_watch(rule) && !rule.path().empty()) rule.watch = true;
      all.push_back(std::move(rule));
    } catch (const Error&) {
      // What this version of auditctl lists and we do not know is no rule that we could compare.
      continue;
    }
  }
  return all;
}

}  // namespace dockhost
