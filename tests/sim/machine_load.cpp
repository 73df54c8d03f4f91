// SPDX-License-Identifier: GPL-3.0-or-later
// A description of a machine is an object; every member may be left out:
//   root         false: the run is not root's
//   systemd      false: the machine was not booted with it
//   files        path: "content" | {content | lines, mode ("0644"), uid, gid, flag ("immutable")}; null takes one of
//                the base away
//   directories  path: {mode, uid, gid}; parents of anything are made by themselves
//   links        path: target | {target, uid}
//   sockets      path: {mode, uid, gid}
//   devices      path: {fstype, uuid, label, partuuid, links: [path], backing: file, files: {path below its root: ...}}
//                bytes, optimal_io, read_only, busy, held_by: [name], start: "of its first MiB", partition,
//                signatures: ["gpt 0x200"], dirty (journal), excluded: "why LVM does not use it"}; a whole disk of 2
//                GiB
//   groups       name: {extent, disks: {path: extents}, volumes: {name: {extents, layout, tags, active}}, exported,
//                partial, twice}; the file system of a volume is said under devices: /dev/mapper/group-volume
//   missing_tools  names
//   subvolumes   [path]: directories that are subvolumes of btrfs
//   silent       paths at or below which nothing answers
//   mounts       path: {source, root, fstype, options: "a,b", since: seconds after the boot} | [several, oldest first]
//   processes    pid: {name, exe, uid, parent, argv, space, cwd, root, files: [path], maps: [path],
//                writes: [path of a file open for writing], bound: [path that a socket is bound to],
//                covered: true where it held all that before the topmost mount there}
//   spaces       name of a mount namespace: {follows, mounts: [{path, of: a path of the machine's | fstype}]}
//   busy         mount point: ["812 postgres"]
//   swaps        [path]: files in use as swap
//   units        name: {active, fragment, drop_ins, requires, binds_to, part_of, triggers, requisite, wants,
//                propagates_stop_to, cannot_start, masked, transient, makes: [container], starting: seconds that its
//                start still takes, failed: "failed" | "auto-restart"}
//   docker       {version, running, swarm, autolock (of the swarm), refuses_to_start, start_takes: seconds or -1 for
//   ever, silent, chatter, container_says, plugins, log_plugins, in_force: {not as in daemon.json}, network,
//                 roots: {path: {images, volumes, containers: {name: {running, policy, auto_remove, ...}}}}}
//                 more of a container: network, ipc, pid ("container:X"), links, volumes_from, binds: ["/from:/to"],
//                 mounts: [{source, target, create}], devices, files: [mount points that are files], runtime,
//                 task (of a swarm), ends (by itself), address: fixed, takes: address that it gets where it is free,
//                 broken: "dockerd's words", broken_by: setting, passing: n
//   audit        {enabled, daemon, logs, kernel, container, version, loaded: seconds after the boot,
//                 rules: ["-w /x" | {rule, dead: true}], records: [{at: seconds after the boot, rule}]}
//   owed         what a dead run left noted
//   In the note of a move, OWN, ASIDE and COPY are the hashes of the data root, the one aside, and the file system with
//   that UUID. docker also: {fails_on_mount: its last words, leaves_alive}, a container: {writes: file below the root}
#include <stdexcept>

#include "core/kinds.hpp"
#include "sim/audit.hpp"
#include "sim/data.hpp"
#include "sim/dockerd.hpp"
#include "sim/machine.hpp"
#include "sim/mounts.hpp"
#include "sim/storage.hpp"

namespace dockhost::sim {
namespace {

[[noreturn]] void unknown(const std::string& where, const std::string& what) {
  throw std::runtime_error("host description: " + where + " does not know " + quote(what));
}

void only(const std::string& where, const json& object, const Strings& names) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) unknown(where, name);
  }
}

void rights(Entry& entry, const json& given) {
  if (given.contains("mode")) {
    entry.mode = static_cast<unsigned>(std::stoul(given.at("mode").get<std::string>(), nullptr, 8));
  }
  entry.uid = given.value("uid", 0U);
  entry.gid = given.value("gid", 0U);
}

