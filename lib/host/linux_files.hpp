// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "host/host.hpp"

namespace dockhost {

// The files of the running machine; what each verb means is said in host.hpp. All throw Error with the path.
// The changing ones reach their path through safe_place(), from which `top` is.
class LinuxFiles {
 public:
  explicit LinuxFiles(std::string top = "/") : top_(std::move(top)) {}

  static std::optional<Node> node(const std::string& path);
  static std::optional<std::string> read(const std::string& path);  // a regular file of at most 64 MB
  static Strings list(const std::string& directory);
  static std::string resolve(const std::string& path);
  static std::string fixed_by_flag(const std::string& path);
  static std::uint64_t mount_behind(const std::string& link);
  std::string unsafe_way(const std::string& path) const;

  void write(const std::string& path, const std::string& content, unsigned mode, unsigned uid, unsigned gid) const;
  void remove(const std::string& path) const;
  void set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) const;
  void make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) const;
  void remove_directory(const std::string& path) const;
  void rename(const std::string& from, const std::string& to) const;  // never over what is there
  // The copy is called as Ansible calls it: <file>.<pid>.<YYYY-MM-DD@HH:MM:SS>~, in local time.
  std::string back_up(const std::string& path) const;

 private:
  std::string top_;
};

}  // namespace dockhost
