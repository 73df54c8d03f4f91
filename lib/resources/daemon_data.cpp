// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/daemon_data.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>
#include <utility>

#include "resources/daemon_hidden.hpp"

namespace dockhost {
namespace {

constexpr std::uint64_t kFirstId = 100000, kIds = 65536;  // SUB_UID_MIN of login.defs(5), and what dockerd asks for

std::string text_at(const json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string counted(const Strings& names, const char* one) {
  return std::to_string(names.size()) + " " + one + (names.size() == 1 ? "" : "s");
}

std::string listed(const Strings& names, const char* one) {
  return (names.size() == 1 ? "the " + std::string(one) + " " : "the " + std::string(one) + "s ") +
         sentence_list(names);
}

// "2 images, 1 container and 1 volume", as `each` tells them; "" when there is nothing.
template <class Each>
std::string contents(const DockerObjects& objects, bool volumes, Each each) {
  Strings parts;
  if (!objects.images.empty()) parts.push_back(each(objects.images, "image"));
  if (!objects.containers.empty()) parts.push_back(each(objects.containers, "container"));
  if (volumes && !objects.volumes.empty()) parts.push_back(each(objects.volumes, "volume"));
  return sentence_list(parts);
}

// userns-remap as it is in force; without a daemon to ask, as the file has it.
bool remaps_otherwise(const Docker& docker, const std::string& before, const std::string& after) {
  const json& shown = docker.service.in_force;
  const bool asked = shown.is_object() && shown.contains("userns-remap");
  if (asked && shown.at("userns-remap") != json(!after.empty())) return true;
  if (asked && after.empty()) return false;
  return before != after && !(asked && before.empty());
}

// The end of the highest range in a file of "name:start:count" lines.
std::uint64_t end_of_ranges(const std::string& text) {
  std::uint64_t end = kFirstId;
  for (const std::string& line : split(text, '\n')) {
    const Strings fields = split(line, ':');
    if (fields.size() != 3) continue;
    std::uint64_t start = 0, count = 0;
    std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), start);
    std::from_chars(fields[2].data(), fields[2].data() + fields[2].size(), count);
    end = std::max(end, start + count);
  }
  return end;
}

std::uint64_t free_ids(const Plan& plan) {
  std::uint64_t end = kFirstId;
  for (const char* path : {"/etc/subuid", "/etc/subgid"}) {
    const auto& file = plan.now().find<File>(path);
    if (file) end = std::max(end, end_of_ranges(file->content));
  }
  return end;
}

void want_dockremap(Plan& plan) {
  const std::string user = "dockremap";
  plan.want<User>(user, User{});
  const SubIds has = plan.now().find<SubIds>(user).value_or(SubIds{});
  if (has.uid_count != 0 && has.gid_count != 0) return;
  SubIds wanted = has;
  const std::uint64_t start = free_ids(plan);
  if (wanted.uid_count == 0) std::tie(wanted.uid_start, wanted.uid_count) = std::pair(start, kIds);
  if (wanted.gid_count == 0) std::tie(wanted.gid_start, wanted.gid_count) = std::pair(start, kIds);
  plan.want<SubIds>(user, wanted);
}

bool numeric(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void check_user(const Plan& plan, const std::string& user) {
  // An id is looked up by dockerd itself, and ranges may be kept by name or by id.
  if (numeric(user)) return;
  if (!plan.now().find<User>(user)) throw Refusal("userns-remap: the user " + quote(user) + " does not exist");
  const auto& ids = plan.now().find<SubIds>(user);
  if (ids && ids->uid_count != 0 && ids->gid_count != 0) return;
  throw Refusal("userns-remap: the user " + quote(user) +
                " has no range in /etc/subuid and /etc/subgid; give it one: " + "usermod --add-subuids " +
                std::to_string(free_ids(plan)) + "-" + std::to_string(free_ids(plan) + kIds - 1) + " --add-subgids " +
                std::to_string(free_ids(plan)) + "-" + std::to_string(free_ids(plan) + kIds - 1) + " " + user);
}

// dockerd refuses to start remapped when a directory above its root has no x for others (daemon_unix.go).
void check_way(const Plan& plan, const json& after) {
  std::string root = text_at(after, "data-root");
  if (root.empty()) root = "/var/lib/docker";
  Strings way;
  for (std::filesystem::path above = std::filesystem::path(root).parent_path(); above.has_relative_path();
       above = above.parent_path()) {
    way.push_back(above.string());
  }
  plan.now().need<Directory>(way);
  for (const std::string& place : way) {
    const auto& directory = plan.now().find<Directory>(place);
    if (directory && (directory->mode & 1U) == 0) {
      throw Refusal("userns-remap: dockerd would not start, because others may not enter the directory " +
                    quote(place) + " above its data root " + quote(root) + "; give it o+x");
    }
  }
}

// All keys that hide data, userns-remap first: it is in force when the daemon says so, whatever the file had.
std::vector<Hidden> hiding(const Plan& plan, const DaemonWish& wish, const Docker& docker, const json& before,
                           const json& after, bool starts) {
  std::vector<Hidden> all;
  const std::string was = text_at(before, "userns-remap"), remap = text_at(after, "userns-remap");
  if ((starts || was != remap) && remaps_otherwise(docker, was, remap))
    all.push_back({"userns-remap", true, true, "", "", was != remap});
  const std::vector<Hidden> others = hidden_by(plan, wish.unit, before, after, starts);
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

void refuse_unlisted(const Docker& docker, const Hidden& hidden) {
  const Strings& running = docker.service.running;
  if (!docker.live_restore || running.empty()) return;
  throw Refusal(hidden.key + ": live-restore is in force and " + listed(running, "container") +
                " would run on, unlisted" + (hidden.root ? ", in the old data root" : "") + "; stop " +
                (running.size() == 1 ? "it" : "them") + " first");
}

std::string refusal(const Hidden& hidden, const DockerObjects& objects, const std::string& stay,
                    const std::string& path) {
  std::string text = hidden.key + ": Docker would no longer list " + contents(objects, hidden.volumes, counted) +
                     ", which stay " + stay;
  if (!hidden.changed) text += "; it stands in " + path + " already, and this run would bring it into force";
  if (!hidden.way.empty()) text += "; " + hidden.way;
  return text + "; set hide_existing_data to allow it";
}

}  // namespace

DataMove data_move(Plan& plan, const DaemonWish& wish, const json& before, const json& after, bool starts) {
  const auto& docker = plan.now().find<Docker>(wish.unit);
  if (!docker) return {};
  const std::vector<Hidden> all = hiding(plan, wish, *docker, before, after, starts);
  DataMove move;
  for (const Hidden& hidden : all) {
    if (docker->swarm && hidden.root)
      throw Refusal("this host is in an active swarm, which Docker would forget together with its data root");
    refuse_unlisted(*docker, hidden);
    const auto& objects = plan.now().find<DockerObjects>(wish.unit);
    const std::string names = objects ? contents(*objects, hidden.volumes, listed) : "";
    if (!move.moves) move.why = hidden.root ? "the data root changes" : "Docker does not find them any more";
    move.moves = true;
    if (names.empty()) continue;
    const std::string stay = hidden.stay.empty() ? "in " + objects->data_root : hidden.stay;
    if (!wish.hide_existing_data) throw Refusal(refusal(hidden, *objects, stay, docker->config_path));
    if (move.note.empty()) move.note = "Docker will no longer list " + names + ", which stay " + stay;
  }
  return move;
}

void want_remapped_user(Plan& plan, const json& after) {
  const std::string remap = text_at(after, "userns-remap");
  if (remap.empty()) return;
  check_way(plan, after);
  const std::string user = remap.substr(0, remap.find(':'));
  if (user == "default") {
    want_dockremap(plan);
  } else {
    check_user(plan, user);
  }
}

}  // namespace dockhost
