// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/docker_api.hpp"

#include <algorithm>

#include "base/read_json.hpp"
#include "host/sharing.hpp"

namespace dockhost {
namespace {

constexpr std::chrono::seconds kLook{5}, kStart{60}, kStop{600};
constexpr std::size_t kLongestWords = 500;

std::string message_of(const Answer& answer) {
  const json body = read_json_or_discard(answer.body, JsonFrom::engine);
  const bool told = body.is_object() && body.contains("message") && body.at("message").is_string();
  return told ? body.at("message").get<std::string>() : excerpt(trim(answer.body), 300);
}

}  // namespace

std::string api_socket(const std::vector<Flag>& flags) {
  constexpr std::string_view scheme = "unix://";
  for (const Flag& flag : flags) {
    const std::size_t at = flag.text.find(scheme);
    const bool host_flag = at == 0 || flag.text.starts_with("-H") || flag.text.starts_with("--host=");
    if (at != std::string::npos && host_flag) return flag.text.substr(at + scheme.size());
  }
  return "/run/docker.sock";
}

EngineAt engine_at(const Docker& docker) { return {api_socket(docker.flags), docker.process}; }

std::string container_target(const std::string& name, const std::string& verb) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string target = "/containers/";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos)
      target += c;
    else
      target += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
  }
  return target + "/" + verb;
}

json api_get(Host& host, const EngineAt& engine, const std::string& target) {
  const Answer answer = host.request(engine, "GET", target, kLook);
  const std::string asked = "GET " + target + " on " + engine.socket;
  if (answer.status == 0) throw Error(answer.body).during(asked);
  // A daemon with "bridge": "none" has no such network.
  if (answer.status == 404) return nullptr;
  if (answer.status != 200) throw Error(std::to_string(answer.status) + " " + message_of(answer)).during(asked);
  try {
    return read_json(answer.body, JsonFrom::engine, "");
  } catch (Error& error) {
    throw Error(std::string("the answer: ") + error.what()).during(asked);
  }
}

std::string try_start(Host& host, const EngineAt& engine, const std::string& name) {
  const Answer answer = host.request(engine, "POST", container_target(name, "start"), kStart);
  if (answer.status == 204 || answer.status == 304) return {};
  const std::string why = excerpt(message_of(answer), kLongestWords);
  return why.empty() ? "Docker says nothing, with status " + std::to_string(answer.status) : why;
}

void stop_container(Host& host, const EngineAt& engine, const std::string& name) {
  const Answer answer = host.request(engine, "POST", container_target(name, "stop"), kStop);
  if (answer.status == 204 || answer.status == 304) return;
  throw Error("container " + quote(name) + " did not stop: " + message_of(answer));
}

Strings swarm_tasks(const json& containers) {
  Strings names;
  for (const json& container : containers.is_array() ? containers : json::array()) {
    const auto labels = container.find("Labels");
    const bool task = labels != container.end() && labels->is_object() && labels->contains("com.docker.swarm.task.id");
    if (!task) continue;
    const Strings own = container_names(json::array({container}));
    names.insert(names.end(), own.begin(), own.end());
  }
  return names;
}

Strings container_names(const json& containers) {
  Strings names;
  if (!containers.is_array()) return names;
  for (const json& container : containers) {
    // A container that is linked to has more names ("/web/db"); its own has one slash.
    for (const json& name : container.value("Names", json::array())) {
      const auto text = name.get<std::string>();
      if (text.rfind('/') != 0) continue;
      names.push_back(text.substr(1));
      if (!is_container_name(names.back()))
        throw Error("Docker names a container " + quote(names.back()) + ", which is no name");
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace dockhost
