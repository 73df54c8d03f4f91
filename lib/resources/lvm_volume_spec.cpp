// SPDX-License-Identifier: GPL-3.0-or-later
// The options of the module `lvm_volume` and what is said about them.
#include "resources/lvm_volume_spec.hpp"

namespace dockhost {
namespace {

constexpr const char* kVolumeExamples = R"(- name: A blank disk becomes one volume with ext4 on it
  dockhost.hardening.lvm_volume:
    disks: [/dev/vdb]
    volume_group: docker
    logical_volume: data
    size: 100%FREE

- name: Two disks by their serial numbers, half of both for xfs
  dockhost.hardening.lvm_volume:
    disks:
      - /dev/disk/by-id/ata-DISK_1
      - /dev/disk/by-id/ata-DISK_2
    volume_group: fast
    logical_volume: builds
    size: 50%VG
    fstype: xfs
    label: builds
)";

std::vector<Option> rules() {
  return {{.name = "resize",
           .type = Type::boolean,
           .description = {"Grow what can grow, while it is in use: the physical volume of a disk in O(disks) that has "
                           "grown, the logical volume, its file system.",
                           "Nothing is ever made smaller. An explicit O(size) below the present one is refused; a "
                           "percentage that comes to less by now changes nothing, and the finding says so."},
           .fallback = true},
          {.name = "accept_unknown_data",
           .type = Type::boolean,
           .description = {"Take a disk that holds no known signature although its first MiB is not empty, such as one "
                           "that was wiped with C(wipefs) or is encrypted without a header.",
                           "Nothing else is ever taken by force."},
           .fallback = false}};
}

}  // namespace

std::vector<Option> volume_options() {
  std::vector<Option> all = {
      {.name = "disks",
       .type = Type::list,
       .description = {"Whole disks or partitions, by any of their names.",
                       "The group is made of at least these. More disks in it stay, and one that is added here is "
                       "added to it.",
                       "A disk that is used in any way is refused, and nothing is written: it holds a signature of any "
                       "kind (also a copy at its end), has partitions, is mounted, is held by another device, "
                       "belongs to another group, is read-only or too small."},
       .required = true},
      {.name = "volume_group", .description = {"Name of the volume group."}, .required = true},
      {.name = "logical_volume", .description = {"Name of the logical volume."}, .required = true},
      {.name = "size",
       .description = {"Size of the volume in LVM's words: V(20G), V(20GiB), V(80%VG), V(100%FREE), V(50%PVS). "
                       "Units are powers of 1024.",
                       "Of V(%FREE), what the volume has already counts as free, so that a second run changes nothing. "
                       "V(%PVS) is of the disks in O(disks).",
                       "What does not fit is refused; LVM itself would make it smaller without a word."},
       .required = true},
      {.name = "extent_size",
       .description = {"Size of an extent of a new group, such as V(4M), which is the default. A group that is there "
                       "already keeps its own; another value is refused."}},
      {.name = "fstype",
       .description = {"The file system. A volume that holds another one is refused."},
       .fallback = "ext4",
       .choices = {"ext4", "xfs"}},
      {.name = "label",
       .description = {"Label of the file system, at most 16 characters for ext4 and 12 for xfs. Without it a label "
                       "that is there stays."}},
      {.name = "mkfs_options",
       .type = Type::list,
       .description = {"Further arguments for C(mkfs), used only when the file system is made."}}};
  for (auto& option : rules()) all.push_back(std::move(option));
  return all;
}

Module lvm_volume_spec() {
  Module spec{.name = "lvm_volume", .summary = "A volume of LVM with a file system, from blank disks"};
  spec.description = {
      "Makes disks the physical volumes of a group, a logical volume in it and a file system on that, or grows them.",
      "Check mode tells the whole chain on a disk where none of it exists yet, with sizes to the byte.",
      "A used disk is never touched. What is in a group already, such as other volumes and snapshots, is left alone.",
      "When a step fails, those before it are undone and the disk is blank again; what has grown stays so. A run that "
      "was killed is finished by the next one: a volume whose file system is not finished has the tag "
      "C(dockhost.new)."};
  spec.options = volume_options();
  spec.options.push_back({.name = "state",
                          .description = {"V(present) is the only one: nothing here removes anything."},
                          .fallback = "present",
                          .choices = {"present"}});
  for (auto& option : common_options()) spec.options.push_back(std::move(option));
  spec.requirements = {"lvm2, util-linux, and e2fsprogs or xfsprogs on the managed host"};
  spec.notes = {"The volume is not mounted: M(dockhost.hardening.mount) does that."};
  spec.see_also = {"dockhost.hardening.mount", "community.general.lvg", "community.general.lvol",
                   "community.general.filesystem"};
  spec.examples = kVolumeExamples;
  spec.returns = {{.name = "device", .description = {"The volume's device."}, .sample = "/dev/mapper/docker-data"}};
  return spec;
}

}  // namespace dockhost
