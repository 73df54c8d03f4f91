// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/step.hpp"

#include <algorithm>

#include "core/show.hpp"

namespace dockhost {
namespace {

// "; mode 0644 to 0600" for what differs beside the content.
template <class K>
std::string rights(const K& before, const K& after) {
  std::string text;
  if (before.mode != after.mode) text += "; mode " + octal(before.mode) + " to " + octal(after.mode);
  if (before.uid != after.uid || before.gid != after.gid) {
    text += "; owner " + std::to_string(before.uid) + ":" + std::to_string(before.gid) + " to " +
            std::to_string(after.uid) + ":" + std::to_string(after.gid);
  }
  return text;
}

std::string sentence(const Change<File>& c) {
  if (!c.after) return "remove " + c.key;
  if (!c.before) return "create " + c.key + " (mode " + octal(c.after->mode) + ")";
  return "change " + c.key + rights(*c.before, *c.after);
}

std::string sentence(const Change<Directory>& c) {
  if (!c.after) return "remove the directory " + c.key;
  if (!c.before) return "make the directory " + c.key + " (mode " + octal(c.after->mode) + ")";
  return "change the directory " + c.key + rights(*c.before, *c.after);
}

// " (noatime,nodev)": the options that `after` has beside those of `before`; nothing where they must not be shown.
std::string options_of(const Change<Mount>& c) {
  if (c.after->hidden || (c.before && c.before->hidden)) return {};
  Strings fresh;
  for (const std::string& option : c.after->options) {
    const bool had = c.before && contains(c.before->options, option);
    if (!had) fresh.push_back(option);
  }
  return fresh.empty() ? "" : " (" + join(fresh, ",") + ")";
}

std::string sentence(const Change<Mount>& c) {
  if (!c.after) return "unmount " + c.key + " (" + c.before->source + ")";
  if (!c.before) return "mount " + c.after->source + " on " + c.key + options_of(c);
  return "remount " + c.key + options_of(c);
}

std::string named(const char* one, const char* many, const Strings& names) {
  return (names.size() == 1 ? one : many) + sentence_list(names);
}

std::string words_for(const Along& along) {
  Strings parts;
  if (!along.containers.empty()) parts.push_back(named("the container ", "the containers ", along.containers));
  if (!along.units.empty()) parts.push_back(named("the unit ", "the units ", along.units));
  return join(parts, " and ");
}

std::string sentence(const Change<Service>& c) {
  const Service nothing;
  const Service& before = c.before ? *c.before : nothing;
  const Service& after = c.after ? *c.after : nothing;
  if (before.active && !after.active) {
    std::string text = "stop ";
    if (!after.halted.empty()) text += named("the container ", "the containers ", after.halted) + ", then ";
    text += c.key;
    if (before.along != Along{}) text += "; with it stop " + words_for(before.along);
    if (!after.removed.empty()) text += "; Docker deletes " + sentence_list(after.removed) + " (run with --rm)";
    return text;
  }
  if (!before.active)
    return (before.starting ? "wait for the start of " : "start ") + c.key +
           (after.along == Along{} ? "" : ", then " + words_for(after.along));
  const Along more{without(after.along.containers, before.along.containers),
                   without(after.along.units, before.along.units)};
  return "start " + words_for(more) + " again (" + c.key + " runs)";
}

std::string sentence(const Change<Automount>& c) {
  return std::string(c.after ? "let systemd mount " : "stop systemd from mounting ") + c.key + " when it is used";
}

std::string sentence(const Change<Reload>& c) {
  return c.key == "systemd" ? "let systemd read its units and fstab again" : "reload " + c.key;
}

std::string sentence(const Change<User>& c) {
  return (c.after ? "create the system user " : "remove the system user ") + c.key;
}

std::string range(const char* name, std::uint64_t start, std::uint64_t count) {
  return std::string(name) + " " + std::to_string(start) + "-" + std::to_string(start + count - 1);
}

std::string sentence(const Change<SubIds>& c) {
  const SubIds none;
  const SubIds& before = c.before ? *c.before : none;
  const SubIds& after = c.after ? *c.after : none;
  const bool give = after.uid_count + after.gid_count > before.uid_count + before.gid_count;
  const SubIds& more = give ? after : before;
  const SubIds& less = give ? before : after;
  Strings ranges;
  if (more.uid_count != less.uid_count) ranges.push_back(range("uids", more.uid_start, more.uid_count));
  if (more.gid_count != less.gid_count) ranges.push_back(range("gids", more.gid_start, more.gid_count));
  return std::string(give ? "give " : "take from ") + c.key + " the subordinate " + sentence_list(ranges);
}

Strings devices_of(const VolumeGroup& group) {
  Strings devices;
  for (const PhysicalVolume& volume : group.volumes) devices.push_back(volume.device);
  return devices;
}

std::string sentence(const Change<VolumeGroup>& c) {
  const std::string group = "the volume group " + c.key;
  if (!c.after) return "remove " + group + " from " + sentence_list(devices_of(*c.before));
  if (!c.before) {
    return "create " + group + " on " + sentence_list(devices_of(*c.after)) + " (" +
           std::to_string(c.after->extents()) + " extents of " + std::to_string(c.after->extent) + " bytes)";
  }
  const Strings before = devices_of(*c.before), after = devices_of(*c.after);
  const Strings added = without(after, before), taken = without(before, after);
  if (!added.empty()) return "add " + sentence_list(added) + " to " + group;
  if (!taken.empty()) return "take " + sentence_list(taken) + " out of " + group;
  Strings grown;
  for (std::size_t i = 0; i < c.after->volumes.size(); ++i) {
    if (c.after->volumes[i] != c.before->volumes.at(i)) grown.push_back(c.after->volumes[i].device);
  }
  return "use all of the grown " + sentence_list(grown) + " in " + group + " (" +
         std::to_string(c.after->extents() - c.before->extents()) + " extents more)";
}

std::string sentence(const Change<LogicalVolume>& c) {
  const std::string volume = "the logical volume " + c.key;
  if (!c.after) return "remove " + volume;
  if (!c.before) return "create " + volume + " (" + std::to_string(c.after->bytes) + " bytes)";
  return "grow " + volume + " from " + std::to_string(c.before->bytes) + " to " + std::to_string(c.after->bytes) +
         " bytes";
}

std::string sentence(const Change<Filesystem>& c) {
  const bool was = c.before && !c.before->type.empty() && !c.before->unfinished;
  if (!c.after || c.after->type.empty()) return "take the new file system off " + c.key;
  if (!was)
    return "make an " + c.after->type + " file system on " + c.key +
           (c.after->label.empty() ? "" : ", labelled " + quote(c.after->label));
  Strings parts;
  if (c.before->label != c.after->label)
    parts.push_back("label the file system on " + c.key + " " + quote(c.after->label));
  if (c.before->fills != c.after->fills)
    parts.push_back("grow the " + c.after->type + " file system on " + c.key + " to the size of its device");
  return join(parts, " and ");
}

std::string sentence(const Change<Data>& c) {
  const auto [root, device] = data_parts(c.key);
  const Data before = c.before.value_or(Data{}), after = c.after.value_or(Data{});
  switch (after.verb) {
    case Data::Verb::copy:
      return "copy the data in " + root + " to " + device + " and compare " +
             (after.content ? "every byte" : "all but the content of files");
    case Data::Verb::commit:
      return "move the data in " + root + " aside to " + aside_of(root) + " and make an empty directory in its place";
    case Data::Verb::end:
      return "end the move: see that all directories of the old data are in the new " + root +
             ", forget the copy's note";
    case Data::Verb::remove_old:
      return "remove the old data in " + aside_of(root);
    case Data::Verb::none:
      break;
  }
  switch (before.verb) {
    case Data::Verb::commit:
      return "move " + aside_of(root) + " back to " + root;
    case Data::Verb::remove_old:
      return "bring back the old data in " + aside_of(root);
    case Data::Verb::copy:
      return "leave the copy on " + device;
    case Data::Verb::end:
    case Data::Verb::none:
      break;
  }
  return "leave the data of " + root + " as it is";
}

std::string sentence(const Change<AuditRules>& c) {
  const AuditRules before = c.before.value_or(AuditRules{}), after = c.after.value_or(AuditRules{});
  const std::string rule = "the audit rule " + (after.text.empty() ? before.text : after.text);
  if (after.rearm) return "delete " + rule + " in the kernel and load it again";
  if (after.lines.size() < before.lines.size()) return "delete " + rule + " in the kernel";
  return "load " + rule + " into the kernel";
}

std::string sentence(const Change<Access>& c) {
  const Access before = c.before.value_or(Access{}), after = c.after.value_or(Access{});
  Strings parts;
  const Rights &was = before.rights, &is = after.rights;
  if (was.uid != is.uid || was.gid != is.gid) {
    parts.push_back("from owner " + std::to_string(was.uid) + ":" + std::to_string(was.gid) + " to " +
                    std::to_string(is.uid) + ":" + std::to_string(is.gid));
  }
  if (was.mode != is.mode) parts.push_back("from mode " + octal(was.mode) + " to " + octal(is.mode));
  return "bring " + c.key + " " + join(parts, " and ");
}

std::string sentence(const Change<AccountGroup>& c) {
  const Strings before = c.before ? c.before->members : Strings{}, after = c.after ? c.after->members : Strings{};
  const Strings gone = without(before, after), more = without(after, before);
  if (!gone.empty()) return "take " + sentence_list(gone) + " out of the group " + c.key;
  return "put " + sentence_list(more) + " into the group " + c.key;
}

// Nothing brings a container back that Docker has deleted; those that were stopped before the service start with it.
void without_removed(Change<Service>& stop) {
  if (!stop.before || !stop.after) return;
  Strings& containers = stop.before->along.containers;
  containers.insert(containers.end(), stop.after->halted.begin(), stop.after->halted.end());
  stop.before->along.containers = without(stop.before->along.containers, stop.after->removed);
}

template <class K>
void without_removed(Change<K>& /*other*/) {}

}  // namespace

Step undo(const Step& step) {
  return std::visit(
      [](auto change) -> Step {
        without_removed(change);
        std::swap(change.before, change.after);
        change.note.clear();
        return change;
      },
      step);
}

std::string describe(const Step& step) {
  const auto text = [](const auto& change) {
    return printable(sentence(change) + (change.note.empty() ? "" : ": " + change.note));
  };
  return std::visit(text, step);
}

std::string kind_of(const Step& step) {
  return std::visit([]<class K>(const Change<K>&) -> std::string { return K::kind; }, step);
}

std::string key_of(const Step& step) {
  return std::visit([](const auto& change) { return change.key; }, step);
}

}  // namespace dockhost
