// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "host/safe_place.hpp"

namespace dockhost {

// The regular file at a place, opened for reading; none where the name is absent. Throws Error for anything else.
Descriptor open_regular(const Place& place, const std::string& path);

// What a thing is called beside its place until it is whole: ".<name>.dockhost-tmp". The next run replaces what a
// killed one left.
std::string temporary_name(const std::string& name);

// A file that comes into being beside its place and takes it in one rename; unless it does, it is gone with this
// object. `path` is what messages call it. Each verb throws Error.
class NewFile {
 public:
  NewFile(const Place& place, std::string path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  void fill(std::string_view content);
  void own(unsigned uid, unsigned gid);  // before copy_attributes(): chown(2) drops security.capability
  // The SELinux label, access lists and other extended attributes of the old file.
  void copy_attributes(const Descriptor& old);
  void permit(unsigned mode);  // last: chown(2) drops the set-id bits, and an access list changes the group's bits
  void put_in_place();         // fsync, rename
  void put_in_place_as(const std::string& name);  // the same beside the place; a file of that name is replaced

 private:
  const Place& place_;
  std::string path_, name_;
  Descriptor file_;
};

}  // namespace dockhost
