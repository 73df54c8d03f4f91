// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/engine.hpp"

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

class Exchange {
 public:
  Exchange(const std::string& method, const std::string& target) : stream_(context_) {
    request_.version(http_1_1);
    request_.method_string(method);
    request_.target(target);
    request_.set(http::field::host, "docker");
    request_.keep_alive(false);
    request_.prepare_payload();
    response_.body_limit(longest_answer);
  }

  // Connects, asks and reads, one after the other; each step starts the next. The limit is for all of them together.
  void run(const std::string& socket, std::chrono::milliseconds limit) {
    stream_.expires_after(limit);
    stream_.async_connect(Local::endpoint(socket), [this](const error_code& failed) { connected(failed); });
    context_.run();
  }

  const std::optional<error_code>& failure() const { return failure_; }
  const char* doing() const { return doing_; }
  Answer answer() { return {static_cast<int>(response_.get().result_int()), std::move(response_.get().body())}; }

 private:
  void connected(const error_code& failed) {
    if (failed) return fail(failed);
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

Answer ask_engine(const std::string& socket, const std::string& method, const std::string& target,
                  std::chrono::milliseconds limit) {
  try {
    Exchange exchange(method, target);
    exchange.run(socket, limit);
    const auto& failure = exchange.failure();
    if (!failure) return exchange.answer();
    if (*failure == beast::error::timeout) return {0, socket + ": no answer within " + in_seconds(limit)};
    return {0, socket + ": " + failure->message() + " (while " + exchange.doing() + ")"};
  } catch (const std::exception& trouble) {  // a path that is too long for a socket, a target that is no HTTP
    return {0, socket + ": " + trouble.what()};
  }
}

}  // namespace dockhost
