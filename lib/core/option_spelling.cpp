// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/option_spelling.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/text.hpp"
#include "core/in_force.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kExt = "ext2 ext3 ext4", kFat = "vfat msdos exfat ntfs3", kFake = "debugfs tracefs";
constexpr std::string_view kAny;

bool listed(std::string_view names, const std::string& name) {
  const Strings all = words(names);
  return names.empty() || contains(all, name);
}

// An option that is another one under an older or a shorter name.
struct Alias {
  std::string_view fstypes, asked, meant;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"xfs", "uquota", "usrquota"},
    {"xfs", "quota", "usrquota"},
    {"xfs", "qnoenforce", "uqnoenforce"},
    {"xfs", "gquota", "grpquota"},
    {"xfs", "pquota", "prjquota"},
    {"xfs", "bsdgroups", "grpid"},
    {"xfs", "sysvgroups", "nogrpid"},
    {kExt, "quota", "usrquota"},
    {kExt, "barrier=0", "nobarrier"},
    {kExt, "barrier=1", "barrier"},
    {kExt, "noload", "norecovery"},
    {kExt, "bsdgroups", "grpid"},
    {kExt, "sysvgroups", "nogrpid"},
    {kExt, "bsddf", "nominixdf"},
    {kExt, "dioread_lock", "nodioread_nolock"},
    {"btrfs", "compress", "compress=zlib"},
    {"btrfs", "compress-force", "compress-force=zlib"},
    {"btrfs", "discard=sync", "discard"},
    {"btrfs", "space_cache=v1", "space_cache"},
    {"tmpfs", "inode32", "noinode64"},
    {"overlay", "volatile", "fsync=volatile"},
});

// The parts before '=' of options that have two names.
constexpr auto kNames = std::to_array<Alias>({
    {"nfs nfs4", "nfsvers", "vers"},
    {"cifs smb3", "user", "username"},
    {"cifs smb3", "dom", "domain"},
    {"cifs smb3", "workgroup", "domain"},
});

// A value that is another one in words. `asked` is name=value.
constexpr auto kValues = std::to_array<Alias>({
    {"proc", "hidepid=0", "off"},
    {"proc", "hidepid=1", "noaccess"},
    {"proc", "hidepid=2", "invisible"},
    {"proc", "hidepid=4", "ptraceable"},
    {kExt, "commit=0", "5"},
    {"btrfs", "compress=zlib", "zlib:3"},
    {"btrfs", "compress=zlib:0", "zlib:3"},
    {"btrfs", "compress=zstd", "zstd:3"},
    {"btrfs", "compress=zstd:0", "zstd:3"},
    {"btrfs", "compress=none", "no"},
    {"btrfs", "compress-force=zlib", "zlib:3"},
    {"btrfs", "compress-force=zlib:0", "zlib:3"},
    {"btrfs", "compress-force=zstd", "zstd:3"},
    {"btrfs", "compress-force=zstd:0", "zstd:3"},
    {"btrfs", "compress-force=none", "no"},
});

// How the value of an option is written: `text` is shown in ways that are not known, `page` is a size that the kernel
// rounds up to pages, `id` may be a name, which mount(8) makes a number.
enum class Form { text, word, number, size, page, octal, id };

constexpr const char* kSilent = nullptr;  // nothing shown says nothing

