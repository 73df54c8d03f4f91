// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace dockhost {

bool ip_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const bool v6 = text.find(':') != std::string_view::npos;
  const std::string address(v6 ? text.substr(0, text.find('%')) : text);
  return inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) == 1;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string address(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  const bool v6 = address.find(':') != std::string::npos;
  Network network{std::string(v6 ? sizeof(in6_addr) : sizeof(in_addr), '\0'), 0, v6 ? 128 : 32};
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), network.bytes.data()) != 1) return std::nullopt;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
  const bool whole = failed == std::errc() && end == digits.data() + digits.size();
  if (!whole || network.prefix < 0 || network.prefix > network.bits) return std::nullopt;
  for (int bit = network.prefix; bit < network.bits; ++bit) {
    auto& byte = network.bytes[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) & ~(0x80U >> static_cast<unsigned>(bit % 8)));
  }
  return network;
}

}  // namespace dockhost
