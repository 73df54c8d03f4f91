// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dockhost {

// An IP address, v4 or v6, an interface behind '%' allowed.
bool ip_address(std::string_view text);

// A network: "10.1.2.3/8" has the bytes 10.0.0.0 (host bits cleared), the prefix 8 and 32 bits.
struct Network {
  std::string bytes;
  int prefix = 0, bits = 0;
  bool operator==(const Network&) const = default;
};
std::optional<Network> parse_network(std::string_view text);

}  // namespace dockhost
