// SPDX-License-Identifier: GPL-3.0-or-later
// The move of Docker's data. What is done follows from what an earlier run has left: the state table of storage.md,
// whose rows are named in Case.
#include "resources/docker_data.hpp"

#include <algorithm>
#include <filesystem>

#include "resources/audit_rearm.hpp"
#include "resources/boot_order.hpp"
#include "resources/data_fstab.hpp"
#include "resources/data_refusals.hpp"
#include "resources/docker_data_spec.hpp"
#include "resources/docker_engine.hpp"
#include "resources/image_store.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/mount_target.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

enum class Case {
  move,     // a: nothing was done yet
  resume,   // b: a copy was begun
  again,    // c: the data changed after it was copied
  commit,   // c: the copy is verified, and no older than the data
  finish,   // d: the old data is aside, the copy not mounted
  start,    // e: the copy is mounted, the note is still there
  done,     // f, g
  attach,   // h: the data is on the target, which is not mounted
  nothing,  // i: there is no data to move
  unclear
};

// What is asked for, and what there is of it.
struct Scene {
  const DataWish& wish;
  std::string root, device, fstype, key;
  Data data;
  std::optional<Mount> mounted;
  std::optional<FstabEntry> entry;
  bool on_target = false, named = false;  // the target is mounted on the root, and named for it in fstab
};

// What finds the root's entry in fstab, whatever it says.
MountWish any_entry(const std::string& root) {
  MountWish entry;
  entry.path = root;
  return entry;
}

Scene scene_of(const Plan& plan, const DataWish& wish, const std::string& root, const std::string& fstype) {
  Scene scene{wish, root, data_device(wish), fstype, "", {}, {}, {}, false, false};
  scene.key = data_key(root, scene.device);
  scene.data = plan.now().find<Data>(scene.key).value_or(Data{});
  scene.mounted = plan.now().find<Mount>(root);
  scene.entry = entry_of(plan, any_entry(root));
  scene.named = scene.entry && same_device(plan, scene.entry->source, scene.device);
  const auto& device = plan.now().find<Device>(scene.device);
  scene.on_target = scene.mounted && device && scene.mounted->device == device->device && scene.mounted->root == "/";
  const auto& service = plan.now().find<Service>(wish.unit);
  if (scene.data.copy == Data::Copy::verified && service && service->active) {
    scene.data.own_newer = scene.data.own_newer || !scene.mounted;
    scene.data.target_newer = scene.data.target_newer || scene.on_target;
  }
  return scene;
}

Case case_without_note(const Scene& scene) {
  const Data& data = scene.data;
  const bool aside = data.aside.is != Tree::Is::absent, full = data.own.full(), target = data.target.full();
  if (scene.mounted) return !full && (target || !aside) ? Case::done : Case::unclear;
  if (!target && !aside) return full ? Case::move : Case::nothing;
  return target && !full && (aside || scene.named) ? Case::attach : Case::unclear;
}

Case case_of(const Scene& scene) {
  const Data& data = scene.data;
  const bool aside = data.aside.is != Tree::Is::absent, full = data.own.full();
  switch (data.copy) {
    case Data::Copy::none:
      return case_without_note(scene);
    case Data::Copy::begun:
      return !aside && full && !scene.mounted ? Case::resume : Case::unclear;
    case Data::Copy::verified:
      break;
  }
  if (aside) return full ? Case::unclear : scene.mounted ? Case::start : Case::finish;
  if (!full) return Case::unclear;
  // A boot may have mounted the copy, and Docker worked on it there; a copy that was unmounted since is anybody's.
  if (!data.own_newer) return data.target_newer && !scene.mounted ? Case::unclear : Case::commit;
  return data.target_newer ? Case::unclear : Case::again;
}

// The entry as it will be.
FstabEntry want_entry(Plan& plan, const Scene& scene) {
  const auto there = scene.named ? scene.entry : std::nullopt;
  const MountWish entry = wished_entry(plan, scene.wish, scene.root, scene.device, scene.fstype, there);
  FstabEntry after = plan_data_entry(plan, entry, there.has_value());
  const bool asked = !scene.wish.options.empty();
  if (asked && scene.on_target && plan.now().find<Mount>(scene.root)) plan_data_options(plan, entry, after, there);
  return after;
}

