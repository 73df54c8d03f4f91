// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/answers.hpp"

#include <algorithm>
#include <set>

#include "fuzz/target.hpp"

namespace fuzz {

using namespace dockhost;

Node node_of(Node::Type type, unsigned mode, std::uint64_t device) {
  Node node;
  node.type = type;
  node.mode = mode;
  node.device = device;
  return node;
}

std::optional<Node> Answers::node(const std::string& path) const {
  const auto found = nodes.find(path);
  if (found != nodes.end()) return found->second;
  if (files.contains(path)) return node_of(Node::Type::file, 0644);
  const bool above = !list(path).empty() || path == "/";
  return above ? std::optional(node_of(Node::Type::directory, 0755)) : std::nullopt;
}

std::optional<std::string> Answers::read(const std::string& path) const {
  const auto found = files.find(path);
  return found == files.end() ? std::nullopt : std::optional(found->second);
}

Strings Answers::list(const std::string& directory) const {
  const std::string above = directory == "/" ? directory : directory + "/";
  std::set<std::string> names;
  const auto take = [&](const std::string& path) {
    if (path.starts_with(above)) names.insert(path.substr(above.size(), path.find('/', above.size()) - above.size()));
  };
  for (const auto& [path, text] : files) take(path);
  for (const auto& [path, seen] : nodes) take(path);
  return {names.begin(), names.end()};
}

std::string Answers::resolve(const std::string& path) const { return node(path) ? path : ""; }

std::string Answers::peek(const std::string& device, std::uint64_t offset, std::size_t length) const {
  const std::string bytes = read("bytes of " + device).value_or("");
  return offset < bytes.size() ? bytes.substr(offset, length) : std::string(std::min<std::size_t>(length, 4096), '\0');
}

Answer Answers::request(const EngineAt& /*engine*/, const std::string& /*method*/, const std::string& target,
                        std::chrono::seconds /*limit*/) {
  targets.push_back(target);
  const Answer* longest = &other_request;
  std::size_t length = 0;
  for (const auto& [beginning, answer] : requests) {
    if (!target.starts_with(beginning) || beginning.size() < length) continue;
    longest = &answer;
    length = beginning.size();
  }
  return *longest;
}

Output Answers::run(const Strings& argv, Limits /*limits*/) {
  commands.push_back(argv);
  const std::string line = join(argv, " ");
  for (const auto& [beginning, output] : tools) {
    if (line.starts_with(beginning)) return output;
  }
  Output missing;
  missing.found = false;
  return missing;
}

Output Answers::run_on(const Strings& argv, const std::string& /*text*/, Limits limits) { return run(argv, limits); }

void Answers::write(const std::string& path, const std::string& /*content*/, unsigned /*mode*/, unsigned /*uid*/,
                    unsigned /*gid*/) {
  refuse(path);
}

void Answers::set_rights(const std::string& path, unsigned /*mode*/, unsigned /*uid*/, unsigned /*gid*/) {
  refuse(path);
}

void Answers::make_directory(const std::string& path, unsigned /*mode*/, unsigned /*uid*/, unsigned /*gid*/) {
  refuse(path);
}

void Answers::poke(const std::string& device, std::uint64_t /*offset*/, const std::string& /*bytes*/) {
  refuse(device);
}

TreeSum Answers::sum_tree(const std::string& /*path*/, const TreeRules& /*rules*/) const { return {}; }

CopyWork Answers::work_in_copy(const std::string& /*copy*/, const std::string& /*original*/,
                               const TreeRules& /*rules*/) const {
  return {};
}

Strings Answers::compare_trees(const std::string& /*from*/, const std::string& /*to*/,
                               const Comparison& /*how*/) const {
  return {};
}

void Answers::refuse(const std::string& path) { throw Error("nothing is changed here", {path}); }

void start_dockerd(Answers& host) {
  host.tools["systemctl show"] = {0,
                                  "Id=docker.service\nLoadState=loaded\nActiveState=active\nSubState=running\n"
                                  "MainPID=77\nFragmentPath=/lib/systemd/system/docker.service\n"
                                  "ExecStart={ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// ; }\n",
                                  ""};
  host.files["/proc/77/cmdline"] = std::string("dockerd\0-H\0fd://\0", 17);
  host.files["/proc/77/stat"] = "77 (dockerd) S 1 77 77 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 9 0 700 0 0";
  host.files["/etc/fstab"] = "/dev/vda / ext4 noatime 0 1\n";
  host.files["/etc/docker/daemon.json"] = "{\n  \"debug\": true\n}\n";
  host.files["/proc/self/mountinfo"] = "23 1 254:0 / / rw,noatime - ext4 /dev/vda rw\n";
  host.files["/etc/passwd"] = "root:x:0:0:root:/root:/bin/bash\n";
}

void require_good_questions(const Answers& host) {
  for (const std::string& target : host.targets) {
    const bool plain = std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7F; });
    require(plain && target.starts_with('/'), "a request has a plain target: " + target);
  }
  for (const Strings& argv : host.commands) {
    for (const std::string& word : argv)
      require(word.find('\0') == std::string::npos, "no argument of a tool holds a NUL: " + argv[0]);
  }
}

}  // namespace fuzz
