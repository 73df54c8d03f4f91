// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// A text in a file that only its user can read, for as long as this object lives. Root's stand in `directory`, which
// is made where it is missing (0700) and refused when it is not root's alone; other users get a directory of their own
// under /tmp. Throws Error.
class PrivateText {
 public:
  explicit PrivateText(const std::string& text, const std::string& directory = "/run/dockhost");
  PrivateText(const PrivateText&) = delete;
  PrivateText& operator=(const PrivateText&) = delete;
  ~PrivateText();

  const std::string& path() const { return path_; }
  // argv with the file's name in place of "%", also where it is the value of an option: "--config-file=%".
  Strings named_in(const Strings& argv) const;

 private:
  std::string path_, own_directory_;
};

}  // namespace dockhost
