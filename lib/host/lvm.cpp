// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/lvm.hpp"

#include <charconv>

#include "base/read_json.hpp"

namespace dockhost {
namespace {

// Reports write copies of the metadata where those are missing, unless told not to.
const Strings kQuiet = {"--config", "backup{backup=0 archive=0}"};

json report(Host& host, Strings argv) {
  argv.insert(argv.end(), kQuiet.begin(), kQuiet.end());
  const Output output = host.run(argv);
  if (!output.found) throw Error("the tool 'lvm' is not installed (package lvm2)");
  if (output.good()) refuse_beyond_limits(output.out, JsonFrom::tool, argv[0] + " " + argv[1]);
  const json told = read_json_or_discard(output.out, JsonFrom::tool);
  if (told.is_discarded() || !told.contains("report")) {
    throw Error(argv[0] + " " + argv[1] + " failed (" + std::to_string(output.code) +
                "): " + printable(trim(output.err.empty() ? output.out : output.err)));
  }
  return told.at("report");
}

// "lvm.conf: global_filter=[...]": the settings that are there.
std::string filters(Host& host) {
  const Output output = host.run({"lvm", "lvmconfig", "devices/filter", "devices/global_filter"});
  const std::string set = join(split(trim(output.out), '\n'), ", ");
  return set.empty() ? "filter or global_filter in lvm.conf" : "lvm.conf: " + printable(set);
}

std::string text(const json& object, const char* field) { return object.value(field, std::string{}); }

json group_among(const json& groups, const std::string& name) {
  json found = nullptr;
  Strings ids;
  for (const json& group : groups) {
    const json& rows = group.value("vg", json::array());
    if (rows.empty() || text(rows.front(), "vg_name") != name) continue;
    found = {{"vg", rows.front()}, {"pv", group.value("pv", json::array())}, {"lv", group.value("lv", json::array())}};
    ids.push_back(text(rows.front(), "vg_uuid"));
  }
  if (ids.size() > 1)
    throw Refusal("two volume groups are called " + quote(name) + " (UUID " + sentence_list(ids) + ")");
  return found;
}

std::optional<std::string> group_in(const Host& host, const json& report, const std::string& device) {
  for (const json& one : report) {
    const json rows = one.value("pv", json::array());
    for (const json& row : rows) {
      const std::string name = text(row, "pv_name");
      if (name != device && host.resolve(name) != device) continue;
      std::string group = text(row, "vg_name");
      if (!group.empty() && !plain_name(group))
        throw Error("lvm names a volume group " + quote(group) + ", which is no name");
      return group;
    }
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t lvm_number(const json& object, const char* field) {
  const std::string digits = text(object, field);
  std::uint64_t value = 0;
  const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || trouble != std::errc{} || end != digits.data() + digits.size()) {
    throw Error("lvm tells no number as " + std::string(field) + ": " + quote(digits));
  }
  return value;
}

json group_report(Host& host, const std::string& name) {
  const json groups = report(host, {"lvm", "fullreport", "--reportformat", "json", "--units", "b", "--nosuffix"});
  return as_documented(kLvmsReport, [&] { return group_among(groups, name); });
}

std::optional<std::string> group_of(Host& host, const std::string& device) {
  const json told = report(host, {"lvm", "pvs", "--reportformat", "json", "--options", "pv_name,vg_name"});
  return as_documented(kLvmsReport, [&] { return group_in(host, told, device); });
}

std::string excluded_by_lvm(Host& host, const std::string& device, bool blank) {
  Strings argv = {"lvm", "pvs", "--noheadings", "--options", "vg_name"};
  argv.insert(argv.end(), kQuiet.begin(), kQuiet.end());
  argv.insert(argv.end(), {"--", device});
  const Output output = host.run(argv);
  const std::string before = "Cannot use " + device + ": ";
  const std::size_t at = output.err.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  std::string reason = printable(trim(output.err.substr(begin, output.err.find('\n', begin) - begin)));
  if (reason.find("filter config") != std::string::npos) return reason + " (" + filters(host) + ")";
  if (reason.find("devices file") == std::string::npos) return reason;
  return blank ? std::string{} : reason + " (in /etc/lvm/devices; 'lvmdevices --adddev " + device + "' adds it)";
}

}  // namespace dockhost
