// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sim_host.hpp"

#include <algorithm>

#include "sim/audit.hpp"
#include "sim/data.hpp"
#include "sim/dockerd.hpp"
#include "sim/mounts.hpp"
#include "sim/proc.hpp"
#include "sim/storage.hpp"
#include "sim/tools.hpp"
#include "sim/units.hpp"
#include "sim/ways.hpp"

namespace dockhost::sim {
namespace {

// Where a file stands that may not be there yet: the parent's real path and its name.
std::string place_of(const Machine& machine, const std::string& path) {
  std::string whole = real_path(machine, path);
  if (!whole.empty()) return whole;
  const std::size_t slash = path.rfind('/');
  const std::string parent = real_path(machine, slash == 0 ? "/" : path.substr(0, slash));
  if (parent.empty()) throw Error("no such file or directory", {path});
  return (parent == "/" ? "" : parent) + path.substr(slash);
}

}  // namespace

bool SimHost::change() {
  if (killed_) throw Killed{};
  ++changes;
  if (kill_at && *kill_at == changes) {
    killed_ = true;
    throw Killed{};
  }
  if (meanwhile_at && *meanwhile_at == changes) meanwhile(machine);
  if (fault_at && *fault_at == changes) throw std::runtime_error("injected fault");
  return fail_at && *fail_at == changes;
}

void SimHost::change_or_throw(const std::string& what, const std::string& path) {
  if (change()) throw Error(what + ": injected failure", {path});
}

void SimHost::refuse_unreadable(const std::string& path, const std::string& real) const {
  for (const std::string& kept : machine.unreadable) {
    if (at_or_below(path, kept) || at_or_below(real, kept))
      throw Error("cannot be looked at: Permission denied", {path});
  }
}

std::optional<Node> SimHost::node(const std::string& path) const {
  refuse_unreadable(path, "");
  if (auto process = process_node(machine, path)) return process;
  if (auto merged = merged_node(machine, path)) return merged;
  // The path itself, link or not: only its parents are followed.
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == 0 || slash == std::string::npos ? "/" : real_path(machine, path.substr(0, slash));
  if (parent.empty()) return std::nullopt;
  const std::string whole = path == "/" ? path : (parent == "/" ? "" : parent) + path.substr(slash);
  const auto found = machine.entries.find(whole);
  if (found == machine.entries.end()) return std::nullopt;
  const Entry& entry = found->second;
  return Node{entry.type,
              entry.mode,
              entry.uid,
              entry.gid,
              entry.device,
              entry.changed * 1'000'000,
              entry.type == Node::Type::link ? entry.text : ""};
}

std::optional<std::string> SimHost::read(const std::string& path) const {
  refuse_unreadable(path, real_path(machine, path));
  if (path.starts_with("/proc/")) return process_file(machine, path);
  const auto found = machine.entries.find(real_path(machine, path));
  if (found == machine.entries.end()) return std::nullopt;
  if (found->second.type != Node::Type::file) throw Error("is not a regular file", {path});
  return found->second.text;
}

Strings SimHost::list(const std::string& directory) const {
  refuse_unreadable(directory, real_path(machine, directory));
  if (directory == "/proc" || directory.starts_with("/proc/")) return process_list(machine, directory);
  const std::string real = real_path(machine, directory);
  Strings names;
  if (real.empty()) return names;
  for (const auto& [path, entry] : machine.entries) {
    if (!below(path, real)) continue;
    const std::string rest = path.substr(real == "/" ? 1 : real.size() + 1);
    if (!rest.empty() && rest.find('/') == std::string::npos) names.push_back(rest);
  }
  return names;
}

std::string SimHost::resolve(const std::string& path) const {
  std::string real = real_path(machine, path);
  refuse_unreadable(path, real);
  return real;
}

Strings SimHost::audit_actions() { return audit_actions_of(machine); }
std::string SimHost::unsafe_way(const std::string& path) const { return sim::unsafe_way(machine, path); }

std::string SimHost::fixed_by_flag(const std::string& path) const {
  const auto found = machine.entries.find(path);
  return found == machine.entries.end() ? "" : found->second.flag;
}

std::uint64_t SimHost::mount_behind(const std::string& link) const { return mount_of_link(machine, link); }

void SimHost::change_at(const std::string& what, const std::string& path, const std::string& real) {
  change_or_throw(what, path);
  const std::string unsafe = sim::unsafe_way(machine, path);
  if (!unsafe.empty()) throw Error(unsafe, {path});
  const std::string why = fixed(machine, real);
  if (!why.empty()) throw Error(what + ": " + why, {path});
}

std::string SimHost::peek(const std::string& device, std::uint64_t offset, std::size_t length) const {
  return bytes_of(machine, device, offset, length);
}

bool SimHost::held(const std::string& device) const { return is_held(machine, device); }

void SimHost::poke(const std::string& device, std::uint64_t offset, const std::string& bytes) {
  change_or_throw("cannot be written", device);
  overwrite(machine, device, offset, bytes);
}

// systemd listens in Docker's place while docker.socket is active, and starts it for whoever connects.
Answer SimHost::request(const EngineAt& engine, const std::string& method, const std::string& target,
                        std::chrono::seconds /*limit*/) {
  if (killed_) throw Killed{};
  const auto unit = machine.units.find("docker.socket");
  const bool listens = unit != machine.units.end() && unit->second.state == "active";
  if (engine.socket != "/run/docker.sock") return {0, "connect " + engine.socket + ": no such file or directory"};
  if (machine.engine.in_force.is_null()) {
    if (!listens) return {0, "connect /run/docker.sock: connection refused"};
    if (machine.units.at(machine.engine.unit).state == "activating") return {0, "no answer within 5 seconds"};
    ++woken;
    if (!start_unit(machine, machine.engine.unit).empty()) return {0, "no answer within 5 seconds"};
  }
  const auto said = machine.engine.answers.find(target);
  if (said != machine.engine.answers.end()) return {200, said->second};
  if (machine.engine.silent) return {0, "no answer within 5 seconds"};
  if (method != "GET" && change()) return {500, R"({"message":"injected failure"})"};
  return answer(machine, method, target);
}

namespace {

// What the simulated tools know only without the "--" that ends their options.
Strings without_mark(const Strings& argv) {
  const auto mark = std::find(argv.begin(), argv.end(), "--");
  if (mark == argv.end() || contains({"mount", "cp", "stat", "unshare", "getent", "systemctl"}, argv[0])) return argv;
  Strings plain(argv.begin(), mark);
  plain.insert(plain.end(), mark + 1, argv.end());
  return plain;
}

}  // namespace

Output SimHost::run(const Strings& given, Limits limits) {
  if (killed_) throw Killed{};
  if (given[0].starts_with('/')) refuse_unreadable(given[0], real_path(machine, given[0]));
  commands.push_back(given);
  const Strings argv = without_mark(given);
  const bool own = own_mounts_ && argv[0] == "mount";
  if (argv[0] == "cp") return copy(argv);
  if (!own && tool_changes(argv) && change())
    return {argv[0] == "mount" || argv[0] == "umount" ? 32 : 1, "", "injected failure\n"};
  const Output output = run_tool(machine, argv);
  const bool starts = argv[0] == "systemctl" && argv.size() > 1 && argv[1] == "start";
  return starts ? wait_for_start(machine, output, limits.time.count()) : output;
}

Output SimHost::run_long(const Strings& argv, Limits limits, const std::function<void()>& tell) {
  if (argv[0] == "systemctl" && machine.engine.start_takes != 0) tell();
  return run(argv, limits);
}

// A copy that fails or is killed may have come half way.
Output SimHost::copy(const Strings& argv) {
  const std::string failure = "cp: injected failure\n";
  if (change()) return {1, "", failure};
  data_tool(machine, argv, true);
  if (change()) return {1, "", failure};
  return data_tool(machine, argv, false);
}

TreeSum SimHost::sum_tree(const std::string& path, const TreeRules& rules) const {
  return sum_of(machine, path, rules);
}

CopyWork SimHost::work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules) const {
  return work_in(machine, copy, original, rules);
}

