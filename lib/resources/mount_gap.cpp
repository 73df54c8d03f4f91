// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount_gap.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
#include "resources/remountable.hpp"

namespace dockhost {
namespace {

// Whether the flag can be taken back although no option of the entry says so: its opposite.
std::string opposite(const std::string& option) {
  const Strings known = {"discard", "lazytime", "nodiratime", "nosymfollow", "nosuid", "nodev", "noexec"};
  if (option == "ro") return "rw";
  if (option == "noatime") return "relatime";
  if (!contains(known, option)) return {};
  return option.starts_with("no") ? option.substr(2) : "no" + option;
}

std::string named(const MountWish& wish, const std::string& option) {
  return wish.hidden ? "one of the options" : "the option " + quote(option);
}

// Whether the kernel shows this very option, in whichever spelling.
bool shows(const Mount& live, const std::string& option) {
  const std::string wanted = in_one_spelling(live.fstype, option);
  return std::any_of(live.options.begin(), live.options.end(),
                     [&](const std::string& other) { return in_one_spelling(live.fstype, other) == wanted; });
}

// What the kernel shows in the place of an option: "'redirect_dir=on'".
std::string shown_instead(const Mount& live, const std::string& option) {
  for (const std::string& other : live.options) {
    if (decided_by(live.fstype, other) == decided_by(live.fstype, option)) return quote(other);
  }
  return "nothing";
}

bool decided(const MountTarget& target, const Mount& live, const std::string& option) {
  return std::any_of(target.expected.begin(), target.expected.end(), [&](const std::string& other) {
    return decided_by(live.fstype, other) == decided_by(live.fstype, option);
  });
}

// Options that this run takes out of fstab and that are in force: their opposites, so that a remount takes them back.
// A file system keeps what it is not told to drop, and some cannot be told: those end with the mount.
void add_dropped(OptionGap& gap, const MountWish& wish, const Mount& live, const MountTarget& target,
                 const LiveWish& live_wish) {
  if (!live_wish.options_before) return;
  const Strings before = kernel_options(*live_wish.options_before);
  for (const std::string& option : before) {
    if (decided(target, live, option) || contains(target.options, option) || !shows(live, option)) continue;
    if (option == "ro" && target.read_only) continue;
    if (!opposite(option).empty()) {
      gap.changes.push_back(opposite(option));
    } else if (!generic(option) || option == "dirsync") {
      gap.warnings.push_back((wish.hidden ? "an option that is no longer asked for" : "the option " + quote(option)) +
                             " stays in force on " + quote(wish.path) + " until it is unmounted");
    }
  }
}

// Access times follow the kernel's own rule, relatime, where the options name none; other rules are left alone.
void add_unasked(OptionGap& gap, const Mount& live, const MountTarget& target) {
  if (target.bind) return;
  for (const char* const flag : {"noatime", "nodiratime", "nosymfollow"}) {
    if (!decided(target, live, flag) && contains(live.options, flag)) gap.changes.push_back(opposite(flag));
  }
}

// Whether this run is the first to ask for the option: it writes it into fstab.
bool asked_anew(const MountWish& wish, const LiveWish& live_wish, const std::string& option) {
  if (wish.state == MountState::ephemeral) return false;
  if (!live_wish.options_before) return true;
  const Strings before = kernel_options(*live_wish.options_before);
  return !contains(before, option);
}

void add_unseen(OptionGap& gap, const MountWish& wish, const Mount& live, const LiveWish& live_wish,
                const std::string& option, bool other) {
  const std::string instead = other && !wish.hidden ? ", where the kernel shows " + shown_instead(live, option) : "";
  // Of an entry that was there the user changes the option; of a new one it may have been given by hand.
  const bool can = remountable(live.fstype, option) && remount_is_known(live.fstype);
  if (!live_wish.options_before && !can) {
    gap.warnings.push_back("whether " + named(wish, option) + " is in force on " + quote(wish.path) +
                           " cannot be told" + instead +
                           ", and no remount changes it there: it is from the next mount on");
    return;
  }
  gap.changes.push_back(option);
  gap.unseen = true;
  if (instead.empty()) return;
  gap.warnings.push_back("whether " + named(wish, option) + " is in force on " + quote(wish.path) + instead +
                         ", is not known; it is remounted with it once");
}

void add_missing(OptionGap& gap, const MountWish& wish, const Mount& live, const MountTarget& target,
                 const LiveWish& live_wish) {
  Strings untold;
  for (const std::string& option : target.expected) {
    const InForce held = in_force(live.options, option, live.fstype);
    if (held == InForce::no) {
      gap.changes.push_back(option);
    } else if (held == InForce::yes || generic(option)) {
      continue;
    } else if (asked_anew(wish, live_wish, option)) {
      add_unseen(gap, wish, live, live_wish, option, held == InForce::other);
    } else if (held == InForce::other) {
      untold.push_back(wish.hidden
                           ? "one option is shown in another spelling"
                           : quote(option) + " is asked for and the kernel shows " + shown_instead(live, option));
    }
  }
  if (untold.empty()) return;
  gap.untold = join(untold, "; ") + ": whether that means the same is not known, so it is left alone";
}

}  // namespace

OptionGap option_gap(const MountWish& wish, const Mount& live, const MountTarget& target, const LiveWish& live_wish) {
  OptionGap gap;
  add_missing(gap, wish, live, target, live_wish);
  add_dropped(gap, wish, live, target, live_wish);
  add_unasked(gap, live, target);
  Strings once;
  for (const std::string& option : gap.changes) {
    if (!contains(once, option)) once.push_back(option);
  }
  gap.changes = once;
  return gap;
}

void refuse_unremountable(const MountWish& wish, const Mount& live, const Strings& changes) {
  for (const std::string& option : changes) {
    if (remountable(live.fstype, option)) continue;
    throw Error(named(wish, option) + " cannot be changed while the file system is mounted (" + live.fstype +
                "): unmount " + quote(wish.path) + " first, with state unmounted");
  }
}

}  // namespace dockhost
