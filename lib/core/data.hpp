// SPDX-License-Identifier: GPL-3.0-or-later
// Docker's data and a move of it to a file system of its own, as far as one has come.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace dockhost {

// The empty file in the root of a file system that holds a copy which is not verified. The drop-in of docker.service
// asserts that it is not there.
inline constexpr const char* kGuard = ".dockhost-new";

// Where the data of `root` lies once the move is committed, and the note of how far a move has come.
std::string aside_of(const std::string& root);
std::string note_of(const std::string& root);

// The mode of the old data's top directory as soon as its removal has begun, which goes on after a kill. It takes no
// room to say so, and nobody but root comes in any more.
inline constexpr unsigned kBeingRemoved = 0;

// What an admin types to have an empty file system. wipefs(8) alone leaves bytes that count as unknown data.
std::string command_to_make(const std::string& device, const std::string& fstype);

// A directory tree that may hold Docker's data. `bytes`, `inodes` and `newest` (an mtime, seconds since the epoch) were
// counted where that decides something.
struct Tree {
  enum class Is { absent, empty, full } is = Is::absent;
  std::uint64_t bytes = 0, inodes = 0;
  std::int64_t newest = 0;
  std::size_t written = 0;        // of the one aside: files that somebody has written since the root was made anew ...
  std::string written_name = {};  // ... and one of them, as a path below the tree
  bool full() const { return is == Is::full; }
  bool operator==(const Tree& other) const {
    return full() == other.full();
  }  // no directory is as good as an empty one
};

// The directory that is Docker's data root, below whatever is mounted on it, and the file system that its data goes to;
// by data_key(root, device).
struct Data {
  static constexpr const char* kind = "data";
  Tree own;     // in the root's own directory
  Tree aside;   // in aside_of(root); anything else than a directory there counts as full
  Tree target;  // on the device, but for lost+found and the guard; absent: no finished file system, or no device
  // What the note says of this file system. begun: some of the copy is there.
  enum class Copy { none, begun, verified } copy = Copy::none;
  bool own_newer = false, target_newer = false;  // than the copy that was verified, or Docker runs on it

  // What a step of the move does, said by the step itself. An undo finds it in `before`:
  //   copy        leaves the copy to the next run, which goes on from there
  //   commit      moves the old data back, and says so in the note where Docker has worked on the copy
  //   end         nothing: what was compared stays compared
  //   remove_old  there is none
  enum class Verb { none, copy, commit, end, remove_old } verb = Verb::none;

  // Only looked at:
  std::string real;                               // the root without links; "" where it leads nowhere
  unsigned mode = 0710, uid = 0, gid = 0;         // of the root's own directory, else of the one aside
  std::uint64_t bytes_free = 0, inodes_free = 0;  // on the target, to root; 0 where it is not known
  std::size_t worked = 0;                         // files of the copy begun that no copying explains
  std::string worked_name;                        // one of them, as a path below the root
  bool unrelated = false;                         // what is mounted on the root has nothing of the data aside
  bool noted = false;                             // there is a note, about whichever file system
  bool limited = false;                           // some of the data has a project id (a limit of overlay2.size)
  std::string subvolume;                          // of btrfs, below the root: the first of them
  std::size_t longest = 0;                        // path below the root, in bytes
  std::string deepest;                            // that path, where it is very long
  std::string flaw;                               // why the target is not fit for it, in words
  // Wishes only:
  bool content = true;  // compare every byte of the copy

  // Where the data is. How far a copy has come is judged by the steps themselves, which read the note.
  bool operator==(const Data& other) const { return own == other.own && aside == other.aside; }
};

// The key of a Data, and its two parts.
std::string data_key(const std::string& root, const std::string& device);
std::pair<std::string, std::string> data_parts(const std::string& key);

}  // namespace dockhost
