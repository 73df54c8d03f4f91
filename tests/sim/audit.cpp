// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/audit.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "edit/audit_covers.hpp"
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

AuditPlace place_in(const Machine& machine, const std::string& path) {
  const std::string normal = normal_path(path);
  const std::size_t slash = normal.rfind('/');
  const std::string parent = real_path(machine, slash == 0 ? "/" : normal.substr(0, slash));
  if (parent.empty()) return {normal, false, false, false};
  const std::string real = normal == "/" ? normal : (parent == "/" ? "" : parent) + normal.substr(slash);
  const auto entry = machine.entries.find(real);
  const bool there = entry != machine.entries.end();
  return {real, there && entry->second.type == Node::Type::directory, there, true};
}

AuditPlaceOf places(const Machine& machine) {
  return [&machine](const std::string& path) { return place_in(machine, path); };
}

// The mount that a path is on, and those below it: by the time they were made, which no two share.
std::vector<std::int64_t> sight(const Machine& machine, const std::string& real) {
  std::vector<std::int64_t> mounts = {0};
  for (const Mounted& mounted : machine.mounts) {
    if (mounted.path == real || below(real, mounted.path)) mounts.front() = mounted.since;
    if (mounted.path != real && below(mounted.path, real)) mounts.push_back(mounted.since);
  }
  return mounts;
}

bool alive(const Machine& machine, const LoadedAuditRule& rule) {
  if (rule.path.empty()) return true;
  const std::vector<std::int64_t> now = sight(machine, rule.path);
  if (now.front() != rule.sight.front()) return false;
  if (!rule.recursive) return true;
  return std::all_of(now.begin(), now.end(), [&](std::int64_t mount) {
    return std::find(rule.sight.begin(), rule.sight.end(), mount) != rule.sight.end();
  });
}

const Output kDone{0, "", ""};

Output complaint(const std::string& text) { return {255, "", text + "\n"}; }

// auditctl 4 puts the syscalls of the permissions in.
AuditRule as_stored(const Machine& machine, AuditRule rule) {
  const bool old = machine.audit.version.starts_with("3");
  if (old || rule.field("arch") == nullptr || rule.field("perm") == nullptr || !rule.syscalls.empty()) return rule;
  if (rule.field("perm")->value != "x") throw Unknown("the syscalls of these permissions");
  rule.syscalls = {"execve", "execveat"};
  return rule;
}

std::string hex(const std::string& text) {
  std::string all;
  for (const char c : text) {
    std::array<char, 4> digits{};
    std::snprintf(digits.data(), digits.size(), "%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    all += digits.data();
  }
  return all;
}

void record(Machine& machine, std::int64_t time, const AuditRule& rule, const Strings& argv) {
  const std::string event =
      "msg=audit(" + std::to_string(time) + ".000:" + std::to_string(machine.audit.records.size() + 1) + "):";
  const std::string key = rule.keys.empty()       ? "(null)"
                          : rule.keys.size() == 1 ? "\"" + rule.keys[0] + "\""
                                                  : hex(join(rule.keys, "\1"));
  const std::string command = join(argv, std::string(1, '\0'));
  machine.audit.records.push_back("type=CONFIG_CHANGE " + event + " auid=0 ses=1 op=add_rule key=" + key +
                                  " list=4 res=1");
  machine.audit.records.push_back("type=PROCTITLE " + event + " proctitle=" + hex(command.substr(0, 127)));
}

Output add(Machine& machine, const AuditRule& asked, const Strings& argv) {
  const AuditRule rule = as_stored(machine, asked);
  const std::string path = rule.path();
  const AuditPlace place = path.empty() ? AuditPlace{} : place_in(machine, path);
  const bool missing = !path.empty() && (!place.parent || (rule.field("dir") != nullptr && !place.there));
  if (missing) return complaint("Error sending add rule data request (No such file or directory)");
  const std::string identity = identity_in_kernel(rule, places(machine));
  for (const LoadedAuditRule& other : machine.audit.rules) {
    if (other.identity == identity) return complaint("Error sending add rule data request (Rule exists)");
  }
  LoadedAuditRule loaded;
  loaded.identity = identity;
  loaded.path = path.empty() ? "" : place.real;
  loaded.recursive = rule.field("dir") != nullptr || (rule.watch && place.directory);
  loaded.listing = listing_of(rule, loaded.recursive);
  loaded.list = rule.list;
  loaded.action = rule.action;
  if (!path.empty()) loaded.sight = sight(machine, place.real);
  auto& rules = machine.audit.rules;
  rules.insert(rule.first ? rules.begin() : rules.end(), loaded);
  if (!argv.empty()) record(machine, ++machine.clock, rule, argv);
  return kDone;
}

Output remove(Machine& machine, const AuditRule& rule) {
  const std::string identity = identity_in_kernel(rule, places(machine));
  auto& rules = machine.audit.rules;
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const LoadedAuditRule& other) { return other.identity == identity; });
  if (found == rules.end()) return complaint("Error sending delete rule data request (No such file or directory)");
  rules.erase(found);
  return kDone;
}

