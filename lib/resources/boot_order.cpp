// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/boot_order.hpp"

#include <algorithm>

#include "edit/unit_file.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

// A percent sign begins a specifier (systemd.unit(5)).
std::string in_unit(const std::string& path) {
  std::string text;
  for (const char c : path) text += c == '%' ? std::string("%%") : std::string(1, c);
  return text;
}

void plan_lines(Plan& plan, const std::string& unit, const Strings& lines) {
  const std::string folder = "/etc/systemd/system/" + unit + ".d", path = folder + "/50-dockhost.conf";
  has_systemd(plan);  // asked first: a change of the file is then known to concern somebody
  const std::optional<File> before = plan.now().find<File>(path);
  File file = before.value_or(File{});
  for (const std::string& line : lines) file.content = with_line(file.content, "Unit", line);
  const bool there = before && before->content == file.content;
  plan.find({"drop-in", path, there ? Status::pass : Status::fail, before.has_value(), true, ""});
  if (!there) {
    plan_directories(plan, folder);
    plan.want<File>(path, file, join(lines, ", "));
  }
}

bool installed(const Plan& plan, const std::string& unit) {
  const Strings folders = {"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"};
  return std::any_of(folders.begin(), folders.end(),
                     [&](const std::string& folder) { return plan.now().find<Device>(folder + unit).has_value(); });
}

}  // namespace

void plan_mount_required(Plan& plan, const std::string& unit, const std::string& root, const std::string& guard) {
  const std::string path = in_unit(root);
  plan_lines(plan, unit, {"RequiresMountsFor=" + path, "AssertPathExists=!" + path + "/" + guard});
}

void plan_mount_before_audit(Plan& plan, const std::string& root) {
  // auditd 4 loads the rules in a unit of its own.
  for (const char* unit : {"auditd.service", "audit-rules.service"}) {
    if (installed(plan, unit)) plan_lines(plan, unit, {"After=" + mount_unit(root)});
  }
}

}  // namespace dockhost
