// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/descriptor.hpp"

#include <array>
#include <system_error>

namespace dockhost {

Error system_failure(const std::string& what, const std::string& path, int code) {
  return Error(what + ": " + std::generic_category().message(code), {path});
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string read_all(int descriptor, const std::string& path, std::size_t most) {
  std::string all;
  std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
  while (true) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_failure("cannot be read", path);
    if (count == 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
    if (all.size() > most) throw Error("is larger than " + std::to_string(most / 1048576) + " MB", {path});
  }
}

}  // namespace dockhost
