// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/perform_mount.hpp"

#include <algorithm>
#include <string_view>

#include "args/scrub.hpp"
#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
#include "edit/fstab.hpp"
#include "edit/mount_options.hpp"
#include "edit/unit_file.hpp"
#include "host/look.hpp"
#include "host/mount_users.hpp"
#include "host/perform.hpp"

namespace dockhost {
namespace {

// A file server that does not answer, and an unmount that has much to write.
constexpr Limits kMountLimits{std::chrono::seconds{180}};
constexpr Limits kUnmountLimits{std::chrono::seconds{300}};
constexpr const char* kTable = "/etc/fstab";
constexpr std::array kMountPlaces = {"/usr/bin/mount", "/bin/mount", "/sbin/mount"};

bool speaks_of(const Strings& options, const std::string& what) {
  return std::any_of(options.begin(), options.end(),
                     [&](const std::string& option) { return subject(option) == what; });
}

// What a mount shows and mount(8) does not take.
bool only_shown(const std::string& option) { return option == "seclabel" || option == "bind" || option == "rbind"; }

// What mount(8) is told to do. Its command line can be read by every local user for as long as it runs.
struct MountOrder {
  std::string path, source, fstype;
  Strings options;      // as they may stand in a table
  Strings spoken;       // that must stand on the command line: remount, bind
  bool hidden = false;  // no word of the options may be told

  bool secret() const {
    const std::string all = source + " " + join(options, ",");
    return hidden || scrub(all) != all;
  }

  // In short options, which busybox takes, too.
  Strings argv() const {
    Strings all = {"mount"}, told = spoken;
    if (!fstype.empty() && spoken.empty()) all.insert(all.end(), {"-t", fstype});
    told.insert(told.end(), options.begin(), options.end());
    if (!told.empty()) all.insert(all.end(), {"-o", join(told, ",")});
    all.insert(all.end(), {"--", source, path});
    return all;
  }

  // "%" stands for the table.
  Strings argv_with_table() const {
    Strings all = {"mount", "-T", "%"};
    if (!spoken.empty()) all.insert(all.end(), {"-o", join(spoken, ",")});
    all.insert(all.end(), {"--", path});
    return all;
  }

