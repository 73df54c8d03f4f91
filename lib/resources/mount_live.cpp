// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount_live.hpp"

#include <algorithm>

#include "core/in_force.hpp"
#include "edit/mount_options.hpp"
#include "resources/mount_fstab.hpp"
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

// Of the mount seen, so that neither this step nor its undo shows options.
Mount as_seen(const MountWish& wish, Mount live) {
  live.hidden = wish.hidden;
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
  made.root = target.any_root ? "" : target.root;
  made.fstype = target.fstype;
  made.options = target.options;
  made.source = target.source;
  made.bind = target.bind;
  made.hidden = wish.hidden;
  plan.want<Mount>(wish.path, made);
}

// `live` with these options in the place of those they replace.
Mount with(const MountWish& wish, const Mount& live, const Strings& changes) {
  Mount made = as_seen(wish, live);
  for (const std::string& option : changes) {
    std::erase_if(made.options, [&](const std::string& other) { return subject(other) == subject(option); });
    made.options.push_back(option);
  }
  return made;
}

// Whether the flag can be taken back although no option of the entry says so: its opposite.
std::string opposite(const std::string& option) {
  const Strings known = {"discard", "lazytime", "nodiratime", "nosymfollow", "nosuid", "nodev", "noexec"};
  if (option == "ro") return "rw";
  if (option == "noatime") return "relatime";
  if (!contains(known, option)) return {};
  return option.starts_with("no") ? option.substr(2) : "no" + option;
}

// Options that this run takes out of fstab and that are in force: their opposites, so that a remount takes them back.
// A file system keeps what it is not told to drop, and some cannot be told: those end with the mount.
Strings dropped(Plan& plan, const MountWish& wish, const Mount& live, const MountTarget& target,
                const LiveWish& live_wish) {
  Strings changes;
  if (!live_wish.options_before) return changes;
  for (const std::string& option : kernel_options(*live_wish.options_before)) {
    const bool kept = std::any_of(target.expected.begin(), target.expected.end(),
                                  [&](const std::string& other) { return subject(other) == subject(option); });
    if (kept || contains(target.options, option) || !contains(live.options, option)) continue;
    if (!opposite(option).empty()) {
      changes.push_back(opposite(option));
    } else if (!generic(option) || option == "dirsync") {
      plan.warn((wish.hidden ? "an option that is no longer asked for" : "the option " + quote(option)) +
                " stays in force on " + quote(wish.path) + " until it is unmounted");
    }
  }
  return changes;
}

// Access times follow the kernel's own rule, relatime, where the options name none; other rules are left alone.
Strings unasked(const Mount& live, const MountTarget& target) {
  Strings changes;
  if (target.bind) return changes;
  for (const char* const flag : {"noatime", "nodiratime", "nosymfollow"}) {
    const bool asked = std::any_of(target.expected.begin(), target.expected.end(),
                                   [&](const std::string& other) { return subject(other) == subject(flag); });
    if (!asked && contains(live.options, flag)) changes.push_back(opposite(flag));
  }
  return changes;
}

// Expected and seen not to hold, or not to be seen and new in fstab.
Strings missing(const Mount& live, const MountTarget& target, const LiveWish& live_wish) {
  const Strings before = kernel_options(live_wish.options_before.value_or(live_wish.options));
  Strings changes;
  for (const std::string& option : target.expected) {
    const InForce held = in_force(live.options, option);
    const bool fresh = held == InForce::unknown && !generic(option) && !contains(before, option);
    if (held == InForce::no || fresh) changes.push_back(option);
  }
  return changes;
}

void check_remountable(const MountWish& wish, const Mount& live, const Strings& changes) {
  for (const std::string& option : changes) {
    if (remountable(live.fstype, option)) continue;
    throw Error((wish.hidden ? "one of the options" : "the option " + quote(option)) +
                " cannot be changed while the file system is mounted (" + live.fstype + "): unmount " +
                quote(wish.path) + " first, with state unmounted");
  }
}

void plan_options(Plan& plan, const MountWish& wish, const Mount& live, const MountTarget& target,
                  const LiveWish& live_wish) {
  if (!target.bind && !same_fstype(target.fstype, live.fstype)) {
    throw Error(quote(target.source) + " is mounted on " + quote(wish.path) + " as " + live.fstype + ", not as " +
                target.fstype + ": unmount it first, with state unmounted");
  }
  Strings changes = missing(live, target, live_wish);
  for (const Strings& more : {dropped(plan, wish, live, target, live_wish), unasked(live, target)}) {
    for (const std::string& option : more) {
      if (!contains(changes, option)) changes.push_back(option);
    }
  }
  check_remountable(wish, live, changes);
  report(plan, wish, !changes.empty(), live, shown(target.source, target.fstype, live_wish.options, wish.hidden));
  if (changes.empty()) return;
  Mount made = with(wish, live, changes);
  made.source = target.source;
  made.bind = target.bind;
  plan.want<Mount>(wish.path, made);
}

}  // namespace

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
    const InForce held = in_force(live->options, option);
    // What cannot be seen and cannot be changed was given when it was mounted.
    if (held == InForce::unknown && !wish.opts && !remountable(live->fstype, option)) continue;
    if (held != InForce::yes) changes.push_back(option);
  }
  check_remountable(wish, *live, changes);
  report(plan, wish, !changes.empty(), live,
         shown(live->source, live->fstype, options.value_or(join(live->options, ",")), wish.hidden));
  plan.record(Change<Mount>{wish.path, as_seen(wish, *live), with(wish, *live, changes), ""});
}

void plan_no_mount_point(Plan& plan, const MountWish& wish) {
  const auto& there = plan.now().find<Device>(wish.path);
  const bool directory = there && there->type == Device::Type::directory;
  const bool covered = directory && plan.now().find<Mount>(wish.path);
  // Both are looked at: what is seen now, and what will be seen without the mount.
  const bool seen =
      directory && plan.now().find<Directory>(wish.path) && (!covered || plan.now().find<Covered>(wish.path));
  plan_unmounted(plan, wish);
  if (!there) return;
  const std::string what = (directory ? "the directory " : "the file ") + quote(wish.path);
  if (!directory) return plan.warn(what + " stays");
  if (!seen) return plan.warn(what + " stays: what is below the mount cannot be seen");
  if (!plan.now().find<Directory>(wish.path)->empty) return plan.warn(what + " holds data and stays");
  plan.want<Directory>(wish.path, std::nullopt);
}

}  // namespace dockhost
