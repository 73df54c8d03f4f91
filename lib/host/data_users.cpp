// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/data_users.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/read_json.hpp"
#include "host/docker_mounts.hpp"
#include "host/kernel_users.hpp"
#include "host/shims.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kNamed = 10;        // more do not help anybody
constexpr std::size_t kLongestName = 80;  // of a container

// At most kNamed of them, and how many more there are.
Strings the_first(Strings names) {
  if (names.size() <= kNamed) return names;
  const std::size_t more = names.size() - kNamed;
  names.resize(kNamed);
  names.push_back(std::to_string(more) + " others");
  return names;
}

class UseOfRoot {
 public:
  UseOfRoot(const Host& host, const std::string& root, DockerIs docker)
      : host_(host),
        docker_(docker),
        processes_(host),
        places_(places_of(root, processes_.ours())),
        shims_(shims_of(host, processes_)) {
    for (const MountLine& line : processes_.ours()) {
      if (of_a_layer(host_, places_, line)) layers_.emplace(line.device, line.root);
    }
  }

  RootUse found() {
    if (docker_ == DockerIs::stopped || docker_ == DockerIs::stopped_by_us) look_at_shims();
    look_at_namespaces();
    look_at_our_mounts();
    look_at_kernel();
    look_at_processes();
    RootUse use;
    for (const auto& [id, pid] : alive_) use.containers.push_back(container_in_words(id, pid));
    Strings told;
    const Strings users = the_first(users_);
    if (!users.empty()) told.push_back("used by " + sentence_list(users));
    const Strings mounted = the_first(below_), shown = the_first(shown_);
    if (!mounted.empty())
      told.push_back(sentence_list(mounted) + (mounted.size() == 1 ? " is" : " are") + " mounted below it");
    told.insert(told.end(), shown.begin(), shown.end());
    use.others = printable(join(told, "; "));
    return use;
  }

  // Left by Docker, and shown by no other namespace: innermost first.
  Strings left_mounts() const {
    Strings paths;
    for (const MountLine& line : processes_.ours()) {
      if (below_root(line) && made_by_docker(host_, places_, line) && !shown_elsewhere(line))
        paths.push_back(line.path);
    }
    std::reverse(paths.begin(), paths.end());
    return paths;
  }

  bool has_shims() const {
    return std::any_of(shims_.begin(), shims_.end(), [&](const Shim& shim) { return of_this_root(shim); });
  }

 private:
  bool below_root(const MountLine& line) const {
    return line.path != places_.root && at_or_below(line.path, places_.root);
  }

  bool inside(const MountPlace& place) const {
    const auto holds = [&](const MountPlace& folder) { return at_or_below(place, folder); };
    return std::any_of(places_.data.begin(), places_.data.end(), holds) || in_a_layer(place);
  }

  // By the folders above it, because there may be thousands of layers.
  bool in_a_layer(const MountPlace& place) const {
    if (layers_.empty()) return false;
    for (std::size_t end = place.path.size(); end != 0 && end != std::string::npos;) {
      const std::string folder = place.path.substr(0, end);
      if (layers_.contains({place.device, folder})) return true;
      end = folder.rfind('/');
    }
    return layers_.contains({place.device, "/"});
  }

  const Shim* shim_above(const Process& process) const {
    const Process* found = processes_.nearest(process, [&](const Process& one) { return shim_of(one) != nullptr; });
    return found == nullptr ? nullptr : shim_of(*found);
  }

  const Shim* shim_of(const Process& process) const {
    const auto shim =
        std::find_if(shims_.begin(), shims_.end(), [&](const Shim& one) { return one.pid == process.pid; });
    return shim == shims_.end() ? nullptr : &*shim;
  }

  bool of_docker(const Process& process) const {
    return shim_above(process) != nullptr || processes_.nearest(process, is_engine) != nullptr;
  }

  // "" where the root has none of that id.
  std::string folder_of(const std::string& id) const {
    if (id.empty()) return "";
    Strings bases = {places_.root};
    for (const std::string& name : host_.list(places_.root)) {
      if (name.find_first_not_of("0123456789.") == std::string::npos) bases.push_back(places_.root + "/" + name);
    }
    for (const std::string& base : bases) {
      for (const char* folder : {"/containers/", "/plugins/"}) {
        if (host_.node(base + folder + id)) return base + folder + id;
      }
    }
    return "";
  }

  // Another dockerd, which runs, may have it in another root.
  bool of_this_root(const Shim& shim) const {
    if (!folder_of(shim.container).empty()) return true;
    const auto& all = processes_.all();
    return std::none_of(all.begin(), all.end(),
                        [](const Process& process) { return is_engine(process) && process.file() == "dockerd"; });
  }

