// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/tree_content.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace dockhost {
namespace {

constexpr std::size_t most_waiting = 16;
constexpr std::uint64_t block = 1048576;

off_t offset(std::uint64_t bytes) { return static_cast<off_t>(bytes); }

// What is clean in the page cache leaves it; the caller has synced. Advice: it may be without effect.
void forget(const Descriptor& file) { ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED); }

void read_ahead(const FilePair& pair, std::uint64_t at) {
  const std::uint64_t length = std::min(block, pair.size - std::min(at, pair.size));
  if (length == 0) return;
  ::posix_fadvise(pair.from.get(), offset(at), offset(length), POSIX_FADV_WILLNEED);
  ::posix_fadvise(pair.to.get(), offset(at), offset(length), POSIX_FADV_WILLNEED);
}

// As many bytes as there are, up to `length`.
std::size_t read_at(const Descriptor& file, const std::string& path, char* into, std::size_t length, std::uint64_t at) {
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = ::pread(file.get(), into + done, length - done, offset(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_failure("cannot be read", path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// The ranges of a file that are no holes, from a position on that only grows.
class Ranges {
 public:
  Ranges(const Descriptor& file, std::uint64_t size, bool dense)
      : file_(file), size_(size), end_(dense ? size : 0), known_(dense) {}

  // Whether `at` lies in data; `change` is where that ends, at most the size.
  bool data(std::uint64_t at, std::uint64_t& change) {
    if (!known_ || at >= end_) seek(at);
    change = at < start_ ? start_ : end_;
    return at >= start_;
  }

 private:
  // The next range of data, empty and at the end where there is none (ENXIO). A file system that cannot tell has data
  // only, and so do we where it fails.
  void seek(std::uint64_t at) {
    known_ = true;
    start_ = end_ = size_;
    const off_t start = ::lseek(file_.get(), offset(at), SEEK_DATA);
    if (start < 0 && errno == ENXIO) return;
    start_ = start < 0 ? at : std::min(size_, static_cast<std::uint64_t>(start));
    const off_t end = start < 0 ? -1 : ::lseek(file_.get(), start, SEEK_HOLE);
    if (end > start) end_ = std::min(size_, static_cast<std::uint64_t>(end));
  }

  const Descriptor& file_;
  std::uint64_t size_, start_ = 0, end_;
  bool known_;
};

}  // namespace

Contents::Contents(Differ differ, Progress progress)
    : differ_(std::move(differ)), progress_(std::move(progress)), left_(block), right_(block) {}

void Contents::add(FilePair pair) {
  forget(pair.from);
  forget(pair.to);
  if (pair.dense) read_ahead(pair, 0);
  waiting_.push_back(std::move(pair));
  if (waiting_.size() < most_waiting) return;
  const FilePair first = std::move(waiting_.front());
  waiting_.pop_front();
  compare(first);
}

void Contents::finish() {
  for (const FilePair& pair : waiting_) compare(pair);
  waiting_.clear();
}

void Contents::compare(const FilePair& pair) {
  Ranges from(pair.from, pair.size, pair.dense), to(pair.to, pair.size, pair.dense);
  std::uint64_t at = 0;
  while (at < pair.size) {
    std::uint64_t from_change = 0, to_change = 0;
    const bool in_from = from.data(at, from_change), in_to = to.data(at, to_change);
    const std::uint64_t end = std::min(from_change, to_change);
    if (!in_from && !in_to)
      at = end;
    else if (!alike(pair, at, end))
      return differ_(pair.name, at);
  }
}

bool Contents::alike(const FilePair& pair, std::uint64_t& at, std::uint64_t end) {
  while (at < end) {
    const std::size_t length = std::min(block, end - at);
    if (pair.size > block) read_ahead(pair, at + length);
    const std::size_t from = read_at(pair.from, pair.path, left_.data(), length, at);
    const std::size_t to = read_at(pair.to, pair.copy, right_.data(), length, at);
    const std::size_t both = std::min(from, to);
    done_ += both;
    if (progress_) progress_(done_);
    // A file that ended before its size was cut off since it was looked at.
    if (both < length || std::memcmp(left_.data(), right_.data(), length) != 0) {
      at += static_cast<std::size_t>(std::mismatch(left_.begin(), left_.begin() + offset(both), right_.begin()).first -
                                     left_.begin());
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace dockhost
