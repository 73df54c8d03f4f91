// SPDX-License-Identifier: GPL-3.0-or-later
// Moves of Docker's data that go wrong late: what stays where, what is told, and that the way out leads out.
#include <doctest/doctest.h>

#include "core/data.hpp"
#include "sim/data.hpp"
#include "sim/mounts.hpp"
#include "sim/move_case.hpp"
#include "sim/tools.hpp"
#include "sim/units.hpp"

using namespace dockhost;
using sim::Machine;
using sim::move_case;
using sim::MoveCase;
using sim::run_move;
using sim::SimHost;

namespace {

const std::string kMovedRoot = "/var/lib/docker", kMoveNote = note_of(kMovedRoot), kMovedOld = aside_of(kMovedRoot);

std::string msg_of(const json& result) { return result.value("msg", ""); }
bool is_failure(const json& result) { return result.value("failed", false); }
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
std::string text_at(const Machine& machine, const std::string& path) {
  const auto found = machine.entries.find(path);
  return found == machine.entries.end() ? "" : found->second.text;
}
bool root_is_mount(const Machine& machine) { return sim::topmost(machine, kMovedRoot) != nullptr; }
bool container_runs(const Machine& machine, const std::string& container) {
  return machine.engine.roots.at(kMovedRoot).containers.at(container).running;
}

// The change at which the run first has `there` true.
std::size_t change_when(const MoveCase& one, bool (*there)(const Machine&)) {
  for (std::size_t k = 1; k < 200; ++k) {
    SimHost host(one.machine);
    bool seen = false;
    host.meanwhile_at = k;
    host.meanwhile = [&](Machine& machine) { seen = there(machine); };
    run_move(host, one);
    if (seen) return k;
  }
  FAIL("the run never comes there");
  return 0;
}

// What a refusal says to type, from after `mark` to the end of that sentence.
Strings typed_after(const std::string& text, const std::string& mark) {
  const std::size_t at = text.find(mark);
  REQUIRE(at != std::string::npos);
  const std::size_t start = text.find(": ", at) + 2, end = std::min(text.find(". ", start), text.size() - 1);
  Strings commands;
  for (const std::string& command : split(text.substr(start, end - start), ';')) commands.push_back(trim(command));
  return commands;
}

void type_in(Machine& machine, const std::string& command) {
  CAPTURE(command);
  const Strings argv = words(command);
  if (argv[0] == "umount") {
    CHECK(sim::unmount(machine, argv.back()) == "");
  } else if (argv[0] == "mv") {
    sim::rename(machine, argv.at(1), argv.at(2));
  } else if (argv[0] == "mkdir") {
    machine.entries[argv.at(1)] = {Node::Type::directory, "", 0755, 0, 0, 0, ++machine.clock};
  } else if (argv[0] == "rm" && argv.size() == 2) {
    REQUIRE(machine.entries.erase(argv[1]) == 1);
  } else if (argv[0] == "rm") {
    sim::empty(machine, argv.back(), {});
    machine.entries.erase(argv.back());
  } else if (argv[0].starts_with("mkfs.")) {
    CHECK(sim::run_tool(machine, argv).good());
  } else {
    REQUIRE(argv[0] == "chattr");
  }
}

// Docker is stopped, the commands typed, and what is asked for asked for again.
Machine after_typing(const MoveCase& one, Machine machine, const Strings& commands) {
  sim::stop_unit(machine, "docker.socket");
  sim::stop_unit(machine, "docker.service");
  for (const std::string& command : commands) type_in(machine, command);
  SimHost next(machine);
  const json result = run_move(next, one);
  INFO(result.dump(1));
  CHECK_FALSE(is_failure(result));
  return next.machine;
}

// A copy and data that both hold a file of their own.
json both_worked(const std::string& note) {
  return {
      {"files", {{kMovedRoot + "/volumes/v/_data/own", "in the root"}, {kMoveNote, note}}},
      {"groups", {{"docker", {{"volumes", {{"data", {{"files", {{"/volumes/v/_data/copied", "on the copy"}}}}}}}}}}}};
}

}  // namespace

TEST_CASE("a copy that somebody has worked on is not emptied, and what the refusal says to type leads on") {
  for (const char* name : {"data-copy-worked", "data-copy-worked-unseen"}) {
    CAPTURE(name);
    const MoveCase one = move_case(name, both_worked("verified uuid-of-docker/data a b\n"));
    SimHost host(one.machine);
    const json result = run_move(host, one);
    INFO(result.dump(1));
    REQUIRE(is_failure(result));
    CHECK(sim::is_anywhere(host.machine, "on the copy"));
    CHECK(says(msg_of(result), "/dev/mapper/docker-data"));
    CHECK(host.machine.units.at("docker.service").state == "active");
    CHECK(text_at(host.machine, kMoveNote) == "verified uuid-of-docker/data a b\n");
    const bool seen = says(msg_of(result), "If what is on");
    const Machine copy =
        after_typing(one, host.machine, typed_after(msg_of(result), seen ? "If what is on" : "If it is the copy"));
    CHECK(text_at(copy, kMovedRoot + "/volumes/v/_data/copied") == "on the copy");
    CHECK(text_at(copy, kMovedRoot + ".other/volumes/v/_data/own") == "in the root");
    const Machine data =
        after_typing(one, host.machine, typed_after(msg_of(result), seen ? "If what is in" : "If it is the data"));
    CHECK(text_at(data, kMovedRoot + "/volumes/v/_data/own") == "in the root");
    CHECK(text_at(data, kMovedRoot + "/volumes/v/_data/copied") == "");
    CHECK(root_is_mount(data));
  }
}

