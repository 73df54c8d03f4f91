// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/private_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <charconv>
#include <csignal>
#include <cstdlib>

#include "host/descriptor.hpp"
#include "host/linux_files.hpp"

namespace dockhost {
namespace {

constexpr std::string_view prefix = "text.";  // then the process, a dot and six letters

void check_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) throw system_failure("cannot be made", directory);
  struct stat seen {};
  if (::lstat(directory.c_str(), &seen) != 0) throw system_failure("cannot be looked at", directory);
  const bool ours = S_ISDIR(seen.st_mode) && seen.st_uid == ::geteuid() && (seen.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (!ours) throw Error("is not a directory that belongs to root alone (mode 0700)", {directory});
}

// What a killed run left behind.
void sweep(const std::string& directory) {
  const Strings names = LinuxFiles::list(directory);
  for (const std::string& name : names) {
    if (!name.starts_with(prefix)) continue;
    pid_t process = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), process);
    if (process <= 0 || ::kill(process, 0) == 0 || errno != ESRCH) continue;
    std::string path = directory;
    path.append("/").append(name);
    ::unlink(path.c_str());
  }
}

}  // namespace

PrivateText::PrivateText(const std::string& text, const std::string& directory) {
  std::string base = directory;
  if (::geteuid() == 0) {
    check_directory(directory);
    sweep(directory);
  } else {
    own_directory_ = "/tmp/dockhost.XXXXXX";
    if (::mkdtemp(own_directory_.data()) == nullptr) throw system_failure("cannot be made", own_directory_);
    base = own_directory_;
  }
  path_ = base + "/" + std::string(prefix) + std::to_string(::getpid()) + ".XXXXXX";
  const Descriptor file(::mkostemp(path_.data(), O_CLOEXEC));  // 0600, O_EXCL
  if (file && write_all(file.get(), text)) return;
  const int code = errno;
  if (file) ::unlink(path_.c_str());
  if (!own_directory_.empty()) ::rmdir(own_directory_.c_str());
  throw system_failure("cannot be written", path_, code);
}

PrivateText::~PrivateText() {
  ::unlink(path_.c_str());
  if (!own_directory_.empty()) ::rmdir(own_directory_.c_str());
}

Strings PrivateText::named_in(const Strings& argv) const {
  Strings named = argv;
  for (std::string& argument : named)
    if (argument == "%" || argument.ends_with("=%")) argument.replace(argument.size() - 1, 1, path_);
  return named;
}

}  // namespace dockhost
