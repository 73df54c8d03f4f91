// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of the host around Docker: where its data lies, who may use it, how old it is.
#include <algorithm>

#include "baseline/judge.hpp"
#include "dockerd/keys.hpp"
#include "resources/data_refusals.hpp"
#include "resources/docker_data.hpp"
#include "resources/image_store.hpp"

namespace dockhost {
namespace {

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

// The directory and those above it, up to "/".
Strings way_to(const std::string& path) {
  Strings way = {path};
  while (way.back() != "/") way.push_back(parent_of(way.back()));
  return way;
}

// The mount that a directory is on.
Mount mount_of(const Plan& plan, const std::string& path) {
  for (const std::string& place : way_to(path)) {
    const auto& mount = plan.now().find<Mount>(place);
    if (mount) return *mount;
  }
  return {};
}

// A directory on a file system of its own: what is mounted on it, or on `inner` below it, is not a folder of the file
// system around it, nor in memory.
Judged on_its_own(const Plan& plan, const std::string& root, const std::string& inner) {
  Judged result;
  result.expected = "a file system of its own";
  result.where = {root, 0, 0};
  plan.now().need<Mount>(way_to(root));
  const std::string around = mount_of(plan, parent_of(root)).device;
  for (const std::string& place : {root, inner}) {
    const auto mount = place.empty() ? std::nullopt : plan.now().find<Mount>(place);
    if (!mount) continue;
    result.effective = mount->device;
    result.evidence.push_back(mount->device + " is mounted on " + place + " (" + mount->fstype + ")");
    result.status = Status::fail;
    if (mount->device == around) {
      result.why = "what is mounted there is a folder of the file system around it";
    } else if (mount->fstype == "tmpfs" || mount->fstype == "ramfs") {
      result.why = "what is mounted there is lost at the next boot";
    } else {
      result.status = Status::pass;
      return result;
    }
  }
  if (result.status == Status::fail) return result;
  result.status = Status::fail;
  result.effective = around;
  result.evidence.push_back(root + " is on " + around);
  result.why = "Docker's data shares a file system with the rest of the host";
  return result;
}

Judged judge_data_root(const Look& look) {
  const std::string root = data_root(look.at, DataWish{}), shown = engine_of(look.at).data_root;
  Judged result = on_its_own(look.at, root, shown != root && shown.starts_with(root + "/") ? shown : "");
  if (result.status == Status::fail)
    result.by_hand = unmovable(engine_of(look.at), root, look.at.now().find<Mount>(root));
  if (result.status != Status::pass || !engine_of(look.at).snapshotter) return result;
  // The control is about the disk that images and layers fill: the data root alone does not settle it.
  const Judged images = on_its_own(look.at, kContainerdRoot, "");
  if (images.status == Status::pass) return result;
  result.status = Status::fail;
  result.evidence.insert(result.evidence.end(), images.evidence.begin(), images.evidence.end());
  result.why = "images and the layers of containers are in containerd's store, " + std::string(kContainerdRoot) +
               ", which shares a file system with the rest of the host";
  return result;
}

// Docker 29 keeps images in containerd's store on a new host.
Judged judge_containerd_root(const Look& look) {
  const Docker& docker = engine_of(look.at);
  if (!docker.asked) return judged(Status::not_testable, "the daemon does not tell where it keeps images");
  if (!docker.snapshotter) return judged(Status::not_applicable, "images are kept in Docker's own data root");
  return on_its_own(look.at, kContainerdRoot, "");
}

Strings users_of(const AccountGroup& group) {
  Strings all = group.members;
  all.insert(all.end(), group.primary.begin(), group.primary.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return without(all, {"root"});
}

Judged judge_docker_group(const Look& look) {
  const auto& group = look.at.now().find<AccountGroup>(socket_group(look.at));
  if (!group) return judged(Status::not_applicable, "there is no group for Docker's socket");
  const Strings users = users_of(*group);
  Judged result;
  result.effective = users;
  result.where = {"/etc/group", 0, 0};
  if (users.empty()) return result;
  if (!look.standards.trusted_users) {
    result.status = Status::not_testable;
    result.why = "which users are trusted with Docker is not said: trusted_users";
    return result;
  }
  result.expected = *look.standards.trusted_users;
  const Strings others = without(users, *look.standards.trusted_users);
  if (others.empty()) return result;
  result.status = Status::fail;
  result.why = "users who are not trusted with it can use Docker, and so become root";
  result.evidence.push_back("not trusted: " + sentence_list(others));
  return result;
}

Judged judge_version(const Look& look) {
  const Docker& docker = engine_of(look.at);
  const auto version = Version::parse(docker.version);
  const std::string& least = look.standards.minimum_docker_version;
  if (!version) return judged(Status::not_testable, "the version of Docker cannot be told");
  Judged result;
  result.effective = docker.version;
  if (least.empty()) {
    result.status = Status::not_testable;
    result.why = "which version is new enough is not said: minimum_docker_version";
    return result;
  }
  result.expected = least;
  if (*version >= Version::parse(least).value_or(newest_known())) return result;
  result.status = Status::fail;
  result.why = "Docker is older than the version that is asked for";
  return result;
}

}  // namespace

Judged judge_host(const Look& look, const std::string& control) {
  if (control == "storage.data_root") return judge_data_root(look);
  if (control == "storage.containerd_root") return judge_containerd_root(look);
  if (control == "users.docker_group") return judge_docker_group(look);
  if (control == "docker.version") return judge_version(look);
  throw std::logic_error("no judgement for " + control);
}

void plan_docker_group(Plan& plan, const Standards& standards) {
  if (!standards.trusted_users)
    throw Refusal("users.docker_group: trusted_users does not say who may stay in the group docker");
  const std::string name = socket_group(plan);
  const std::optional<AccountGroup> group = plan.now().find<AccountGroup>(name);
  if (!group) return;
  AccountGroup less = *group;
  const Strings others = without(without(users_of(*group), *standards.trusted_users), {"root"});
  less.members = without(less.members, others);
  const Strings own = without(others, group->members);
  plan.want<AccountGroup>(name, less);
  if (!own.empty())
    plan.warn("users.docker_group: " + name + " is the own group of " + sentence_list(own) + ", which is not changed");
}

}  // namespace dockhost