// The kernel keeps a list of each kind.
std::vector<LoadedAuditRule> in_lists(const Machine& machine) {
  std::vector<LoadedAuditRule> all;
  for (const char* list : {"user", "task", "exit", "exclude", "filesystem", "io_uring"}) {
    for (const LoadedAuditRule& rule : machine.audit.rules) {
      if (rule.list == list) all.push_back(rule);
    }
  }
  return all;
}

Output list(const Machine& machine) {
  std::string text;
  for (const LoadedAuditRule& rule : in_lists(machine)) text += rule.listing + "\n";
  return {0, text.empty() ? "No rules\n" : text, ""};
}

Output auditctl(Machine& machine, const Strings& argv) {
  const SimulatedAudit& audit = machine.audit;
  if (!audit.installed) return {127, "", "", false};
  if (!machine.root) return {4, "", "You must be root to run this program.\n"};
  if (audit.container || !audit.kernel) return {1, "", "Error - audit support not in kernel\n"};
  if (argv.size() == 2 && argv[1] == "-l") return list(machine);
  if (argv.size() == 2 && argv[1] == "-v") return {0, "auditctl version " + audit.version + "\n", ""};
  if (argv.size() == 2 && argv[1] == "-s") {
    return {0,
            "enabled " + std::to_string(audit.enabled) + "\nfailure 1\npid " + (audit.daemon ? "612" : "0") +
                "\nrate_limit " + std::to_string(audit.rate) + "\nlost " + std::to_string(audit.lost) + "\n",
            ""};
  }
  if (audit.enabled == 2) return complaint("The audit system is in immutable mode, no rule changes allowed");
  const AuditLine line = parse_audit_line(join(Strings(argv.begin() + 1, argv.end()), " "));
  if (line.is == AuditLine::Is::rule) return add(machine, line.rule, argv);
  if (argv[1] == "-d") return remove(machine, line.rule);
  throw Unknown(join(argv, " "));
}

Output ausearch(const Machine& machine, const Strings& argv) {
  const Strings known = {"ausearch", "--input-logs", "--message", "CONFIG_CHANGE", "--start", "boot", "--raw"};
  if (argv != known) throw Unknown(join(argv, " "));
  if (!machine.audit.installed) return {127, "", "", false};
  if (!machine.audit.logs) return {1, "", "Error opening /var/log/audit/audit.log (No such file or directory)\n"};
  if (machine.audit.records.empty()) return {1, "", "<no matches>\n"};
  return {0, join(machine.audit.records, "\n") + "\n", ""};
}

Output ausyscall(const Machine& machine, const Strings& argv) {
  if (!machine.audit.installed) return {127, "", "", false};
  if (argv.size() != 3 || argv[2] != "--dump") throw Unknown(join(argv, " "));
  return {0, "Using x86_64 syscall table:\n0\tread\n2\topen\n59\texecve\n165\tmount\n257\topenat\n", ""};
}

std::string time_text(std::int64_t seconds) {
  if (seconds == 0) return "n/a";
  const std::chrono::sys_days day{std::chrono::days{seconds / 86400}};
  const std::chrono::year_month_day date{day};
  const auto rest = static_cast<int>(seconds % 86400);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "Day %04d-%02u-%02u %02d:%02d:%02d.000000 UTC", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3600, rest / 60 % 60,
                rest % 60);
  return text.data();
}