Entry file_of(const json& given) {
  Entry entry;
  entry.changed = Machine{}.booted;
  if (given.is_string()) {
    entry.text = given.get<std::string>();
    return entry;
  }
  only("a file", given, {"content", "lines", "mode", "uid", "gid", "changed", "flag"});
  entry.flag = given.value("flag", "");
  entry.text = given.value("content", "");
  if (given.contains("lines")) {
    for (const json& line : given.at("lines")) entry.text += line.get<std::string>() + "\n";
  }
  rights(entry, given);
  entry.changed += given.value("changed", 0);
  if (entry.changed > Machine{}.clock) entry.touched = Machine{}.booted;
  return entry;
}

void put(Entries& entries, const std::string& path, Entry entry) {
  make_parents(entries, path);
  entries[path] = std::move(entry);
}

Entry link_to(const std::string& target) { return {Node::Type::link, target, 0777, 0, 0, 0, 0}; }

void load_entries(Machine& machine, const json& given) {
  const json all_files = given.value("files", json::object());
  for (const auto& [path, file] : all_files.items()) {
    put(machine.entries, path, file_of(file));
  }
  const json all_directories = given.value("directories", json::object());
  for (const auto& [path, directory] : all_directories.items()) {
    only("a directory", directory, {"mode", "uid", "gid"});
    Entry entry{Node::Type::directory, "", 0755, 0, 0, 0, 0};
    rights(entry, directory);
    put(machine.entries, path, entry);
  }
  const json all_sockets = given.value("sockets", json::object());
  for (const auto& [path, socket] : all_sockets.items()) {
    only("a socket", socket, {"mode", "uid", "gid"});
    Entry entry{Node::Type::other, "", 0660, 0, 0, 0, 0};
    rights(entry, socket);
    put(machine.entries, path, entry);
  }
  const json all_links = given.value("links", json::object());
  for (const auto& [path, target] : all_links.items()) {
    if (target.is_object()) only("a link", target, {"target", "uid"});
    Entry link = link_to(target.is_object() ? target.at("target").get<std::string>() : target.get<std::string>());
    if (target.is_object()) link.uid = target.at("uid").get<unsigned>();
    put(machine.entries, path, link);
  }
}

// The names under /dev/disk and what udev and sysfs say of the device.
void publish(Machine& machine, const std::string& path, const Disk& disk, const json& given) {
  const std::string number = std::to_string(disk.device >> 8) + ":" + std::to_string(disk.device & 0xff);
  std::string udev = "I:1\n";
  for (const auto& [member, by, tag] : {std::tuple{"uuid", "uuid", "ID_FS_UUID"},
                                        {"label", "label", "ID_FS_LABEL"},
                                        {"partuuid", "partuuid", "ID_PART_ENTRY_UUID"}}) {
    if (!given.contains(member)) continue;
    const auto value = given.at(member).get<std::string>();
    put(machine.entries, std::string("/dev/disk/by-") + by + "/" + value, link_to(path));
    udev += std::string("E:") + tag + "=" + value + "\n";
  }
  if (!disk.fstype.empty()) udev += "E:ID_FS_TYPE=" + disk.fstype + "\n";
  put(machine.entries, "/run/udev/data/b" + number, {Node::Type::file, udev, 0644, 0, 0, 0, 0});
  for (const json& link : given.value("links", json::array())) {
    put(machine.entries, link.get<std::string>(), link_to(path));
  }
  const std::string name = path.substr(path.rfind('/') + 1);
  put(machine.entries, "/sys/block/" + name + "/dev", {Node::Type::file, number + "\n", 0444, 0, 0, 0, 0});
  put(machine.entries, "/sys/dev/block/" + number, link_to("/sys/block/" + name));
  if (disk.backing.empty()) return;
  put(machine.entries, "/sys/block/" + name + "/loop/backing_file",
      {Node::Type::file, disk.backing + "\n", 0444, 0, 0, 0, 0});
}