  void look_at_shims() {
    for (const Shim& shim : shims_) {
      if (of_this_root(shim)) alive_.try_emplace(shim.container, shim.pid);
    }
  }

  // The container of a mount like R/containers/ID/hostname; "" for another.
  std::string container_in(const MountPlace& place) const {
    const std::string path = path_in(places_, place).value_or("");
    const Strings names = split(path, '/');
    const auto folder = std::find(names.begin(), names.end(), "containers");
    return names.end() - folder > 1 ? folder[1] : "";
  }

  // Of a namespace of its own: what it shows of the data that does not go when ours does.
  std::vector<MountLine> shown_in(const MountNamespace& other) const {
    const MountLine* on = other.index.last_on_the_way(places_.root);
    const bool same_root =
        on != nullptr && !places_.data.empty() && place_on(*on, places_.root) == places_.data.front();
    std::vector<MountLine> shown;
    for (const MountLine& line : other.lines) {
      const bool touches = inside({line.device, line.root}) || (same_root && below_root(line)) ||
                           (!below_root(line) && !joined_in(other.index, line).empty());
      if (touches && !processes_.follows_ours(line)) shown.push_back(line);
    }
    return shown;
  }

  // Of all containers' processes in a namespace, the first that a shim has started tells which it is.
  const Process* process_of_docker(const std::string& space) const {
    for (const Process& process : processes_.all()) {
      if (process.space == space && shim_above(process) != nullptr) return &process;
    }
    return nullptr;
  }

  // Whether dockerd or containerd has this mount namespace (MountFlags=slave, PrivateTmp), which ends with it.
  bool lives_in(const std::string& space) const {
    const auto& all = processes_.all();
    return std::any_of(all.begin(), all.end(),
                       [&](const Process& process) { return process.space == space && is_engine(process); });
  }

  void look_at_namespaces() {
    for (const auto& [space, other] : processes_.others()) {
      const Process* docker = process_of_docker(space);
      if (docker != nullptr && (docker_ == DockerIs::running || alive_.contains(shim_above(*docker)->container))) {
        if (docker_ != DockerIs::running) of_containers_.insert(space);
        continue;
      }
      std::vector<MountLine> shown = shown_in(other);
      if (docker_ == DockerIs::running && lives_in(space)) {
        std::erase_if(shown,
                      [&](const MountLine& line) { return below_root(line) && made_by_docker(host_, places_, line); });
      }
      if (!shown.empty()) note_namespace(space, other, shown);
    }
  }

  void note_namespace(const std::string& space, const MountNamespace& other, const std::vector<MountLine>& shown) {
    for (const MountLine& line : shown) {
      const std::string id = container_in({line.device, line.root});
      if (id.empty()) continue;
      alive_.try_emplace(id, other.pid);
      of_containers_.insert(space);
      return;
    }
    const Process* process = processes_.find(other.pid);
    const MountLine& line = shown.front();
    const std::string joined = joined_in(other.index, line);
    const std::string what = joined.empty() ? path_in(places_, {line.device, line.root}).value_or(line.source) : joined;
    shown_.push_back((process != nullptr ? in_words(*process) : std::to_string(other.pid)) + " has " + what + " on " +
                     line.path + " in its mount namespace");
  }

  bool shown_elsewhere(const MountLine& mount) const {
    const std::vector<const MountLine*> same = processes_.elsewhere(mount);
    return std::any_of(same.begin(), same.end(),
                       [&](const MountLine* line) { return !processes_.follows_ours(*line); });
  }

  // Whether Docker's stop takes it away, or has to have taken it away.
  bool goes_by_itself(const MountLine& line) const {
    const bool may_go = docker_ == DockerIs::running || docker_ == DockerIs::stopped;
    if (!may_go || !made_by_docker(host_, places_, line)) return false;
    return docker_ == DockerIs::running || !shown_elsewhere(line);
  }

  void look_at_our_mounts() {
    for (const MountLine& line : processes_.ours()) {
      const bool layer_of_one_alive = !alive_.empty() && of_a_layer(host_, places_, line);
      if (below_root(line) && !goes_by_itself(line) && !layer_of_one_alive && !contains(below_, line.path))
        below_.push_back(line.path);
      if (at_or_below(line.path, places_.root)) continue;
      const std::string joined = joined_in(processes_.our_index(), line);
      if (!joined.empty()) shown_.push_back(line.path + " shows " + joined + " (an overlay)");
      if (!inside({line.device, line.root})) continue;
      const std::string what = path_in(places_, {line.device, line.root}).value_or("a layer of it");
      shown_.push_back(line.path + " shows " + what + " (a bind mount)");
    }
  }

  // What of the data an overlay joins, that is mounted elsewhere; "" for nothing.
  std::string joined_in(const MountIndex& mounts, const MountLine& line) const {
    for (const std::string& folder : overlay_folders(line)) {
      const std::string path = path_below(mounts, folder);
      if (!path.empty()) return path;
    }
    return "";
  }

