// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/show.hpp"

#include <array>
#include <cstdio>

namespace dockhost {
namespace {

constexpr const char* kNone = "none";

template <class K>
std::string rights(const K& thing) {
  return "mode " + octal(thing.mode) + ", owner " + std::to_string(thing.uid) + ":" + std::to_string(thing.gid);
}

}  // namespace

std::string octal(unsigned mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

std::string show(const std::optional<File>& file) {
  if (!file) return kNone;
  return "a file of " + std::to_string(file->content.size()) + " bytes, " + rights(*file);
}

std::string show(const std::optional<Directory>& directory) {
  return directory ? "a directory, " + rights(*directory) : kNone;
}

std::string show(const std::optional<Mount>& mount) {
  if (!mount) return kNone;
  const std::string root = mount->root == "/" ? "" : "[" + mount->root + "]";
  return mount->device + root + " " + mount->fstype + " (" + join(mount->options, ",") + ")";
}

std::string show(const std::optional<Automount>& automount) { return automount ? "an active automount" : kNone; }

std::string show(const std::optional<Service>& service) {
  if (!service || !service->active) return "stopped";
  std::string text = "running";
  if (!service->along.containers.empty()) text += ", containers " + sentence_list(service->along.containers);
  if (!service->along.units.empty()) text += ", units " + sentence_list(service->along.units);
  const json& settings = service->wanted.is_object() ? service->wanted : service->in_force;
  if (settings.is_object() && !settings.empty()) text += ", settings " + settings.dump();
  return text;
}

std::string show(const std::optional<Reload>& reload) {
  return reload && reload->owed ? "a reload owed" : "no reload owed";
}

std::string show(const std::optional<User>& user) { return user ? "a user" : kNone; }

std::string show(const std::optional<SubIds>& ids) {
  if (!ids) return kNone;
  return "uids " + std::to_string(ids->uid_start) + "+" + std::to_string(ids->uid_count) + ", gids " +
         std::to_string(ids->gid_start) + "+" + std::to_string(ids->gid_count);
}

std::string show(const std::optional<VolumeGroup>& group) {
  if (!group) return kNone;
  Strings volumes;
  for (const PhysicalVolume& volume : group->volumes)
    volumes.push_back(volume.device + " with " + std::to_string(volume.extents) + " extents from byte " +
                      std::to_string(volume.data_start));
  return "extents of " + std::to_string(group->extent) + " bytes on " + sentence_list(volumes);
}

std::string show(const std::optional<LogicalVolume>& volume) {
  if (!volume) return kNone;
  return std::to_string(volume->bytes) + " bytes" + (volume->unfinished ? ", unfinished" : "");
}

std::string show(const std::optional<Filesystem>& system) {
  if (!system) return "no device";
  if (system->unfinished) return "not finished" + (system->worked.empty() ? "" : ", but " + system->worked);
  if (system->unknown) return "unknown data";
  if (system->type.empty()) return "nothing";
  return system->type + (system->label.empty() ? "" : " labelled " + quote(system->label)) +
         (system->fills ? "" : ", smaller than its device");
}

std::string show(const std::optional<Data>& data) {
  if (!data) return kNone;
  const auto words = [](const Tree& tree) -> std::string {
    return tree.is == Tree::Is::absent ? "absent" : tree.full() ? "full" : "empty";
  };
  return "the directory " + words(data->own) + ", the one aside " + words(data->aside) + ", the file system " +
         words(data->target) + (data->copy == Data::Copy::verified ? ", a verified copy" : "") +
         (data->own_newer ? ", the directory newer" : "") + (data->target_newer ? ", the copy newer" : "");
}

std::string show(const std::optional<AuditRules>& rules) {
  if (!rules || rules->lines.empty()) return "no rules";
  return "the rules " + join(rules->lines, " | ");
}

std::string show(const std::optional<Access>& access) { return access ? rights(access->rights) : kNone; }

std::string show(const std::optional<AccountGroup>& group) {
  if (!group) return kNone;
  return group->members.empty() ? "no members" : "the members " + sentence_list(group->members);
}

}  // namespace dockhost