void load_devices(Machine& machine, const json& given) {
  std::uint64_t minor = 0;
  for (const auto& [path, device] : given.items()) {
    only("a device", device,
         {"fstype", "uuid", "label", "partuuid", "links", "backing", "files", "bytes", "optimal_io", "read_only",
          "busy", "held_by", "start", "partition", "signatures", "system_bytes", "full", "dirty", "excluded"});
    Disk disk;
    disk.backing = device.value("backing", "");
    disk.device = ((disk.backing.empty() ? 254U : 7U) << 8) | (minor++ * 16);
    disk.fstype = device.value("fstype", "");
    disk.label = device.value("label", "");
    disk.bytes = device.value("bytes", std::uint64_t{2} << 30U);
    disk.system_bytes = device.value("system_bytes", disk.bytes);
    disk.optimal_io = device.value("optimal_io", 0U);
    disk.read_only = device.value("read_only", false);
    disk.uuid = device.value("uuid", "uuid-of-" + path);
    disk.full = device.value("full", false);
    disk.busy = device.value("busy", false);
    disk.dirty = device.value("dirty", false);
    disk.excluded = device.value("excluded", "");
    disk.partition = device.value("partition", false);
    disk.held_by = device.value("held_by", Strings{});
    disk.start = device.value("start", "");
    disk.signatures = device.value("signatures", Strings{});
    const json all_files = device.value("files", json::object());
    for (const auto& [name, file] : all_files.items()) put(disk.files, name, file_of(file));
    put(machine.entries, path, {Node::Type::block, "", 0660, 0, 6, disk.device, 0});
    publish(machine, path, disk, device);
    machine.disks[path] = std::move(disk);
    show_disk(machine, path);
  }
}

void load_groups(Machine& machine, const json& given) {
  for (const auto& [name, group] : given.items()) {
    only("a group", group, {"extent", "disks", "volumes", "exported", "partial", "twice"});
    Group made;
    made.extent = group.value("extent", std::uint64_t{4} << 20U);
    made.exported = group.value("exported", false);
    made.partial = group.value("partial", false);
    made.twice = group.value("twice", false);
    const json parts = group.at("disks");
    for (const auto& [path, extents] : parts.items()) {
      made.parts.push_back({path, extents.get<std::uint64_t>(), std::uint64_t{1} << 20U});
    }
    machine.groups[name] = made;
    const json volumes = group.value("volumes", json::object());
    for (const auto& [volume, told] : volumes.items()) {
      only("a volume", told,
           {"extents", "layout", "tags", "active", "fstype", "label", "system_bytes", "start", "files", "full",
            "mounted_once", "dirty", "half_made"});
      make_volume(machine, name, volume,
                  {told.at("extents").get<std::uint64_t>(), told.value("layout", "linear"), told.value("tags", ""),
                   told.value("active", true)});
      Disk& disk = machine.disks.at(device_of(name, volume));
      disk.fstype = told.value("fstype", "");
      disk.label = told.value("label", "");
      disk.start = told.value("start", "");
      disk.uuid = "uuid-of-" + name + "/" + volume;
      disk.full = told.value("full", false);
      disk.mounted_once = told.value("mounted_once", false);
      disk.dirty = told.value("dirty", false);
      disk.half_made = told.value("half_made", false);
      const json all_files = told.value("files", json::object());
      for (const auto& [path, file] : all_files.items()) put(disk.files, path, file_of(file));
      disk.system_bytes = told.value("system_bytes", disk.bytes);
    }
  }
}

void load_mounts(Machine& machine, const json& given) {
  for (const auto& [path, mount] : given.items()) {
    const json all = mount.is_array() ? mount : json::array({mount});
    for (const json& one : all) {
      only("a mount", one, {"source", "root", "fstype", "options", "since"});
      make_parents(machine.entries, path + "/x");
      const std::string refusal = mount_on(machine, {one.value("source", "none"), path, one.value("fstype", ""),
                                                     split(one.value("options", ""), ','), one.value("root", "/")});
      if (!refusal.empty()) throw std::runtime_error("host description: mount " + path + ": " + refusal);
      machine.mounts.back().since = machine.booted + one.value("since", static_cast<int>(machine.mounts.size()));
    }
  }
}