struct Value {
  std::string_view fstypes, names;
  Form form = Form::text;
  const char* unshown = kSilent;  // what is in force where the kernel shows none of it
};
constexpr auto kForms = std::to_array<Value>({
    {"tmpfs", "size", Form::page, "50%"},
    {"tmpfs", "nr_inodes", Form::size},
    {"tmpfs", "mode", Form::octal, "1777"},
    {"tmpfs", "uid gid", Form::id, "0"},
    {"tmpfs", "huge", Form::word, "never"},
    {"tmpfs", "mpol", Form::text, "default"},
    {"proc", "hidepid", Form::word, "off"},
    {"proc", "gid", Form::id, "0"},
    {"proc", "subset", Form::word, ""},
    {kExt, "commit", Form::number, "5"},
    {kExt, "inode_readahead_blks", Form::number, "32"},
    {kExt, "max_batch_time", Form::number, "15000"},
    {kExt, "min_batch_time max_dir_size_kb", Form::number, "0"},
    {kExt, "stripe", Form::number},
    {kExt, "resuid resgid", Form::id},
    {kExt, "data errors jqfmt usrjquota grpjquota dax", Form::word},
    {"xfs", "logbufs sunit swidth", Form::number},
    {"xfs", "logbsize allocsize", Form::size},
    {"xfs", "dax", Form::word},
    {"btrfs", "compress compress-force", Form::word, "no"},
    {"btrfs", "commit", Form::number, "30"},
    {"btrfs", "metadata_ratio", Form::number, "0"},
    {"btrfs", "max_inline", Form::size},
    {"btrfs", "thread_pool", Form::number},
    {"btrfs", "fatal_errors", Form::word, "bug"},
    {"devpts", "mode", Form::octal, "600"},
    {"devpts", "ptmxmode", Form::octal, "0"},
    {"devpts", "uid gid", Form::id},
    {"devpts", "max", Form::number},
    {"hugetlbfs", "mode", Form::octal, "755"},
    {"hugetlbfs", "uid gid", Form::id, "0"},
    {"hugetlbfs", "pagesize", Form::size},
    {"hugetlbfs", "size min_size", Form::text},
    {kFake, "mode", Form::octal, "700"},
    {kFake, "uid gid", Form::id, "0"},
    {kFat, "uid gid", Form::id, "0"},
    {kFat, "codepage iocharset nls", Form::text},
    {"overlay", "upperdir workdir", Form::word},
    {kAny, "mode umask fmask dmask file_mode dir_mode rootmode allow_utime", Form::octal},
    {kAny, "uid gid user_id group_id", Form::id},
    {kAny, "size nr_inodes", Form::size},
    {kAny, "errors subvol context fscontext defcontext rootcontext", Form::word},
});

const Value* form_of(const std::string& fstype, const std::string& name) {
  const auto* const found = std::find_if(kForms.begin(), kForms.end(), [&](const Value& known) {
    return listed(known.fstypes, fstype) && listed(known.names, name);
  });
  return found == kForms.end() ? nullptr : found;
}

template <std::size_t N>
std::string meant_by(const std::array<Alias, N>& all, const std::string& fstype, const std::string& asked) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Alias& known) {
    return known.asked == asked && listed(known.fstypes, fstype);
  });
  return found == all.end() ? "" : std::string(found->meant);
}

