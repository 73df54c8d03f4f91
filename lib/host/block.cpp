// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/block.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "host/descriptor.hpp"

namespace dockhost {
namespace {

// What is at the path is looked at once it is open, so that nobody changes it in between; O_NONBLOCK for a pipe.
Descriptor open_block(const std::string& device, int flags) {
  Descriptor file(::open(device.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) throw system_failure("cannot be opened", device);
  struct stat seen {};
  if (::fstat(file.get(), &seen) != 0) throw system_failure("cannot be looked at", device);
  if (!S_ISBLK(seen.st_mode)) throw Error("is not a block device", {device});
  return file;
}

}  // namespace

std::string read_block(const std::string& device, std::uint64_t offset, std::size_t length) {
  const Descriptor file = open_block(device, O_RDONLY);
  std::string bytes(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = ::pread(file.get(), &bytes[done], length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_failure("cannot be read", device);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

std::uint64_t little_endian(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes.at(at + i - 1));
  return value;
}

bool block_held(const std::string& device) {
  const Descriptor file(::open(device.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == EBUSY) return true;
  if (!file) throw system_failure("cannot be opened", device);
  return false;
}

void write_block(const std::string& device, std::uint64_t offset, const std::string& bytes) {
  const Descriptor file = open_block(device, O_WRONLY | O_EXCL);
  if (::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0 || !write_all(file.get(), bytes) ||
      ::fsync(file.get()) != 0) {
    throw system_failure("cannot be written", device);
  }
}

}  // namespace dockhost
