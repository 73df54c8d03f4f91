// SPDX-License-Identifier: GPL-3.0-or-later
#include "resources/data_refusals.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace dockhost {
namespace {

constexpr const char* kUnchanged = ". Nothing was changed.";

// "1234 bytes in 17 files and directories, the newest file of 2026-11-24 21:00:00 UTC"
std::string in_words(const Tree& tree) {
  if (tree.is == Tree::Is::absent) return "nothing";
  if (!tree.full()) return "an empty directory";
  std::string text = std::to_string(tree.bytes) + " bytes in " + std::to_string(tree.inodes) + " files and directories";
  if (tree.newest == 0) return text;
  const std::time_t time = tree.newest;
  std::tm day{};
  std::array<char, 64> shown{};
  if (::gmtime_r(&time, &day) == nullptr || std::strftime(shown.data(), shown.size(), "%F %T UTC", &day) == 0)
    return text;
  return text + ", the newest file of " + shown.data();
}

// A margin of 5 %.
bool fits(std::uint64_t need, std::uint64_t room) { return need + need / 20 <= room; }

// "volumes/x and 2 more"
std::string count_of(std::size_t files, const std::string& one) {
  return one + (files > 1 ? " and " + std::to_string(files - 1) + " more" : "");
}

struct Room {
  std::uint64_t bytes = 0, inodes = 0;  // 0 inodes: as many as it takes
};

// Of a file system that is not made yet. mke2fs keeps one inode for 16 KiB, and what it takes for itself (inode tables,
// a journal of at most 1 GiB) is less than 4 % (storage.md 9); 5 % are kept for root.
Room room_of_new(const Plan& plan, const DataWish& wish, const std::string& fstype) {
  std::uint64_t bytes = 0;
  if (wish.volume) {
    const auto& volume = plan.now().find<LogicalVolume>(wish.volume->group + "/" + wish.volume->volume);
    bytes = volume ? volume->bytes : 0;
  } else {
    const auto& disk = plan.now().find<Disk>(wish.device);
    bytes = disk ? disk->bytes : 0;
  }
  const bool usual = !wish.volume || wish.volume->mkfs_options.empty();
  return {bytes / 100 * 91, fstype == "ext4" && usual ? bytes / 16384 : 0};
}

// A folder of a file system is mounted on the root: a bind mount, or a subvolume of btrfs.
std::string folder_mounted(const std::string& root, const Mount& mounted) {
  const std::string folder = mounted.root, device = mounted.device.empty() ? mounted.source : mounted.device;
  if (mounted.fstype == "btrfs") {
    return "the btrfs subvolume " + folder + " of " + device + " is mounted on " + root +
           ", and a mount point cannot be moved aside. To move its data: with Docker stopped, umount " + root +
           "; take its entry out of /etc/fstab; mount the subvolume on another directory; cp --archive its content "
           "into " +
           root + "; then run this again";
  }
  return "the directory " + folder + " of " + device + " is mounted on " + root +
         " (a bind mount), and a mount point cannot be moved aside. To move its data: with Docker stopped, umount " +
         root + "; take its entry out of /etc/fstab; rmdir " + root +
         "; mv the directory that was mounted there to it; then run this again";
}

// In subvolumes, or data sets, which no copy takes along.
std::string driver_of_its_own(const Docker& docker) {
  if (docker.driver != "btrfs" && docker.driver != "zfs") return "";
  const std::string what = docker.driver == "btrfs" ? "subvolumes of btrfs" : "data sets of zfs";
  return "the storage driver " + docker.driver + " keeps images and containers in " + what +
         ", which ext4 and xfs do not have. Docker has to use overlay2 first (storage-driver in " + docker.config_path +
         "): volumes stay, images are pulled again or kept with docker save, containers are made again";
}

}  // namespace

std::string unmovable(const Docker& docker, const std::string& root, const std::optional<Mount>& mounted) {
  if (mounted && mounted->root != "/") return folder_mounted(root, *mounted);
  if (docker.swarm)
    return "this host is in an active swarm, which would start its containers elsewhere meanwhile; drain the node and "
           "let it leave first";
  return driver_of_its_own(docker);
}

