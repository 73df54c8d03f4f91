// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/engine.hpp"

#include <sys/socket.h>

// Boost 1.74's asio uses std::exchange without including it.
#include <utility>
// Of asio only local sockets are used: its resolver would need the host's own glibc in a static executable.
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace dockhost {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Local = boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::uint64_t longest_answer = std::uint64_t{64} * 1048576;
constexpr unsigned http_1_1 = 11;

// Why the process that listens at the other end of a connection is not the engine (SO_PEERCRED, unix(7): as it was at
// its listen(2), so that of an activated socket it is systemd); "" where it is.
std::string stranger_at(int connection, const EngineAt& engine) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "it is not told who listens there";
  const std::string who = "process " + std::to_string(peer.pid) + " of user " + std::to_string(peer.uid);
  if (peer.uid != engine.uid) return who + " listens there, who is not root";
  const bool known = peer.pid == 1 || (peer.pid != 0 && peer.pid == engine.process);
  return known ? "" : who + " listens there, which is neither systemd nor the main process of Docker's unit";
}

class Exchange {
 public:
  Exchange(const EngineAt& engine, const std::string& method, const std::string& target)
      : engine_(engine), stream_(context_) {
    request_.version(http_1_1);
    request_.method_string(method);
    request_.target(target);
    request_.set(http::field::host, "docker");
    request_.keep_alive(false);
    request_.prepare_payload();
    response_.body_limit(longest_answer);
  }

  // Connects, asks and reads, one after the other; each step starts the next. The limit is for all of them together.
  void run(std::chrono::milliseconds limit) {
    stream_.expires_after(limit);
    stream_.async_connect(Local::endpoint(engine_.socket), [this](const error_code& failed) { connected(failed); });
    context_.run();
  }

  const std::optional<error_code>& failure() const { return failure_; }
  const std::string& stranger() const { return stranger_; }
  const char* doing() const { return doing_; }
  Answer answer() { return {static_cast<int>(response_.get().result_int()), std::move(response_.get().body())}; }

 private:
  void connected(const error_code& failed) {
    if (failed) return fail(failed);
    stranger_ = stranger_at(stream_.socket().native_handle(), engine_);
    if (!stranger_.empty()) return;
    doing_ = "asking";
    http::async_write(stream_, request_, [this](const error_code& code, std::size_t) { asked(code); });
  }

  void asked(const error_code& failed) {
    if (failed) return fail(failed);
    doing_ = "reading the answer";
    http::async_read(stream_, buffer_, response_, [this](const error_code& code, std::size_t) {
      if (code) fail(code);
    });
  }

  void fail(const error_code& code) { failure_ = code; }

  const EngineAt& engine_;
  std::string stranger_;
  boost::asio::io_context context_{1};
  beast::basic_stream<Local> stream_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> response_;
  beast::flat_buffer buffer_;
  std::optional<error_code> failure_;
  const char* doing_ = "connecting";
};

std::string in_seconds(std::chrono::milliseconds limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  return seconds == limit ? std::to_string(seconds.count()) + " seconds" : std::to_string(limit.count()) + " ms";
}

}  // namespace

Answer ask_engine(const EngineAt& engine, const std::string& method, const std::string& target,
                  std::chrono::milliseconds limit) {
  const std::string& socket = engine.socket;
  try {
    Exchange exchange(engine, method, target);
    exchange.run(limit);
    if (!exchange.stranger().empty()) return {0, socket + ": " + exchange.stranger()};
    const auto& failure = exchange.failure();
    if (!failure) {
      Answer answer = exchange.answer();
      // Below 100 there is none, and 0 is our own word for no answer.
      return answer.status >= 100 ? answer : Answer{0, socket + ": an answer without a status"};
    }
    if (*failure == beast::error::timeout) return {0, socket + ": no answer within " + in_seconds(limit)};
    return {0, socket + ": " + failure->message() + " (while " + exchange.doing() + ")"};
  } catch (const std::exception& trouble) {  // a path that is too long for a socket, a target that is no HTTP
    return {0, socket + ": " + trouble.what()};
  }
}

}  // namespace dockhost
