// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/audit_places.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "edit/fstab.hpp"
#include "edit/mount_options.hpp"
#include "edit/tmpfiles.hpp"
#include "resources/boot_order.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

constexpr const char* kTmpfiles = "/etc/tmpfiles.d/dockhost.conf";

// Before Docker has run once, nothing tells that these are directories.
bool known_directory(const std::string& path) { return path == "/run/containerd" || path == "/run/docker"; }

// As containerd and Docker make them; a wider mode would last until they start.
unsigned mode_of(const std::string& path) {
  if (path == "/run/containerd") return 0711;
  return path == "/run/docker" ? 0700 : 0755;
}

// Whether the plan so far leaves a directory, or a file, at the path.
template <class K>
bool has(const Plan& plan, const std::string& path) {
  const auto& all = plan.now().all<K>();
  const auto found = all.find(path);
  return found != all.end() && found->second.has_value();
}

// Whether some line of tmpfiles.d(5) makes the directory at boot, before auditd loads the rules.
bool made_at_boot(const Plan& plan, const std::string& directory) {
  for (const char* folder : {"/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"}) {
    const Listing files = plan.now().find<Listing>(folder).value_or(Listing{});
    Strings names = files.names;
    if (std::string_view(kTmpfiles).starts_with(folder)) names.emplace_back("dockhost.conf");  // planned, perhaps
    for (const std::string& name : names) {
      if (!name.ends_with(".conf")) continue;
      const auto& file = plan.now().find<File>(std::string(folder).append("/").append(name));
      if (file && with_directory(file->content, directory, 0755) == file->content) return true;
    }
  }
  return false;
}

AuditPlace place_in(const Plan& plan, const std::string& path) {
  const auto& seen = plan.now().find<WatchedPlace>(path);
  if (!seen) return {normal_path(path), false, false, false};
  const std::string parent = std::filesystem::path(seen->real).parent_path().string();
  const bool directory = has<Directory>(plan, seen->real), made = directory || has<File>(plan, seen->real);
  return {seen->real, seen->directory || directory, seen->there || made,
          seen->parent || made || has<Directory>(plan, parent)};
}

}  // namespace

AuditPlaceOf places_at_boot(const Plan& plan) {
  return [&plan](const std::string& path) -> AuditPlace {
    AuditPlace place = place_in(plan, path);
    for (const std::string directory : {"/run/containerd", "/run/docker"}) {
      const bool below = place.real != directory && at_or_below(place.real, directory);
      if (below && !made_at_boot(plan, directory)) place.directory = place.there = place.parent = false;
    }
    return place;
  };
}

AuditPlaceOf places_of(const Plan& plan) {
  // Every rule is compared with every other one, so each path is asked for often.
  return [&plan, known = std::make_shared<std::map<std::string, AuditPlace>>()](const std::string& path) {
    const auto found = known->find(path);
    return found != known->end() ? found->second : known->emplace(path, place_in(plan, path)).first->second;
  };
}

std::optional<std::string> runtime_directory(const Plan& plan, const std::string& path) {
  const AuditPlace place = places_of(plan)(path);
  if (!place.real.starts_with("/run/")) return std::nullopt;
  if (place.directory || known_directory(place.real)) return place.real;
  const std::string parent = std::filesystem::path(place.real).parent_path().string();
  return parent == "/run" ? std::nullopt : std::optional(parent);
}

void plan_runtime_directory(Plan& plan, const std::string& directory) {
  const auto& seen = plan.now().find<Directory>(directory);
  const unsigned mode = seen ? seen->mode : mode_of(directory);
  const std::optional<File> before = plan.now().find<File>(kTmpfiles);
  File file = before.value_or(File{});
  file.content = with_directory(file.content, directory, mode);
  const bool there = before && before->content == file.content;
  plan.find({"tmpfiles.d line", directory, there ? Status::pass : Status::fail, there, true, ""});
  if (!there) {
    plan_directories(plan, std::filesystem::path(kTmpfiles).parent_path().string());
    plan.want<File>(kTmpfiles, file, "make " + directory + " at boot, before the audit rules are loaded");
  }
  if (seen) return;
  plan_directories(plan, std::filesystem::path(directory).parent_path().string());
  plan.want<Directory>(directory, Directory{mode, 0, 0});
}

void plan_boot_order(Plan& plan, const Strings& paths) {
  const AuditPlaceOf place_of = places_of(plan);
  const auto& file = plan.now().find<File>("/etc/fstab");
  if (!file) return;
  const Fstab fstab = Fstab::parse(file->content, "/etc/fstab");
  for (const FstabEntry& entry : fstab.entries()) {
    const std::string target = normal_path(entry.target);
    const bool late = contains(split_options(entry.options), "nofail") && entry.target.starts_with('/');
    const bool watched = std::any_of(paths.begin(), paths.end(),
                                     [&](const std::string& path) { return at_or_below(place_of(path).real, target); });
    if (late && watched) plan_mount_before_audit(plan, target);
  }
  plan_read_by_systemd(plan);
}

}  // namespace dockhost
