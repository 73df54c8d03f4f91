// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount_fstab.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "edit/mount_options.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

constexpr const char* kSystemTable = "/etc/fstab";

Fstab table(const Plan& plan, const std::string& path) {
  const auto& file = plan.now().find<File>(path);
  return Fstab::parse(file ? file->content : "", path);
}

// By position, so that they outlive a change of the table.
std::vector<std::size_t> entries_of(const Plan& plan, const Fstab& fstab, const MountWish& wish) {
  if (wish.swap() && wish.source.empty()) throw Error("option 'src' is required for swap: it tells which one is meant");
  // Together, because the plan begins anew for each that nobody has looked at.
  Strings devices;
  for (const FstabEntry& entry : fstab.entries()) {
    const bool open = wish.swap() && entry.fstype == "swap" && !same_source(entry.source, wish.source);
    if (open && is_local_name(entry.source)) devices.push_back(entry.source);
  }
  plan.now().need<Device>(devices);
  std::vector<std::size_t> found;
  for (const FstabEntry& entry : fstab.entries()) {
    const bool here = wish.swap() ? entry.fstype == "swap" && same_device(plan, entry.source, wish.source)
                                  : same_target(entry.target, wish.path);
    if (here) found.push_back(entry.index);
  }
  return found;
}

FstabEntry wanted_entry(const Plan& plan, const MountWish& wish, const std::optional<FstabEntry>& before) {
  FstabEntry entry{wish.source, wish.path, wish.fstype, wish.options(), wish.dump.value_or(0), wish.passno.value_or(0)};
  if (!before) return entry;
  if (same_device(plan, before->source, wish.source)) entry.source = before->source;
  entry.target = before->target;
  if (!wish.merge) return entry;
  entry.dump = wish.dump.value_or(before->dump);
  entry.passno = wish.passno.value_or(before->passno);
  // Nothing asked for: nothing to merge.
  entry.options = wish.opts || !wish.boot ? merge_options(before->options, wish.options()) : before->options;
  return entry;
}

void refuse_several(const Fstab& fstab, const std::vector<std::size_t>& found, const FstabEntry& wanted,
                    const std::string& path) {
  if (found.size() < 2) return;
  const auto& entries = fstab.entries();
  if (std::all_of(found.begin(), found.end(), [&](std::size_t i) { return same_entry(entries[i], wanted); })) return;
  Strings lines;
  for (const std::size_t i : found) lines.push_back(std::to_string(entries[i].line));
  throw Error("the mount point " + quote(entries[found[0]].target) + " has several entries, in lines " +
                  sentence_list(lines) + ": leave one of them",
              {path, entries[found[1]].line});
}

json shown(const std::optional<FstabEntry>& entry, bool hidden) {
  if (!entry) return nullptr;
  json all = {{"src", entry->source}, {"fstype", entry->fstype}};
  if (!hidden) all["opts"] = entry->options;
  all["dump"] = std::to_string(entry->dump);
  all["passno"] = std::to_string(entry->passno);
  return all;
}

void add_difference(Strings& parts, const char* what, const std::string& before, const std::string& after) {
  if (before != after) parts.push_back(std::string(what) + " " + before + " to " + after);
}

// "the entry of /srv: options defaults to noatime", for the sentence of the step.
std::string note(const MountWish& wish, const EntryChange& change) {
  const std::string of = "the entry of " + (wish.swap() ? wish.source : wish.path);
  const auto& [before, after] = change;
  if (!after) return "remove " + of;
  if (!before) {
    return "add " + of + ": " + after->source + " " + after->fstype + (wish.hidden ? "" : " " + after->options) + " " +
           std::to_string(after->dump) + " " + std::to_string(after->passno);
  }
  Strings parts;
  add_difference(parts, "source", before->source, after->source);
  add_difference(parts, "type", before->fstype, after->fstype);
  if (wish.hidden && before->options != after->options) {
    parts.emplace_back("options");
  } else {
    add_difference(parts, "options", before->options, after->options);
  }
  add_difference(parts, "dump", std::to_string(before->dump), std::to_string(after->dump));
  add_difference(parts, "passno", std::to_string(before->passno), std::to_string(after->passno));
  return of + ": " + join(parts, ", ");
}