void load_units(Machine& machine, const json& given) {
  for (const auto& [name, unit] : given.items()) {
    only("a unit", unit,
         {"active", "fragment", "drop_ins", "requires", "binds_to", "part_of", "triggers", "requisite", "wants",
          "propagates_stop_to", "cannot_start", "masked", "transient", "makes", "starting", "failed"});
    Unit made;
    made.fragment = unit.value("fragment", "/lib/systemd/system/" + name);
    made.drop_ins = unit.value("drop_ins", Strings{});
    made.state = unit.value("active", false) ? "active" : "inactive";
    made.requires_units = unit.value("requires", Strings{});
    made.binds_to = unit.value("binds_to", Strings{});
    made.part_of = unit.value("part_of", Strings{});
    made.triggers = unit.value("triggers", Strings{});
    made.requisite = unit.value("requisite", Strings{});
    made.wants = unit.value("wants", Strings{});
    made.propagates_stop_to = unit.value("propagates_stop_to", Strings{});
    made.cannot_start = unit.value("cannot_start", false);
    made.masked = unit.value("masked", false);
    made.transient = unit.value("transient", false);
    made.makes = unit.value("makes", Strings{});
    if (unit.contains("starting")) {
      made.state = "activating";
      made.sub = "start";
      made.job = 900;
      made.until = machine.clock + unit.at("starting").get<int>();
    }
    if (unit.contains("failed")) {
      made.sub = unit.at("failed").get<std::string>();
      made.state = made.sub == "failed" ? "failed" : "activating";
    }
    machine.units[name] = std::move(made);
  }
}

void load_processes(Machine& machine, const json& processes, const json& spaces) {
  for (const auto& [pid, given] : processes.items()) {
    only("a process", given,
         {"name", "exe", "uid", "parent", "argv", "space", "cwd", "root", "files", "maps", "writes", "bound",
          "covered"});
    Process process;
    process.name = given.at("name").get<std::string>();
    process.exe = given.value("exe", "/usr/bin/" + process.name);
    process.uid = given.value("uid", 0U);
    process.parent = given.value("parent", 1);
    process.argv = given.value("argv", Strings{process.exe});
    process.space = given.value("space", "");
    process.cwd = given.value("cwd", "/");
    process.root = given.value("root", "/");
    process.files = given.value("files", Strings{});
    process.maps = given.value("maps", Strings{});
    process.writes = given.value("writes", Strings{});
    process.covered = given.value("covered", false);
    process.bound = given.value("bound", Strings{});
    machine.processes[std::stoi(pid)] = process;
  }
  for (const auto& [name, given] : spaces.items()) {
    only("a space", given, {"follows", "mounts"});
    Space space{given.value("follows", true), {}};
    for (const json& mount : given.value("mounts", json::array())) {
      only("a mount of a space", mount, {"path", "of", "fstype"});
      space.mounts.push_back({mount.at("path").get<std::string>(), mount.value("of", ""), mount.value("fstype", "")});
    }
    machine.spaces[name] = space;
  }
}

Container container_of(const std::string& name, const json& given) {
  only("a container", given,
       {"running", "policy",    "auto_remove",  "stopped_by_hand", "image",  "network", "ipc",  "pid",  "runtime",
        "links",   "binds",     "volumes_from", "devices",         "mounts", "files",   "task", "ends", "broken",
        "passing", "broken_by", "writes",       "alone",           "left",   "address", "takes"});
  Container container;
  container.id = name + std::string(64 - std::min<std::size_t>(name.size(), 63), '0');
  container.running = given.value("running", true);
  container.policy = given.value("policy", "no");
  container.auto_remove = given.value("auto_remove", false);
  container.stopped_by_hand = given.value("stopped_by_hand", false);
  container.writes = given.value("writes", "");
  container.alone = given.value("alone", false);
  container.left = given.value("left", false);
  container.image = given.value("image", "debian:12");
  container.network = given.value("network", "");
  container.ipc = given.value("ipc", "");
  container.pid = given.value("pid", "");
  container.runtime = given.value("runtime", "runc");
  container.links = given.value("links", Strings{});
  container.volumes_from = given.value("volumes_from", Strings{});
  container.binds = given.value("binds", Strings{});
  container.devices = given.value("devices", Strings{});
  container.mounts = given.value("mounts", json::array());
  container.files = given.value("files", Strings{});
  container.task = given.value("task", false);
  container.broken = given.value("broken", "");
  container.broken_by = given.value("broken_by", "");
  container.passing = given.value("passing", 0);
  container.ends = given.value("ends", false);
  container.address = given.value("address", "");
  container.takes = given.value("takes", "");
  return container;
}

