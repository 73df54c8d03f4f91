// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's audit rules over netlink: auditctl lists a rule of path or directory and permissions as -w, whether it
// records or silences (auditctl-listing.c), so that its listing alone cannot be trusted.
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "host/linux_host.hpp"

namespace dockhost {
namespace {

class Socket {
 public:
  Socket() : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT)) {
    const timeval limit{5, 0};
    if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool ask(int fd) {
  nlmsghdr request{};
  request.nlmsg_len = NLMSG_HDRLEN;
  request.nlmsg_type = AUDIT_LIST_RULES;
  request.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.nlmsg_seq = 1;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  return ::sendto(fd, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) ==
         static_cast<ssize_t>(sizeof request);
}

// "never dir"; nothing where the message is too short for a rule.
std::optional<std::string> action_in(const char* message, std::size_t size) {
  audit_rule_data rule{};
  if (size < sizeof rule) return std::nullopt;
  std::memcpy(&rule, message, sizeof rule);
  if (rule.field_count > AUDIT_MAX_FIELDS) return std::nullopt;
  std::string action = rule.action == AUDIT_NEVER ? "never" : "always";
  for (std::size_t i = 0; i < rule.field_count; ++i) {
    if (rule.fields[i] == AUDIT_DIR) return action + " dir";
  }
  return action;
}

enum class Part { more, last, bad };

// One datagram's messages. The first is the receipt of what was asked.
Part take(const char* data, std::size_t size, Strings& actions) {
  while (size >= NLMSG_HDRLEN) {
    nlmsghdr head{};
    std::memcpy(&head, data, sizeof head);
    if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > size) return Part::bad;
    const char* body = data + NLMSG_HDRLEN;
    const std::size_t length = head.nlmsg_len - NLMSG_HDRLEN;
    if (head.nlmsg_type == NLMSG_DONE) return Part::last;
    if (head.nlmsg_type == NLMSG_ERROR) {
      int error = -1;
      if (length >= sizeof error) std::memcpy(&error, body, sizeof error);
      if (error != 0) return Part::bad;
    }
    if (head.nlmsg_type == AUDIT_LIST_RULES) {
      auto action = action_in(body, length);
      if (!action) return Part::bad;
      actions.push_back(std::move(*action));
    }
    const std::size_t whole = NLMSG_ALIGN(head.nlmsg_len);
    if (whole >= size) break;
    data += whole;
    size -= whole;
  }
  return Part::more;
}

}  // namespace

Strings LinuxHost::audit_actions() {
  const Socket socket;
  if (socket.fd() < 0 || !ask(socket.fd())) return {};
  Strings actions;
  std::array<char, 16384> buffer{};
  for (;;) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    const ssize_t got =
        ::recvfrom(socket.fd(), buffer.data(), buffer.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || static_cast<std::size_t>(got) > buffer.size()) return {};
    if (from.nl_pid != 0) continue;  // not the kernel
    const Part part = take(buffer.data(), static_cast<std::size_t>(got), actions);
    if (part == Part::bad) return {};
    if (part == Part::last) return actions;
  }
}

}  // namespace dockhost
