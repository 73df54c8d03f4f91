// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/linux_host.hpp"
#include "host/apart.hpp"

#include <unistd.h>

#include <ctime>
#include <thread>
#include <utility>

#include "host/block.hpp"
#include "host/engine.hpp"
#include "host/private_text.hpp"
#include "host/process.hpp"

namespace dockhost {

LinuxHost::LinuxHost(Options options) : options_(std::move(options)) {
  if (!options_.lock || !root()) return;
  Lock::Wish wish;
  wish.module = options_.module;
  wish.path = options_.lock_path;
  wish.interrupted = &Signals::interrupted;
  lock_.emplace(wish);
}

bool LinuxHost::root() const { return ::geteuid() == 0; }

void LinuxHost::looking(bool on) {
  looking_ = on;
  if (on)
    Signals::watch(options_.interrupted);
  else
    Signals::stop_watching();
}

void LinuxHost::obey() const {
  if (looking_ && Signals::interrupted()) throw Interrupted();
}

std::optional<Node> LinuxHost::node(const std::string& path) const {
  obey();
  return LinuxFiles::node(path);
}

std::optional<std::string> LinuxHost::read(const std::string& path) const {
  obey();
  return LinuxFiles::read(path);
}

Strings LinuxHost::list(const std::string& directory) const {
  obey();
  return LinuxFiles::list(directory);
}

std::string LinuxHost::resolve(const std::string& path) const { return LinuxFiles::resolve(path); }

std::string LinuxHost::peek(const std::string& device, std::uint64_t offset, std::size_t length) const {
  return read_block(device, offset, length);
}

bool LinuxHost::held(const std::string& device) const { return block_held(device); }

void LinuxHost::poke(const std::string& device, std::uint64_t offset, const std::string& bytes) {
  write_block(device, offset, bytes);
}

Answer LinuxHost::request(const EngineAt& engine, const std::string& method, const std::string& target,
                          std::chrono::seconds limit) {
  obey();
  return ask_engine(engine, method, target, limit);
}

Output LinuxHost::run(const Strings& argv, Limits limits) { return run_long(argv, limits, {}); }

Output LinuxHost::run_long(const Strings& argv, Limits limits, const std::function<void()>& meanwhile) {
  obey();
  // Only the tool's name: its arguments may hold a secret (mount --options password=...).
  if (lock_ && !argv.empty()) lock_->doing("running " + argv.front());
  Manner manner;
  if (lock_) manner.lock = lock_->descriptor();
  manner.meanwhile = meanwhile;
  manner.looking = looking_;
  // A tool that looks has nothing to finish.
  limits.ends_with_us = limits.ends_with_us || looking_;
  return run_process(argv, limits, manner);
}

Output LinuxHost::run_on(const Strings& argv, const std::string& text, Limits limits) {
  const PrivateText file(text, options_.private_directory);
  return run(file.named_in(argv), limits);
}

std::string LinuxHost::apart(const std::string& what, const std::function<std::string()>& question) const {
  return ask_apart(what, question, std::chrono::seconds{60});
}

void LinuxHost::write(const std::string& path, const std::string& content, unsigned mode, unsigned uid, unsigned gid) {
  files_.write(path, content, mode, uid, gid);
}

void LinuxHost::remove(const std::string& path) { files_.remove(path); }

void LinuxHost::set_rights(const std::string& path, unsigned mode, unsigned uid, unsigned gid) {
  files_.set_rights(path, mode, uid, gid);
}

void LinuxHost::make_directory(const std::string& path, unsigned mode, unsigned uid, unsigned gid) {
  files_.make_directory(path, mode, uid, gid);
}

void LinuxHost::remove_directory(const std::string& path) { files_.remove_directory(path); }

std::string LinuxHost::back_up(const std::string& path) { return files_.back_up(path); }

TreeSum LinuxHost::sum_tree(const std::string& path, const TreeRules& rules) const {
  return dockhost::sum_tree(path, rules);
}

CopyWork LinuxHost::work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules) const {
  return dockhost::work_in_copy(copy, original, rules);
}

Strings LinuxHost::compare_trees(const std::string& from, const std::string& to, const Comparison& how) const {
  return dockhost::compare_trees(from, to, how);
}

void LinuxHost::copy_flags(const std::string& from, const std::string& to) { dockhost::copy_flags(from, to); }

void LinuxHost::sync_tree(const std::string& path) { dockhost::sync_tree(path); }

void LinuxHost::empty_tree(const std::string& path, const TreeRules& rules) { dockhost::empty_tree(path, rules); }

void LinuxHost::rename(const std::string& from, const std::string& to) { files_.rename(from, to); }

json LinuxHost::owed() const {
  if (lock_) return lock_->owed();
  if (!root()) return json::object();  // the note is root's to read
  const std::optional<Note> note = Lock::look(options_.lock_path);
  return note && !note->live ? note->owes : json::object();
}

void LinuxHost::owe(const json& what) {
  if (lock_) return lock_->owe(what);
  // A user who is not root stops no service and so owes nothing that a later run could pay.
  if (root() && !what.empty()) throw Error("nothing can be owed without the lock", {options_.lock_path});
}

std::int64_t LinuxHost::now() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// btime of /proc/stat is the same in whole seconds: too coarse to tell which of two things was first.
std::int64_t LinuxHost::booted() const {
  const auto read = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1'000;
  };
  return read(CLOCK_REALTIME) - read(CLOCK_BOOTTIME);
}

void LinuxHost::pause(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

void LinuxHost::progress(const std::function<std::string()>& words) {
  constexpr std::chrono::seconds between{10}, silence{30};
  const auto now = std::chrono::steady_clock::now();
  if (options_.alive && now - alive_ >= silence) {
    alive_ = now;
    options_.alive();
  }
  if (now - told_ < between) return;
  told_ = now;
  const std::string text = masked(words());
  if (lock_) lock_->doing(text);
  if (options_.tell) options_.tell(text);
  run_process({"logger", "--tag", "dockhost", "--", text}, Limits{});  // without logger there is no journal to tell
}

bool LinuxHost::interrupted() const { return Signals::interrupted(); }

}  // namespace dockhost
