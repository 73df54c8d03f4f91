// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/engine.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "host/descriptor.hpp"
#include "scratch.hpp"

using namespace dockhost;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A daemon that takes one connection, keeps what it was asked, gives `answer`, and then waits until the other side
// is gone or hangs up itself.
class Daemon {
 public:
  enum class Then { waits, hangs_up };

  Daemon(const std::string& path, std::string answer, Then then = Then::waits)
      : answer_(std::move(answer)), then_(then) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
    listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what bind(2) takes
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() { asked(); }

  std::string asked() {
    if (thread_.joinable()) thread_.join();
    return asked_;
  }

 private:
  void serve() {
    const Descriptor peer(::accept(listener_.get(), nullptr, nullptr));
    std::array<char, 4096> buffer{};
    while (asked_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::read(peer.get(), buffer.data(), buffer.size());
      if (count <= 0) return;
      asked_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    for (std::string_view left = answer_; !left.empty();) {
      const ssize_t count = ::send(peer.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    if (then_ == Then::hangs_up) return;
    while (::read(peer.get(), buffer.data(), buffer.size()) > 0) {
    }
  }

  std::string answer_, asked_;
  Then then_;
  Descriptor listener_;
  std::thread thread_;
};

// The socket of this process's own daemon.
EngineAt ours(const std::string& socket) { return {socket, ::getpid(), ::getuid()}; }

}  // namespace

TEST_CASE("a request has no API version, names no real host, and its answer has status and body") {
  const Scratch dir;
  Daemon daemon(dir / "s", "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"icc\": true}");
  const Answer answer = ask_engine(ours(dir / "s"), "GET", "/info", seconds(10));
  CHECK(answer.status == 200);
  CHECK(answer.body == "{\"icc\": true}");
  CHECK(daemon.asked() == "GET /info HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a POST without a body says so") {
  const Scratch dir;
  Daemon daemon(dir / "s", "HTTP/1.1 204 No Content\r\n\r\n");
  const Answer answer = ask_engine(ours(dir / "s"), "POST", "/containers/web/start", seconds(10));
  CHECK(answer.status == 204);
  CHECK(answer.body.empty());
  CHECK(daemon.asked() ==
        "POST /containers/web/start HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("an answer in chunks is put together") {
  const Scratch dir;
  const Daemon daemon(dir / "s",
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  CHECK(ask_engine(ours(dir / "s"), "GET", "/x", seconds(10)).body == "abcdefg");
}

TEST_CASE("an error of the daemon is an answer, with its text") {
  const Scratch dir;
  const Daemon daemon(dir / "s", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
  const Answer answer = ask_engine(ours(dir / "s"), "GET", "/x", seconds(10));
  CHECK(answer.status == 404);
  CHECK(answer.body == "none");
}

TEST_CASE("an answer of many megabytes is read whole") {
  const Scratch dir;
  std::string body;
  body.resize(20'000'000, 'x');
  const Daemon daemon(dir / "s", "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + body);
  const Answer answer = ask_engine(ours(dir / "s"), "GET", "/x", seconds(60));
  CHECK(answer.status == 200);
  CHECK(answer.body == body);
}

TEST_CASE("more than 64 MB are refused before they are read") {
  const Scratch dir;
  const Daemon daemon(dir / "s", "HTTP/1.1 200 OK\r\nContent-Length: 70000000\r\n\r\n");
  const Answer answer = ask_engine(ours(dir / "s"), "GET", "/x", seconds(10));
  CHECK(answer.status == 0);
  CHECK(answer.body == dir / "s" + ": body limit exceeded (while reading the answer)");
}

TEST_CASE("headers without an end are refused") {
  const Scratch dir;
  const Daemon daemon(dir / "s", "HTTP/1.1 200 OK\r\nX-Long: " + std::string(1'000'000, 'x'));
  const Answer answer = ask_engine(ours(dir / "s"), "GET", "/x", seconds(10));
  CHECK(answer.status == 0);
  CHECK(answer.body == dir / "s" + ": header limit exceeded (while reading the answer)");
}

TEST_CASE("a daemon that does not answer in time is nobody") {
  const Scratch dir;
  const Daemon silent(dir / "s", "");
  const Answer answer = ask_engine(ours(dir / "s"), "GET", "/x", milliseconds(50));
  CHECK(answer.status == 0);
  CHECK(answer.body == dir / "s" + ": no answer within 50 ms");
}

TEST_CASE("the time limit holds for an answer that begins and never ends") {
  const Scratch dir;
  const Daemon slow(dir / "s", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(ask_engine(ours(dir / "s"), "GET", "/x", milliseconds(50)).body == dir / "s" + ": no answer within 50 ms");
}

TEST_CASE("a daemon that hangs up, or says what is no HTTP, is nobody") {
  const Scratch dir;
  const Daemon garbage(dir / "s", "SSH-2.0-something\r\n\r\n");
  CHECK(ask_engine(ours(dir / "s"), "GET", "/x", seconds(10)).body ==
        dir / "s" + ": bad version (while reading the answer)");
  const Daemon leaving(dir / "t", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Daemon::Then::hangs_up);
  CHECK(ask_engine(ours(dir / "t"), "GET", "/x", seconds(10)).body ==
        dir / "t" + ": partial message (while reading the answer)");
}

TEST_CASE("where nobody listens the answer says why") {
  const Scratch dir;
  const Answer answer = ask_engine(ours(dir / "none"), "GET", "/info", seconds(5));
  CHECK(answer.status == 0);
  CHECK(answer.body == dir / "none" + ": No such file or directory (while connecting)");
  put(dir / "file", "");
  CHECK(ask_engine(ours(dir / "file"), "GET", "/info", seconds(5)).body ==
        dir / "file" + ": Connection refused (while connecting)");
  const std::string long_path = dir / std::string(200, 'x');
  CHECK(ask_engine(ours(long_path), "GET", "/info", seconds(5)).body == long_path + ": File name too long");
}

TEST_CASE("who is not the engine is not asked, wherever its socket stands") {
  const Scratch dir;
  const std::string path = dir / "s", self = "process " + std::to_string(::getpid()) + " of user ";
  {
    Daemon daemon(path, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    const Answer answer = ask_engine({path, 0, ::getuid()}, "GET", "/info", seconds(5));
    CHECK(answer.status == 0);
    CHECK(answer.body == path + ": " + self + std::to_string(::getuid()) +
                             " listens there, which is neither systemd nor the main process of Docker's unit");
    CHECK(daemon.asked().empty());
  }
  ::unlink(path.c_str());
  Daemon daemon(path, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const Answer answer = ask_engine({path, ::getpid(), ::getuid() + 1}, "GET", "/info", seconds(5));
  CHECK(answer.body == path + ": " + self + std::to_string(::getuid()) + " listens there, who is not root");
  CHECK(daemon.asked().empty());
}

TEST_CASE("an answer whose status is none is no answer") {
  for (const std::string status : {"000", "004", "099"}) {
    const Scratch dir;
    const Daemon daemon(dir / "s", "HTTP/1.1 " + status + " OK\r\nContent-Length: 4\r\n\r\nroot");
    const Answer answer = ask_engine(ours(dir / "s"), "GET", "/info", seconds(10));
    CHECK(answer.status == 0);
    CHECK(answer.body == dir / "s" + ": an answer without a status");
  }
}