bool digits(const std::string& text) {
  return !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string without_leading_zeros(const std::string& text) {
  const std::size_t start = text.find_first_not_of('0');
  return start == std::string::npos ? "0" : text.substr(start);
}

// "2G", "2097152k", "1024" as bytes, as memparse() of the kernel reads them; nothing for "50%" or a word.
std::optional<std::uint64_t> bytes(const std::string& text) {
  constexpr std::string_view units = "kmgt";
  const bool scaled = !text.empty() && !digits(text);
  const std::string number = scaled ? text.substr(0, text.size() - 1) : text;
  if (!digits(number)) return std::nullopt;
  if (!scaled) return std::stoull(number);
  const std::size_t unit = units.find(static_cast<char>(text.back() | 0x20));
  if (unit == std::string_view::npos) return std::nullopt;
  const unsigned shift = 10 * (static_cast<unsigned>(unit) + 1);
  const std::uint64_t value = std::stoull(number);
  return value > (UINT64_MAX >> shift) ? std::nullopt : std::optional(value << shift);
}

std::string unquoted(const std::string& text) {
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

std::string written(Form form, const std::string& value) {
  constexpr std::uint64_t page = 4096;
  const auto size = form == Form::size || form == Form::page ? bytes(value) : std::nullopt;
  if (size) return std::to_string(form == Form::page ? (*size + page - 1) / page * page : *size);
  const bool number = form == Form::octal || form == Form::number || form == Form::id;
  if (number && digits(value)) return without_leading_zeros(value);
  if (form == Form::id && value == "root") return "0";
  return unquoted(value);
}

// tmpfs: pages of 4 KiB as a size, which is what the kernel shows.
std::string size_of_blocks(const std::string& value) {
  const auto blocks = bytes(value);
  return blocks && *blocks < (UINT64_MAX >> 12U) ? "size=" + std::to_string(*blocks << 12U) : "";
}

}  // namespace

std::string in_one_spelling(const std::string& fstype, const std::string& option) {
  if (generic(option)) return option;
  const std::string other = meant_by(kAliases, fstype, option);
  const std::string& meant = other.empty() ? option : other;
  const std::size_t equals = meant.find('=');
  if (equals == std::string::npos) return meant;
  std::string name = meant.substr(0, equals);
  const std::string value = meant.substr(equals + 1);
  if (fstype == "tmpfs" && name == "nr_blocks") {
    const std::string size = size_of_blocks(value);
    return size.empty() ? meant : size;
  }
  if (const std::string known = meant_by(kNames, fstype, name); !known.empty()) name = known;
  if (name == "subvol") return "subvol=" + (value.starts_with('/') ? value : "/" + value);
  const Value* const form = form_of(fstype, name);
  const std::string shown = written(form == nullptr ? Form::text : form->form, value);
  const std::string known = meant_by(kValues, fstype, name + "=" + shown);
  return name + "=" + (known.empty() ? shown : known);
}

std::string decided_by(const std::string& fstype, const std::string& option) {
  const std::string what = subject(in_one_spelling(fstype, option));
  // Without copies there is neither a sum nor compression, and each turns the others off or on (btrfs_parse_param).
  const Strings copying = {"compress-force", "datacow", "datasum"};
  if (fstype == "btrfs" && contains(copying, what)) return "compress";
  return fstype == "xfs" && what == "inode32" ? "inode64" : what;
}

bool told_by_value(const std::string& fstype, const std::string& option) {
  const std::size_t equals = option.find('=');
  if (equals == std::string::npos) return false;
  const Value* const form = form_of(fstype, option.substr(0, equals));
  if (form == nullptr || form->form == Form::text) return false;
  const std::string value = option.substr(equals + 1);
  return form->form == Form::word ? !value.empty() : digits(written(form->form, value));
}

std::optional<std::string> unshown_value(const std::string& fstype, const std::string& name) {
  const Value* const form = form_of(fstype, name);
  if (form == nullptr || form->unshown == kSilent) return std::nullopt;
  return written(form->form, form->unshown);
}

bool lost_at_remount(const std::string& fstype, const std::string& option) {
  const std::string name = option.substr(0, option.find('='));
  if (fstype == "devpts") return listed("uid gid mode ptmxmode max", name);
  if (listed(kFake, fstype)) return listed("uid gid mode", name);
  if (fstype == "cgroup2") {
    return listed(
        "nsdelegate favordynmods memory_localevents memory_recursiveprot memory_hugetlb_accounting pids_localevents",
        name);
  }
  return fstype == "xfs" && name == "inode32";
}

bool shown_when_on(const std::string& fstype, const std::string& flag) {
  // On f2fs, fat and others, too; btrfs shows it as discard=async.
  if (flag == "discard") return true;
  if (fstype == "tmpfs") return listed("inode64 noswap", flag);
  if (fstype == "xfs") {
    return listed(
        "wsync swalloc noalign largeio filestreams grpid norecovery nouuid inode32 inode64 usrquota "
        "uqnoenforce prjquota pqnoenforce grpquota gqnoenforce",
        flag);
  }
  return fstype == "btrfs" && listed(
                                  "nodatacow nodatasum degraded autodefrag user_subvol_rm_allowed flushoncommit "
                                  "nobarrier noacl enospc_debug notreelog",
                                  flag);
}

}  // namespace dockhost
