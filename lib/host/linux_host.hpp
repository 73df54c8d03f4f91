// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "host/host.hpp"
#include "host/linux_files.hpp"
#include "host/lock.hpp"
#include "host/mount_space.hpp"
#include "host/signals.hpp"

namespace dockhost {

// The machine that this process runs on.
class LinuxHost final : public Host {
 public:
  struct Options {
    bool lock = false;   // take the lock before anything is looked at; a user who is not root never does
    std::string module;  // for those who wait
    std::string lock_path = "/run/dockhost.lock";
    std::string private_directory = "/run/dockhost";  // of root, for run_on()
    std::function<void()> alive = {};  // called every half a minute of a long step, so that nobody gives up
    std::function<void(const std::string&)> tell = {};  // gets the words of progress, beside the journal
    Signals::LastWords interrupted = {};                // where a signal ends a look
  };

  explicit LinuxHost(Options options);

  bool root() const override;
  void looking(bool on) override;
  Strings audit_actions() override;
  std::optional<Node> node(const std::string& path) const override;
  std::optional<std::string> read(const std::string& path) const override;
  Strings list(const std::string& directory) const override;
  std::string resolve(const std::string& path) const override;
  std::string unsafe_way(const std::string& path) const override { return files_.unsafe_way(path); }
  std::string fixed_by_flag(const std::string& path) const override { return LinuxFiles::fixed_by_flag(path); }
  std::uint64_t mount_behind(const std::string& link) const override { return LinuxFiles::mount_behind(link); }
  std::string peek(const std::string& device, std::uint64_t offset, std::size_t length) const override;
  bool held(const std::string& device) const override;
  Answer request(const EngineAt& engine, const std::string& method, const std::string& target,
                 std::chrono::seconds limit) override;
  using Host::run;
  Output run(const Strings& argv, Limits limits) override;
  Output run_long(const Strings& argv, Limits limits, const std::function<void()>& meanwhile) override;
  Output run_on(const Strings& argv, const std::string& text, Limits limits) override;
  std::string apart(const std::string& what, const std::function<std::string()>& question) const override;
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
  void begin_own_mounts() override { space_.begin(); }
  void end_own_mounts() override { space_.end(); }
  json owed() const override;
  void owe(const json& what) override;
  std::int64_t now() const override;
  std::int64_t booted() const override;
  void pause(std::chrono::milliseconds time) override;
  bool interrupted() const override;
  void progress(const std::function<std::string()>& words) override;

 private:
  void obey() const;  // throws Interrupted where a signal came while the host is looked at

  Options options_;
  bool looking_ = false;
  Signals signals_;  // before the lock: waiting for it can be interrupted
  LinuxFiles files_;
  MountSpace space_;
  std::optional<Lock> lock_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now(), alive_ = told_;
};

}  // namespace dockhost
