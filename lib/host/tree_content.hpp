// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "host/descriptor.hpp"

namespace dockhost {

// A regular file and its copy, both open and of the same size.
struct FilePair {
  Descriptor from, to;
  std::uint64_t size = 0;
  bool dense = true;             // neither has holes
  std::string path, copy, name;  // of either, for an Error, and as the report of a difference calls it
};

// Compares the bytes of files with those of their copies, from the disk. It begins to read a few files ahead, so that
// both disks are busy while small files are compared.
class Contents {
 public:
  // Is told the name of each pair that differs and the first byte that does, not always in the order of add().
  using Differ = std::function<void(const std::string& name, std::uint64_t offset)>;
  // The bytes compared so far; may be empty.
  using Progress = std::function<void(std::uint64_t)>;

  Contents(Differ differ, Progress progress);
  void add(FilePair pair);
  void finish();  // all that were added

 private:
  void compare(const FilePair& pair);
  // Whether the bytes of a range are alike; `at` is left on the first that is not.
  bool alike(const FilePair& pair, std::uint64_t& at, std::uint64_t end);

  Differ differ_;
  Progress progress_;
  std::deque<FilePair> waiting_;
  std::vector<char> left_, right_;
  std::uint64_t done_ = 0;
};

}  // namespace dockhost
