// SPDX-License-Identifier: GPL-3.0-or-later
// Docker's answers. Input of engine_http: the bytes that come from the socket. Input of engine_answers: the bodies, in
// the order of kAsked.
#include "host/engine.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <semaphore>
#include <thread>

#include "base/read_json.hpp"
#include "fuzz/answers.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "host/descriptor.hpp"
#include "host/docker_api.hpp"
#include "host/look.hpp"
#include "host/sharing.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

// A daemon in a thread of its own, which gives every connection the bytes of the moment and hangs up.
class Peer {
 public:
  Peer() : path_(make_place() + "/s") {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), static_cast<char*>(address.sun_path));
    listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what bind(2) takes
    const bool bound = ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    require(bound && ::listen(listener_.get(), 4) == 0, "a socket can be listened to");
    thread_ = std::thread([this] { serve(); });
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    ended_ = true;
    wanted_.release();
    thread_.join();
    ::unlink(path_.c_str());
    ::rmdir(path_.substr(0, path_.size() - 2).c_str());
  }

  Answer ask(std::string_view answer) {
    answer_ = answer;
    wanted_.release();
    const EngineAt own{path_, ::getpid(), ::getuid()};
    Answer told = ask_engine(own, "GET", "/info", std::chrono::seconds(20));
    served_.acquire();
    return told;
  }

  const std::string& path() const { return path_; }

 private:
  static std::string make_place() {
    std::string place = "/tmp/fuzz-engine-XXXXXX";
    require(::mkdtemp(place.data()) != nullptr, "a folder can be made");
    return place;
  }

  void serve() {
    for (wanted_.acquire(); !ended_; wanted_.acquire()) {
      {
        const Descriptor peer(::accept(listener_.get(), nullptr, nullptr));
        std::array<char, 4096> buffer{};
        std::string asked;
        while (asked.find("\r\n\r\n") == std::string::npos) {
          const ssize_t count = ::read(peer.get(), buffer.data(), buffer.size());
          if (count <= 0) break;
          asked.append(buffer.data(), static_cast<std::size_t>(count));
        }
        for (std::string_view left = answer_; !left.empty();) {
          const ssize_t count = ::send(peer.get(), left.data(), left.size(), MSG_NOSIGNAL);
          if (count <= 0) break;
          left.remove_prefix(static_cast<std::size_t>(count));
        }
      }
      served_.release();
    }
  }

  std::string path_, answer_;
  Descriptor listener_;
  std::thread thread_;
  bool ended_ = false;
  std::binary_semaphore wanted_{0}, served_{0};
};

void take(const Answer& answer) {
  Answers host;
  host.other_request = answer;
  const EngineAt engine{"/run/docker.sock", 1};
  const auto told = unless_refused([&] { return api_get(host, engine, "/info"); }, "");
  if (told && answer.status == 200)
    require(*told == read_json_or_discard(answer.body, JsonFrom::engine), "an answer is its body");
  unless_refused([&] { return try_start(host, engine, "web"); });
  done([&] { stop_container(host, engine, "web"); });
}

constexpr std::array kAsked =
    std::to_array<const char*>({"/info", "/networks/bridge", "/containers/json", "/containers/json?all=1",
                                "/containers/", "/images/json", "/volumes", "/plugins"});
constexpr std::array kUsual =
    std::to_array<const char*>({R"({"ServerVersion": "20.10.24", "DockerRootDir": "/var/lib/docker"})", "{}",
                                R"([{"Id": "1a", "Names": ["/web"]}])", R"([{"Id": "1a", "Names": ["/web"]}])",
                                R"({"State": {"Running": true}, "HostConfig": {}})", "[]", R"({"Volumes": []})", "[]"});

void require_names(const Strings& names) {
  for (const std::string& name : names) require(is_container_name(name), "a container has a name that is one: " + name);
}

void look_at(Answers& host) {
  const auto docker = unless_refused([&] { return look<Docker>(host, "docker.service"); });
  require(docker && *docker, "what Docker answers decides nothing about its unit");
  const Docker& seen = **docker;
  require(seen.asked == seen.not_asked.empty(), "an answer that is not taken has a reason");
  require_good_message(Error(seen.not_asked));
  require_names(seen.service.running);
  require_names(seen.service.tasks);
  if (!seen.asked) require(seen.service.running.empty() && seen.version.empty(), "nothing is taken of a bad answer");
  const auto objects = unless_refused([&] { return look_with<DockerObjects>(host, seen); });
  if (objects && *objects && seen.asked) {
    require_names((*objects)->containers);
    for (const std::string& name : (*objects)->volumes) require(plain_name(name), "a volume has a name: " + name);
  }
  const auto containers = unless_refused([&] { return look_with<Containers>(host, seen); });
  if (containers && *containers) {
    for (const auto& [name, facts] : (*containers)->named) require_names({name});
  }
  unless_refused([&] { return look_with<DockerPlugins>(host, seen); });
}

}  // namespace

void engine_http(std::string_view input) {
  Peer peer;  // for this input alone: other tests in this process want no second thread
  const Answer answer = peer.ask(input);
  if (answer.status == 0) {
    require(answer.body.starts_with(peer.path()), "trouble is told with its socket");
    require_good_message(Error(answer.body), input);
    return;
  }
  require(answer.status >= 100 && answer.status <= 999, "a status is three digits");
  require(answer.body.size() <= input.size(), "a body is not longer than what came");
  take(answer);
}

void engine_answers(std::string_view input) {
  Answers host;
  start_dockerd(host);
  for (std::size_t i = 0; i < kAsked.size(); ++i) {
    std::string body = part(input, i);
    if (body.empty()) body = kUsual[i];
    host.requests[kAsked[i]] = {200, body};
  }
  host.tools["stat --dereference"] = {0, "directory:/srv\nregular file:/etc/x\n", ""};
  look_at(host);
  require_good_questions(host);
}

}  // namespace fuzz
