// SPDX-License-Identifier: GPL-3.0-or-later
// mount(8) and umount(8), util-linux 2.38: their arguments, what they take from fstab, their exit codes.
#include <algorithm>

#include "sim/mounts.hpp"
#include "sim/proc.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

struct Arguments {
  std::string fstab = "/etc/fstab", types, source, target;
  Strings options, words;
};

void add_options(Strings& options, const std::string& text) {
  const Strings more = split(text, ',');
  options.insert(options.end(), more.begin(), more.end());
}

// --name VALUE, --name=VALUE and the short forms.
Arguments parse(const Strings& argv) {
  Arguments made;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    std::string name = argv[i], value;
    const std::size_t equals = name.starts_with("--") ? name.find('=') : std::string::npos;
    const auto take = [&] {
      if (equals == std::string::npos && i + 1 < argv.size()) return argv[++i];
      return value;
    };
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    if (name == "--options" || name == "-o") {
      add_options(made.options, take());
    } else if (name == "--types" || name == "-t") {
      made.types = take();
    } else if (name == "--fstab" || name == "-T") {
      made.fstab = take();
    } else if (name == "--source") {
      made.source = take();
    } else if (name == "--target") {
      made.target = take();
    } else if (name == "--bind" || name == "--rbind" || name == "-B" || name == "-R") {
      made.options.emplace_back(name == "--bind" || name == "-B" ? "bind" : "rbind");
    } else if (name == "--no-mtab" || name == "-n" || name == "--") {
      continue;
    } else if (name.starts_with('-')) {
      throw Unknown(join(argv, " "));
    } else {
      made.words.push_back(argv[i]);
    }
  }
  if (made.words.size() == 2) made.source = made.words[0];
  if (!made.words.empty()) made.target = made.words.back();
  return made;
}

std::string unescaped(std::string text) {
  for (std::size_t at = text.find("\\040"); at != std::string::npos; at = text.find("\\040")) text.replace(at, 4, " ");
  return text;
}

// Fills in what the table says of the mount point; the options of the command line come after those of the table.
bool from_table(const std::string& table, Arguments& made) {
  for (const std::string& line : split(table, '\n')) {
    const Strings fields = words(line);
    if (fields.size() < 3 || fields[0][0] == '#') continue;
    std::string target = unescaped(fields[1]);
    if (target.size() > 1 && target.ends_with('/')) target.pop_back();
    if (target != made.target) continue;
    made.source = unescaped(fields[0]);
    made.types = fields[2];
    Strings options;
    if (fields.size() > 3) add_options(options, fields[3]);
    options.insert(options.end(), made.options.begin(), made.options.end());
    made.options = options;
    return true;
  }
  return false;
}

Output said(const std::string& complaint) {
  return complaint.empty() ? Output{0, "", ""} : Output{32, "", complaint + "\n"};
}

}  // namespace

Output mount_tool(Machine& machine, const Strings& argv) {
  const Arguments made = parse(argv);
  const auto file = machine.entries.find(real_path(machine, made.fstab));
  return mount_tool_with(machine, argv, file == machine.entries.end() ? "" : file->second.text);
}

Output mount_tool_with(Machine& machine, const Strings& argv, const std::string& table) {
  Arguments made = parse(argv);
  if (made.target.size() > 1 && made.target.ends_with('/')) made.target.pop_back();
  const bool again = std::find(made.options.begin(), made.options.end(), "remount") != made.options.end();
  if (made.source.empty() && !from_table(table, made)) {
    // A remount without an entry begins with the options in force.
    const Mounted* mounted = again ? topmost(machine, made.target) : nullptr;
    if (mounted == nullptr) return {1, "", "mount: " + made.target + ": can't find in " + made.fstab + ".\n"};
    Strings options = mounted->options;
    options.insert(options.end(), made.options.begin(), made.options.end());
    made.options = options;
  }
  const MountWish wish{made.source, made.target, made.types, made.options};
  if (again) return said(remount(machine, wish));
  const std::string complaint = mount_on(machine, wish);
  const bool missing = complaint.ends_with("does not exist.") && complaint.find("special device") != std::string::npos;
  return missing && contains(made.options, "nofail") ? Output{0, "", ""} : said(complaint);
}

Output umount_tool(Machine& machine, const Strings& argv) {
  const Arguments made = parse(argv);
  if (unmount_layer(machine, made.target)) return {0, "", ""};
  return said(unmount(machine, made.target));
}

}  // namespace dockhost::sim