void refuse_shape(const Docker& docker, const std::string& root, const Data& data) {
  // What cp(1) names, ROOT/./PATH and its copy, has to fit into PATH_MAX with the NUL at its end.
  constexpr std::size_t most = 4096 - 1, copy = std::string_view("/run/dockhost/copy").size(), between = 3;
  const std::string driver = driver_of_its_own(docker);
  if (!driver.empty()) throw Refusal(driver + kUnchanged);
  if (!data.subvolume.empty()) {
    const std::string path = root + "/" + data.subvolume;
    throw Refusal(path + " is a subvolume of btrfs, which no copy takes along" + kUnchanged +
                  " Make a directory of it (mv it aside, cp --archive --reflink=auto it back), or, if Docker does not "
                  "need it any more: btrfs subvolume delete " +
                  path);
  }
  if (data.longest + std::max(root.size(), copy) + between > most) {
    throw Refusal("the data in " + root + " holds a path of " + std::to_string(data.longest) +
                  " bytes below it, longer than cp can name: " + data.deepest + kUnchanged +
                  " Move one of its directories up, or remove it.");
  }
}

void refuse_place(const DataPlace& place) {
  const auto& [root, device, data, mounted, entry, on_target, named] = place;
  if (!data.real.empty() && data.real != root)
    throw Refusal(root + " is a symbolic link to " + data.real + "; name that one in path" + kUnchanged);
  if (mounted && !on_target && mounted->root != "/") throw Refusal(folder_mounted(root, *mounted) + kUnchanged);
  if (mounted && !on_target) {
    throw Refusal(mounted->source + " is mounted on " + root + " already, asked for is " + device +
                  ": data is not moved from one file system of its own to another" + kUnchanged);
  }
  if (mounted && !mounted->below.empty()) {
    throw Refusal("several file systems are mounted on " + root + ", " + mounted->source + " over " +
                  sentence_list(mounted->below) + kUnchanged);
  }
  if (entry && !named)
    throw Refusal("line " + std::to_string(entry->line) + " of /etc/fstab names " + entry->source + " for " + root +
                  ", asked for is " + device + kUnchanged);
  if (!data.flaw.empty()) throw Refusal(data.flaw + kUnchanged);
}

void refuse_users(const Plan& plan, const std::string& unit, const std::string& root) {
  const auto& service = plan.now().find<Service>(unit);
  const bool runs = service && service->active;
  const RootUse use = plan.now().find<RootUse>(root_use_key(root, runs)).value_or(RootUse{});
  if (!use.containers.empty()) {
    const bool one = use.containers.size() == 1;
    throw Refusal((one ? "container " : "containers ") + sentence_list(use.containers) + (one ? " runs" : " run") +
                  " on although " + unit + " does not, and would write on in the old data" + kUnchanged + " Start " +
                  unit + " (systemctl start " + unit + ") and stop " + (one ? "it" : "them") +
                  " there, or let stop_containers do it then.");
  }
  if (!use.others.empty())
    throw Refusal(root + " is in use: " + use.others + kUnchanged + " End that first, and run again.");
}

void refuse_copy(Plan& plan, const DataWish& wish, const std::string& root, const std::string& device,
                 const std::string& fstype, const Data& data) {
  if (data.worked > 0) {
    throw Refusal("somebody has worked on the copy on " + device +
                  ", which is not verified: files in it are newer than " + note_of(root) + " and not as in " + root +
                  " (" + count_of(data.worked, data.worked_name) + ")" + kUnchanged +
                  " If none of them is needed: " + command_to_make(device, fstype) + "; rm " + note_of(root) + ".");
  }
  const bool made = data.target.is != Tree::Is::absent;
  Room room{data.bytes_free + data.target.bytes, data.inodes_free + data.target.inodes};
  if (!made) room = room_of_new(plan, wish, fstype);
  // A target with a copy that is not finished was not counted.
  const bool known = !made || data.bytes_free != 0;
  if (known && !fits(data.own.bytes, room.bytes)) {
    throw Refusal("the data in " + root + " needs " + std::to_string(data.own.bytes) + " bytes and 5 % more, " +
                  device + " has " + std::to_string(room.bytes) + kUnchanged);
  }
  if (known && room.inodes != 0 && !fits(data.own.inodes, room.inodes)) {
    throw Refusal("the data in " + root + " needs " + std::to_string(data.own.inodes) + " inodes and 5 % more, " +
                  device + " has " + std::to_string(room.inodes) + kUnchanged);
  }
  if (data.limited)
    plan.warn("some of the data in " + root +
              " has a project id: limits that overlay2.size sets for containers which "
              "exist already are lost by the copy");
}

