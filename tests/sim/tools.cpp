// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/tools.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "sim/audit.hpp"
#include "sim/data.hpp"
#include "sim/dockerd.hpp"
#include "sim/mounts.hpp"
#include "sim/sim_host.hpp"
#include "sim/storage.hpp"
#include "sim/units.hpp"
#include "sim/users.hpp"

namespace dockhost::sim {
namespace {

bool is_dockerd(const std::string& program) { return program.ends_with("dockerd"); }

Output dockerd(const Machine& machine, const Strings& argv) {
  if (argv.size() != 2 || argv[1] != "--version") throw Unknown(join(argv, " "));
  if (!machine.engine.installed) return {127, "", "", false};
  return {0, "Docker version " + machine.engine.version + ", build 297e128\n", ""};
}

// findfs(8): a tag to a device, by udev's links.
Output findfs(const Machine& machine, const Strings& argv) {
  const std::size_t equals = argv.at(1).find('=');
  std::string tag = argv.at(1).substr(0, equals);
  std::transform(tag.begin(), tag.end(), tag.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  const std::string device = real_path(machine, "/dev/disk/by-" + tag + "/" + argv.at(1).substr(equals + 1));
  if (device.empty()) return {1, "", "findfs: unable to resolve '" + argv.at(1) + "'\n"};
  return {0, device + "\n", ""};
}

// What stands below a mount: the product looks at it in a mount namespace of the tool's own.
Output covered(const Machine& machine, const Strings& argv) {
  const auto lazy = std::find(argv.begin(), argv.end(), "-l");
  if (lazy == argv.end() || std::next(lazy) == argv.end()) throw Unknown(join(argv, " "));
  const std::string point = *std::next(lazy);
  const auto directory = machine.entries.find(point);
  const Mounted* mounted = topmost(machine, point);
  if (mounted == nullptr || directory == machine.entries.end()) return {1, "", "umount: not mounted\n"};
  std::array<char, 16> mode{};
  const bool own = mounted->fstype == "tmpfs" || mounted->fstype == "proc";
  const Entry& entry = own ? mounted->covered : directory->second;
  std::snprintf(mode.data(), mode.size(), "%x", 0040000U | entry.mode);
  std::string out = std::string(mode.data()) + " " + std::to_string(entry.uid) + " " + std::to_string(entry.gid) + "\n";
  if (!mounted->hidden.empty()) out += mounted->hidden.begin()->first + "\n";
  return {0, out, ""};
}

Output change_rights(Machine& machine, const Strings& argv) {
  const auto entry = machine.entries.find(real_path(machine, argv.at(2)));
  if (entry == machine.entries.end()) return {1, "", argv[0] + ": cannot access " + quote(argv[2]) + "\n"};
  if (argv[0] == "chmod") {
    entry->second.mode = static_cast<unsigned>(std::stoul(argv.at(1), nullptr, 8));
  } else {
    const Strings ids = split(argv.at(1), ':');
    entry->second.uid = static_cast<unsigned>(std::stoul(ids.at(0)));
    entry->second.gid = static_cast<unsigned>(std::stoul(ids.at(1)));
  }
  return {0, "", ""};
}

// stat(1) of several paths; of what a server that is gone holds there is no answer at all.
Output stat_tool(const Machine& machine, const Strings& argv) {
  if (argv.size() < 4 || argv[1] != "--dereference" || argv[2] != "--format=%F:%n" || argv[3] != "--")
    throw Unknown(join(argv, " "));
  Output output{0, "", ""};
  for (std::size_t i = 4; i < argv.size(); ++i) {
    for (const std::string& silent : machine.silent) {
      if (at_or_below(argv[i], silent)) return {137, "", "", true, true};
    }
    const auto entry = machine.entries.find(real_path(machine, argv[i]));
    if (entry == machine.entries.end()) {
      output.code = 1;
      output.err += "stat: cannot statx " + quote(argv[i]) + ": No such file or directory\n";
      continue;
    }
    const bool directory = entry->second.type == Node::Type::directory;
    const bool file = entry->second.type == Node::Type::file;
    output.out += (directory ? "directory:" : file ? "regular file:" : "socket:") + argv[i] + "\n";
  }
  return output;
}

}  // namespace

Output run_tool(Machine& machine, const Strings& argv) {
  const std::string& program = argv.at(0);
  if (is_audit_tool(argv)) return audit_tool(machine, argv);
  if (program == "systemctl" && contains(machine.missing_tools, program)) return {127, "", "", false};
  if (program == "systemctl" && !machine.systemd) {
    return {1, "",
            "System has not been booted with systemd as init system (PID 1). Can't operate.\n"
            "Failed to connect to bus: Host is down\n"};
  }
  if (program == "systemctl") return systemctl(machine, argv);
  if (program == "journalctl") return journalctl(machine, argv);
  if (program == "mount") return mount_tool(machine, argv);
  if (program == "umount") return umount_tool(machine, argv);
  if (program == "useradd" || program == "userdel" || program == "usermod" || program == "getent" ||
      program == "gpasswd") {
    return user_tool(machine, argv);
  }
  if (contains(machine.missing_tools, program)) return {127, "", "", false};
  if (is_data_tool(program)) return data_tool(machine, argv, false);
  if (is_storage_tool(program)) return storage_tool(machine, argv);
  if (program == "stat") return stat_tool(machine, argv);
  if (program == "findfs") return findfs(machine, argv);
  if (program == "unshare") return covered(machine, argv);
  if (program == "chmod" || program == "chown") return change_rights(machine, argv);
  if (is_dockerd(program)) return dockerd(machine, argv);
  throw Unknown(join(argv, " "));
}

Output run_tool_on(Machine& machine, const Strings& argv, const std::string& text) {
  if (argv.size() > 1 && argv[0] == "mount") return mount_tool_with(machine, argv, text);
  const bool validates = argv.size() > 1 && is_dockerd(argv[0]) && argv[1] == "--validate";
  if (!validates) throw Unknown(join(argv, " "));
  if (release(machine) < 23) return {125, "", "unknown flag: --validate\nSee 'dockerd --help'.\n"};
  Strings flags;
  for (std::size_t i = 2; i < argv.size(); ++i) {
    if (!argv[i].starts_with("--config-file=")) flags.push_back(argv[i]);
  }
  const Configuration made = configure(machine, text, "/run/dockhost/text", flags);
  if (!made.refusal.empty()) return {1, "", made.refusal + "\n"};
  // From 26.0 on it makes the user while validating.
  if (release(machine) >= 26 && made.settings.value("userns-remap", "") == "default") add_user(machine, "dockremap");
  return {0, "", "configuration OK\n"};
}

bool tool_changes(const Strings& argv) {
  if (is_audit_tool(argv)) return audit_tool_changes(argv);
  const Strings looking = {"journalctl", "getent",       "findfs", "unshare", "lvm",
                           "xfs_info",   "xfs_logprint", "blkid",  "df",      "stat"};
  if (argv.at(0) == "wipefs") return contains(argv, "--all");
  if (argv.at(0) == "systemctl") return systemctl_changes(argv);
  return !is_dockerd(argv[0]) && std::find(looking.begin(), looking.end(), argv[0]) == looking.end();
}

}  // namespace dockhost::sim
