// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/kernel_options.hpp"

#include <map>

#include "base/text.hpp"

namespace dockhost::sim {
namespace {

using Words = std::map<std::string, std::string>;  // asked -> shown

const Words& words_of(const std::string& fstype) {
  static const std::map<std::string, Words> all = {
      {"proc",
       {{"hidepid=0", ""},
        {"hidepid=off", ""},
        {"hidepid=1", "hidepid=noaccess"},
        {"hidepid=2", "hidepid=invisible"},
        {"hidepid=4", "hidepid=ptraceable"},
        {"gid=0", ""}}},
      {"tmpfs",
       {{"mode=1777", ""}, {"uid=0", ""}, {"gid=0", ""}, {"huge=never", ""}, {"mpol=default", ""}, {"inode32", ""}}},
      {"ext4",
       {{"commit=0", ""},
        {"commit=5", ""},
        {"barrier", ""},
        {"barrier=1", ""},
        {"barrier=0", "nobarrier"},
        {"acl", ""},
        {"user_xattr", ""},
        {"delalloc", ""},
        {"init_itable", ""},
        {"journal_ioprio=3", ""},
        {"noload", "norecovery"},
        {"bsdgroups", "grpid"},
        {"max_batch_time=15000", ""}}},
      {"xfs",
       {{"uquota", "usrquota"},
        {"quota", "usrquota"},
        {"gquota", "grpquota"},
        {"pquota", "prjquota"},
        {"qnoenforce", "uqnoenforce"},
        {"bsdgroups", "grpid"},
        {"ikeep", ""},
        {"attr2", ""}}},
      {"btrfs",
       {{"compress", "compress=zlib:3"},
        {"compress=zlib", "compress=zlib:3"},
        {"compress=zstd", "compress=zstd:3"},
        {"compress=no", ""},
        {"compress=none", ""},
        {"commit=30", ""},
        {"discard=sync", "discard"},
        {"thread_pool=4", ""},
        {"nossd_spread", ""}}},
      // Without an upper layer there is nothing to redirect to.
      {"overlay", {{"redirect_dir=off", "redirect_dir=on"}, {"volatile", "fsync=volatile"}}},
  };
  static const Words none;
  const auto found = all.find(fstype);
  return found == all.end() ? none : found->second;
}

unsigned long long bytes(const std::string& text) {
  const char unit = static_cast<char>(text.back() | 0x20);
  const unsigned long long factor = unit == 'g' ? 1ULL << 30U : unit == 'm' ? 1ULL << 20U : unit == 'k' ? 1024 : 1;
  return std::stoull(text) * factor;
}

std::string in_kib(unsigned long long size) {
  constexpr unsigned long long page = 4096;
  return "size=" + std::to_string((size + page - 1) / page * page / 1024) + "k";
}

std::string tmpfs_shows(const std::string& name, const std::string& value) {
  // Half of the 24 GiB that this machine has.
  if (name == "size") return value.ends_with('%') ? "size=12342048k" : in_kib(bytes(value));
  if (name == "nr_blocks") return in_kib(bytes(value) * 4096);
  if (name == "nr_inodes") return "nr_inodes=" + std::to_string(bytes(value));
  return name + "=" + value;
}

}  // namespace

std::string as_kernel_shows(const std::string& fstype, const std::string& option) {
  std::string name = option.substr(0, option.find('='));
  std::string value = name == option ? "" : option.substr(name.size() + 1);
  if (name == "mode" || name == "ptmxmode") {
    while (value.size() > 1 && value.starts_with('0')) value.erase(0, 1);
  }
  std::string plain = value.empty() ? option : name + "=" + value;
  const Words& known = words_of(fstype);
  if (const auto found = known.find(plain); found != known.end()) return found->second;
  if (value.empty()) return option;
  if (fstype == "tmpfs") return tmpfs_shows(name, value);
  if (fstype == "xfs" && (name == "logbsize" || name == "allocsize")) {
    return name + "=" + std::to_string(bytes(value) / 1024) + "k";
  }
  return plain;
}

}  // namespace dockhost::sim