// The changed text, and systemd told, which makes its units from fstab only when asked to (systemd-fstab-generator(8)).
void plan_text(Plan& plan, const MountWish& wish, const Fstab& fstab, const EntryChange& change) {
  // Asked first: a change of the file is then known to concern somebody.
  if (wish.fstab == kSystemTable) has_systemd(plan);
  const std::optional<File> before = plan.now().find<File>(wish.fstab);
  File after = before.value_or(File{});
  after.content = fstab.text();
  after.backup = wish.backup;
  const bool changes = before ? before->content != after.content : !after.content.empty();
  if (changes && !before) plan_directories(plan, std::filesystem::path(wish.fstab).parent_path().string());
  if (changes) plan.want<File>(wish.fstab, after, note(wish, change));
  if (wish.fstab == kSystemTable) plan_read_by_systemd(plan);
}

void report(Plan& plan, const MountWish& wish, const EntryChange& change, bool differs) {
  const Status status = differs ? Status::fail : Status::pass;
  const std::string key = wish.swap() ? wish.source : wish.path;
  plan.find({"fstab entry", key, status, shown(change.before, wish.hidden), shown(change.after, wish.hidden), ""});
}

// The table with the entry that is wished for.
struct Changed {
  Fstab fstab;
  EntryChange change;
  bool differs = false;
};

Changed changed_table(const Plan& plan, const MountWish& wish) {
  Changed made{table(plan, wish.fstab), {}, false};
  const auto found = entries_of(plan, made.fstab, wish);
  EntryChange& change = made.change;
  if (!found.empty()) change.before = made.fstab.entries()[found.front()];
  const FstabEntry wanted = wanted_entry(plan, wish, change.before);
  refuse_several(made.fstab, found, wanted, wish.fstab);
  const auto index = found.empty() ? std::nullopt : std::optional(found.front());
  made.differs = made.fstab.set(index, wanted);
  change.after = index ? made.fstab.entries()[*index] : made.fstab.entries().back();
  return made;
}

std::string resolved(const Plan& plan, const std::string& source) {
  if (!is_local_name(source)) return {};
  const auto& device = plan.now().find<Device>(source);
  return device ? device->device + "\n" + device->root : "";
}

}  // namespace

bool is_local_name(const std::string& source) {
  if (source.starts_with("/")) return !source.starts_with("//");
  const Strings tags = {"UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="};
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) { return source.starts_with(tag); });
}

bool same_device(const Plan& plan, const std::string& a, const std::string& b) {
  if (same_source(a, b)) return true;
  const std::string left = resolved(plan, a);
  return !left.empty() && left == resolved(plan, b);
}

void plan_directories(Plan& plan, const std::string& path) {
  if (path == "/" || path.empty() || plan.now().find<Directory>(path)) return;
  plan_directories(plan, std::filesystem::path(path).parent_path().string());
  plan.want<Directory>(path, Directory{});
}

std::optional<FstabEntry> entry_of(const Plan& plan, const MountWish& wish) {
  const Fstab fstab = table(plan, wish.fstab);
  const auto found = entries_of(plan, fstab, wish);
  if (found.empty()) return std::nullopt;
  return fstab.entries()[found.front()];
}

EntryChange entry_change(const Plan& plan, const MountWish& wish) { return changed_table(plan, wish).change; }

EntryChange plan_entry(Plan& plan, const MountWish& wish) {
  const Changed changed = changed_table(plan, wish);
  report(plan, wish, changed.change, changed.differs);
  plan_text(plan, wish, changed.fstab, changed.change);
  return changed.change;
}

bool plan_no_entry(Plan& plan, const MountWish& wish) {
  Fstab fstab = table(plan, wish.fstab);
  const auto found = entries_of(plan, fstab, wish);
  EntryChange change;
  if (!found.empty()) change.before = fstab.entries()[found.front()];
  if (!found.empty()) fstab.remove(found);
  report(plan, wish, change, !found.empty());
  plan_text(plan, wish, fstab, change);
  return !found.empty();
}

}  // namespace dockhost
