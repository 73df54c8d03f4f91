// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/look.hpp"

#include <algorithm>

namespace dockhost {
namespace {

// The first range of the user in /etc/subuid or /etc/subgid: "name:start:count" (subuid(5)).
std::pair<std::uint64_t, std::uint64_t> range_of(const Host& host, const std::string& path, const std::string& user) {
  const std::string text = host.read(path).value_or("");
  for (const std::string& line : split(text, '\n')) {
    const Strings fields = split(line, ':');
    if (fields.size() == 3 && fields[0] == user) return {leading_number(fields[1]), leading_number(fields[2])};
  }
  return {0, 0};
}

template <class K>
void put_looked(Host& host, State& state, const std::string& key) {
  try {
    state.put<K>(key, look<K>(host, key));
  } catch (const Error& error) {
    state.put_error(K::kind, key, error);
  }
}

// The engine as it was seen, where it was: to look at it again costs as much as what it is asked.
template <class K>
void put_kept(Host& host, State& state, const std::string& unit) {
  try {
    const auto& seen = state.all<Docker>();
    const auto known = seen.find(unit);
    const std::optional<Docker> docker = known != seen.end() ? known->second : look<Docker>(host, unit);
    state.put<K>(unit, docker ? look_with<K>(host, *docker) : std::nullopt);
  } catch (const Error& error) {
    state.put_error(K::kind, unit, error);
  }
}

template <class... K>
void dispatch(std::variant<Change<K>...>* /*the kinds*/, Host& host, State& state, const std::string& kind,
              const std::string& key) {
  ((kind == K::kind ? put_looked<K>(host, state, key) : void()), ...);
}

void observe_one(Host& host, State& state, const std::string& kind, const std::string& key) {
  if (kind == Service::kind) {
    // Docker's own unit was seen with Docker.
    const auto& seen = state.all<Docker>();
    const auto docker = seen.find(key);
    if (docker != seen.end() && docker->second) return state.put<Service>(key, docker->second->service);
  }
  dispatch(static_cast<Step*>(nullptr), host, state, kind, key);
  if (kind == Docker::kind) put_looked<Docker>(host, state, key);
  if (kind == DockerObjects::kind) put_kept<DockerObjects>(host, state, key);
  if (kind == DockerPlugins::kind) put_kept<DockerPlugins>(host, state, key);
  if (kind == FreeSpace::kind) put_looked<FreeSpace>(host, state, key);
  if (kind == Containers::kind) put_kept<Containers>(host, state, key);
  if (kind == Reach::kind) put_looked<Reach>(host, state, key);
  if (kind == Covered::kind) put_looked<Covered>(host, state, key);
  if (kind == Device::kind) put_looked<Device>(host, state, key);
  if (kind == MountUse::kind) put_looked<MountUse>(host, state, key);
  if (kind == RootUse::kind) put_looked<RootUse>(host, state, key);
  if (kind == Disk::kind) put_looked<Disk>(host, state, key);
  if (kind == Tool::kind) put_looked<Tool>(host, state, key);
  if (kind == Audit::kind) put_looked<Audit>(host, state, key);
  if (kind == AuditRecords::kind) put_looked<AuditRecords>(host, state, key);
  if (kind == MountTimes::kind) put_looked<MountTimes>(host, state, key);
  if (kind == WatchedPlace::kind) put_looked<WatchedPlace>(host, state, key);
  if (kind == AuditKnown::kind) put_looked<AuditKnown>(host, state, key);
  if (kind == SyscallTable::kind) put_looked<SyscallTable>(host, state, key);
  if (kind == Unit::kind) put_looked<Unit>(host, state, key);
  if (kind == System::kind) put_looked<System>(host, state, key);
  if (kind == Listing::kind) put_looked<Listing>(host, state, key);
  if (kind == Verdict::kind) put_looked<Verdict>(host, state, key);
}

}  // namespace

template <>
std::optional<File> look<File>(Host& host, const std::string& path) {
  const std::string real = host.resolve(path);
  const auto node = host.node(real.empty() ? path : real);
  if (!node) return std::nullopt;
  if (node->type == Node::Type::link) throw Error("is a link that leads nowhere: " + quote(node->target), {path});
  if (node->type != Node::Type::file) throw Error("is not a regular file", {path});
  const auto content = host.read(path);
  if (!content) return std::nullopt;
  return File{*content, node->mode, node->uid, node->gid};
}

template <>
std::optional<Reload> look<Reload>(Host& host, const std::string& unit) {
  // sd_booted(3). Absent: there is nobody who reads.
  const bool booted = unit != "systemd" || (host.node("/run/systemd/system") && look<Tool>(host, "systemctl"));
  if (!booted) return std::nullopt;
  const json owed = host.owed();
  if (!owed.contains("reload")) return Reload{};
  const auto& units = owed.at("reload");
  return Reload{std::find(units.begin(), units.end(), json(unit)) != units.end(), nullptr};
}

template <>
std::optional<User> look<User>(Host& host, const std::string& name) {
  const std::string passwd = host.read("/etc/passwd").value_or("");
  for (const std::string& line : split(passwd, '\n')) {
    if (line.starts_with(name + ":")) return User{};
  }
  // Accounts of a directory service are not in the file.
  if (host.run({"getent", "passwd", "--", name}).good()) return User{};
  return std::nullopt;
}

template <>
std::optional<SubIds> look<SubIds>(Host& host, const std::string& user) {
  const auto [uid, uids] = range_of(host, "/etc/subuid", user);
  const auto [gid, gids] = range_of(host, "/etc/subgid", user);
  if (uids == 0 && gids == 0) return std::nullopt;
  return SubIds{uid, uids, gid, gids};
}

template <>
std::optional<Verdict> look<Verdict>(Host& host, const std::string& question) {
  const auto [argv, text] = verdict_question(question);
  const Output output = host.run_on(argv, text, Limits{});
  if (output.late) return Verdict{false, argv.front() + " did not answer in time"};
  return Verdict{output.good(), trim(output.err.empty() ? output.out : output.err)};
}

void observe(Host& host, State& state, const NotObserved& asked) {
  for (const std::string& key : asked.keys) observe_one(host, state, asked.kind, key);
}

}  // namespace dockhost
