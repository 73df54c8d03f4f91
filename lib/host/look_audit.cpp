// SPDX-License-Identifier: GPL-3.0-or-later
// Linux audit as auditctl, its log and systemd tell of it.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <map>

#include "edit/audit_covers.hpp"
#include "edit/audit_values.hpp"
#include "host/audit_tool.hpp"
#include "host/if_seen.hpp"
#include "host/look.hpp"
#include "host/unit.hpp"

namespace dockhost {
namespace {

constexpr const char* kTimes = "--timestamp=us+utc";

// "enabled 1", a line each.
std::map<std::string, std::string> status_of(const std::string& out) {
  std::map<std::string, std::string> all;
  for (const std::string& line : split(out, '\n')) {
    const Strings said = words(line);
    if (said.size() >= 2) all[said[0]] = said[1];
  }
  return all;
}

// Why auditctl cannot tell the status.
Audit::Can why_not(Host& host, const Output& output) {
  if (!output.found) return Audit::Can::no_tool;
  const Output where = host.run({"systemd-detect-virt", "--container"});
  if (where.good()) return Audit::Can::contained;
  return host.root() ? Audit::Can::no_kernel : Audit::Can::not_root;
}

// When units became active, by both clocks, and the property that is asked for too.
std::vector<std::map<std::string, std::string>> unit_times(Host& host, const Strings& units, const char* property) {
  Strings argv = {"systemctl", "show", kTimes,
                  std::string("--property=") + property + ",ActiveEnterTimestamp,ActiveEnterTimestampMonotonic", "--"};
  argv.insert(argv.end(), units.begin(), units.end());
  const Output output = host.run(argv);
  std::vector<std::map<std::string, std::string>> all(1);
  for (const std::string& line : split(output.good() ? output.out : "", '\n')) {
    const std::size_t equals = line.find('=');
    if (line.empty() && !all.back().empty()) all.emplace_back();
    if (equals != std::string::npos) all.back()[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return all;
}

// A decimal number; 0 for any other text.
std::int64_t microseconds(const std::string& text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ptr == text.data() + text.size() ? value : 0;
}

// auditd 4 loads the rules in a unit of its own, and auditd 3 while auditd starts.
std::int64_t rules_loaded(Host& host) {
  std::map<std::string, std::int64_t> times;
  for (auto& unit : unit_times(host, {"audit-rules.service", "auditd.service"}, "Id"))
    times[unit["Id"]] = microseconds(unit["ActiveEnterTimestampMonotonic"]);
  const std::int64_t own = times["audit-rules.service"];
  return own != 0 ? own : times["auditd.service"];
}

std::string unhexed(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    const auto read = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    if (read.ptr != hex.data() + i + 2) return hex;
    text += static_cast<char>(byte);
  }
  return text;
}

// The value of " name=" in a record: quoted, in hexadecimal where it holds odd bytes, or (null).
std::string value_of(const std::string& record, const std::string& name) {
  const std::size_t at = record.find(" " + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 2;
  if (record[begin] != '"') return unhexed(record.substr(begin, record.find(' ', begin) - begin));
  return record.substr(begin + 1, record.find('"', begin + 1) - begin - 1);
}

// The time in "audit(1700000000.123:45)", and the whole as the event's name.
std::pair<std::int64_t, std::string> event_of(const std::string& record) {
  const std::size_t at = record.find("audit(");
  const std::size_t end = record.find(')', at);
  if (at == std::string::npos || end == std::string::npos) return {0, ""};
  std::int64_t seconds = 0, milliseconds = 0;
  const char* stop = record.data() + end;
  const auto read = std::from_chars(record.data() + at + 6, stop, seconds);
  if (read.ptr == stop || *read.ptr != '.') return {0, ""};
  std::from_chars(read.ptr + 1, stop, milliseconds);
  return {seconds * 1'000'000 + milliseconds * 1000, record.substr(at, end - at)};
}

// What a command line tells auditctl, where it names a path: -w /x, -F dir=/x.
std::string rule_in(const std::string& command) {
  Strings argv = split(command, '\0');
  argv.erase(argv.begin());
  const bool names = std::any_of(argv.begin(), argv.end(), [](const std::string& word) {
    return word == "-w" || word.starts_with("path=") || word.starts_with("dir=");
  });
  return names ? join(argv, " ") : "";
}

// The path without links, as far as it exists.
std::string resolved_as_far(const Host& host, const std::string& path) {
  std::string real = if_seen([&] { return host.resolve(path); });
  if (!real.empty() || path == "/") return path == "/" ? path : real;
  const std::filesystem::path whole(path);
  return (std::filesystem::path(resolved_as_far(host, whole.parent_path().string())) / whole.filename()).string();
}

constexpr std::size_t kCommandBytes = 127;  // of a command line that the kernel keeps in a record

// The records of `ausearch --raw`, one event's together by its name.
AuditRecords records_in(const std::string& out) {
  std::map<std::string, std::vector<AuditRecords::Load>> loads;
  std::map<std::string, std::string> commands;
  Strings order;
  for (const std::string& record : split(out, '\n')) {
    const auto [time, name] = event_of(record);
    if (record.find("type=PROCTITLE") != std::string::npos) commands[name] = value_of(record, "proctitle");
    if (record.find("op=add_rule") == std::string::npos || record.find("res=1") == std::string::npos) continue;
    const std::string key = value_of(record, "key");
    if (!loads.contains(name)) order.push_back(name);
    loads[name].push_back({time, key.empty() || key == "(null)" ? Strings{} : split(key, '\1'), "", false});
  }
  AuditRecords all;
  for (const std::string& name : order) {
    for (AuditRecords::Load load : loads[name]) {
      load.rule = rule_in(commands[name]);
      load.cut = commands[name].size() >= kCommandBytes;
      all.loads.push_back(std::move(load));
    }
  }
  return all;
}

}  // namespace

template <>
std::optional<AuditRules> look<AuditRules>(Host& host, const std::string& /*kernel*/) {
  AuditRules seen;
  seen.lines = kernel_lines(host);
  const json owed = host.owed();
  const json rules = owed.value("rules", json::array());
  for (const json& rule : rules) seen.owed.push_back(rule.get<std::string>());
  return seen;
}

template <>
std::optional<Audit> look<Audit>(Host& host, const std::string& /*kernel*/) {
  Audit seen;
  const Output output = host.run({"auditctl", "-s"});
  auto status = status_of(output.out);
  if (!output.good() || !status.contains("enabled")) {
    seen.can = why_not(host, output);
    return seen;
  }
  seen.enabled = status["enabled"] != "0";
  seen.daemon = status["pid"] != "0";
  seen.lost = status.contains("lost") && status["lost"] != "0";
  seen.rate = static_cast<std::uint64_t>(microseconds(status["rate_limit"]));
  if (status["enabled"] == "2") seen.can = Audit::Can::immutable;
  seen.loaded = rules_loaded(host);
  return seen;
}

template <>
std::optional<AuditRecords> look<AuditRecords>(Host& host, const std::string& /*kernel*/) {
  const Output output =
      host.run({"ausearch", "--input-logs", "--message", "CONFIG_CHANGE", "--start", "boot", "--raw"}, Limits{});
  // No record at all is told with the code 1.
  const bool none = output.found && output.err.find("<no matches>") != std::string::npos;
  if (none) return AuditRecords{};
  if (!output.good()) return std::nullopt;
  return records_in(output.out);
}

template <>
std::optional<MountTimes> look<MountTimes>(Host& host, const std::string& /*kernel*/) {
  MountTimes seen;
  std::vector<std::pair<std::int64_t, std::int64_t>> clocks = {
      {std::numeric_limits<std::int64_t>::max(), host.booted()}};
  for (auto& unit : unit_times(host, {"*.mount"}, "Where")) {
    if (unit["Where"].empty()) continue;
    const std::int64_t since = microseconds(unit["ActiveEnterTimestampMonotonic"]);
    const std::int64_t told = time_of(unit["ActiveEnterTimestamp"]);
    seen.mounts.emplace_back(unit["Where"], since);
    if (since != 0 && told != 0) clocks.emplace_back(since, told - since);
  }
  seen.clocks = clocks_of(std::move(clocks));
  return seen;
}

template <>
std::optional<WatchedPlace> look<WatchedPlace>(Host& host, const std::string& path) {
  const std::filesystem::path whole(normal_path(path));
  const std::string parent = if_seen([&] { return host.resolve(whole.parent_path().string()); });
  WatchedPlace seen;
  seen.parent = !parent.empty();
  seen.real = (std::filesystem::path(resolved_as_far(host, whole.parent_path().string())) / whole.filename()).string();
  const auto node = parent.empty() ? std::nullopt : if_seen([&] { return host.node(seen.real); });
  seen.there = node.has_value();
  // The last part is not followed: the kernel watches the link itself.
  seen.directory = node && node->type == Node::Type::directory;
  return seen;
}

template <>
std::optional<SyscallTable> look<SyscallTable>(Host& host, const std::string& arch) {
  const Output output = host.run({"ausyscall", arch, "--dump"});
  if (!output.good()) return std::nullopt;
  SyscallTable seen;
  for (const std::string& line : split(output.out, '\n')) {
    const Strings said = words(line);
    if (said.size() == 2) seen.names.push_back(said[1]);
  }
  return seen;
}

namespace {

// By auditctl's own ways: names of users and groups are those that getent(1) knows.
bool account(Host& host, const char* database, const std::string& name) {
  const std::string path = std::string("/etc/") + database;
  const std::string local = host.read(path).value_or("");
  for (const std::string& line : split(local, '\n')) {
    if (line.starts_with(name + ":")) return true;
  }
  return host.run({"getent", database, "--", name}).good();
}

// The kernel judges labels by the security module that it runs.
std::string label(Host& host, const std::string& field) {
  SecurityModules modules;
  modules.active = split(trim(host.read("/sys/kernel/security/lsm").value_or("")), ',');
  // Without a policy every process has the label of the kernel (is_selinux_enabled(3)).
  const std::string own = trim(host.read("/proc/self/attr/current").value_or(""));
  modules.policy = !own.empty() && !own.starts_with("kernel");
  if (contains(modules.active, "apparmor"))
    modules.profiles = split(host.read("/sys/kernel/security/apparmor/profiles").value_or(""), '\n');
  const std::string word = field.substr(field.find('=') + 1);
  return refused_label({AuditNeed::Is::label, word, field}, modules);
}

std::optional<std::string> known(Host& host, const std::string& what, const std::string& word) {
  if (what == "user" || what == "group")
    return account(host, what == "user" ? "passwd" : "group", word) ? std::optional("") : std::nullopt;
  if (what == "label") return label(host, word);
  if (what == "version") {
    const Strings said = words(host.run({"auditctl", "-v"}).out);
    return said.empty() ? std::nullopt : std::optional(said.back());
  }
  if (what == "magic") {
    const Output output = host.run({"stat", "--file-system", "--format=%t", "--", word});
    return output.good() ? std::optional(trim(output.out)) : std::nullopt;
  }
  const Output output = host.run({"awk", R"(BEGIN { print match(" x", "^\\s*x") })"});
  return output.good() ? std::optional(trim(output.out)) : std::nullopt;
}

}  // namespace

template <>
std::optional<AuditKnown> look<AuditKnown>(Host& host, const std::string& question) {
  const std::size_t blank = std::min(question.find(' '), question.size());
  const auto told = known(host, question.substr(0, blank), question.substr(std::min(blank + 1, question.size())));
  return told ? std::optional(AuditKnown{*told}) : std::nullopt;
}

template <>
std::optional<Listing> look<Listing>(Host& host, const std::string& directory) {
  const std::string real = host.resolve(directory);
  const auto node = real.empty() ? std::nullopt : host.node(real);
  if (!node || node->type != Node::Type::directory) return std::nullopt;
  return Listing{host.list(directory)};
}

}  // namespace dockhost