  // Where a path leads to some of the data: as a path below the root; else "".
  std::string path_below(const MountIndex& mounts, const std::string& path) const {
    const MountLine* on = mounts.last_on_the_way(path);
    return on == nullptr ? "" : path_in(places_, place_on(*on, path)).value_or("");
  }

  // The loop devices of Docker's driver devicemapper end with it.
  void look_at_kernel() {
    for (const KernelUse& use : kernel_uses(host_)) {
      const std::string path = path_below(processes_.our_index(), use.path);
      const bool of_docker = at_or_below(path, places_.root + "/devicemapper") && docker_ == DockerIs::running;
      if (!path.empty() && !of_docker) shown_.push_back(path + ": " + use.what);
    }
  }

  bool counts(const Process& process) const {
    if (docker_ == DockerIs::running && of_docker(process)) return false;
    if (of_containers_.contains(process.space)) return false;
    const Shim* shim = shim_above(process);
    return shim == nullptr || !alive_.contains(shim->container);
  }

  void look_at_processes() {
    for (const Process& process : processes_.all()) {
      if (!counts(process)) continue;
      try {
        if (any_held_file(host_, processes_, process, [&](const HeldFile& file) { return holds(process, file); }))
          users_.push_back(in_words(process));
      } catch (const Error&) {
        // It ended while it was looked at.
      }
    }
  }

  bool holds(const Process& process, const HeldFile& file) const {
    if (inside(place_on(*file.mount, file.path))) return true;
    // What is mounted below the root: in our namespace, or where ours is shown.
    const bool ours = process.space == processes_.our_space() || processes_.follows_ours(*file.mount);
    return ours && below_root(*file.mount);
  }

  std::string container_in_words(const std::string& id, int pid) const {
    const std::string folder = folder_of(id);
    const std::string text = folder.empty() ? "" : host_.read(folder + "/config.v2.json").value_or("");
    const json config = read_json_or_discard(text, JsonFrom::docker_file);
    std::string name;
    if (config.is_object() && config.contains("Name") && config.at("Name").is_string())
      name = config.at("Name").get<std::string>().substr(0, kLongestName);
    if (name.starts_with('/')) name = name.substr(1);
    const std::string shown = id.empty() ? "of an unknown id" : id.substr(0, 12);
    const std::string process = "process " + std::to_string(pid);
    return printable(name.empty() ? shown + " (" + process + ")" : name + " (" + shown + ", " + process + ")");
  }

  const Host& host_;
  DockerIs docker_;
  Processes processes_;
  RootPlaces places_;
  std::vector<Shim> shims_;
  std::set<std::pair<std::string, std::string>>
      layers_;  // device and path: of containers and builds, where they are mounted below the root
  std::map<std::string, int> alive_;     // containers without a dockerd: a process of each, by id
  std::set<std::string> of_containers_;  // their mount namespaces
  Strings users_, below_, shown_;
};

}  // namespace

RootUse data_use(const Host& host, const std::string& root, DockerIs docker) {
  const std::string said = host.apart("who uses " + root, [&] {
    const std::string real = host.resolve(root);
    const RootUse use = UseOfRoot(host, real.empty() ? root : real, docker).found();
    return json{{"containers", use.containers}, {"others", use.others}}.dump();
  });
  const json told = read_json(said, JsonFrom::ourselves, "");
  return {told.at("containers").get<Strings>(), told.at("others").get<std::string>()};
}

std::string data_users(const Host& host, const std::string& root, DockerIs docker) {
  const RootUse use = data_use(host, root, docker);
  Strings told;
  if (!use.containers.empty())
    told.push_back("by " + std::string(use.containers.size() == 1 ? "container " : "containers ") +
                   sentence_list(use.containers));
  if (!use.others.empty()) told.push_back(use.others);
  return join(told, "; ");
}

void end_left_mounts(Host& host, const std::string& root) {
  const auto look = [&] {
    const std::string said = host.apart("what Docker has left below " + root, [&] {
      const UseOfRoot use(host, root, DockerIs::stopped_by_us);
      return json{{"mounts", use.left_mounts()}, {"shims", use.has_shims()}}.dump();
    });
    return read_json(said, JsonFrom::ourselves, "");
  };
  json left = look();
  const auto something = [&] { return !left.at("mounts").empty() || left.at("shims").get<bool>(); };
  for (int tries = 0; tries < 20 && something(); ++tries) {
    host.pause(std::chrono::milliseconds(500));
    left = look();
  }
  for (const json& path : left.at("mounts")) host.run({"umount", "--", path.get<std::string>()});
}

}  // namespace dockhost