// With it, a start of Docker would mount what is not a copy, or an old one: it goes first, and no failure brings it
// back.
void want_no_entry(Plan& plan, const Scene& scene) {
  if (!scene.named) return;
  plan.stage();
  plan_no_entry(plan, any_entry(scene.root));
}

void want_unmounted(Plan& plan, const Scene& scene) {
  if (scene.mounted) plan.record(Change<Mount>{scene.root, *scene.mounted, std::nullopt, ""});
}

void want_mounted(Plan& plan, const Scene& scene, const std::string& options) {
  Mount mount;
  const auto& device = plan.now().find<Device>(scene.device);
  if (device) mount.device = device->device;  // else it is made by this plan
  mount.fstype = scene.fstype;
  mount.options = kernel_options(options);
  mount.source = scene.device;
  plan.want<Mount>(scene.root, mount);
}

// As the steps so far will leave it; which of them was the last is nothing to the next.
std::optional<Data> data_now(const Plan& plan, const std::string& key) {
  std::optional<Data> data = plan.now().find<Data>(key);
  if (data) data->verb = Data::Verb::none;
  return data;
}

void want_copy(Plan& plan, const Scene& scene) {
  const std::optional<Data> before = data_now(plan, scene.key);
  Data after = before.value_or(Data{});
  after.verb = Data::Verb::copy;
  after.copy = Data::Copy::verified;
  after.target.is = Tree::Is::full;
  after.own_newer = after.target_newer = false;
  after.content = scene.wish.content;
  plan.record(Change<Data>{scene.key, before, after, ""});
}

void want_commit(Plan& plan, const Scene& scene) {
  std::optional<Data> before = data_now(plan, scene.key);
  before->target_newer = before->target_newer || scene.data.target_newer;
  Data after = *before;
  after.verb = Data::Verb::commit;
  after.aside = before->own;
  after.own = Tree{Tree::Is::empty};
  plan.record(Change<Data>{scene.key, before, after, ""});
}

void want_end(Plan& plan, const std::string& key) {
  const std::optional<Data> before = data_now(plan, key);
  if (!before || before->copy != Data::Copy::verified) return;
  Data after = *before;
  after.verb = Data::Verb::end;
  after.copy = Data::Copy::none;
  after.noted = false;
  plan.record(Change<Data>{key, before, after, ""});
}

void want_removal(Plan& plan, const std::string& key) {
  const std::optional<Data> before = data_now(plan, key);
  if (!before || before->aside.is == Tree::Is::absent) return;
  const std::string root = data_parts(key).first;
  refuse_removal(root, *before);
  // Where a move is to be finished, Docker comes first: who uses the old data then is told at the end.
  const auto& found = plan.before().find<Data>(key);
  if (found && found->aside.is != Tree::Is::absent && !found->noted) refuse_users_of_old(plan, root);
  Data after = *before;
  after.verb = Data::Verb::remove_old;
  after.aside = Tree{};
  plan.stage();
  plan.record(Change<Data>{key, before, after, ""});
}

// The root's directory with the rights of the one that is aside.
void want_root(Plan& plan, const Scene& scene) {
  if (plan.now().find<Directory>(scene.root)) return;
  const std::filesystem::path whole(scene.root);
  plan_directories(plan, whole.parent_path().string());
  plan.want<Directory>(scene.root, Directory{scene.data.mode, scene.data.uid, scene.data.gid});
}

void want_drop_ins(Plan& plan, const Scene& scene) {
  if (!scene.wish.require_mount) return;
  plan.stage();
  plan_mount_required(plan, scene.wish.unit, scene.root, kGuard);
  plan_mount_before_audit(plan, scene.root);
  plan_read_by_systemd(plan);
}

// The steps that need Docker stopped, where there are any. A finished copy stays when a later one fails: it is a stage
// of its own.
void while_stopped(Plan& plan, const Scene& scene, Case which) {
  if (which == Case::again) want_unmounted(plan, scene);
  const bool copies = which == Case::move || which == Case::resume || which == Case::again;
  if (copies) want_copy(plan, scene);
  if (copies) plan.stage();
  if (which == Case::commit) want_unmounted(plan, scene);
  const bool root_may_be_missing = which == Case::finish || which == Case::attach || which == Case::nothing;
  if (root_may_be_missing) want_root(plan, scene);
  const FstabEntry entry = want_entry(plan, scene);
  if (copies || which == Case::commit) want_commit(plan, scene);
  if (which != Case::start && which != Case::done) want_mounted(plan, scene, entry.options);
}

