// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/safe_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <climits>
#include <deque>
#include <vector>

namespace dockhost {
namespace {

constexpr int most_links = 40;  // as in the kernel, path_resolution(7)

bool safe_owner(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

class Walk {
 public:
  Walk(const std::string& path, const std::string& top) : path_(path) {
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
      throw Error("is not an absolute path", {path});
    if (::stat(top.c_str(), &top_) != 0) throw system_failure("cannot be looked at", top);
    put_first(path);
    start();
  }

  Place end() {
    while (!left_.empty()) {
      const std::string name = left_.front();
      left_.pop_front();
      if (name == "..") {
        leave();
        continue;
      }
      Descriptor next(::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!next && errno == ENOENT && left_.empty()) return place(name);
      if (!next) throw system_failure("cannot be reached", path_);
      struct stat seen {};
      if (::fstat(next.get(), &seen) != 0) throw system_failure("cannot be looked at", path_);
      if (S_ISLNK(seen.st_mode))
        follow(next, name, seen);
      else if (left_.empty())
        return place(name);
      else
        enter(std::move(next), name, seen);
    }
    throw Error("names no entry of a directory", {path_});
  }

 private:
  void put_first(const std::string& path) {
    Strings parts = split(path, '/');
    std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
    left_.insert(left_.begin(), parts.begin(), parts.end());
  }

  void start() {
    here_.clear();
    changeable_.clear();
    directory_ = Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    judge();
  }

  void enter(Descriptor next, const std::string& name, const struct stat& seen) {
    if (!S_ISDIR(seen.st_mode)) throw system_failure("cannot be reached", path_, ENOTDIR);
    directory_ = std::move(next);
    here_ += "/" + name;
    judge();
  }

  void leave() {
    directory_ = Descriptor(::openat(directory_.get(), "..", O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
    here_.erase(std::min(here_.rfind('/'), here_.size()));
    judge();
  }

  // Remembers the first directory that somebody else could change.
  void judge() {
    struct stat seen {};
    if (!directory_ || ::fstat(directory_.get(), &seen) != 0) throw system_failure("cannot be reached", path_);
    if (seen.st_dev == top_.st_dev && seen.st_ino == top_.st_ino)
      changeable_.clear();
    else if (changeable_.empty() && (!safe_owner(seen.st_uid) || (seen.st_mode & (S_IWGRP | S_IWOTH)) != 0))
      changeable_ = here_.empty() ? "/" : here_;
  }

  void follow(const Descriptor& link, const std::string& name, const struct stat& seen) {
    const std::string refused = quote(here_ + "/" + name) + " is a symbolic link that is not followed: ";
    if (!safe_owner(seen.st_uid))
      throw UnsafeLink(refused + "it belongs to uid " + std::to_string(seen.st_uid), {path_});
    if (!changeable_.empty()) throw UnsafeLink(refused + "others than root can change " + quote(changeable_), {path_});
    if (++links_ > most_links) throw system_failure("cannot be reached", path_, ELOOP);
    std::array<char, PATH_MAX> target{};
    const ssize_t count = ::readlinkat(link.get(), "", target.data(), target.size());
    if (count <= 0) throw system_failure("cannot be reached", path_);
    const std::string text(target.data(), static_cast<std::size_t>(count));
    put_first(text);
    if (text.front() == '/') start();
  }

  // The directory once more, as one that can be read and synced.
  Place place(const std::string& name) const {
    Descriptor directory(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) throw system_failure("cannot be reached", path_);
    return {std::move(directory), name};
  }

  const std::string& path_;
  struct stat top_ {};
  std::deque<std::string> left_;
  Descriptor directory_;
  std::string here_;        // the directory's path as walked, "" for "/"
  std::string changeable_;  // the first directory that others can change; "" for none
  int links_ = 0;
};

}  // namespace

Place safe_place(const std::string& path, const std::string& top) { return Walk(path, top).end(); }

}  // namespace dockhost