Output times(const Machine& machine, const Strings& argv) {
  std::string text;
  const bool mounts = argv.back() == "*.mount";
  const Strings known = {"--property=Where,ActiveEnterTimestamp,ActiveEnterTimestampMonotonic",
                         "--property=Id,ActiveEnterTimestamp,ActiveEnterTimestampMonotonic"};
  if (!contains(known, argv.at(3))) throw Unknown(join(argv, " "));
  const auto both = [&](std::int64_t time) {
    const std::int64_t up = time == 0 ? 0 : time - machine.booted;
    return "\nActiveEnterTimestamp=" + time_text(time == 0 ? 0 : machine.booted + audit_clock(machine, up)) +
           "\nActiveEnterTimestampMonotonic=" + std::to_string(up * 1'000'000) + "\n\n";
  };
  for (const Mounted& mounted : machine.mounts) {
    if (mounts) text += "Where=" + mounted.path + both(mounted.since);
  }
  for (std::size_t i = 5; i < argv.size() && !mounts; ++i) {
    const bool loads = argv[i] == "auditd.service" && machine.audit.installed;
    text += "Id=" + argv[i] + both(loads ? machine.audit.loaded : 0);
  }
  return {0, text, ""};
}

// The file system's magic number, of the mount that the path is on.
Output magic(const Machine& machine, const Strings& argv) {
  const Strings known = {"stat", "--file-system", "--format=%t", "--"};
  if (argv.size() != 5 || Strings(argv.begin(), argv.begin() + 4) != known) throw Unknown(join(argv, " "));
  std::string type = "ext4", at;
  for (const Mounted& mounted : machine.mounts) {
    const bool on = mounted.path == argv[4] || below(argv[4], mounted.path);
    if (on && mounted.path.size() >= at.size()) {
      at = mounted.path;
      type = mounted.fstype;
    }
  }
  if (type == "ext4") return {0, "ef53\n", ""};
  if (type == "xfs") return {0, "58465342\n", ""};
  if (type == "tmpfs") return {0, "1021994\n", ""};
  throw Unknown("the magic number of " + type);
}

}  // namespace

bool is_audit_tool(const Strings& argv) {
  if (argv[0] == "systemctl") return argv.size() > 4 && argv[2] == "--timestamp=us+utc";
  if (argv[0] == "stat") return argv.size() > 1 && argv[1] == "--file-system";
  return contains({"auditctl", "ausearch", "ausyscall", "systemd-detect-virt", "awk"}, argv[0]);
}

Output audit_tool(Machine& machine, const Strings& argv) {
  if (argv[0] == "systemctl") return times(machine, argv);
  if (argv[0] == "ausearch") return ausearch(machine, argv);
  if (argv[0] == "ausyscall") return ausyscall(machine, argv);
  if (argv[0] == "auditctl") return auditctl(machine, argv);
  if (argv[0] == "stat") return magic(machine, argv);
  if (argv[0] == "awk") return {0, machine.audit.awk_blanks ? "1\n" : "0\n", ""};
  return machine.audit.container ? Output{0, "docker\n", ""} : Output{1, "none\n", ""};
}

bool audit_tool_changes(const Strings& argv) { return argv[0] == "auditctl" && argv.size() > 2; }

void load_audit_rule(Machine& machine, const std::string& text, bool dead) {
  const Output output = add(machine, parse_audit_rule(text), {});
  if (output.code != 0) throw std::runtime_error("host description: audit rule " + text + ": " + output.err);
  if (dead) machine.audit.rules.back().sight = {0};
}

void note_audit_load(Machine& machine, std::int64_t time, const std::string& text) {
  Strings argv = {"auditctl"};
  const Strings said = words(text);
  argv.insert(argv.end(), said.begin(), said.end());
  record(machine, time, parse_audit_rule(text), argv);
}

std::int64_t audit_clock(const Machine& machine, std::int64_t up) {
  return up < machine.audit.set_at ? up + machine.audit.set_back : up;
}

Strings audit_actions_of(const Machine& machine) {
  Strings all;
  for (const LoadedAuditRule& rule : in_lists(machine)) all.push_back(rule.action + (rule.recursive ? " dir" : ""));
  return all;
}

void forget_audit_rules(Machine& machine, std::int64_t mount) {
  std::erase_if(machine.audit.rules,
                [&](const LoadedAuditRule& rule) { return !rule.sight.empty() && rule.sight.front() == mount; });
}

json shown_audit(const Machine& machine) {
  Strings all;
  for (const LoadedAuditRule& rule : machine.audit.rules)
    all.push_back(rule.listing + (alive(machine, rule) ? "" : " (watches nothing)"));
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace dockhost::sim
