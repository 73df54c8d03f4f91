// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/mount_wish.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.hpp"
#include "edit/mount_options.hpp"

namespace dockhost {
namespace {

MountState state_of(const std::string& word) {
  constexpr std::array<std::pair<const char*, MountState>, 8> states = {
      {{"absent", MountState::absent},
       {"absent_from_fstab", MountState::absent_from_fstab},
       {"absent_mount", MountState::absent_mount},
       {"ephemeral", MountState::ephemeral},
       {"mounted", MountState::mounted},
       {"present", MountState::present},
       {"remounted", MountState::remounted},
       {"unmounted", MountState::unmounted}}};
  for (const auto& [name, state] : states) {
    if (word == name) return state;
  }
  throw Error("option 'state': " + quote(word) + " is none of its choices");
}

// Without a slash at the end, doubled slashes and /./; links are not followed.
std::string normal(const std::string& option, const std::string& path) {
  if (!path.starts_with("/")) throw Error("option " + quote(option) + ": " + quote(path) + " is not an absolute path");
  std::string plain;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") throw Error("option " + quote(option) + ": " + quote(path) + " holds '..'");
    plain += "/" + part;
  }
  return plain.empty() ? "/" : plain;
}

std::string text(const json& args, const char* name) {
  const auto found = args.find(name);
  return found == args.end() || found->is_null() ? "" : found->get<std::string>();
}

bool yes(const json& args, const char* name, bool fallback) {
  const auto found = args.find(name);
  return found == args.end() || found->is_null() ? fallback : found->get<bool>();
}

// Text in the model, a number in fstab(5).
std::optional<int> number(const json& args, const char* name) {
  const std::string given = text(args, name);
  if (given.empty()) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error == std::errc() && end == given.data() + given.size() && value >= 0) return value;
  throw Error("option " + quote(name) + ": " + quote(given) + " is not a number");
}

// fstab(5) knows no blank in an option, and one behind a comma makes an option that nothing knows. Behind a quote that
// is not closed libmount reads nothing.
void refuse_blanks(const std::string& opts, bool hidden) {
  bool inside = false;
  for (const char c : opts) {
    if (c == '"') inside = !inside;
    if (inside || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) continue;
    throw Error("option 'opts'" + (hidden ? "" : ": " + quote(opts)) +
                " holds a blank: separate the options by commas alone");
  }
  if (inside)
    throw Error("option 'opts'" + (hidden ? "" : ": " + quote(opts)) + " holds a double quote without its other one");
}

}  // namespace

std::string MountWish::options() const {
  std::string all = opts.value_or("defaults");
  const Strings parts = split_options(all);
  const bool said = contains(parts, "noauto");
  return boot || said ? all : all + ",noauto";
}

MountWish mount_wish(const json& args) {
  MountWish wish;
  wish.state = state_of(text(args, "state"));
  wish.path = text(args, "path");
  wish.source = text(args, "src");
  wish.fstype = text(args, "fstype");
  if (const std::string opts = text(args, "opts"); !opts.empty()) wish.opts = opts;
  wish.dump = number(args, "dump");
  wish.passno = number(args, "passno");
  if (const std::string fstab = text(args, "fstab"); !fstab.empty()) wish.fstab = normal("fstab", fstab);
  wish.boot = yes(args, "boot", true);
  wish.backup = yes(args, "backup", false);
  wish.hidden = yes(args, "opts_no_log", false);
  wish.merge = text(args, "opts_mode") == "merge";
  wish.hide_existing_data = yes(args, "hide_existing_data", false);
  if (wish.opts) refuse_blanks(*wish.opts, wish.hidden);
  const bool swap_type = wish.fstype.empty() || wish.fstype == "swap";
  if (!wish.swap() || !swap_type) wish.path = normal("path", wish.path);
  return wish;
}

}  // namespace dockhost
