// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/users.hpp"

#include <algorithm>

#include "sim/sim_host.hpp"

namespace dockhost::sim {
namespace {

constexpr std::uint64_t kRange = 65536;

std::string& content(Machine& machine, const std::string& path) {
  make_parents(machine.entries, path);
  return machine.entries[path].text;
}

std::string content_of(const Machine& machine, const std::string& path) {
  const auto found = machine.entries.find(path);
  return found == machine.entries.end() ? "" : found->second.text;
}

void drop_lines(Machine& machine, const std::string& path, const std::string& start) {
  if (!machine.entries.contains(path)) return;
  std::string kept;
  for (const std::string& line : split(content(machine, path), '\n')) {
    if (!line.empty() && !line.starts_with(start)) kept += line + "\n";
  }
  content(machine, path) = kept;
}

Output tool_failed(int code, const std::string& complaint) { return {code, "", complaint + "\n"}; }

Output user_add(Machine& machine, const Strings& argv) {
  const Strings known = {"--system",   "--user-group",      "--no-create-home", "--shell",
                         "/bin/false", "/usr/sbin/nologin", "/sbin/nologin"};
  for (std::size_t i = 1; i + 1 < argv.size(); ++i) {
    if (std::find(known.begin(), known.end(), argv[i]) == known.end()) throw Unknown("useradd " + argv[i]);
  }
  const std::string& name = argv.back();
  if (has_user(machine, name)) return tool_failed(9, "useradd: user '" + name + "' already exists");
  add_user(machine, name);
  return {0, "", ""};
}

// userdel takes the user's lines out of the subordinate files too (shadow 4.13).
Output user_delete(Machine& machine, const Strings& argv) {
  if (argv.size() != 2) throw Unknown(join(argv, " "));
  const std::string& name = argv[1];
  if (!has_user(machine, name)) return tool_failed(6, "userdel: user '" + name + "' does not exist");
  for (const char* path : {"/etc/passwd", "/etc/group", "/etc/subuid", "/etc/subgid"}) {
    drop_lines(machine, path, name + ":");
  }
  return {0, "", ""};
}

// gpasswd(1): --add and --delete of one member.
Output group_members(Machine& machine, const Strings& argv) {
  if (argv.size() != 4) throw Unknown(join(argv, " "));
  std::string text;
  for (const std::string& line : split(content(machine, "/etc/group"), '\n')) {
    Strings fields = split(line, ':');
    if (line.empty()) continue;
    if (fields.size() == 4 && fields[0] == argv[3]) {
      Strings members = fields[3].empty() ? Strings{} : split(fields[3], ',');
      if (argv[1] == "--add") members.push_back(argv[2]);
      if (argv[1] == "--delete") members = without(members, {argv[2]});
      fields[3] = join(members, ",");
    }
    text += join(fields, ":") + "\n";
  }
  content(machine, "/etc/group") = text;
  return {0, "", ""};
}

Output user_modify(Machine& machine, const Strings& argv) {
  const std::string& name = argv.back();
  if (!has_user(machine, name)) return tool_failed(6, "usermod: user '" + name + "' does not exist");
  for (std::size_t i = 1; i + 1 < argv.size(); i += 2) {
    const Strings ends = split(argv[i + 1], '-');
    const std::uint64_t first = std::stoull(ends.at(0)), last = std::stoull(ends.at(1));
    const std::string path = argv[i].ends_with("uids") ? "/etc/subuid" : "/etc/subgid";
    const std::string line = name + ":" + std::to_string(first) + ":" + std::to_string(last - first + 1);
    if (argv[i] == "--add-subuids" || argv[i] == "--add-subgids") {
      content(machine, path) += line + "\n";
    } else if (argv[i] == "--del-subuids" || argv[i] == "--del-subgids") {
      drop_lines(machine, path, line);
    } else {
      throw Unknown(join(argv, " "));
    }
  }
  return {0, "", ""};
}

}  // namespace

bool has_user(const Machine& machine, const std::string& name) {
  const std::string passwd = "\n" + content_of(machine, "/etc/passwd");
  return passwd.find("\n" + name + ":") != std::string::npos;
}

void add_user(Machine& machine, const std::string& name) {
  if (has_user(machine, name)) return;
  content(machine, "/etc/passwd") += name + ":x:998:998::/home/" + name + ":/bin/false\n";
  content(machine, "/etc/group") += name + ":x:998:\n";
}

std::optional<std::uint64_t> sub_range(const Machine& machine, const std::string& path, const std::string& user) {
  const std::string text = content_of(machine, path);
  for (const std::string& line : split(text, '\n')) {
    const Strings fields = split(line, ':');
    if (fields.size() == 3 && fields[0] == user) return std::stoull(fields[1]);
  }
  return std::nullopt;
}

void add_sub_ids(Machine& machine, const std::string& user, const std::string& path) {
  std::uint64_t next = 100000;
  const std::string text = content_of(machine, path);
  for (const std::string& line : split(text, '\n')) {
    const Strings fields = split(line, ':');
    if (fields.size() == 3) next = std::max<std::uint64_t>(next, std::stoull(fields[1]) + std::stoull(fields[2]));
  }
  content(machine, path) += user + ":" + std::to_string(next) + ":" + std::to_string(kRange) + "\n";
}

Output user_tool(Machine& machine, const Strings& argv) {
  if (argv[0] == "useradd") return user_add(machine, argv);
  if (argv[0] == "userdel") return user_delete(machine, argv);
  if (argv[0] == "gpasswd") return group_members(machine, argv);
  if (argv[0] == "usermod") return user_modify(machine, argv);
  if (argv.size() == 3 && argv[1] == "passwd")
    return has_user(machine, argv[2]) ? Output{0, argv[2], ""} : Output{2, "", ""};
  // NAME behind "--": in passwd or group.
  if (argv.size() == 4 && argv[0] == "getent" && argv[2] == "--") {
    const auto file = machine.entries.find("/etc/" + argv[1]);
    const std::string text = file == machine.entries.end() ? "" : "\n" + file->second.text;
    const bool there = text.find("\n" + argv[3] + ":") != std::string::npos;
    return there || (argv[1] == "passwd" && has_user(machine, argv[3])) ? Output{0, argv[3], ""} : Output{2, "", ""};
  }
  throw Unknown(join(argv, " "));
}

}  // namespace dockhost::sim
