// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount_live.hpp"

#include <algorithm>

#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
#include "edit/mount_options.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/mount_gap.hpp"
#include "resources/mount_target.hpp"
#include "resources/remountable.hpp"

namespace dockhost {
namespace {

json shown(const std::string& source, const std::string& fstype, const std::string& options, bool hidden) {
  json all = {{"src", source}, {"fstype", fstype}};
  if (!hidden) all["opts"] = options;
  return all;
}

json shown(const std::optional<Mount>& mount, bool hidden) {
  return mount ? shown(mount->source, mount->fstype, join(mount->options, ","), hidden) : json();
}

void report(Plan& plan, const MountWish& wish, bool differs, const std::optional<Mount>& found, const json& wanted) {
  plan.find({"mount", wish.path, differs ? Status::fail : Status::pass, shown(found, wish.hidden), wanted, ""});
}

// Of the mount seen, so that neither this step nor its undo shows options. What the kernel does not show of them, as a
// password, an undo has from fstab.
Mount as_seen(const MountWish& wish, Mount live) {
  live.hidden = wish.hidden;
  live.listed = true;
  return live;
}

void unmount(Plan& plan, const MountWish& wish, const Mount& live) {
  if (wish.path == "/") throw Refusal("'/' is not unmounted: " + quote(live.source) + " is mounted there");
  if (!live.below.empty()) {
    throw Refusal("several file systems are mounted on " + quote(wish.path) + ", " + quote(live.source) + " over " +
                  sentence_list(live.below) + ": unmount by hand what does not belong there");
  }
  plan.record(Change<Mount>{wish.path, as_seen(wish, live), std::nullopt, ""});
}

void refuse_to_hide(const MountWish& wish, const Directory& directory) {
  if (directory.empty || wish.hide_existing_data) return;
  throw Refusal("the directory " + quote(wish.path) +
                " holds data, which the mount would hide: move it away, or set hide_existing_data");
}

// Something else is mounted there. What it covers counts as it does without it, so that a run which ends after the
// unmount leaves the next one the same question.
void take_off(Plan& plan, const MountWish& wish, const MountTarget& target, const Mount& live) {
  refuse_to_forget(wish, live);
  unmount(plan, wish, live);
  if (target.file) return;
  const auto& covered = plan.now().find<Covered>(wish.path);
  if (covered) refuse_to_hide(wish, covered->directory);
}

void plan_mount_point(Plan& plan, const MountWish& wish, const MountTarget& target) {
  if (target.file) {
    const auto& found = plan.now().find<Device>(wish.path);
    if (found && found->type != Device::Type::directory) return;
    throw Error("a file is to be bound to " + quote(wish.path) + ", which is " +
                (found ? "a directory" : "missing: an empty file must be there"));
  }
  const auto& directory = plan.now().find<Directory>(wish.path);
  if (directory) refuse_to_hide(wish, *directory);
  plan_directories(plan, wish.path);
}

void mount(Plan& plan, const MountWish& wish, const MountTarget& target) {
  Mount made;
  made.device = target.any_device ? "" : target.device;
  made.root = target.any_root || target.unplaced ? "" : target.root;
  made.fstype = target.fstype;
  made.options = target.options;
  made.source = target.source;
  made.bind = target.bind;
  made.hidden = wish.hidden;
  made.listed = wish.state != MountState::ephemeral;
  plan.want<Mount>(wish.path, made);
}

// `live` with these options in the place of those they replace.
Mount with(const MountWish& wish, const Mount& live, const Strings& changes) {
  Mount made = as_seen(wish, live);
  for (const std::string& option : changes) {
    std::erase_if(made.options, [&](const std::string& other) {
      return decided_by(live.fstype, other) == decided_by(live.fstype, option);
    });
    made.options.push_back(option);
  }
  return made;
}

void plan_options(Plan& plan, const MountWish& wish, const Mount& live, const MountTarget& target,
                  const LiveWish& live_wish) {
  if (!target.bind && !same_fstype(target.fstype, live.fstype)) {
    throw Error(quote(target.source) + " is mounted on " + quote(wish.path) + " as " + live.fstype + ", not as " +
                target.fstype + ": unmount it first, with state unmounted");
  }
  const OptionGap gap = option_gap(wish, live, target, live_wish);
  for (const std::string& warning : gap.warnings) plan.warn(warning);
  refuse_unremountable(wish, live, gap.changes);
  const json wanted = shown(target.source, target.fstype, live_wish.options, wish.hidden);
  if (gap.changes.empty() && !gap.untold.empty()) {
    plan.find({"mount", wish.path, Status::not_testable, shown(live, wish.hidden), wanted, gap.untold});
    return;
  }
  report(plan, wish, !gap.changes.empty(), live, wanted);
  if (gap.changes.empty()) return;
  Mount made = with(wish, live, gap.changes);
  made.source = target.source;
  made.bind = target.bind;
  plan.want<Mount>(wish.path, made);
}

}  // namespace

void refuse_to_forget(const MountWish& wish, const Mount& live) {
  if (!live.in_memory) return;
  throw Refusal("the " + live.fstype + " that is mounted on " + quote(wish.path) + " (" + quote(live.source) +
                ") is not what was asked for and holds files, which are in memory alone and would be gone: move them "
                "away, or unmount it with state 'unmounted'");
}

bool remounts_unseen(const Plan& plan, const MountWish& wish, const LiveWish& live_wish) {
  const MountTarget target = mount_target(plan, live_wish.source, live_wish.fstype, live_wish.options);
  const auto& live = plan.now().find<Mount>(wish.path);
  return live && is_mounted(target, *live) && option_gap(wish, *live, target, live_wish).unseen;
}

void plan_mounted(Plan& plan, const MountWish& wish, const LiveWish& live_wish) {
  const MountTarget target = mount_target(plan, live_wish.source, live_wish.fstype, live_wish.options);
  const std::optional<Mount> live = plan.now().find<Mount>(wish.path);
  if (live && is_mounted(target, *live)) return plan_options(plan, wish, *live, target, live_wish);
  report(plan, wish, true, live, shown(target.source, target.fstype, live_wish.options, wish.hidden));
  if (live && wish.state == MountState::ephemeral) {
    throw Error(quote(live->source) + " is mounted on " + quote(wish.path) + ", not " + quote(target.source) +
                ": unmount it first, with state unmounted, or choose another path");
  }
  if (live) take_off(plan, wish, target, *live);
  if (!live) plan_mount_point(plan, wish, target);
  mount(plan, wish, target);
}

void plan_unmounted(Plan& plan, const MountWish& wish) {
  const std::optional<Mount> live = wish.swap() ? std::nullopt : plan.now().find<Mount>(wish.path);
  report(plan, wish, live.has_value(), live, nullptr);
  if (live) unmount(plan, wish, *live);
}

void plan_remounted(Plan& plan, const MountWish& wish, const std::optional<std::string>& options) {
  if (wish.swap()) throw Error("swap is not mounted, so it cannot be remounted");
  const std::optional<Mount> live = plan.now().find<Mount>(wish.path);
  if (!live) throw Error("nothing is mounted on " + quote(wish.path));
  Strings changes;
  for (const std::string& option : kernel_options(options.value_or(""))) {
    if (live->bind && !generic(option)) continue;
    const InForce held = in_force(live->options, option, live->fstype);
    // What cannot be seen and cannot be changed was given when it was mounted.
    if (held != InForce::yes && held != InForce::no && !wish.opts && !remountable(live->fstype, option)) continue;
    if (held != InForce::yes) changes.push_back(option);
  }
  refuse_unremountable(wish, *live, changes);
  report(plan, wish, !changes.empty(), live,
         shown(live->source, live->fstype, options.value_or(join(live->options, ",")), wish.hidden));
  plan.record(Change<Mount>{wish.path, as_seen(wish, *live), with(wish, *live, changes), ""});
}

void plan_no_mount_point(Plan& plan, const MountWish& wish, void (*between)(Plan&, const MountWish&)) {
  const auto& there = plan.now().find<Device>(wish.path);
  const bool directory = there && there->type == Device::Type::directory;
  const bool covered = directory && plan.now().find<Mount>(wish.path);
  // Both are looked at: what is seen now, and what will be seen without the mount.
  const bool seen =
      directory && plan.now().find<Directory>(wish.path) && (!covered || plan.now().find<Covered>(wish.path));
  plan_unmounted(plan, wish);
  if (between != nullptr) between(plan, wish);
  if (!there) return;
  const std::string what = (directory ? "the directory " : "the file ") + quote(wish.path);
  if (!directory) return plan.warn(what + " stays");
  if (!seen) return plan.warn(what + " stays: what is below the mount cannot be seen");
  if (!plan.now().find<Directory>(wish.path)->empty) return plan.warn(what + " holds data and stays");
  plan.want<Directory>(wish.path, std::nullopt);
}

}  // namespace dockhost
