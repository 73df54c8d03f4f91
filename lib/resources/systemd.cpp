// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/systemd.hpp"

#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace dockhost {
namespace {

constexpr const char* kSystemd = "systemd";

}  // namespace

bool has_systemd(const Plan& plan) { return plan.now().find<Reload>(kSystemd).has_value(); }

void check_unit_name(const std::string& option, const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(":-_.\\@").find(c) != std::string_view::npos;
  };
  if (plain_name(name) && name.size() < 256 && std::all_of(name.begin(), name.end(), good)) return;
  throw Error(option + ": " + quote(name) +
              " is no name of a unit (letters, digits and :-_.\\@, not beginning with a dash, at most 255)");
}

void plan_read_by_systemd(Plan& plan) {
  if (has_systemd(plan)) plan.want<Reload>(kSystemd, Reload{});
}

}  // namespace dockhost
