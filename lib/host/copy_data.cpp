// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/copy_data.hpp"

#include "host/data_users.hpp"
#include "host/look.hpp"
#include "host/look_data.hpp"
#include "host/move_note.hpp"
#include "host/own_mounts.hpp"
#include "host/perform.hpp"

namespace dockhost {
namespace {

// A copy takes as long as the data is large; it ends with this run.
constexpr Limits kCopying{std::chrono::hours{24 * 7}, true};

// Where the data is copied from and to, and the note of an earlier run.
struct Copying {
  const std::string &root, &device, &fstype, &at, &uuid;
  const MoveNote& before;
};

// Throws Error where the target holds anything but what the earlier run has left there, besides the guard.
void must_be_ours(Host& host, const Copying& copying) {
  const auto& [root, device, fstype, at, uuid, before] = copying;
  const std::string choose = "; the data in " + root + " is unchanged. Run again to be told what to type";
  switch (before.copy) {
    case Data::Copy::none: {
      const Strings found = without(host.list(at), {"lost+found", kGuard});
      if (!found.empty()) throw Error("holds data (" + sentence_list(found) + ")" + choose, {device});
      return;
    }
    case Data::Copy::begun: {
      const CopyWork work = host.work_in_copy(at, root, {kGuard, before.changed});
      if (work.by_others())
        throw Error("somebody has worked on the copy that is not verified (" + work.name + ")" + choose, {device});
      return;
    }
    case Data::Copy::verified:
      if (host.sum_tree(at, {kGuard}).hash != before.copy_hash)
        throw Error("the copy on " + device + " has changed since it was verified, and so has the data in " + root +
                    "; it cannot be told which is the right one. If it is the copy, with Docker stopped: mv " + root +
                    " " + root + ".other; mkdir " + aside_of(root) + "; rm " + note_of(root) +
                    ". If it is the data in " + root + ": " + command_to_make(device, fstype) + "; rm " +
                    note_of(root) + ". Nothing was emptied");
  }
}

// As the note was, so that the next run refuses what this one has found.
void note_as_before(Host& host, const Copying& copying) {
  if (copying.before.copy == Data::Copy::verified)
    note_verified(host, copying.root, copying.uuid, copying.before);
  else
    host.remove(note_of(copying.root));
}

// Whatever the target holds that is later than the note is somebody's, and kept (host/tree.hpp: work_in_copy). What
// came right before the note is found by a second look.
void note_that_it_begins(Host& host, const Copying& copying) {
  note_copying(host, copying.root, copying.uuid);
  try {
    must_be_ours(host, copying);
  } catch (const Error&) {
    note_as_before(host, copying);
    throw;
  }
}

void guard_target(Host& host, const std::string& at) {
  host.write(at + "/" + kGuard, "", 0600, 0, 0);
  host.sync_tree(at);
}

// The old note tells as long as there is anything that it may tell about.
void clear_begun(Host& host, const Copying& copying) {
  const auto& [root, device, fstype, at, uuid, before] = copying;
  guard_target(host, at);
  must_be_ours(host, copying);
  const auto guard = host.node(at + "/" + kGuard);
  host.empty_tree(at, {kGuard, guard ? std::optional(guard->changed) : std::nullopt});
  const MoveNote none;
  note_that_it_begins(host, {root, device, fstype, at, uuid, none});
}

// The note before the guard, the guard before the first byte (storage.md, Specification).
void clear_target(Host& host, const Copying& copying) {
  must_be_ours(host, copying);
  if (copying.before.copy == Data::Copy::begun) return clear_begun(host, copying);
  note_that_it_begins(host, copying);
  guard_target(host, copying.at);
  const auto note = host.node(note_of(copying.root));
  if (copying.before.copy == Data::Copy::verified && note) host.empty_tree(copying.at, {kGuard, note->changed});
}

void must_fit(Host& host, const TreeSum& own, const std::string& device, const std::string& at) {
  const auto [bytes, inodes] = free_room(host, at);
  if (own.bytes <= bytes && own.inodes <= inodes) return;
  throw Error("the data needs " + std::to_string(own.bytes) + " bytes and " + std::to_string(own.inodes) +
                  " inodes, free are " + std::to_string(bytes) + " and " + std::to_string(inodes),
              {device});
}

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes / 1'000'000); }

void copy(Host& host, const std::string& root, const std::string& at, std::uint64_t bytes) {
  const std::uint64_t room = free_room(host, at).first;
  const auto tell = [&] {
    host.progress([&] {
      const std::uint64_t rest = free_room(host, at).first, done = room > rest ? room - rest : 0;
      return "copying " + root + ": " + megabytes(done) + " of " + megabytes(bytes) + " MB";
    });
  };
  const Strings argv = {"cp", "--archive", "--one-file-system", "--", root + "/.", at};
  must_succeed(host.run_long(argv, kCopying, tell), argv, kCopying);
  host.copy_flags(root, at);
  host.sync_tree(at);
}

void compare(Host& host, const std::string& root, const std::string& at, bool content) {
  Comparison how;
  how.progress = [&](std::uint64_t done) {
    host.progress([&] { return "comparing " + root + " with its copy: " + megabytes(done) + " MB"; });
  };
  how.content = content;
  how.guard = kGuard;
  const Strings differ = host.compare_trees(root, at, how);
  if (differ.empty()) return;
  throw Error("the copy is not like the data in " + root + ": " + sentence_list(differ));
}

}  // namespace

void copy_data(Host& host, const std::string& root, const std::string& device, bool content) {
  end_left_mounts(host, root);
  const std::string users = data_users(host, root, DockerIs::stopped_by_us);
  if (!users.empty()) throw Error("is still in use: " + users, {root});
  const std::string real = host.resolve(device);
  const auto system = real.empty() ? std::nullopt : look<Filesystem>(host, device);
  if (!system || system->unfinished) throw Error("holds no file system", {device});
  const std::string uuid = file_system_uuid(host, real);
  if (uuid.empty()) throw Error("has a file system without a UUID", {device});
  const MoveNote before = move_note(host, root, uuid);
  OwnMounts own(host);
  const std::string at = own.file_system(real, system->type, false);
  clear_target(host, {root, device, system->type, at, uuid, before});
  const TreeSum sum = host.sum_tree(root, {kGuard});
  must_fit(host, sum, device, at);
  copy(host, root, at, sum.bytes);
  MoveNote verified;
  verified.own_hash = host.sum_tree(root, {kGuard}).hash;
  verified.copy_hash = host.sum_tree(at, {kGuard}).hash;
  compare(host, root, at, content);
  host.remove(at + "/" + kGuard);
  host.sync_tree(at);
  note_verified(host, root, uuid, verified);
}

}  // namespace dockhost
