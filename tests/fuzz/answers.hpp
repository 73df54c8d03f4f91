// SPDX-License-Identifier: GPL-3.0-or-later
// A host that answers what the input says, and remembers what it was asked. It has no state: whatever would change it
// is an Error.
#pragma once

#include <map>
#include <string>

#include "host/host.hpp"

namespace fuzz {

class Answers : public dockhost::Host {
 public:
  std::map<std::string, std::string> files;          // by path
  std::map<std::string, dockhost::Node> nodes;       // by path; a file has one of its own
  std::map<std::string, dockhost::Output> tools;     // by the beginning of the command line, words with blanks between
  std::map<std::string, dockhost::Answer> requests;  // by the beginning of the target
  dockhost::Answer other_request = {404, "{}"};

  mutable dockhost::Strings targets;        // that were asked for
  std::vector<dockhost::Strings> commands;  // that were run

  bool root() const override { return true; }
  std::optional<dockhost::Node> node(const std::string& path) const override;
  std::optional<std::string> read(const std::string& path) const override;
  dockhost::Strings list(const std::string& directory) const override;
  std::string resolve(const std::string& path) const override;
  std::string unsafe_way(const std::string& /*path*/) const override { return {}; }
  std::string fixed_by_flag(const std::string& /*path*/) const override { return {}; }
  std::string peek(const std::string& device, std::uint64_t offset, std::size_t length) const override;
  bool held(const std::string& /*device*/) const override { return false; }
  dockhost::Answer request(const dockhost::EngineAt& engine, const std::string& method, const std::string& target,
                           std::chrono::seconds limit) override;
  using Host::run;
  dockhost::Output run(const dockhost::Strings& argv, dockhost::Limits limits) override;
  dockhost::Output run_on(const dockhost::Strings& argv, const std::string& text, dockhost::Limits limits) override;

  void write(const std::string& path, const std::string& content, unsigned mode, unsigned uid, unsigned gid) override;
  void remove(const std::string& path) override { refuse(path); }
  void set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) override;
  void make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) override;
  void remove_directory(const std::string& path) override { refuse(path); }
  std::string back_up(const std::string& path) override { refuse(path); }
  void poke(const std::string& device, std::uint64_t offset, const std::string& bytes) override;
  dockhost::TreeSum sum_tree(const std::string& path, const dockhost::TreeRules& rules) const override;
  dockhost::CopyWork work_in_copy(const std::string& copy, const std::string& original,
                                  const dockhost::TreeRules& rules) const override;
  dockhost::Strings compare_trees(const std::string& from, const std::string& to,
                                  const dockhost::Comparison& how) const override;
  void copy_flags(const std::string& from, const std::string& /*to*/) override { refuse(from); }
  void sync_tree(const std::string& path) override { refuse(path); }
  void empty_tree(const std::string& path, const dockhost::TreeRules& /*rules*/) override { refuse(path); }
  void rename(const std::string& from, const std::string& /*to*/) override { refuse(from); }
  void begin_own_mounts() override { refuse("/run/dockhost"); }
  void end_own_mounts() override {}
  dockhost::json owed() const override { return dockhost::json::object(); }
  void owe(const dockhost::json& /*what*/) override { refuse("/run/dockhost"); }
  std::int64_t now() const override { return 1'790'000'000; }
  std::int64_t booted() const override { return 1'780'000'000'000'000; }
  void pause(std::chrono::milliseconds /*time*/) override {}
  bool interrupted() const override { return false; }
  void progress(const std::function<std::string()>& /*words*/) override {}

 private:
  [[noreturn]] static void refuse(const std::string& path);
};

dockhost::Node node_of(dockhost::Node::Type type, unsigned mode, std::uint64_t device = 0);

// Such a host on which dockerd runs.
void start_dockerd(Answers& host);

// What holds for everything that was asked: no command line and no request can be read as another one.
void require_good_questions(const Answers& host);

}  // namespace fuzz
