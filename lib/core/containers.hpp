// SPDX-License-Identifier: GPL-3.0-or-later
// What decides whether a container can be started again once Docker was stopped. Values only, as in core/kinds.hpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// Something of the host that a container was given by its path.
struct GivenPlace {
  // --mount type=bind: Docker refuses to start without the source. -v: Docker makes an empty directory in its place.
  enum class By { mount, volume, device } by = By::volume;
  // `silent`: the host did not answer in time, as a network file system whose server is gone.
  enum class Is { absent, directory, other, silent } is = Is::absent;
  // What the container's own file system has as the mount point, which the source has to be as well.
  enum class Inside { unknown, directory, file } inside = Inside::unknown;
  std::string path, target;
  bool operator==(const GivenPlace&) const = default;
};

// What a container takes from another one: "network", "ipc", "pid" (of HostConfig.NetworkMode and its like), "link" of
// the default bridge. Docker starts none of these without the other; `whom` is its name, or its id as it was spelled
// where there is no such container any more.
struct Sharing {
  std::string what, whom;
  bool there = true;
  bool operator==(const Sharing&) const = default;
};

struct ContainerFacts {
  bool running = false;
  bool always = false;  // by its restart policy dockerd starts it, whether or not it ran
  std::string runtime;  // "" where it is the default one
  std::vector<Sharing> shares;
  std::vector<GivenPlace> places;
  bool operator==(const ContainerFacts&) const = default;
};

// The containers that run or that a dead run owes, and those that they take something from, by the engine's unit; by
// name. Absent where Docker cannot be asked. Only looked at, and costly: asked for where a plan stops Docker.
struct Containers {
  static constexpr const char* kind = "containers";
  std::map<std::string, ContainerFacts> named;
  bool operator==(const Containers&) const = default;
};

}  // namespace dockhost
