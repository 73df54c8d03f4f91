// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/mount_options.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/error.hpp"

namespace dockhost {
namespace {

using Force = std::map<std::string, std::string>;  // group -> the option in force

bool any_of(const Strings& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Each use of these adds to the former ones: systemd.mount(5), device of btrfs(5), layers of overlayfs.
bool adds_up(const std::string& name) {
  static const Strings names = {"x-systemd.after",
                                "x-systemd.before",
                                "x-systemd.requires",
                                "x-systemd.required-by",
                                "x-systemd.upheld-by",
                                "x-systemd.wants",
                                "x-systemd.wanted-by",
                                "x-systemd.requires-mounts-for",
                                "x-systemd.wants-mounts-for",
                                "device",
                                "lowerdir+",
                                "datadir+"};
  return any_of(names, name);
}

void read(Force& force, const std::string& option) {
  if (option == "defaults") return;
  const std::string group = option_group(option);
  force[group] = option;
  const bool anyone = option == "user" || option == "users" || option.starts_with("user=");
  if (anyone) force["exec"] = "noexec";
  if (anyone || option == "owner" || option == "group") {
    force["suid"] = "nosuid";
    force["dev"] = "nodev";
  }
  // These say no more than their absence does.
  if (option == "nousers" || option == "noowner" || option == "nogroup") force.erase(group);
  if (option == "norelatime" || option == "nostrictatime") {
    force.erase(group);
    const auto atime = force.find("atime");
    if (atime != force.end() && atime->second == option.substr(2)) force.erase(atime);
  }
}

Force force_of(const Strings& options) {
  Force force;
  for (const char* option : {"rw", "suid", "dev", "exec", "auto", "nouser", "async"}) read(force, option);
  for (const std::string& option : options) read(force, option);
  return force;
}

// Whether the option, put behind the others, would change nothing: it decides already, or says no more than its absence
// does. Of `force` only what the option can touch is looked at.
bool in_force(const Force& force, const std::string& option) {
  Force touched;
  for (const std::string& group :
       {option_group(option), std::string("exec"), std::string("suid"), std::string("dev"), std::string("atime")}) {
    if (const auto found = force.find(group); found != force.end()) touched.insert(*found);
  }
  Force with = touched;
  read(with, option);
  const auto own = touched.find(option_group(option));
  return (own != touched.end() && own->second == option) || with == touched;
}

// The last option of the group is the one in force: it is replaced, and the others go. False where there is none and
// the option is new.
bool replace(Strings& options, const std::string& option) {
  const std::string group = option_group(option);
  const auto decides = [&](const std::string& other) { return option_group(other) == group; };
  const auto last = std::find_if(options.rbegin(), options.rend(), decides);
  if (last == options.rend()) {
    options.push_back(option);
    return false;
  }
  *last = option;
  options.erase(std::remove_if(options.begin(), last.base() - 1, decides), last.base() - 1);
  if (in_force(force_of(options), option)) return true;
  options.erase(std::find(options.begin(), options.end(), option));
  options.push_back(option);
  return true;
}

// Whether a double quote has no other one. libmount then reads no option from there on.
bool open_quote(std::string_view text) { return std::count(text.begin(), text.end(), '"') % 2 == 1; }

}  // namespace

Strings split_options(std::string_view text) {
  Strings options(1);
  bool inside = false;
  for (const char c : text) {
    if (c == '"') inside = !inside;
    if (c == ',' && !inside) {
      options.emplace_back();
    } else {
      options.back() += c;
    }
  }
  options.erase(std::remove(options.begin(), options.end(), ""), options.end());
  return options;
}

std::string option_group(const std::string& option) {
  std::string name = option.substr(0, option.find('='));
  if (adds_up(name)) return option;
  if (name == "ro" || name == "rw") return "rw";
  if (name == "sync" || name == "async") return "sync";
  if (any_of({"atime", "noatime", "relatime", "strictatime"}, name)) return "atime";
  if (name == "nofail" || name == "norecovery") return name;
  const bool negative = name.size() > 2 && name.starts_with("no");
  return negative ? name.substr(2) : name;
}

Strings effective(const Strings& options) {
  Strings all;
  for (const auto& [group, option] : force_of(options)) all.push_back(option);
  std::sort(all.begin(), all.end());
  return all;
}

bool same_effect(std::string_view a, std::string_view b) {
  return effective(split_options(a)) == effective(split_options(b));
}

std::string merge_options(std::string_view existing, std::string_view wanted) {
  for (const std::string_view text : {existing, wanted}) {
    if (open_quote(text)) throw Error("a double quote among the mount options has no other one");
  }
  const Strings before = split_options(existing), asked = split_options(wanted);
  Strings options = before;
  const Force wished = force_of(asked);
  Force force = force_of(options);
  for (const std::string& option : asked) {
    // What a later one of them resets is not wished (exec before users).
    if (!in_force(wished, option) || in_force(force, option)) continue;
    if (replace(options, option))
      force = force_of(options);
    else
      read(force, option);
  }
  if (options == before && !before.empty()) return std::string(existing);
  return options.empty() ? "defaults" : join(options, ",");
}

}  // namespace dockhost
