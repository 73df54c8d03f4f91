// SPDX-License-Identifier: GPL-3.0-or-later
// Start, stop and reload of the simulated dockerd: which settings take force, what becomes of the containers.
#include "sim/dockerd.hpp"

#include <algorithm>
#include <tuple>

#include "sim/dockerd_rules.hpp"
#include "sim/mounts.hpp"
#include "sim/users.hpp"

namespace dockhost::sim {
namespace {

void log(Machine& machine, const std::string& line) { machine.journal.push_back(line); }

// A line of dockerd's own logger; the message is quoted as Go does.
void log_entry(Machine& machine, const std::string& level, const std::string& message) {
  log(machine, "time=\"2027-01-15T08:00:00.000000000Z\" level=" + level + " msg=" + json(message).dump());
}

std::string config_path(const Strings& argv) {
  for (std::size_t i = 0; i < argv.size(); ++i) {
    if (argv[i].starts_with("--config-file=")) return argv[i].substr(14);
    if (argv[i] == "--config-file" && i + 1 < argv.size()) return argv[i + 1];
  }
  return "/etc/docker/daemon.json";
}

Configuration from_disk(const Machine& machine) {
  Strings argv = daemon_argv(machine);
  if (!argv.empty()) argv.erase(argv.begin());
  const std::string path = config_path(argv);
  const json& read = machine.engine.read_at_start;
  if (read.is_string()) return configure(machine, read.get<std::string>(), path, argv);
  if (read.is_boolean()) return configure(machine, std::nullopt, path, argv);  // there was none
  const auto file = machine.entries.find(real_path(machine, path));
  if (file == machine.entries.end()) return configure(machine, std::nullopt, path, argv);
  return configure(machine, file->second.text, path, argv);
}

bool on(const json& settings, const std::string& key, bool otherwise) {
  const auto found = settings.find(key);
  return found == settings.end() || !found->is_boolean() ? otherwise : found->get<bool>();
}

std::string text(const json& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::string missing_plugin(const Machine& machine, const json& settings) {
  const json wanted = settings.value("authorization-plugins", json::array());
  const Strings& there = machine.engine.plugins;
  for (const json& plugin : wanted) {
    if (std::find(there.begin(), there.end(), plugin.get<std::string>()) == there.end())
      return plugin.get<std::string>();
  }
  return {};
}

// What dockerd refuses once the configuration is read.
std::string refuse_late(const Machine& machine, const json& settings) {
  std::string refused = refuse_start(machine, settings);
  if (!refused.empty()) return refused;
  const std::string plugin = missing_plugin(machine, settings);
  if (plugin.empty()) return {};
  return "Error validating authorization plugin: legacy plugin: plugin \"" + plugin + "\" not found";
}

// Makes dockremap as dockerd does, or says why a user of one's own does not do.
std::string prepare_user(Machine& machine, const std::string& remap) {
  if (remap.empty()) return {};
  if (remap == "default") {
    add_user(machine, "dockremap");
    if (!sub_range(machine, "/etc/subuid", "dockremap")) add_sub_ids(machine, "dockremap", "/etc/subuid");
    if (!sub_range(machine, "/etc/subgid", "dockremap")) add_sub_ids(machine, "dockremap", "/etc/subgid");
    return {};
  }
  const std::string name = remap.substr(0, remap.find(':'));
  if (!has_user(machine, name)) return "Unable to create daemon: user " + name + " not found";
  if (!sub_range(machine, "/etc/subuid", name)) {
    return "Can't create ID mappings: No subuid ranges found for user \"" + name + "\"";
  }
  return {};
}

std::string data_root(const Machine& machine, const json& settings) {
  std::string root = text(settings, "data-root");
  if (root.empty()) root = text(settings, "graph");
  if (root.empty()) root = "/var/lib/docker";
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  const std::string remap = text(settings, "userns-remap");
  if (remap.empty()) return root;
  const std::string name = remap == "default" ? "dockremap" : remap.substr(0, remap.find(':'));
  const auto uid = sub_range(machine, "/etc/subuid", name), gid = sub_range(machine, "/etc/subgid", name);
  return root + "/" + std::to_string(uid.value_or(0)) + "." + std::to_string(gid.value_or(0));
}

json of_network(const json& settings) {
  json network = json::object();
  for (const auto& [name, value] : settings.items()) {
    const KnownKey* key = known_key(name);
    if (key != nullptr && key->network) network[name] = value;
  }
  return network;
}

void forget(Machine& machine, DataRoot& root, const std::string& name) {
  const std::string path = machine.engine.root + "/containers/" + root.containers.at(name).id;
  std::erase_if(machine.entries, [&](const auto& entry) { return entry.first == path || below(entry.first, path); });
  root.containers.erase(name);
}

void stop_containers(Machine& machine, DataRoot& root) {
  Strings gone;
  for (auto& [name, container] : root.containers) {
    if (container.running && container.auto_remove) gone.push_back(name);
    container.running = container.alone = container.left = false;
  }
  for (const std::string& name : gone) forget(machine, root, name);
}

// What is not on the disk any more is not listed; a directory that is missing is made.
void read_root(Machine& machine) {
  const std::string& path = machine.engine.root;
  DataRoot& root = machine.engine.roots[path];
  const auto gone = [&](const std::string& name) { return !machine.entries.contains(path + "/" + name); };
  std::erase_if(root.containers, [&](const auto& one) { return gone("containers/" + one.second.id); });
  std::erase_if(root.volumes, [&](const std::string& one) { return gone("volumes/" + one); });
  std::erase_if(root.images,
                [&](const std::string& one) { return gone("image/overlay2/imagedb/content/sha256/" + image_id(one)); });
  // It works on its own files from the start on.
  const auto own = machine.entries.find(path + "/network/files/local-kv.db");
  if (own == machine.entries.end()) return;
  own->second.changed = ++machine.clock;
  own->second.touched = 0;
}

// What a start does with the containers of its data root: those that live-restore kept run on, the others start by
// their policy.
void resume(Machine& machine, const json& settings) {
  Engine& engine = machine.engine;
  DataRoot& root = engine.roots[engine.root];
  const bool kept = std::any_of(root.containers.begin(), root.containers.end(),
                                [](const auto& named) { return named.second.running; });
  if (kept && !on(settings, "live-restore", false)) stop_containers(machine, root);
  if (kept && on(settings, "live-restore", false)) {
    log_entry(machine, "warning", "there are running containers, updated network configuration will not take affect");
  } else {
    engine.network = of_network(settings);
  }
  for (auto& [name, container] : root.containers) container.alone = container.left = container.unmounted = false;
  start_by_policy(machine);
}

json without_null(const json& settings) {
  json kept = json::object();
  for (const auto& [name, value] : settings.items()) {
    if (!value.is_null()) kept[name] = value;
  }
  return kept;
}

// Images and containers of another storage driver, or of the other image store, stay on the disk and are not listed.
void take_store(DataRoot& root, const std::string& store) {
  if (root.store.empty()) root.store = store;
  if (root.store == store) return;
  root.other_stores[root.store] = {root.images, root.containers};
  std::tie(root.images, root.containers) = root.other_stores[store];
  root.other_stores.erase(store);
  root.store = store;
}

void stand_up(Machine& machine, const json& settings) {
  Engine& engine = machine.engine;
  engine.in_force = without_null(settings);
  engine.root = data_root(machine, settings);
  const std::string driver = text(settings, "storage-driver");
  const bool snapshotter =
      since(machine, 23) && settings.value("features", json::object()).value("containerd-snapshotter", false);
  take_store(engine.roots[engine.root], snapshotter ? "containerd" : driver.empty() ? "overlay2" : driver);
  Unit& unit = machine.units[engine.unit];
  unit.state = "active";
  unit.main_pid = machine.next_pid++;
}

// The image store is chosen when the daemon starts; other features are looked up whenever they are needed.
void reload_features(Engine& engine, const json& settings) {
  json features = settings.value("features", json::object());
  const json old = engine.in_force.value("features", json::object());
  const std::string store = "containerd-snapshotter";
  features.erase(store);
  if (old.contains(store)) features[store] = old.at(store);
  engine.in_force.erase("features");
  if (!features.empty()) engine.in_force["features"] = features;
}

void log_reload(Machine& machine) {
  json shown = json::object();
  for (const auto& [name, value] : machine.engine.in_force.items()) {
    const bool zero = value == json(false) || value == json(0) || value == json("") || value.empty();
    if (!zero) shown[name] = value;
  }
  log_entry(machine, "info", "Reloaded configuration: " + shown.dump());
}

// A dockerd that ends before it is ready, with its containers or without them.
std::string die_on_mount(Machine& machine) {
  Engine& engine = machine.engine;
  if (engine.fails_on_mount.empty() || topmost(machine, engine.root) == nullptr) return {};
  if (engine.leaves_alive) machine.users[engine.root] = {"901 web"};
  stop_containers(machine, engine.roots[engine.root]);
  engine.in_force = nullptr;
  log(machine, engine.fails_on_mount);
  return engine.fails_on_mount;
}

}  // namespace

void read_before_start(Machine& machine) {
  Strings argv = daemon_argv(machine);
  if (!argv.empty()) argv.erase(argv.begin());
  const auto file = machine.entries.find(real_path(machine, config_path(argv)));
  machine.engine.read_at_start = file == machine.entries.end() ? json(false) : json(file->second.text);
}

std::string start_daemon(Machine& machine) {
  machine.clock += 2;
  log_entry(machine, "info", "Starting up");
  const Configuration made = from_disk(machine);
  machine.engine.read_at_start = nullptr;
  std::string line = made.refusal;
  if (line.empty() && !machine.engine.refuses_to_start.empty()) line = machine.engine.refuses_to_start;
  if (line.empty()) {
    std::string late = refuse_late(machine, made.settings);
    if (late.empty()) late = prepare_user(machine, text(made.settings, "userns-remap"));
    if (!late.empty()) line = "failed to start daemon: " + late;
  }
  // Nobody foresees which addresses the host will have.
  const std::string metrics = text(made.settings, "metrics-addr");
  if (line.empty() && metrics.starts_with("192.0.2."))
    line = "failed to start metrics server: listen tcp " + metrics + ": bind: cannot assign requested address";
  if (!line.empty()) {
    log(machine, line);
    return line;
  }
  stand_up(machine, made.settings);
  read_root(machine);
  resume(machine, made.settings);
  if (std::string died = die_on_mount(machine); !died.empty()) return died;
  machine.engine.started = machine.clock;
  machine.units[machine.engine.unit].activated = machine.clock;
  log_entry(machine, "info", "Daemon has completed initialization");
  log_entry(machine, "info", "API listen on /run/docker.sock");
  return {};
}

void stop_daemon(Machine& machine) {
  Engine& engine = machine.engine;
  DataRoot& root = engine.roots[engine.root];
  if (!on(engine.in_force, "live-restore", false)) stop_containers(machine, root);
  for (auto& [name, container] : root.containers) container.alone = container.running;
  log_entry(machine, "info", "Processing signal 'terminated'");
  engine.in_force = nullptr;
  engine.started = 0;
}

bool reload_daemon(Machine& machine) {
  Engine& engine = machine.engine;
  log_entry(machine, "info",
            "Got signal to reload configuration, reloading from: " + config_path(daemon_argv(machine)));
  if (!engine.chatter.empty()) log_entry(machine, "error", engine.chatter);
  if (!engine.container_says.empty()) log(machine, "\t" + engine.container_says);
  const Configuration made = from_disk(machine);
  if (!made.refusal.empty()) {
    log_entry(machine, "error", made.refusal);
    return true;
  }
  if (const std::string refused = refuse_reload(machine, made.settings); !refused.empty()) {
    log_entry(machine, "error", refused);
    return true;
  }
  const std::string plugin = missing_plugin(machine, made.settings);
  if (!plugin.empty()) {
    log_entry(machine, "fatal", "Error validating authorization plugin: plugin \"" + plugin + "\" not found");
    engine.in_force = nullptr;
    engine.started = 0;
    return false;
  }
  for (const auto& [name, value] : made.settings.items()) {
    if (known_key(name)->reloads && name != "features") engine.in_force[name] = value;
  }
  const json before = engine.in_force;
  for (const auto& [name, value] : before.items()) {
    const KnownKey* key = known_key(name);
    if (key != nullptr && key->reset_by_reload && name != "features" && !made.settings.contains(name))
      engine.in_force.erase(name);
  }
  reload_features(engine, made.settings);
  log_reload(machine);
  return true;
}

bool stop_container(Machine& machine, const std::string& name) {
  DataRoot& root = machine.engine.roots[machine.engine.root];
  Container& container = root.containers.at(name);
  if (!container.running) return false;
  container.running = false;
  container.stopped_by_hand = true;
  if (container.auto_remove) forget(machine, root, name);
  return true;
}

void remove_container(Machine& machine, const std::string& name) {
  DataRoot& root = machine.engine.roots[machine.engine.root];
  if (!machine.engine.in_force.is_null() && root.containers.contains(name)) forget(machine, root, name);
}

void make_container(Machine& machine, const std::string& name) {
  if (machine.engine.in_force.is_null()) return;
  remove_container(machine, name);
  DataRoot& root = machine.engine.roots[machine.engine.root];
  root.containers[name].id = name + std::string(64 - std::min<std::size_t>(name.size(), 63), '0');
  make_parents(machine.entries, machine.engine.root + "/containers/" + root.containers[name].id + "/x");
  start_container(machine, name);
}

void adopt(Machine& machine, const json& in_force, const json& network) {
  Configuration made = from_disk(machine);
  if (in_force.is_object()) made.settings.merge_patch(in_force);
  stand_up(machine, made.settings);
  machine.engine.network = of_network(made.settings);
  if (network.is_object()) machine.engine.network.merge_patch(network);
  machine.engine.started = machine.booted + 60;
  log_entry(machine, "info", "Daemon has completed initialization");
}

void show_root(Machine& machine, const std::string& path) {
  const DataRoot& root = machine.engine.roots.at(path);
  const auto directory = [&](const std::string& name) { make_parents(machine.entries, path + "/" + name + "/x"); };
  for (const char* name : {"containers", "volumes", "image/overlay2/imagedb/content/sha256", "overlay2"})
    directory(name);
  for (const auto& [name, container] : root.containers) directory("containers/" + container.id);
  for (const std::string& volume : root.volumes) directory("volumes/" + volume + "/_data");
  const Entry content{Node::Type::file, "{}", 0600, 0, 0, 0, 0};
  for (const std::string& image : root.images) {
    machine.entries[path + "/image/overlay2/imagedb/content/sha256/" + image_id(image)] = content;
  }
  machine.entries[path + "/volumes/metadata.db"] = content;
  make_parents(machine.entries, path + "/network/files/x");
  machine.entries[path + "/network/files/local-kv.db"] = content;
}

}  // namespace dockhost::sim