void report(Plan& plan, const Scene& scene, Case which) {
  const Status status = which == Case::done ? Status::pass : Status::fail;
  const json found = scene.on_target ? json(scene.device) : json(nullptr);
  plan.find({"docker data", scene.root, status, found, scene.device, ""});
}

std::string plan_target(Plan& plan, const DataWish& wish) {
  plan.stage();
  if (wish.volume) {
    plan_volume(plan, *wish.volume);
    return wish.volume->fstype;
  }
  const std::optional<Filesystem> found = plan.now().find<Filesystem>(wish.device);
  if (!found) throw Refusal(wish.device + " does not exist");
  if (found->type == "ext4" || found->type == "xfs") return found->type;
  const auto& disk = plan.now().find<Disk>(wish.device);
  refuse_used_device(wish, *found, disk);
  Filesystem system{wish.fstype};
  plan.want<Filesystem>(wish.device, system);
  return wish.fstype;
}

json data_returns(const Plan& plan, const json& args, bool /*applied*/) {
  const DataWish wish = data_wish(args);
  const std::string root = data_root(plan, wish), device = data_device(wish);
  json returns = {{"path", root}, {"device", device}, {"old_data", ""}};
  const auto& data = plan.now().find<Data>(data_key(root, device));
  if (!data || data->aside.is == Tree::Is::absent) return returns;
  returns["old_data"] = aside_of(root);
  returns["old_data_bytes"] = data->aside.bytes;
  returns["old_data_freed_by"] = "chattr -R -i -a " + aside_of(root) + "; rm -rf --one-file-system " + aside_of(root);
  return returns;
}

}  // namespace

std::string data_device(const DataWish& wish) {
  return wish.volume ? device_of(wish.volume->group, wish.volume->volume) : wish.device;
}

PlannedMove plan_move(Plan& plan, const DataWish& wish) {
  const Docker docker = docker_of(plan, wish.unit);
  refuse_other_flavours(docker);
  if (!has_systemd(plan)) {
    throw Refusal("this system was not booted with systemd, by which docker_data stops and starts Docker");
  }
  const std::string root = data_root(plan, wish);
  const std::string fstype = plan_target(plan, wish);
  Scene scene = scene_of(plan, wish, root, fstype);
  refuse_place({scene.root, scene.device, scene.data, scene.mounted, scene.entry, scene.on_target, scene.named});
  const Case which = case_of(scene);
  if (which == Case::unclear) refuse_unclear(scene.root, scene.device, fstype, scene.data, scene.mounted);
  report(plan, scene, which);
  const bool data_goes = which == Case::move || which == Case::resume || which == Case::again || which == Case::commit;
  if (data_goes) refuse_shape(docker, scene.root, scene.data);
  if (data_goes) refuse_users(plan, wish.unit, scene.root);
  if (data_goes && which != Case::commit) {
    refuse_copy(plan, wish, scene.root, scene.device, fstype, scene.data);
  }
  if (which == Case::move || which == Case::again) {
    want_no_entry(plan, scene);
    scene.named = false;
  }
  if (which != Case::done) warn_of_images_elsewhere(plan, wish.unit);
  want_drop_ins(plan, scene);
  plan.stage();
  PlannedMove move{scene.key, wish.keep_old, false, {}};
  // A reboot may have started Docker on the copy that is mounted: there it may stay.
  move.stopped = which != Case::done && which != Case::start;
  move.downtime = move.stopped ? plan_stop(plan, wish.unit, wish.stop, {wish.stop_containers, wish.left})
                               : what_runs(plan, wish.unit, wish.stop);
  move.downtime.again.seconds = wish.seconds;
  while_stopped(plan, scene, which);
  // A stage of its own: no rule of audit is worth a move that is taken back.
  plan.stage();
  plan_rearmed_below(plan, scene.root);
  return move;
}

void plan_moved(Plan& plan, const PlannedMove& move) {
  want_end(plan, move.key);
  plan_containers(plan, move.downtime);
  if (!move.keep_old) want_removal(plan, move.key);
}

Resource docker_data_resource() {
  const auto planner = [](Plan& plan, const json& args) {
    const PlannedMove move = plan_move(plan, data_wish(args));
    plan.stage();
    plan_start(plan, move.downtime);
    plan.stage();
    plan_moved(plan, move);
  };
  return {docker_data_spec(), planner, data_returns, {}};
}

}  // namespace dockhost