void load_root(Machine& machine, const std::string& path, const json& given) {
  only("a data root", given, {"images", "volumes", "containers"});
  DataRoot root;
  root.images = given.value("images", Strings{});
  root.volumes = given.value("volumes", Strings{});
  const json all_containers = given.value("containers", json::object());
  for (const auto& [name, container] : all_containers.items()) {
    root.containers[name] = container_of(name, container);
  }
  machine.engine.roots[path] = std::move(root);
  show_root(machine, path);
}

// A daemon that runs has its configuration in force but for what the description says otherwise.
void load_docker(Machine& machine, const json& given) {
  only("docker", given,
       {"version",        "running",      "swarm",       "refuses_to_start", "start_takes", "silent",  "old_tasks",
        "chatter",        "plugins",      "in_force",    "network",          "roots",       "unit",    "data_root",
        "fails_on_mount", "leaves_alive", "log_plugins", "container_says",   "autolock",    "rootless"});
  Engine& engine = machine.engine;
  engine.installed = given.contains("version");
  engine.version = given.value("version", "");
  engine.unit = given.value("unit", engine.unit);
  engine.swarm = given.value("swarm", false);
  engine.autolock = given.value("autolock", false);
  engine.rootless = given.value("rootless", false);
  if (engine.swarm)
    put(machine.entries, "/var/lib/docker/swarm/docker-state.json", {Node::Type::file, "{}", 0600, 0, 0, 0, 0});
  engine.plugins = given.value("plugins", Strings{});
  engine.log_plugins = given.value("log_plugins", Strings{});
  const json all_roots = given.value("roots", json::object());
  for (const auto& [path, root] : all_roots.items()) load_root(machine, path, root);
  const auto unit = machine.units.find(engine.unit);
  if (engine.installed) put(machine.entries, engine.program, {Node::Type::file, "ELF", 0755, 0, 0, 0, 0});
  if (given.value("running", false)) adopt(machine, given.value("in_force", json()), given.value("network", json()));
  // Without systemd somebody else has started it.
  const bool by_hand = !machine.systemd && unit != machine.units.end() && unit->second.main_pid != 0;
  if (by_hand) {
    put(machine.entries, "/run/docker.pid",
        {Node::Type::file, std::to_string(unit->second.main_pid), 0644, 0, 0, 0, 0});
  }
  engine.refuses_to_start = given.value("refuses_to_start", "");
  engine.fails_on_mount = given.value("fails_on_mount", "");
  engine.leaves_alive = given.value("leaves_alive", false);
  engine.old_tasks = given.value("old_tasks", 0);
  engine.start_takes = given.value("start_takes", 0);
  engine.silent = given.value("silent", false);
  engine.chatter = given.value("chatter", "");
  engine.container_says = given.value("container_says", "");
}

// Rules are loaded when everything else is there.
void load_audit(Machine& machine, const json& given) {
  only("audit", given,
       {"enabled", "daemon", "logs", "kernel", "container", "version", "loaded", "rules", "records", "rate", "lost",
        "awk_blanks", "set_back"});
  SimulatedAudit& audit = machine.audit;
  audit.installed = true;
  audit.enabled = given.value("enabled", 1);
  audit.daemon = given.value("daemon", true);
  audit.logs = given.value("logs", true);
  audit.kernel = given.value("kernel", true);
  audit.container = given.value("container", false);
  audit.version = given.value("version", audit.version);
  audit.loaded = given.value("loaded", 20) == 0 ? 0 : machine.booted + given.value("loaded", 20);
  audit.rate = given.value("rate", 0);
  audit.lost = given.value("lost", 0);
  audit.awk_blanks = given.value("awk_blanks", false);
  if (given.contains("set_back")) {
    audit.set_at = given.at("set_back").at("at").get<int>();
    audit.set_back = given.at("set_back").at("seconds").get<int>();
  }
  const json rules = given.value("rules", json::array());
  for (const json& rule : rules) {
    const bool plain = rule.is_string();
    load_audit_rule(machine, plain ? rule.get<std::string>() : rule.at("rule").get<std::string>(),
                    !plain && rule.value("dead", false));
  }
  const json records = given.value("records", json::array());
  for (const json& record : records)
    note_audit_load(machine, machine.booted + audit_clock(machine, record.at("at").get<int>()),
                    record.at("rule").get<std::string>());
}

