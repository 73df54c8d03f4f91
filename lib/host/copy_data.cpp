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

// What is on the target besides the guard is of the earlier run, or nothing.
void clear_target(Host& host, const std::string& device, const std::string& at, const MoveNote& before) {
  if (before.copy == Data::Copy::none) {
    const Strings found = without(host.list(at), {"lost+found", kGuard});
    if (!found.empty()) throw Error("holds data (" + sentence_list(found) + "); nothing was changed", {device});
    return;
  }
  // A copy that was killed leaves one file whose time is not yet that of its original.
  const TreeSum sum = host.sum_tree(at, {kGuard, before.changed});
  if (before.copy == Data::Copy::begun && sum.newer > 1)
    throw Error("somebody has worked on the copy that is not verified: " + std::to_string(sum.newer) +
                    " files in it are newer than " + "the note of the copy",
                {device});
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
  const std::string users = data_users(host, root, false);
  if (!users.empty()) throw Error("is still in use: " + users, {root});
  const std::string real = host.resolve(device);
  const auto system = real.empty() ? std::nullopt : look<Filesystem>(host, device);
  if (!system || system->unfinished) throw Error("holds no file system", {device});
  const std::string uuid = file_system_uuid(host, real);
  if (uuid.empty()) throw Error("has a file system without a UUID", {device});
  const MoveNote before = move_note(host, root, uuid);
  OwnMounts own(host);
  const std::string at = own.file_system(real, system->type, false);
  clear_target(host, device, at, before);
  // The note before the guard, the guard before the first byte (storage.md, Specification).
  note_copying(host, root, uuid);
  const std::string guard = at + "/" + kGuard;
  if (!host.node(guard)) host.write(guard, "", 0600, 0, 0);
  host.sync_tree(at);
  if (before.copy != Data::Copy::none) host.empty_tree(at, kGuard);
  const TreeSum sum = host.sum_tree(root, {kGuard, 0});
  must_fit(host, sum, device, at);
  copy(host, root, at, sum.bytes);
  MoveNote verified;
  verified.own_hash = host.sum_tree(root, {kGuard, 0}).hash;
  compare(host, root, at, content);
  host.remove(guard);
  host.sync_tree(at);
  verified.copy_hash = host.sum_tree(at, {kGuard, 0}).hash;
  note_verified(host, root, uuid, verified);
}

}  // namespace dockhost
