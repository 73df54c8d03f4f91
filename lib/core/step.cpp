// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/step.hpp"

#include <array>
#include <cstdio>

namespace dockhost {
namespace {

std::string octal(unsigned mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

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

std::string sentence(const Change<Mount>& c) {
  if (!c.after) return "unmount " + c.key + " (" + c.before->source + ")";
  const std::string options = c.after->options.empty() ? "" : " (" + join(c.after->options, ",") + ")";
  if (!c.before) return "mount " + c.after->source + " on " + c.key + options;
  return "remount " + c.key + options;
}

std::string along(const Service& service) {
  std::string text;
  if (!service.containers.empty()) {
    text += (service.containers.size() == 1 ? "the container " : "the containers ") + sentence_list(service.containers);
  }
  if (!service.units.empty()) {
    if (!text.empty()) text += ", and ";
    text += (service.units.size() == 1 ? "the unit " : "the units ") + sentence_list(service.units);
  }
  return text;
}

std::string sentence(const Change<Service>& c) {
  const Service nothing;
  const Service& before = c.before ? *c.before : nothing;
  const Service& after = c.after ? *c.after : nothing;
  if (before.active && !after.active) {
    std::string text = "stop " + c.key;
    if (!along(before).empty()) text += "; with it stop " + along(before);
    if (!before.removed.empty()) text += "; Docker deletes " + sentence_list(before.removed) + " (run with --rm)";
    return text;
  }
  if (!before.active && after.active) return "start " + c.key + (along(after).empty() ? "" : ", then " + along(after));
  if (before.active) return "start " + along(after) + " again (" + c.key + " runs)";
  return "leave " + c.key + " stopped";
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

}  // namespace

Step undo(const Step& step) {
  return std::visit(
      [](auto change) -> Step {
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
