// SPDX-License-Identifier: GPL-3.0-or-later
// What a host is beside Docker, as far as its baseline asks for it: rights of paths, groups, units, the machine itself.
#pragma once

#include <optional>
#include <string>

#include "base/text.hpp"

namespace dockhost {

// The permission bits (07777) and the owner of something.
struct Rights {
  unsigned mode = 0, uid = 0, gid = 0;
  bool operator==(const Rights&) const = default;
};

// The rights of a file, directory or socket, by path; links of the path are followed. Content is not looked at.
struct Access {
  static constexpr const char* kind = "access";
  Rights rights;
  std::string owner;             // seen only: "root:docker", numbers where there is no name
  std::optional<Rights> remade;  // seen only: of a socket of Docker's, which gets these when Docker starts
  bool operator==(const Access& other) const { return rights == other.rights; }
};

// A group of accounts, by name.
struct AccountGroup {
  static constexpr const char* kind = "group";
  unsigned gid = 0;
  Strings members;       // sorted
  Strings primary = {};  // seen only: accounts whose own group it is
  bool operator==(const AccountGroup& other) const { return gid == other.gid && members == other.members; }
};

// A unit of systemd as its files describe it, by name. Absent: systemd knows none. Only looked at.
struct Unit {
  static constexpr const char* kind = "unit";
  std::string fragment;  // the unit's own file; "" where it has none
  Strings drop_ins;
  Strings listens;  // of a socket: paths and addresses
  Rights socket;    // of a socket: what systemd makes it with
  bool operator==(const Unit&) const = default;
};

// The machine itself, by kKernel. Only looked at.
struct System {
  static constexpr const char* kind = "system";
  std::string name, os, kernel;   // its own name, "Debian GNU/Linux 12 (bookworm)", "6.1.0-40-amd64"
  std::string day;                // today in UTC, "2026-12-06"
  bool contained = false;         // this is a container: the kernel and its devices belong to another host
  bool bridge_netfilter = false;  // iptables sees what passes a bridge (br_netfilter is loaded)
  bool root = true;               // it is looked at by root
  bool operator==(const System&) const = default;
};

}  // namespace dockhost