Strings SimHost::compare_trees(const std::string& from, const std::string& to, const Comparison& how) const {
  return differences_between(machine, from, to, how);
}

void SimHost::copy_flags(const std::string& /*from*/, const std::string& to) {
  change_or_throw("cannot be given flags", to);
}

void SimHost::sync_tree(const std::string& path) { change_or_throw("cannot be synced", path); }

void SimHost::empty_tree(const std::string& path, const TreeRules& rules) {
  change_or_throw("cannot be emptied", path);
  empty(machine, path, rules);
}

void SimHost::rename(const std::string& from, const std::string& to) {
  change_or_throw("cannot be renamed", from);
  sim::rename(machine, from, to);
}

void SimHost::begin_own_mounts() {
  if (own_mounts_) throw std::logic_error("mounts of its own inside mounts of its own");
  own_mounts_ = machine.mounts.size();
  make_own_place(machine);
}

void SimHost::end_own_mounts() {
  while (machine.mounts.size() > *own_mounts_) {
    const std::string complaint = unmount(machine, machine.mounts.back().path, true);
    if (!complaint.empty()) throw std::logic_error(complaint);
  }
  own_mounts_.reset();
  remove_own_place(machine);
}

Output SimHost::run_on(const Strings& argv, const std::string& text, Limits /*limits*/) {
  if (killed_) throw Killed{};
  commands.push_back(argv);
  if (argv[0] == "mount" && change()) return {32, "", "injected failure\n"};
  return run_tool_on(machine, argv, text);
}