  std::string table() const {
    const Strings fields = {source, path, fstype.empty() ? "auto" : fstype,
                            options.empty() ? "defaults" : join(options, ",")};
    std::string line;
    for (const std::string& field : fields) line += fstab_escape(field) + " ";
    return line + "0 0\n";
  }
};

MountOrder mount_order(const std::string& path, const Mount& wish) {
  const bool typed = !wish.bind && !wish.fstype.empty() && wish.fstype != "none";
  Strings options;
  if (wish.bind) options.emplace_back(contains(wish.options, "rbind") ? "rbind" : "bind");
  for (const std::string& option : wish.options) {
    const bool of_the_file_system = wish.bind && !generic(option);
    if (!only_shown(option) && !of_the_file_system) options.push_back(option);
  }
  return {path, wish.source, typed ? wish.fstype : "", options, {}, wish.hidden};
}

MountOrder remount_order(const std::string& path, const Mount& before, const Mount& after) {
  Strings spoken = {"remount"};
  if (after.bind) spoken.emplace_back("bind");
  const std::string fstype = after.bind ? "" : after.fstype;
  return {path, after.source, fstype, remount_options(before, after), spoken, before.hidden || after.hidden};
}

// Its mount reads no table at a remount, and options of systemd in one are errors to it.
bool busybox(const Host& host) {
  return std::any_of(std::begin(kMountPlaces), std::end(kMountPlaces),
                     [&](const char* place) { return host.resolve(place).ends_with("busybox"); });
}

// Whether /etc/fstab says the same of the path: an entry of this source and type, none of whose options is seen not to
// be wished for.
bool fstab_says(Host& host, const std::string& path, const Mount& wish) {
  const Fstab fstab = Fstab::parse(host.read(kTable).value_or(""), kTable);
  const auto entries = fstab.at(path);
  return !entries.empty() && std::all_of(entries.begin(), entries.end(), [&](const FstabEntry* entry) {
    const Strings options = split_options(entry->options);
    const bool bind = contains(options, "bind") || contains(options, "rbind");
    const bool typed = bind == wish.bind && (bind || entry->fstype == wish.fstype);
    return typed && same_source(entry->source, wish.source) &&
           std::none_of(options.begin(), options.end(), [&](const std::string& option) {
             return !contains(wish.options, option) && in_force(wish.options, option, wish.fstype) == InForce::no;
           });
  });
}

// The flags of every file system, all said.
Strings all_flags(const Mount& before, const Mount& after) {
  Strings flags;
  for (const std::string& option : after.options) {
    const bool of_the_file_system = option.ends_with("sync") || subject(option) == "lazytime" || option == "mand";
    if (generic(option) && !(after.bind && of_the_file_system)) flags.push_back(option);
  }
  for (const char* const word : {"rw", "suid", "dev", "exec"}) {
    if (!speaks_of(flags, word)) flags.emplace_back(word);
  }
  // The kernel keeps the way of access times unless a remount names one.
  const bool shows_atime = in_force(before.options, "strictatime") == InForce::no;
  if (!speaks_of(flags, "atime") && shows_atime) flags.emplace_back("strictatime");
  if (after.bind) return flags;
  if (contains(before.options, "sync") && !speaks_of(flags, "sync")) flags.emplace_back("async");
  if (contains(before.options, "lazytime") && !speaks_of(flags, "lazytime")) flags.emplace_back("nolazytime");
  return flags;
}

void check_mount(const Output& output, const Strings& argv, const MountOrder& order) {
  if (!order.hidden) return must_succeed(output, argv, kMountLimits);
  if (output.good()) return;
  throw Error("mount failed (" + std::to_string(output.code) + "); its options, and so what it said, are not shown",
              {order.path});
}

// Options that hold a secret go through a table that root alone can read.
Output run_mount(Host& host, const MountOrder& order, Strings& argv) {
  const bool with_table = order.secret() && !(busybox(host) && !order.spoken.empty());
  argv = with_table ? order.argv_with_table() : order.argv();
  return with_table ? host.run_on(argv, order.table(), kMountLimits) : host.run(argv, kMountLimits);
}

void run_mount(Host& host, const MountOrder& order) {
  Strings argv;
  const Output output = run_mount(host, order, argv);
  check_mount(output, argv, order);
}

// Says who is in the way, where umount(8) fails and somebody is seen to be.
void unmount(Host& host, const std::string& path) {
  try {
    must_run(host, {"umount", "--", path}, kUnmountLimits);
  } catch (const Error& error) {
    const std::string users = in_words(mount_use(host, path));
    if (users.empty()) throw;
    throw Error(std::string(error.what()) + "; " + users, {path});
  }
}

// What stands in fstab is mounted by its path alone. With nofail mount(8) keeps silent where the device is missing.
bool mount_by_path(Host& host, const std::string& path, const Mount& wish) {
  if (!wish.listed || !fstab_says(host, path, wish) || busybox(host)) return false;
  const Strings argv = {"mount", "--", path};
  check_mount(host.run(argv, kMountLimits), argv, {path, wish.source, "", {}, {}, wish.hidden});
  if (!look<Mount>(host, path)) throw Error("mount said nothing, and nothing is mounted: is the device there?", {path});
  return true;
}

void mount(Host& host, const std::string& path, const Mount& wish) {
  try {
    const bool by_path = mount_by_path(host, path, wish);
    if (!by_path) run_mount(host, mount_order(path, wish));
    // The kernel binds without flags; mount(8) of util-linux adds them by itself, that of busybox does not. What an
    // undo brings back may have been mounted with more than its entry says.
    const auto made = wish.bind || by_path ? look<Mount>(host, path) : std::nullopt;
    if (made && !made->satisfies(wish)) run_mount(host, remount_order(path, *made, wish));
  } catch (const std::exception&) {
    // Nothing was mounted there before, so that what is there now is a half of this.
    if (look<Mount>(host, path)) host.run({"umount", "--", path}, kUnmountLimits);
    throw;
  }
}

void remount(Host& host, const std::string& path, const Mount& before, const Mount& after) {
  const auto seen = look<Mount>(host, path);
  try {
    run_mount(host, remount_order(path, before, after));
  } catch (const std::exception&) {
    const auto half = look<Mount>(host, path);
    Strings argv;
    if (seen && half && *half != *seen) run_mount(host, remount_order(path, *half, *seen), argv);
    throw;
  }
}

}  // namespace

Strings remount_options(const Mount& before, const Mount& after) {
  Strings options = all_flags(before, after);
  if (after.bind) return options;  // those of the file system are not this mount's to change
  for (const std::string& option : after.options) {
    if (generic(option) || only_shown(option)) continue;
    if (contains(before.options, option)) {
      if (lost_at_remount(before.fstype, option)) options.push_back(option);
      continue;
    }
    if (in_force(before.options, option, before.fstype) != InForce::yes) options.push_back(option);
  }
  // A flag that is shown whenever it is on, and so can be taken back.
  if (contains(before.options, "discard") && !speaks_of(after.options, "discard")) options.emplace_back("nodiscard");
  return options;
}

void perform_mount(Host& host, const Change<Mount>& change) {
  // mount(8) and umount(8) follow links, which may have been put there since the plan was made.
  const auto reach = look<Reach>(host, change.key);
  if (reach && !reach->unsafe.empty()) throw Error(reach->unsafe, {change.key});
  if (!change.after) return unmount(host, change.key);
  if (!change.before) return mount(host, change.key, *change.after);
  if (change.before->device != change.after->device || change.before->root != change.after->root) {
    throw Error(
        "a remount cannot put " + quote(change.after->source) + " in the place of " + quote(change.before->source),
        {change.key});
  }
  remount(host, change.key, *change.before, *change.after);
}

void perform_automount(Host& host, const Change<Automount>& change) {
  // systemd detaches what is mounted over its trigger along with it.
  const auto over = change.after ? std::nullopt : look<Mount>(host, change.key);
  if (over && over->in_memory)
    throw Error("a " + over->fstype + " that holds files was mounted there since the plan was made", {change.key});
  must_run(host, {"systemctl", change.after ? "start" : "stop", "--", automount_unit(change.key)}, kMountLimits);
}

void perform_directory(Host& host, const Change<Directory>& change) {
  if (!change.after) return host.remove_directory(change.key);
  const Directory& wish = *change.after;
  if (!change.before) return host.make_directory(change.key, wish.mode, wish.uid, wish.gid);
  host.set_rights(change.key, wish.mode, wish.uid, wish.gid);
}

}  // namespace dockhost
