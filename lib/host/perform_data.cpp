// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/perform_data.hpp"

#include "host/copy_data.hpp"
#include "host/data_users.hpp"
#include "host/data_worked.hpp"
#include "host/look.hpp"
#include "host/move_note.hpp"
#include "host/own_mounts.hpp"
#include "host/userns.hpp"

namespace dockhost {
namespace {

void must_be_unused(const Host& host, const std::string& root, DockerIs docker) {
  const std::string users = data_users(host, root, docker);
  if (!users.empty()) throw Error("is still in use: " + users, {root});
}

std::string hash_of(const Host& host, const std::string& path) { return host.sum_tree(path, {kGuard}).hash; }

// Directly before the commit: both sides as they were when they were compared. Where Docker has worked on the copy
// since, only the old data has to be.
void must_be_as_verified(Host& host, const std::string& root, const std::string& device, bool copy_may_be_newer) {
  const MoveNote note = move_note(host, root, file_system_uuid(host, host.resolve(device)));
  if (note.copy != Data::Copy::verified) throw Error("does not say that the copy is verified", {note_of(root)});
  if (hash_of(host, root) != note.own_hash)
    throw Error("has changed since it was copied; nothing was moved, run again", {root});
  if (copy_may_be_newer) return;
  OwnMounts own(host);
  const auto system = look<Filesystem>(host, device);
  const std::string at = own.file_system(host.resolve(device), system ? system->type : "", false);
  if (hash_of(host, at) != note.copy_hash)
    throw Error("the copy on " + device + " has changed since it was verified, and the data in " + root +
                " has not been moved; nothing was changed: run again to be told what to type for the right one");
}

void commit(Host& host, const std::string& root, const std::string& device, const Data& before, const Data& after) {
  must_be_unused(host, root, DockerIs::stopped_by_us);
  must_be_as_verified(host, root, device, before.target_newer);
  host.rename(root, aside_of(root));
  try {
    host.make_directory(root, after.mode, after.uid, after.gid);
  } catch (const std::exception&) {
    host.rename(aside_of(root), root);
    throw;
  }
}

void take_back(Host& host, const std::string& root, const std::string& device) {
  if (host.node(root)) host.remove_directory(root);
  host.rename(aside_of(root), root);
  note_touched_copy(host, root, device);
}

// Names below a folder of the old data that Docker does not give up by itself, as paths below the root.
Strings kept_below(const Host& host, const std::string& base, const std::string& folder) {
  Strings paths;
  for (const std::string& name : host.list(base + folder)) paths.push_back(folder + "/" + name);
  return paths;
}

// dockerd removes at its start what was run with --rm.
bool removed_at_start(const Host& host, const std::string& container) {
  return host.read(container + "/hostconfig.json").value_or("").find("\"AutoRemove\":true") != std::string::npos;
}

Strings lost(const Host& host, const std::string& root) {
  const std::string old = aside_of(root);
  Strings bases = {""};
  for (const std::string& name : host.list(old)) {
    if (names_userns(host, name)) bases.push_back("/" + name);
  }
  Strings missing;
  const auto miss = [&](const std::string& path) {
    if (!host.node(root + path)) missing.push_back(path.substr(1));
  };
  for (const std::string& base : bases) {
    for (const std::string& path : kept_below(host, old, base + "/volumes")) miss(path);
    for (const std::string& path : kept_below(host, old, base + "/containers")) {
      if (!removed_at_start(host, old + path)) miss(path);
    }
    for (const std::string& driver : host.list(old + base + "/image")) {
      const std::string image = base + "/image/" + driver;
      for (const char* folder : {"/imagedb/content/sha256", "/layerdb/sha256"}) {
        for (const std::string& path : kept_below(host, old, image + folder)) miss(path);
      }
    }
  }
  return missing;
}

// The note goes last: as long as it is there, this is looked at again, and nothing is removed.
void end(Host& host, const std::string& root, const std::string& device) {
  const std::string old = aside_of(root), forget = "; if nothing of that is needed: rm " + note_of(root);
  const Strings missing = lost(host, root);
  if (!missing.empty())
    throw Error("the data in " + root + " misses what is in " + old + ": " + sentence_list(missing) + forget);
  const MoveNote note = move_note(host, root, file_system_uuid(host, host.resolve(device)));
  const bool kept = host.node(old) && host.node(old)->type == Node::Type::directory;
  // Where somebody else has chosen the copy, the directory aside is not what was copied, but an empty one.
  if (kept && note.copy == Data::Copy::verified && !host.list(old).empty() && hash_of(host, old) != note.own_hash)
    throw Error("the old data in " + old + " has changed since it was copied, and what was written there is not in " +
                root + forget);
  if (host.node(note_of(root))) host.remove(note_of(root));
}

// Since when the old data is aside: the root's own directory was made then.
std::optional<std::int64_t> moved_at(Host& host, const std::string& root) {
  OwnMounts own(host);
  const auto node = host.node(own.below(root));
  return node ? std::optional(node->changed) : std::nullopt;
}

void remove_old(Host& host, const std::string& root) {
  const std::string old = aside_of(root);
  if (host.node(note_of(root))) throw Error("tells of a move; nothing is removed meanwhile", {note_of(root)});
  const auto node = host.node(old);
  if (!node || node->type != Node::Type::directory) throw Error("is not a directory", {old});
  must_be_unused(host, old, DockerIs::elsewhere);
  TreeRules rules{"", moved_at(host, root), node->mode != kBeingRemoved};
  const TreeSum sum = host.sum_tree(old, rules);
  if (sum.written != 0)
    throw Error("was written to after it was moved aside (" + sum.written_name + "); nothing was removed", {old});
  // The removal itself changes ctimes: of files with several names, and of directories.
  host.set_rights(old, kBeingRemoved, node->uid, node->gid);
  rules.by_ctime = false;
  host.empty_tree(old, rules);
  host.remove_directory(old);
}

// What `undone` did is taken back as far as that is possible; the copy stays for the next run, and what an end has
// compared stays compared.
void take_back(Host& host, Data::Verb undone, const std::string& root, const std::string& device) {
  if (undone == Data::Verb::commit) return take_back(host, root, device);
  if (undone == Data::Verb::remove_old) throw Error("what was removed cannot be brought back", {aside_of(root)});
}

}  // namespace

void perform_data(Host& host, const Change<Data>& change) {
  const auto [root, device] = data_parts(change.key);
  const Data before = change.before.value_or(Data{}), after = change.after.value_or(Data{});
  switch (after.verb) {
    case Data::Verb::copy:
      return copy_data(host, root, device, after.content);
    case Data::Verb::commit:
      return commit(host, root, device, before, after);
    case Data::Verb::end:
      return end(host, root, device);
    case Data::Verb::remove_old:
      return remove_old(host, root);
    case Data::Verb::none:
      return take_back(host, before.verb, root, device);
  }
}

std::string why_data_stays(Host& host, const std::vector<Step>& done) {
  for (const Step& step : done) {
    const auto* change = std::get_if<Change<Data>>(&step);
    if (change == nullptr || !change->after || change->after->verb != Data::Verb::commit) continue;
    const auto [root, device] = data_parts(change->key);
    const std::string work = worked_on(host, root);
    if (work.empty()) continue;
    return "the data of " + root + " stays on " + device + ", because what was started there has worked on it (" +
           work + "); the old data is in " + aside_of(root);
  }
  return {};
}

}  // namespace dockhost