void refuse_users_of_old(const Plan& plan, const std::string& root) {
  const std::string old = aside_of(root);
  const RootUse use = plan.now().find<RootUse>(aside_use_key(old)).value_or(RootUse{});
  if (use.none()) return;
  Strings told;
  if (!use.containers.empty()) told.push_back("by " + sentence_list(use.containers));
  if (!use.others.empty()) told.push_back(use.others);
  throw Refusal("the old data in " + old + " is in use: " + join(told, "; ") + ", and it is not removed" + kUnchanged);
}

void refuse_removal(const std::string& root, const Data& data) {
  const std::string old = aside_of(root);
  if (data.noted)
    throw Refusal(note_of(root) + " tells of a move that is not finished, and nothing is removed meanwhile" +
                  kUnchanged + " If there is none: rm " + note_of(root) + ".");
  if (data.unrelated) {
    throw Refusal("nothing of the old data in " + old + " is on what is mounted on " + root +
                  ", so that it was never copied there, or all of it was removed since; it is not removed" +
                  kUnchanged + " If nothing of it is needed: chattr -R -i -a " + old + "; rm -rf --one-file-system " +
                  old + ".");
  }
  if (data.aside.written == 0) return;
  throw Refusal("somebody has written to the old data in " + old + " after it was moved aside (" +
                count_of(data.aside.written, data.aside.written_name) + "), and it is not removed" + kUnchanged +
                " If nothing of it is needed: chattr -R -i -a " + old + "; rm -rf --one-file-system " + old + ".");
}

void refuse_unclear(const std::string& root, const std::string& device, const std::string& fstype, const Data& data,
                    const std::optional<Mount>& mounted) {
  const std::string old = aside_of(root), put_aside = "mv " + old + " " + old + ".other";
  const bool in_the_way = data.aside.is != Tree::Is::absent, noted = data.copy != Data::Copy::none;
  if (data.own.full() && in_the_way && !data.target.full() && !noted && !mounted) {
    throw Refusal(old + " is in the way: the data in " + root + " (" + in_words(data.own) +
                  ") would be moved there, and it holds " + in_words(data.aside) + kUnchanged +
                  " To keep both: " + put_aside + ".");
  }
  std::string text = "it cannot be told which data is the right one. In " + root +
                     (mounted ? ", below the mount of " + mounted->source : "") + ": " + in_words(data.own) + ". In " +
                     old + ": " + in_words(data.aside) + ". On " + device + ": " + in_words(data.target);
  if (data.copy == Data::Copy::verified) {
    const bool both = data.own_newer && data.target_newer, copy = data.target_newer;
    text += std::string(" (a copy that was verified") + (both   ? "; both have changed since)"
                                                         : copy ? " and has changed since)"
                                                                : ")");
  }
  if (data.copy == Data::Copy::begun) text += " (a copy that is not verified)";
  text += kUnchanged;
  const auto choose = [&](const std::string& right, Strings typed) {
    if (mounted) typed.insert(typed.begin(), "umount " + root);
    if (noted) typed.push_back("rm " + note_of(root));
    text += " If what is " + right + " is right, with Docker stopped: " + join(typed, "; ") + ".";
  };
  if (data.copy != Data::Copy::begun && data.own.full() && data.target.full())
    choose("on " + device, {"mv " + root + " " + root + ".other", "mkdir " + old});
  if (data.own.full()) {
    Strings typed;
    if (in_the_way) typed.push_back(put_aside);
    if (data.target.is != Tree::Is::absent) typed.push_back(command_to_make(device, fstype));
    choose("in " + root, typed);
  }
  throw Refusal(text);
}

void refuse_used_device(const DataWish& wish, const Filesystem& found, const std::optional<Disk>& disk) {
  if (!found.blank() && !found.unknown)
    throw Refusal(wish.device + " holds " + found.type + ", wanted is " + wish.fstype + ": nothing is overwritten");
  if (!disk) throw Refusal(wish.device + " does not exist");
  if (!disk->used.empty()) throw Refusal(wish.device + " " + disk->used + kUnchanged);
  if (found.unknown) throw Refusal(wish.device + " has no signature, but its first MiB is not empty" + kUnchanged);
}

}  // namespace dockhost
