// SPDX-License-Identifier: GPL-3.0-or-later
// A host in memory that answers the same verbs and commands as a real one, and can fail or be killed at each change.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>

#include "sim/machine.hpp"

namespace dockhost::sim {

// The product asked for something that the simulation has no answer to: never taken for a success.
struct Unknown : std::logic_error {
  explicit Unknown(const std::string& what) : std::logic_error("the simulated host does not know: " + what) {}
};

// The run was killed. Nothing in the product may catch it, so it is no std::exception.
struct Killed {};

class SimHost final : public Host {
 public:
  explicit SimHost(Machine given) : machine(std::move(given)) {}

  Machine machine;
  std::size_t changes = 0;                     // asked for so far, notes of what is owed included
  std::optional<std::size_t> fail_at;          // the change of this number (from 1) fails
  std::optional<std::size_t> fault_at;         // an exception that is no Error comes in its place
  std::optional<std::size_t> kill_at;          // the run is killed right before the change of this number
  std::optional<std::size_t> meanwhile_at;     // right before the change of this number somebody else does ...
  Strings told;                                // by progress()
  std::vector<Strings> commands;               // that were run, as every local user could see them
  std::function<void(Machine&)> meanwhile;     // ... this
  std::function<void()> between_steps;         // called before each step of a plan
  int woken = 0;                               // a connection started the engine through its socket unit
  std::optional<std::size_t> interrupt_after;  // a signal came during the change of this number; 0: before any

  bool root() const override { return machine.root; }
  std::optional<Node> node(const std::string& path) const override;
  std::optional<std::string> read(const std::string& path) const override;
  Strings list(const std::string& directory) const override;
  std::string resolve(const std::string& path) const override;
  std::string unsafe_way(const std::string& path) const override;
  std::string fixed_by_flag(const std::string& path) const override;
  std::uint64_t mount_behind(const std::string& link) const override;
  std::string peek(const std::string& device, std::uint64_t offset, std::size_t length) const override;
  bool held(const std::string& device) const override;
  Answer request(const EngineAt& engine, const std::string& method, const std::string& target,
                 std::chrono::seconds limit) override;
  Strings audit_actions() override;
  using Host::run;
  Output run(const Strings& argv, Limits limits) override;
  Output run_long(const Strings& argv, Limits limits, const std::function<void()>& tell) override;
  Output run_on(const Strings& argv, const std::string& text, Limits limits) override;
  void write(const std::string& path, const std::string& content, unsigned mode, unsigned uid, unsigned gid) override;
  void remove(const std::string& path) override;
  void set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) override;
  void make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) override;
  void remove_directory(const std::string& path) override;
  std::string back_up(const std::string& path) override;
  void poke(const std::string& device, std::uint64_t offset, const std::string& bytes) override;
  TreeSum sum_tree(const std::string& path, const TreeRules& rules) const override;
  CopyWork work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules) const override;
  Strings compare_trees(const std::string& from, const std::string& to, const Comparison& how) const override;
  void copy_flags(const std::string& from, const std::string& to) override;
  void sync_tree(const std::string& path) override;
  void empty_tree(const std::string& path, const TreeRules& rules) override;
  void rename(const std::string& from, const std::string& to) override;
  void begin_own_mounts() override;
  void end_own_mounts() override;
  json owed() const override { return machine.owed; }
  void owe(const json& what) override;
  std::int64_t now() const override { return machine.clock; }
  std::int64_t booted() const override { return machine.booted * 1'000'000; }
  void pause(std::chrono::milliseconds time) override;
  void progress(const std::function<std::string()>& words) override { told.push_back(masked(words())); }
  bool interrupted() const override {
    if (between_steps) between_steps();
    return interrupt_after && changes >= *interrupt_after;
  }

 private:
  // Counts a change. True when it has to fail. Throws Killed.
  bool change();
  Output copy(const Strings& argv);
  void change_or_throw(const std::string& what, const std::string& path);
  void refuse_unreadable(const std::string& path, const std::string& real) const;
  // change_or_throw(), where nothing keeps root from a change at the path: a link, the file system, a flag.
  void change_at(const std::string& what, const std::string& path, const std::string& real);
  bool killed_ = false;
  std::optional<std::size_t> own_mounts_;  // how many mounts there were before those of the run's own
};

}  // namespace dockhost::sim
