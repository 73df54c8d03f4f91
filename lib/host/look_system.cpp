// SPDX-License-Identifier: GPL-3.0-or-later
// Rights, groups, units, and the machine itself.
#include <algorithm>
#include <cstdlib>

#include "host/if_seen.hpp"
#include "host/look.hpp"
#include "host/unit.hpp"

namespace dockhost {
namespace {

// Fields of each line of /etc/passwd or /etc/group: at least four.
std::vector<Strings> accounts(const Host& host, const std::string& path) {
  std::vector<Strings> all;
  const std::string text = host.read(path).value_or("");
  for (const std::string& line : split(text, '\n')) {
    Strings fields = split(line, ':');
    if (fields.size() >= 4) all.push_back(std::move(fields));
  }
  return all;
}

// The number of an account or group (third field) in the file; nullopt where it is not in it.
std::optional<unsigned> number_of(const Host& host, const std::string& path, const std::string& name) {
  const auto all = accounts(host, path);
  for (const Strings& fields : all) {
    if (fields[0] == name) return static_cast<unsigned>(leading_number(fields[2]));
  }
  return std::nullopt;
}

std::string name_in(const Host& host, const std::string& path, unsigned number) {
  const auto all = accounts(host, path);
  for (const Strings& fields : all) {
    if (fields[2] == std::to_string(number)) return fields[0];
  }
  return std::to_string(number);
}

constexpr const char *kPasswd = "/etc/passwd", *kGroup = "/etc/group";

// "root" or a number, as units name owners.
unsigned owner_of(const Host& host, const std::string& path, const std::string& name) {
  if (name.empty()) return 0;
  return number_of(host, path, name).value_or(static_cast<unsigned>(leading_number(name)));
}

// What a socket of Docker's has after the next start: systemd's socket unit makes it, else dockerd itself with 0660
// and the group docker (moby, daemon/listeners).
std::optional<Rights> remade(Host& host, const std::string& path) {
  if (!path.ends_with("/docker.sock")) return std::nullopt;
  const std::optional<Unit> unit = look<Unit>(host, "docker.socket");
  if (!unit) return Rights{0660, 0, owner_of(host, kGroup, "docker")};
  const bool listens = std::any_of(unit->listens.begin(), unit->listens.end(), [&](const std::string& address) {
    return host.resolve(address) == host.resolve(path);
  });
  return listens ? std::optional(unit->socket) : Rights{0660, 0, owner_of(host, kGroup, "docker")};
}

}  // namespace

template <>
std::optional<Access> look<Access>(Host& host, const std::string& path) {
  const std::string real = host.resolve(path);
  const auto node = real.empty() ? std::nullopt : host.node(real);
  if (!node) return std::nullopt;
  const std::string owner = name_in(host, kPasswd, node->uid) + ":" + name_in(host, kGroup, node->gid);
  const bool socket = node->type == Node::Type::other;
  return Access{{node->mode, node->uid, node->gid}, owner, socket ? remade(host, path) : std::nullopt};
}

template <>
std::optional<AccountGroup> look<AccountGroup>(Host& host, const std::string& name) {
  AccountGroup group;
  const auto groups = accounts(host, kGroup), users = accounts(host, kPasswd);
  for (const Strings& fields : groups) {
    if (fields[0] != name) continue;
    group.gid = static_cast<unsigned>(leading_number(fields[2]));
    const Strings members = split(fields[3], ',');
    for (const std::string& member : members) {
      if (!member.empty()) group.members.push_back(member);
    }
    std::sort(group.members.begin(), group.members.end());
    for (const Strings& account : users) {
      if (account[3] == fields[2]) group.primary.push_back(account[0]);
    }
    return group;
  }
  return std::nullopt;
}

template <>
std::optional<Unit> look<Unit>(Host& host, const std::string& name) {
  const Properties seen = properties_of(
      host, name, {"LoadState", "FragmentPath", "DropInPaths", "Listen", "SocketMode", "SocketUser", "SocketGroup"});
  // What systemd generates of /etc/init.d is no file of anybody's.
  const bool generated = property(seen, "FragmentPath").starts_with("/run/systemd/generator");
  if (property(seen, "LoadState") != "loaded" || generated) return std::nullopt;
  Unit unit;
  unit.fragment = property(seen, "FragmentPath");
  unit.drop_ins = words(property(seen, "DropInPaths"));
  // "/run/docker.sock (Stream)", one for each line.
  const Strings addresses = words(property(seen, "Listen"));
  for (const std::string& word : addresses) {
    if (!word.starts_with('(')) unit.listens.push_back(word);
  }
  unit.socket.mode = static_cast<unsigned>(std::strtoul(property(seen, "SocketMode").c_str(), nullptr, 8));
  unit.socket.uid = owner_of(host, kPasswd, property(seen, "SocketUser"));
  unit.socket.gid = owner_of(host, kGroup, property(seen, "SocketGroup"));
  return unit;
}

template <>
std::optional<System> look<System>(Host& host, const std::string& /*kernel*/) {
  System system;
  system.name = trim(host.read("/proc/sys/kernel/hostname").value_or(""));
  system.kernel = trim(host.read("/proc/sys/kernel/osrelease").value_or(""));
  const std::string release = if_seen([&] { return host.read("/etc/os-release"); }).value_or("");
  for (const std::string& line : split(release, '\n')) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    system.os = line.substr(line.find('=') + 1);
    std::erase(system.os, '"');
  }
  system.day = utc_time(host.now()).substr(0, 10);
  system.contained = host.node("/run/systemd/container") || host.node("/.dockerenv") || host.node("/run/.containerenv");
  system.bridge_netfilter = host.node("/proc/sys/net/bridge/bridge-nf-call-iptables").has_value();
  system.root = host.root();
  return system;
}

}  // namespace dockhost
