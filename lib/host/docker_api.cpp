// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/docker_api.hpp"

#include <algorithm>

namespace dockhost {
namespace {

constexpr std::chrono::seconds kLook{5}, kStart{60}, kStop{600};
constexpr std::size_t kLongestWords = 500;

std::string message_of(const Answer& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  const bool told = body.is_object() && body.contains("message") && body.at("message").is_string();
  return told ? body.at("message").get<std::string>() : trim(answer.body).substr(0, 300);
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

json api_get(Host& host, const std::string& socket, const std::string& target) {
  const Answer answer = host.request(socket, "GET", target, kLook);
  const std::string asked = "GET " + target + " on " + socket;
  if (answer.status == 0) throw Error(answer.body).during(asked);
  // A daemon with "bridge": "none" has no such network.
  if (answer.status == 404) return nullptr;
  if (answer.status != 200) throw Error(std::to_string(answer.status) + " " + message_of(answer)).during(asked);
  json body = json::parse(answer.body, nullptr, false);
  if (body.is_discarded()) throw Error("the answer is no JSON").during(asked);
  return body;
}

std::string try_start(Host& host, const std::string& socket, const std::string& name) {
  const Answer answer = host.request(socket, "POST", "/containers/" + name + "/start", kStart);
  if (answer.status == 204 || answer.status == 304) return {};
  const std::string why = printable(message_of(answer)).substr(0, kLongestWords);
  return why.empty() ? "Docker says nothing, with status " + std::to_string(answer.status) : why;
}

void stop_container(Host& host, const std::string& socket, const std::string& name) {
  const Answer answer = host.request(socket, "POST", "/containers/" + name + "/stop", kStop);
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
      if (text.rfind('/') == 0) names.push_back(text.substr(1));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace dockhost
