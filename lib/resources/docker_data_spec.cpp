// SPDX-License-Identifier: GPL-3.0-or-later
// The options of the module `docker_data` and what is said about them.
#include "resources/docker_data_spec.hpp"

#include "resources/docker_data.hpp"
#include "resources/lvm_volume_spec.hpp"

namespace dockhost {
namespace {

constexpr const char* kDataExamples = R"(- name: Docker's data on a volume of its own, on a blank disk
  dockhost.hardening.docker_data:
    volume:
      disks: [/dev/vdb]

- name: On a partition, and nothing of the old data is kept
  dockhost.hardening.docker_data:
    device: /dev/disk/by-id/ata-DISK_1-part1
    fstype: xfs
    keep_old: false

- name: What would it do?
  dockhost.hardening.docker_data:
    volume:
      disks: [/dev/vdb, /dev/vdc]
      size: 80%VG
  check_mode: true
)";

// Those of lvm_volume, with the names that are usual here.
std::vector<Option> options_of_volume() {
  std::vector<Option> all = volume_options();
  for (Option& option : all) {
    const bool group = option.name == "volume_group", volume = option.name == "logical_volume";
    if (!group && !volume && option.name != "size") continue;
    option.required = false;
    option.fallback = group ? "docker" : volume ? "data" : "100%FREE";
  }
  return all;
}

std::vector<Option> where_it_goes() {
  return {
      {.name = "volume",
       .type = Type::dict,
       .description = {"A volume of LVM, made or grown as M(dockhost.hardening.lvm_volume) does, in the same plan."},
       .suboptions = suboptions_of("volume", options_of_volume())},
      {.name = "device",
       .type = Type::path,
       .description =
           {"A disk, partition or volume: blank, then it gets a file system, or with an empty ext4 or xfs on "
            "it, which is kept. One that is used in any way is refused."}},
      {.name = "fstype",
       .description = {"The file system that a blank O(device) gets."},
       .fallback = "ext4",
       .choices = {"ext4", "xfs"}},
      {.name = "path",
       .type = Type::path,
       .description =
           {"Docker's data root. By default that of the running daemon, else the one in C(daemon.json), else "
            "C(/var/lib/docker); without the sub-directory that a user namespace takes."}},
      {.name = "mount_options",
       .description = {"Options of the mount in fstab. By default C(errors=remount-ro,nofail) for ext4 and "
                       "C(defaults,nofail) for xfs; an entry that is there keeps its own.",
                       "Other ones than those of an entry that is there are written, and put in force by one remount.",
                       "Without C(nofail) a host whose disk is missing ends in emergency mode; with it alone Docker "
                       "would start on an empty directory, which O(require_mount) prevents."}},
      {.name = "passno",
       .type = Type::integer,
       .description =
           {"When the file system is checked at boot, as in fstab. By default 2; an entry that is there keeps "
            "its own."}},
      {.name = "fstab_by",
       .description = {"How a new entry of fstab names the file system. V(name) is the device as it is spelled here; a "
                       "name of the kernel's, such as C(/dev/vdb), which may be another disk after a reboot, is "
                       "written as its link in C(/dev/disk/by-id), else in C(/dev/disk/by-path).",
                       "V(uuid) is the UUID of a file system that is there already. One that is made in the same plan "
                       "has none yet, and is refused.",
                       "An entry that names the same device stays as it is spelled."},
       .fallback = "name",
       .choices = {"name", "uuid"}},
      {.name = "require_mount",
       .type = Type::boolean,
       .description = {"Drop-ins of systemd: Docker does not start without the mount, nor on a copy that is not "
                       "finished; the audit daemon starts after it, because it would watch the directory below."},
       .fallback = true}};
}

std::vector<Option> how_it_is_moved() {
  return {
      {.name = "stop",
       .type = Type::list,
       .description = {"Units to stop while the data is moved: before Docker, and those that Docker needs after it. "
                       "What ran before runs again afterwards, in the reverse order."},
       .fallback = json::array({"docker.socket", "docker.service"})},
      {.name = "stop_containers",
       .type = Type::boolean,
       .description = {"Stop the running containers where live-restore is in force and would keep them. Without it "
                       "such a host is refused."},
       .fallback = false},
      {.name = "verify",
       .description = {"How the copy is compared before anything is moved: V(content) is every byte, read from both "
                       "disks, V(metadata) all but the content of files."},
       .fallback = "content",
       .choices = {"content", "metadata"}},
      {.name = "keep_old",
       .type = Type::boolean,
       .description = {"Keep the old directory, as C(<path>.before-dockhost). V(false) removes it as the last step, "
                       "after Docker runs on the new one, or in a later run. That cannot be undone."},
       .fallback = true},
      {.name = "timeout",
       .type = Type::integer,
       .description = {"How many seconds a start of Docker is waited for. By default as long as its unit allows "
                       "(C(TimeoutStartSec)), and a quarter of an hour where it sets no limit.",
                       "A start that fails brings the old data back at once. One that is not over in time is left "
                       "alone: the task fails, nothing is undone, and the next run goes on from there."}}};
}

}  // namespace

std::vector<Option> data_options() {
  std::vector<Option> all = where_it_goes();
  for (auto& option : how_it_is_moved()) all.push_back(std::move(option));
  return all;
}

Module docker_data_spec() {
  Module spec{.name = "docker_data", .summary = "Docker's data on a file system of its own"};
  spec.description = {
      "Stops Docker, copies its data root, compares the copy with it, moves the old directory aside, mounts the new "
      "file system in its place and starts what ran before.",
      "No byte is lost, whatever fails and whenever: until Docker runs again a failure brings the old data back, "
      "unless "
      "a container has worked on the new one, or Docker is still at its start. A run that was killed, by a power cut "
      "too, is finished by the next one.",
      "Where two places hold data and it cannot be told which is the right one, nothing is changed, and both are "
      "named with what to type."};
  spec.options = data_options();
  for (auto& option : common_options()) spec.options.push_back(std::move(option));
  spec.mutually_exclusive = {{"volume", "device"}};
  spec.required_one_of = {{"volume", "device"}};
  spec.requirements = {"coreutils, util-linux, and e2fsprogs or xfsprogs on the managed host; lvm2 for O(volume)"};
  spec.notes = {
      "The copy takes as long as the data is large. Its progress goes to the journal of the host every ten "
      "seconds; set C(ServerAliveInterval) in the options of ssh."};
  spec.see_also = {"dockhost.hardening.lvm_volume", "dockhost.hardening.mount", "dockhost.hardening.docker_host"};
  spec.examples = kDataExamples;
  spec.returns = {{.name = "path", .description = {"The data root."}, .sample = "/var/lib/docker"},
                  {.name = "device", .description = {"What is mounted there."}, .sample = "/dev/mapper/docker-data"},
                  {.name = "old_data",
                   .description = {"Where the old data lies, empty where there is none."},
                   .sample = "/var/lib/docker.before-dockhost"},
                  {.name = "old_data_bytes",
                   .description = {"How much it takes."},
                   .returned = "when there is old data",
                   .type = Type::integer,
                   .sample = 272000000},
                  {.name = "old_data_freed_by",
                   .description = {"The command that frees it."},
                   .returned = "when there is old data",
                   .sample = "chattr -R -i -a /var/lib/docker.before-dockhost; rm -rf --one-file-system "
                             "/var/lib/docker.before-dockhost"}};
  return spec;
}

}  // namespace dockhost
