// SPDX-License-Identifier: GPL-3.0-or-later
// A case of tests/plans as a host to play with.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "run.hpp"
#include "sim/sim_host.hpp"

namespace dockhost::sim {

struct MoveCase {
  Machine machine;
  Request request;
};

inline json json_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

// `more` is patched over the case's host.json.
inline MoveCase move_case(const std::string& name, const json& more = json::object()) {
  const std::filesystem::path source = DOCKHOST_SOURCE_DIR;
  json host = json_of_file(source / "tests/sim/base.json");
  host.merge_patch(json_of_file(source / "tests/plans" / name / "host.json"));
  host.merge_patch(more);
  const json args = json_of_file(source / "tests/plans" / name / "args.json");
  MoveCase made;
  made.machine = machine_of(host);
  made.request.module = args.at("module").get<std::string>();
  made.request.args = args.at("args");
  return made;
}

inline json run_move(SimHost& host, const MoveCase& one) { return run(host, one.request); }

// Whether a file with this text is anywhere on the machine: seen, below a mount, or on a file system.
inline bool is_anywhere(const Machine& machine, const std::string& text) {
  const auto among = [&](const Entries& entries) {
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.second.text == text; });
  };
  const auto below_mount = [&](const Mounted& mounted) { return among(mounted.hidden); };
  const auto on_disk = [&](const auto& disk) { return among(disk.second.files); };
  return among(machine.entries) || std::any_of(machine.mounts.begin(), machine.mounts.end(), below_mount) ||
         std::any_of(machine.disks.begin(), machine.disks.end(), on_disk);
}

}  // namespace dockhost::sim