TEST_CASE("what a refused unverified copy says to type leads on") {
  const MoveCase one = move_case("data-worked-one");
  SimHost host(one.machine);
  const json result = run_move(host, one);
  REQUIRE(is_failure(result));
  const Machine after = after_typing(one, host.machine, typed_after(msg_of(result), "If none of them is needed"));
  CHECK(root_is_mount(after));
  CHECK_FALSE(sim::is_anywhere(after, "x"));
}

TEST_CASE("a start that fails without any work gives the old data back, and the next run copies anew") {
  const MoveCase one = move_case("data-start-fails");
  SimHost host(one.machine);
  const json result = run_move(host, one);
  INFO(result.dump(1));
  CHECK(is_failure(result));
  // The volume, its file system and the drop-in stay for the next run.
  CHECK(result.at("not_undone").dump().find("done, and it stays: move the data") == std::string::npos);
  CHECK_FALSE(root_is_mount(host.machine));
  CHECK(host.machine.units.at("docker.service").state == "active");
  CHECK(container_runs(host.machine, "web"));
  Machine mended = host.machine;
  mended.engine.fails_on_mount.clear();
  SimHost next(mended);
  const json second = run_move(next, one);
  INFO(second.dump(1));
  CHECK_FALSE(is_failure(second));
  CHECK(root_is_mount(next.machine));
  CHECK(container_runs(next.machine, "web"));
}

TEST_CASE("what a container wrote before dockerd was ready stays, and so does the move") {
  for (const char* name : {"data-start-fails-worked", "data-start-fails-alive"}) {
    CAPTURE(name);
    const MoveCase one = move_case(name);
    SimHost host(one.machine);
    const json result = run_move(host, one);
    INFO(result.dump(1));
    CHECK(is_failure(result));
    CHECK(result.at("rolled_back") == false);
    CHECK(result.at("changed") == true);
    CHECK(says(result.at("not_undone").dump(), "the data of /var/lib/docker stays on /dev/mapper/docker-data"));
    CHECK(root_is_mount(host.machine));
    CHECK(host.machine.entries.contains(kMovedOld));
    Machine mended = host.machine;
    mended.engine.fails_on_mount.clear();
    mended.users.clear();
    SimHost next(mended);
    const json second = run_move(next, one);
    INFO(second.dump(1));
    CHECK_FALSE(is_failure(second));
    CHECK(container_runs(next.machine, "web"));
    CHECK_FALSE(next.machine.entries.contains(kMoveNote));
  }
}

TEST_CASE("an end that misses something keeps its note, and nothing is removed as long as it is there") {
  MoveCase one = move_case("data-remove-old");
  const std::size_t k = change_when(one, [](const Machine& machine) {
    return root_is_mount(machine) && machine.units.at("docker.service").state == "active";
  });
  SimHost host(one.machine);
  host.meanwhile_at = k;
  host.meanwhile = [](Machine& machine) {
    sim::empty(machine, kMovedRoot + "/volumes/v", {}), machine.entries.erase(kMovedRoot + "/volumes/v");
  };
  const json result = run_move(host, one);
  INFO(result.dump(1));
  CHECK(is_failure(result));
  CHECK(says(msg_of(result), "volumes/v"));
  CHECK(host.machine.entries.contains(kMoveNote));
  CHECK(host.machine.entries.contains(kMovedOld + "/volumes/v"));
  CHECK(root_is_mount(host.machine));
  SimHost next(host.machine);
  CHECK(is_failure(run_move(next, one)));
  CHECK(next.machine.entries.contains(kMovedOld + "/volumes/v"));
  CHECK(next.machine.entries.contains(kMoveNote));
}

TEST_CASE("a container that cannot start again undoes nothing of the move, and unmounts nothing") {
  MoveCase one = move_case("data-stop-containers");
  SimHost whole(one.machine);
  REQUIRE_FALSE(is_failure(run_move(whole, one)));
  const std::size_t first = change_when(one, [](const Machine& machine) {
    return root_is_mount(machine) && machine.units.at("docker.service").state == "active";
  });
  for (std::size_t k = first; k <= whole.changes; ++k) {
    CAPTURE(k);
    SimHost host(one.machine);
    host.fail_at = k;
    const json result = run_move(host, one);
    INFO(result.dump(1));
    CHECK(root_is_mount(host.machine));
    CHECK(host.machine.entries.contains(kMovedOld));
    CHECK_FALSE(
        says(result.dump(), "copy the data in /var/lib/docker to /dev/mapper/docker-data and compare every byte: "));
  }
}
