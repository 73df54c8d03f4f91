// SPDX-License-Identifier: GPL-3.0-or-later
// Mount options. Input: a list as it is; what is wanted of it; the type of the file system.
#include "edit/mount_options.hpp"

#include <algorithm>

#include "core/in_force.hpp"
#include "core/option_spelling.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

// Whether the option decides about others as well, or is decided about by some.
bool touches_others(const std::string& option) {
  const std::string group = option_group(option);
  return contains({"user", "users", "owner", "group", "exec", "suid", "dev", "atime"}, group) || group == "relatime" ||
         group == "strictatime";
}

void require_split(const std::string& text) {
  const Strings options = split_options(text);
  for (const std::string& option : options) {
    require(!option.empty(), "no option is empty");
    require(split_options(option) == Strings{option}, "an option is one by itself");
  }
  require(split_options(join(options, ",")) == options, "joined options split as before");
  require(same_effect(text, join(options, ",")), "joined options mean the same");
}

// What is not wanted stays, in its order, and nothing comes that nobody has asked for.
void require_others_kept(const Strings& existing, const Strings& wanted, const Strings& made) {
  std::size_t at = 0;
  for (const std::string& option : existing) {
    const bool decided = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& other) {
      return option_group(other) == option_group(option);
    });
    if (decided || touches_others(option)) continue;
    const auto found = std::find(made.begin() + static_cast<std::ptrdiff_t>(at), made.end(), option);
    require(found != made.end(), "an option that is not asked for stays: " + option);
    at = static_cast<std::size_t>(found - made.begin()) + 1;
  }
  for (const std::string& option : made)
    require(contains(existing, option) || contains(wanted, option) || option == "defaults", "nobody asked: " + option);
}

void require_spelling(const std::string& fstype, const std::string& option) {
  const std::string one = in_one_spelling(fstype, option);
  require(in_one_spelling(fstype, one) == one, "one spelling is its own: " + option);
  require(!decided_by(fstype, option).empty() || option.starts_with('='), "an option decides something: " + option);
  told_by_value(fstype, option);
  unshown_value(fstype, option.substr(0, option.find('=')));
  lost_at_remount(fstype, option);
  require(in_force({option}, option, fstype) != InForce::no, "an option that is shown holds: " + option);
}

}  // namespace

void mount_options(std::string_view input) {
  const std::string existing = part(input, 0), wanted = part(input, 1, "nodev,noexec,size=1G");
  const std::string fstype = part(input, 2, "tmpfs");
  require_split(existing);
  require_split(wanted);
  const Strings before = split_options(existing), asked = split_options(wanted);
  std::string merged;
  if (!done([&] { merged = merge_options(existing, wanted); })) return;
  const Strings made = split_options(merged);
  require(merge_options(merged, wanted) == merged, "what is merged already is not merged again: " + merged);
  for (const std::string& option : effective(asked)) {
    if (contains(asked, option)) require(contains(effective(made), option), "what is asked for is in force: " + option);
  }
  require_others_kept(before, asked, made);
  for (const std::string& option : asked) require_spelling(fstype, option);
}

}  // namespace fuzz
