// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/catalogue.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace dockhost {
namespace {

constexpr const char* kCis = "cis-docker";

// In words, as people write it: "cis-docker 1.8.0 2.15".
std::string whole(const ControlId& id) { return id.benchmark + " " + id.version + " " + id.id; }

std::string number_in(const Control& control, const std::string& version) {
  for (const ControlId& id : control.ids) {
    if (id.benchmark == kCis && id.version == version) return id.id;
  }
  return {};
}

bool is_meant(const Control& control, const std::string& name, const std::string& version) {
  if (control.key == name) return true;
  return std::any_of(control.ids.begin(), control.ids.end(), [&](const ControlId& id) {
    return whole(id) == name || (id.benchmark == kCis && id.version == version && id.id == name);
  });
}

}  // namespace

std::string to_string(Remediable remediable) {
  switch (remediable) {
    case Remediable::yes:
      return "yes";
    case Remediable::on_request:
      return "on request";
    case Remediable::no:
      break;
  }
  return "no";
}

std::string to_string(Impact impact) {
  switch (impact) {
    case Impact::none:
      return "none";
    case Impact::reload:
      return "reload";
    case Impact::restart:
      return "restart";
    case Impact::reboot:
      return "reboot";
    case Impact::moves_data:
      return "moves data";
    case Impact::hides_images:
      break;
  }
  return "hides images";
}

const Strings& benchmark_versions() {
  static const Strings versions = {"1.6.0", "1.7.0", "1.8.0"};
  return versions;
}

std::vector<const Control*> find_controls(const std::string& name, const std::string& version) {
  if (!contains(benchmark_versions(), version)) {
    throw Error("there is no version " + quote(version) + " of " + kCis + " here (" + join(benchmark_versions(), ", ") +
                ")");
  }
  std::vector<const Control*> found;
  for (const Control& control : controls()) {
    if (is_meant(control, name, version)) found.push_back(&control);
  }
  if (found.empty()) {
    throw Error("there is no control " + quote(name) + " in " + kCis + " " + version + " (dockhost list --controls)");
  }
  return found;
}

std::string shown_id(const Control& control, const std::string& version) {
  const std::string number = number_in(control, version);
  return number.empty() ? control.key : number;
}

json controls_document() {
  json all = json::array();
  for (const Control& control : controls()) {
    json ids = json::array();
    for (const ControlId& id : control.ids)
      ids.push_back({{"benchmark", id.benchmark}, {"version", id.version}, {"id", id.id}});
    all.push_back({{"key", control.key},
                   {"ids", ids},
                   {"title", control.title},
                   {"level", control.level == 0 ? json() : json(control.level)},
                   {"profiles", control.profiles},
                   {"rationale", control.rationale},
                   {"remediation", control.remediation},
                   {"remediable", to_string(control.remediable)},
                   {"impact", to_string(control.impact)}});
  }
  return {{"schema", 1}, {"tool", "dockhost " DOCKHOST_VERSION}, {"controls", all}};
}

std::string controls_text(const std::string& version) {
  std::string text = padded("id", 8) + padded("key", 34) + "what is wanted (" + kCis + " " + version + ")\n";
  for (const Control& control : controls()) {
    const std::string number = number_in(control, version);
    text += padded(number.empty() ? "-" : number, 8) + padded(control.key, 34) + control.title + "\n";
  }
  return text;
}

std::string explained(const Control& control) {
  Strings numbers;
  for (const ControlId& id : control.ids) numbers.push_back(whole(id));
  const std::string level = control.level == 0 ? "" : ", level " + std::to_string(control.level);
  return control.title + "\n\n" + padded("key", 12) + control.key + "\n" + padded("numbers", 12) + join(numbers, ", ") +
         "\n" + padded("profiles", 12) + join(control.profiles, ", ") + level + "\n" + padded("remedied", 12) +
         to_string(control.remediable) + "; impact: " + to_string(control.impact) + "\n\n" +
         "Why: " + control.rationale + "\nHow: " + control.remediation + "\n";
}

}  // namespace dockhost
