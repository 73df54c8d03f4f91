// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace dockhost {

// A file descriptor that is closed once. -1 is none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

// "what: No such file or directory", at a path; `code` is an errno.
Error system_failure(const std::string& what, const std::string& path, int code = errno);

// All bytes to the descriptor, in as many calls as it takes. False with errno set when one fails.
bool write_all(int descriptor, std::string_view bytes);

// All bytes from where the descriptor stands. Throws Error at `path` when reading fails or more than `most` come.
std::string read_all(int descriptor, const std::string& path, std::size_t most);

}  // namespace dockhost