// A note of a move: OWN, ASIDE and COPY stand for the hashes of what is there.
void fill_in_notes(Machine& machine) {
  for (auto& [path, entry] : machine.entries) {
    if (!path.ends_with(".move-dockhost")) continue;
    Strings said = words(entry.text);
    for (std::string& word : said) {
      const std::string root = path.substr(0, path.rfind(".move"));
      if (word == "ASIDE") word = sum_of(machine, root + ".before-dockhost", {".dockhost-new"}).hash;
      if (word == "OWN") word = sum_of(machine, root, {".dockhost-new"}).hash;
      if (word == "COPY") word = sum_of_disk(machine, said.at(1)).hash;
    }
    if (said.size() == 4) entry.text = join(said, " ") + "\n";
  }
}

}  // namespace

void make_parents(Entries& entries, const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    entries.try_emplace(path.substr(0, at), Entry{Node::Type::directory, "", 0755, 0, 0, 0, 0});
  }
}

bool below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         (directory == "/" || path[directory.size()] == '/');
}

Machine machine_of(const json& description) {
  only("a host", description, {"root",   "systemd", "files",     "directories",   "links",      "sockets", "devices",
                               "mounts", "busy",    "processes", "spaces",        "subvolumes", "units",   "docker",
                               "owed",   "about",   "groups",    "missing_tools", "audit",      "silent",  "swaps"});
  Machine machine;
  machine.root = description.value("root", true);
  machine.systemd = description.value("systemd", true);
  if (machine.systemd) make_parents(machine.entries, "/run/systemd/system/x");
  machine.owed = description.value("owed", json::object());
  machine.entries["/"] = {Node::Type::directory, "", 0755, 0, 0, 0, 0};
  load_entries(machine, description);
  load_devices(machine, description.value("devices", json::object()));
  make_parents(machine.entries, "/dev/mapper/control");
  load_groups(machine, description.value("groups", json::object()));
  machine.subvolumes = description.value("subvolumes", Strings{});
  for (const std::string& path : machine.subvolumes) make_parents(machine.entries, path + "/x");
  machine.swaps = description.value("swaps", Strings{});
  machine.silent = description.value("silent", Strings{});
  machine.missing_tools = description.value("missing_tools", Strings{});
  for (const char* tool : {"systemctl", "lvm", "fsadm", "mkfs.ext4", "mkfs.xfs", "resize2fs", "xfs_growfs"}) {
    if (!contains(machine.missing_tools, tool)) {
      put(machine.entries, std::string("/usr/sbin/") + tool, {Node::Type::file, "ELF", 0755, 0, 0, 0, 0});
    }
  }
  load_mounts(machine, description.value("mounts", json::object()));
  const json all_busy = description.value("busy", json::object());
  for (const auto& [path, who] : all_busy.items()) {
    machine.users[path] = who.get<Strings>();
  }
  load_processes(machine, description.value("processes", json::object()), description.value("spaces", json::object()));
  load_units(machine, description.value("units", json::object()));
  read_units(machine);
  load_docker(machine, description.value("docker", json::object()));
  for (auto& [path, entry] : machine.entries) {
    if (entry.type == Node::Type::directory && entry.changed == 0) entry.changed = machine.booted;
  }
  fill_in_notes(machine);
  if (description.contains("audit")) load_audit(machine, description.at("audit"));
  return machine;
}

}  // namespace dockhost::sim
