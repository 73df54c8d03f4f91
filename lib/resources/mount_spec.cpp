// SPDX-License-Identifier: GPL-3.0-or-later
// The options of the module `mount` and what is said about them. Names, types, defaults and meanings follow
// ansible.posix.mount on Linux.
#include "resources/mount.hpp"

namespace dockhost {
namespace {

constexpr const char* kMountExamples = R"(- name: A file system for Docker's data, by label
  dockhost.hardening.mount:
    path: /var/lib/docker
    src: LABEL=docker
    fstype: ext4
    opts: nodev,nofail
    passno: '2'
    state: mounted

- name: Nobody runs programs from /tmp; its other options stay
  dockhost.hardening.mount:
    path: /tmp
    src: tmpfs
    fstype: tmpfs
    opts: noexec,nosuid
    opts_mode: merge
    state: mounted

- name: A directory in a second place, read-only
  dockhost.hardening.mount:
    path: /srv/www/shared
    src: /srv/shared
    fstype: none
    opts: bind,ro
    state: mounted

- name: An entry for a disk that is not there at every boot
  dockhost.hardening.mount:
    path: /mnt/backup
    src: UUID=b3e48f45-f933-4c8e-a700-22a159ec9077
    fstype: xfs
    boot: false
    state: present

- name: Swap on a partition
  dockhost.hardening.mount:
    path: none
    src: /dev/vdb2
    fstype: swap
    opts: sw
    state: present

- name: A share that fstab does not know, with a password that no log knows
  dockhost.hardening.mount:
    path: /mnt/share
    src: //files.example.org/share
    fstype: cifs
    opts: "username={{ share_user }},password={{ share_password }}"
    opts_no_log: true
    state: ephemeral

- name: Neither mounted nor in fstab, and the directory gone if it is empty
  dockhost.hardening.mount:
    path: /mnt/old
    state: absent
)";

Option state_option() {
  return {
      .name = "state",
      .description =
          {("V(mounted): the entry is in fstab as asked, and exactly this is mounted on O(path), with these options "
            "in force. The directory is made if it is missing. Something else that is mounted there is unmounted "
            "first. Options are changed by a remount; what a remount cannot change is an error before anything is "
            "done. The run that writes an option into fstab remounts with it once, also where the kernel does not show "
            "it."),
           "V(present): the entry is in fstab as asked. What is mounted is not looked at.",
           ("V(absent): the entry is taken out of fstab, O(path) is unmounted and its directory removed if it is "
            "empty; otherwise it stays, with a warning. The automount unit of an entry with V(x-systemd.automount) is "
            "stopped behind the unmount. Without an entry nothing is done."),
           "V(absent_mount): like V(absent), but the directory stays.",
           "V(absent_from_fstab): the entry is taken out of fstab and nothing else.",
           "V(unmounted): nothing is mounted on O(path). fstab is left alone.",
           ("V(remounted): a remount, always, so that the task is always changed. With the options of O(opts) where "
            "they are given, otherwise with those of fstab; fstab is left alone."),
           ("V(ephemeral): this is mounted on O(path) with these options, and fstab is not even read. Another source "
            "that is mounted there is an error.")},
      .required = true,
      .choices = {"absent", "absent_from_fstab", "absent_mount", "ephemeral", "mounted", "present", "remounted",
                  "unmounted"}};
}

std::vector<Option> fields() {
  return {
      {.name = "path",
       .type = Type::path,
       .description = {"The mount point, such as V(/srv/data); V(none) for swap.",
                       "A slash at its end makes no difference."},
       .required = true,
       .aliases = {"name"}},
      {.name = "src",
       .type = Type::path,
       .description =
           {"What is mounted: a device, V(UUID=...), V(LABEL=...), V(PARTUUID=...), V(PARTLABEL=...), a file, "
            "a directory for a bind mount, V(server:/path), V(//server/share), or a word for file systems "
            "that need no device.",
            "An entry that names the same device in another way is the same: the spelling in fstab stays.",
            "Required for the states V(mounted), V(present) and V(ephemeral), and for swap."}},
      {.name = "fstype",
       .description = {"The type of the file system; V(none) for a bind mount.",
                       "Required for the states V(mounted), V(present) and V(ephemeral)."}},
      {.name = "opts",
       .description = {"The mount options, separated by commas. By default V(defaults).",
                       "They are compared with those in fstab and with those in force by what they do, not by how they "
                       "are written: the order, V(defaults), V(rw) and the like make no difference, nor does another "
                       "spelling of a value, such as V(hidepid=2) for V(hidepid=invisible) and V(size=64M) for "
                       "V(size=65536k).",
                       "Blanks are refused."},
       .no_log_if = "opts_no_log"},
      {.name = "opts_mode",
       .description = {"V(exact): the options are O(opts) and no others.",
                       "V(merge): each option of O(opts) is added, or takes the place of the one it contradicts, such "
                       "as V(noexec) of V(exec) and V(size=2G) of V(size=1G). Options that may stand several times "
                       "(V(lowerdir+=), V(x-systemd.requires=)) add up. The others stay."},
       .fallback = "exact",
       .choices = {"exact", "merge"}},
      {.name = "opts_no_log",
       .type = Type::boolean,
       .description = {"Show no mount options anywhere in the result, neither those of O(opts) nor those found on the "
                       "host.",
                       "In state V(ephemeral) C(mount) reads them from a file that root alone can read. The command "
                       "line of a helper of it, such as C(mount.cifs), shows them to every local user all the same: "
                       "V(credentials=/root/share.cred) keeps a password out of it."},
       .fallback = false},
      {.name = "dump",
       .description = {"The fifth field of the entry, for dump(8). It has no meaning for the state V(ephemeral).",
                       "When it is not given, V(0), or with O(opts_mode=merge) what the entry has."}},
      {.name = "passno",
       .description = {"The sixth field of the entry: when fsck(8) checks the file system at boot. It has no meaning "
                       "for the state V(ephemeral).",
                       "When it is not given, V(0), or with O(opts_mode=merge) what the entry has."}},
  };
}

std::vector<Option> how() {
  return {
      {.name = "fstab",
       .description = {"The file to use instead of C(/etc/fstab), for instance of a system below a directory.",
                       "The state V(ephemeral) ignores it."}},
      {.name = "boot",
       .type = Type::boolean,
       .description = {"Whether the file system is mounted at boot. V(false) adds V(noauto) to the options.",
                       "The state V(ephemeral) ignores it."},
       .fallback = true},
      {.name = "hide_existing_data",
       .type = Type::boolean,
       .description = {"Allow a mount over a directory that is not empty, whose files cannot be seen until the "
                       "unmount."},
       .fallback = false},
      {.name = "backup",
       .type = Type::boolean,
       .description = {"Keep the old fstab beside the new one, under a name with the time."},
       .fallback = false},
  };
}

std::vector<Return> returns() {
  return {
      {.name = "name", .description = {"The mount point as it was given."}, .sample = "/srv/data"},
      {.name = "src", .description = {"The source as it was given."}, .returned = "when given", .sample = "LABEL=data"},
      {.name = "fstype", .description = {"The type as it was given."}, .returned = "when given", .sample = "ext4"},
      {.name = "opts",
       .description = {"The options of the entry, V(noauto) of O(boot) included."},
       .sample = "nodev,noauto"},
      {.name = "dump", .description = {"The fifth field."}, .sample = "0"},
      {.name = "passno", .description = {"The sixth field."}, .sample = "0"},
      {.name = "fstab", .description = {"The file of the entry."}, .sample = "/etc/fstab"},
      {.name = "boot", .description = {"V(yes) or V(no), as text."}, .sample = "yes"},
  };
}

}  // namespace

