// SPDX-License-Identifier: GPL-3.0-or-later
// Where root may write although others share the machine: a path is walked part by part from "/", each opened with
// O_NOFOLLOW relative to the one before, so that nobody can exchange a part between the look and the use.
#pragma once

#include <string>

#include "host/descriptor.hpp"

namespace dockhost {

// A name in a directory that is held open. The name may be absent; it is no symbolic link at the time of the walk.
struct Place {
  Descriptor directory;
  std::string name;
};

// A symbolic link that is not followed.
class UnsafeLink : public Error {
 public:
  using Error::Error;
};

// The place that `path` leads to. A symbolic link, at the end or before it, is followed only when it belongs to root
// and so does every directory that leads to it, none of them writable by group or others (a sticky one like /tmp is
// writable): otherwise whoever can change the link could make root write anywhere. For a user who is not root, what is
// said of root holds for that user too. Throws UnsafeLink that names the link and the reason, and Error when a
// directory of the path is missing, and for a path that is not absolute or names no entry ("/", ".."). `top` is where
// the judgement of directories begins: what leads to it counts as safe. It is "/" but in tests.
Place safe_place(const std::string& path, const std::string& top = "/");

}  // namespace dockhost