void SimHost::write(const std::string& path, const std::string& content, unsigned mode, unsigned uid, unsigned gid) {
  const std::string place = place_of(machine, path);
  change_at("cannot be written", path, place);
  machine.entries[place] = Entry{Node::Type::file, content, mode, uid, gid, 0, ++machine.clock};
}

void SimHost::remove(const std::string& path) {
  change_at("cannot be removed", path, real_path(machine, path));
  if (machine.entries.erase(real_path(machine, path)) == 0) throw Error("no such file or directory", {path});
}

void SimHost::set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) {
  change_or_throw("cannot be given rights", path);
  if (read_only(machine, real_path(machine, path))) throw Error("read-only file system", {path});
  const auto entry = machine.entries.find(real_path(machine, path));
  if (entry == machine.entries.end()) throw Error("no such file or directory", {path});
  entry->second.mode = mode;
  entry->second.uid = uid;
  entry->second.gid = gid;
}

void SimHost::make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) {
  const std::string place = place_of(machine, path);
  change_at("cannot be made", path, place);
  if (!machine.entries.try_emplace(place, Entry{Node::Type::directory, "", mode, uid, gid, 0, ++machine.clock})
           .second) {
    throw Error("file exists", {path});
  }
}

void SimHost::remove_directory(const std::string& path) {
  change_at("cannot be removed", path, real_path(machine, path));
  if (!list(path).empty()) throw Error("directory not empty", {path});
  machine.entries.erase(real_path(machine, path));
}

std::string SimHost::back_up(const std::string& path) {
  change_or_throw("cannot be copied", path);
  std::string copy = path + ".700." + std::to_string(machine.backups.size()) + "~";
  machine.entries[place_of(machine, copy)] = machine.entries.at(real_path(machine, path));
  machine.backups.push_back(copy);
  return copy;
}

// A note that fails is not what the tests are about; a kill right before or after it is.
void SimHost::owe(const json& what) {
  const auto failing = std::exchange(fail_at, std::nullopt), faulty = std::exchange(fault_at, std::nullopt);
  if (machine.owed != what) change();
  fail_at = failing;
  fault_at = faulty;
  machine.owed = what;
}

void SimHost::pause(std::chrono::milliseconds /*time*/) {
  if (killed_) throw Killed{};
  pass(machine, 1);
}

}  // namespace dockhost::sim