Module mount_spec() {
  Module spec{.name = "mount", .summary = "Entries of fstab and the mounts themselves"};
  spec.description = {
      "Brings an entry of fstab, what is mounted on a path, and the options in force to what is asked for. Each is "
      "looked at by itself: an entry that is right does not hide a mount that is wrong.",
      "Every byte of fstab that is not asked about stays as it is, comments and malformed lines included. The file is "
      "replaced in one step, and systemd reads it again.",
      "Takes the options and states of M(ansible.posix.mount) on Linux.",
      "When a step fails, those before it are undone."};
  spec.options = fields();
  spec.options.push_back(state_option());
  for (auto& option : how()) spec.options.push_back(std::move(option));
  for (auto& option : common_options()) spec.options.push_back(std::move(option));
  spec.notes = {
      ("Several entries for one mount point are an error that names their lines, unless all of them are what is asked "
       "for."),
      ("Options of a file system that the kernel does not show are taken to be in force unless this run changes them "
       "in fstab. Options that the kernel adds are left alone. An option that the kernel shows with a value of which "
       "is "
       "not known whether it means the same is C(not_testable), and left alone."),
      "An option that is dropped and that no other option takes back stays in force until the unmount, with a warning.",
      ("In state V(ephemeral) nothing changes where this is mounted already with these options in force; "
       "M(ansible.posix.mount) remounts each time."),
      ("A mount point behind a symbolic link is refused where others than root own the link or can change a directory "
       "on the way to it. A read-only or immutable fstab is refused before anything is done."),
      ("Where the system was not booted with systemd, as in containers and on Alpine, all states work; nobody is told "
       "to read fstab again."),
      "A mount that is in use is not unmounted: who uses it is named, in check mode too, with what to do first."};
  spec.requirements = {"mount, umount, findfs and unshare (util-linux)", "find (findutils)"};
  spec.see_also = {"ansible.posix.mount"};
  spec.examples = kMountExamples;
  spec.returns = returns();
  spec.required_if = {{"state", "mounted", {"src", "fstype"}},
                      {"state", "present", {"src", "fstype"}},
                      {"state", "ephemeral", {"src", "fstype"}}};
  return spec;
}

}  // namespace dockhost
