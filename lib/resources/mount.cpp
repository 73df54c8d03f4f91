// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount.hpp"

#include "edit/mount_options.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/mount_live.hpp"
#include "resources/mount_target.hpp"
#include "resources/mount_wish.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

void plan_in_fstab_and_mounted(Plan& plan, const MountWish& wish) {
  if (wish.swap()) {
    plan_entry(plan, wish);  // swapon(8) is systemd's part
    return;
  }
  const EntryChange entry = entry_change(plan, wish);
  LiveWish live{wish.source, entry.after->fstype, entry.after->options, std::nullopt};
  if (entry.before) live.options_before = entry.before->options;
  const bool mount_first = remounts_unseen(plan, wish, live);
  if (mount_first) plan_mounted(plan, wish, live);
  plan_entry(plan, wish);
  if (!mount_first) plan_mounted(plan, wish, live);
}

void plan_ephemeral(Plan& plan, const MountWish& wish) {
  if (wish.swap()) throw Error("swap is not mounted: state 'present' puts it into fstab");
  std::string options = wish.opts.value_or("defaults");
  const auto& live = plan.now().find<Mount>(wish.path);
  if (live && wish.merge) options = merge_options(join(live->options, ","), options);
  plan_mounted(plan, wish, {wish.source, wish.fstype, options, std::nullopt});
}

bool automounts(const FstabEntry& entry) {
  const Strings options = split_options(entry.options);
  return contains(options, "x-systemd.automount");
}

// The trigger goes behind its mount, which it would take along however busy that is, and before the directory.
void plan_no_automount(Plan& plan, const MountWish& wish) {
  if (has_systemd(plan) && plan.now().find<Automount>(wish.path)) plan.want<Automount>(wish.path, std::nullopt);
}

// The entry goes last: a run that ends before it leaves the next one the reason to go on. Without an entry nothing is
// done, as in the model, whose users unmount with state `unmounted`.
void plan_absent(Plan& plan, const MountWish& wish) {
  const bool mounted = !wish.swap() && plan.now().find<Mount>(wish.path);
  const auto entry = entry_of(plan, wish);
  const bool triggers = !wish.swap() && entry && automounts(*entry);
  if (mounted && entry && !same_fstype(entry->fstype, plan.now().find<Mount>(wish.path)->fstype))
    refuse_to_forget(wish, *plan.now().find<Mount>(wish.path));
  if (!entry) {
    if (mounted) {
      plan.warn(quote(wish.path) + " has no entry in " + wish.fstab +
                ", so that what is mounted there stays: state 'unmounted' unmounts it");
    }
  } else if (!wish.swap() && wish.state == MountState::absent) {
    plan_no_mount_point(plan, wish, triggers ? plan_no_automount : nullptr);
  } else {
    if (mounted) plan_unmounted(plan, wish);
    if (triggers) plan_no_automount(plan, wish);
  }
  plan_no_entry(plan, wish);
}

void plan_again(Plan& plan, const MountWish& wish) {
  std::optional<std::string> options = wish.opts;
  if (!options && !wish.swap()) {
    const auto entry = entry_of(plan, wish);
    if (entry) options = entry->options;
  }
  plan_remounted(plan, wish, options);
}

void plan_mount(Plan& plan, const json& args) {
  const MountWish wish = mount_wish(args);
  switch (wish.state) {
    case MountState::absent:
    case MountState::absent_mount:
      return plan_absent(plan, wish);
    case MountState::absent_from_fstab:
      plan_no_entry(plan, wish);
      return;
    case MountState::ephemeral:
      return plan_ephemeral(plan, wish);
    case MountState::mounted:
      return plan_in_fstab_and_mounted(plan, wish);
    case MountState::present:
      plan_entry(plan, wish);
      return;
    case MountState::remounted:
      return plan_again(plan, wish);
    case MountState::unmounted:
      return plan_unmounted(plan, wish);
  }
}

// Without the options that `merge` kept where nothing of the entry was looked at.
std::string options_returned(const Plan& plan, const MountWish& wish) {
  if (wish.hidden) return "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
  if (wish.state == MountState::ephemeral) return wish.opts.value_or("defaults");
  if (wish.merge && plan.now().knows<File>(wish.fstab)) {
    const auto entry = entry_of(plan, wish);
    if (entry) return entry->options;
  }
  return wish.options();
}

json mount_returns(const Plan& plan, const json& args, bool /*applied*/) {
  const MountWish wish = mount_wish(args);
  json returns = {{"name", args.at("path")}};
  if (!wish.source.empty()) returns["src"] = wish.source;
  if (!wish.fstype.empty()) returns["fstype"] = wish.fstype;
  returns["opts"] = options_returned(plan, wish);
  returns["dump"] = std::to_string(wish.dump.value_or(0));
  returns["passno"] = std::to_string(wish.passno.value_or(0));
  returns["fstab"] = wish.fstab;
  returns["boot"] = wish.boot ? "yes" : "no";
  return returns;
}

}  // namespace

Strings mount_secrets(const State& seen, const json& args) {
  const MountWish wish = mount_wish(args);
  if (!wish.hidden) return {};
  Strings secrets;
  // Each with its value by itself too: a merge puts them into another order.
  const auto hide = [&](const std::string& options) {
    secrets.push_back(options);
    for (const std::string& option : split_options(options)) {
      if (option.find('=') != std::string::npos && option != options) secrets.push_back(option);
    }
  };
  if (wish.opts) hide(*wish.opts);
  if (seen.knows<File>(wish.fstab)) {
    const auto& file = seen.find<File>(wish.fstab);
    const Fstab fstab = Fstab::parse(file ? file->content : "", wish.fstab);
    for (const FstabEntry* entry : fstab.at(wish.path)) hide(entry->options);
  }
  // The word says nothing, and to hide it would blot out every other entry of fstab.
  std::erase(secrets, "defaults");
  return secrets;
}

Resource mount_resource() { return {mount_spec(), plan_mount, mount_returns, mount_secrets}; }

}  // namespace dockhost
