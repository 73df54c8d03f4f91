// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

constexpr const char* kSystemd = "systemd";

}  // namespace

bool has_systemd(const Plan& plan) { return plan.now().find<Reload>(kSystemd).has_value(); }

void plan_read_by_systemd(Plan& plan) {
  if (has_systemd(plan)) plan.want<Reload>(kSystemd, Reload{});
}

}  // namespace dockhost
