// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/perform_mount.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
#include "edit/unit_file.hpp"
#include "host/look.hpp"
#include "host/mount_users.hpp"
#include "host/perform.hpp"

namespace dockhost {
namespace {

// A file server that does not answer, and an unmount that has much to write.
constexpr Limits kMountLimits{std::chrono::seconds{180}};
constexpr Limits kUnmountLimits{std::chrono::seconds{300}};

bool speaks_of(const Strings& options, const std::string& what) {
  return std::any_of(options.begin(), options.end(),
                     [&](const std::string& option) { return subject(option) == what; });
}

// What a mount shows and mount(8) does not take.
bool only_shown(const std::string& option) { return option == "seclabel" || option == "bind" || option == "rbind"; }

// In short options, which busybox takes, too.
Strings mount_argv(const std::string& path, const Mount& wish) {
  Strings argv = {"mount"};
  const bool typed = !wish.bind && !wish.fstype.empty() && wish.fstype != "none";
  if (typed) argv.insert(argv.end(), {"-t", wish.fstype});
  Strings options;
  if (wish.bind) options.emplace_back(contains(wish.options, "rbind") ? "rbind" : "bind");
  for (const std::string& option : wish.options) {
    const bool of_the_file_system = wish.bind && !generic(option);
    if (!only_shown(option) && !of_the_file_system) options.push_back(option);
  }
  if (!options.empty()) argv.insert(argv.end(), {"-o", join(options, ",")});
  argv.insert(argv.end(), {"--", wish.source, path});
  return argv;
}

Strings remount_argv(const std::string& path, const Mount& before, const Mount& after) {
  Strings options = {"remount"};
  if (after.bind) options.emplace_back("bind");
  const Strings rest = remount_options(before, after);
  options.insert(options.end(), rest.begin(), rest.end());
  return {"mount", "-o", join(options, ","), "--", after.source, path};
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

// mount(8), without a word of its options where those must not be shown.
void run_mount(Host& host, const Strings& argv, const std::string& path, bool hidden) {
  if (!hidden) return must_run(host, argv, kMountLimits);
  const Output output = host.run(argv, kMountLimits);
  if (output.good()) return;
  throw Error("mount failed (" + std::to_string(output.code) + "); its options, and so what it said, are not shown",
              {path});
}

// Says who is in the way, where umount(8) fails and somebody is seen to be.
void unmount(Host& host, const std::string& path) {
  try {
    must_run(host, {"umount", path}, kUnmountLimits);
  } catch (const Error& error) {
    const std::string users = in_words(mount_use(host, path));
    if (users.empty()) throw;
    throw Error(std::string(error.what()) + "; " + users, {path});
  }
}

void mount(Host& host, const std::string& path, const Mount& wish) {
  try {
    run_mount(host, mount_argv(path, wish), path, wish.hidden);
    // The kernel binds without flags; mount(8) of util-linux adds them by itself, that of busybox does not.
    const auto bound = wish.bind ? look<Mount>(host, path) : std::nullopt;
    if (bound && !bound->satisfies(wish)) run_mount(host, remount_argv(path, *bound, wish), path, wish.hidden);
  } catch (const std::exception&) {
    // Nothing was mounted there before, so that what is there now is a half of this.
    if (look<Mount>(host, path)) host.run({"umount", path}, kUnmountLimits);
    throw;
  }
}

void remount(Host& host, const std::string& path, const Mount& before, const Mount& after) {
  const auto seen = look<Mount>(host, path);
  try {
    run_mount(host, remount_argv(path, before, after), path, before.hidden || after.hidden);
  } catch (const std::exception&) {
    const auto half = look<Mount>(host, path);
    if (seen && half && *half != *seen) host.run(remount_argv(path, *half, *seen), kMountLimits);
    throw;
  }
}

std::string octal(unsigned mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
  return text.data();
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
  must_run(host, {"systemctl", change.after ? "start" : "stop", automount_unit(change.key)}, kMountLimits);
}

void perform_directory(Host& host, const Change<Directory>& change) {
  if (!change.after) return host.remove_directory(change.key);
  const Directory& wish = *change.after;
  if (!change.before) return host.make_directory(change.key, wish.mode, wish.uid, wish.gid);
  if (change.before->uid != wish.uid || change.before->gid != wish.gid) {
    must_run(host, {"chown", std::to_string(wish.uid) + ":" + std::to_string(wish.gid), change.key});
  }
  // After chown, which takes away the set-user-ID and set-group-ID bits.
  must_run(host, {"chmod", octal(wish.mode), change.key});
}

}  // namespace dockhost
