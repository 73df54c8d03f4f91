// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/move_note.hpp"

namespace dockhost {
namespace {

void put(Host& host, const std::string& root, const std::string& text) {
  host.write(note_of(root), text + "\n", 0600, 0, 0);
}

}  // namespace

MoveNote move_note(const Host& host, const std::string& root, const std::string& uuid) {
  const std::string path = note_of(root);
  const auto node = host.node(path);
  if (!node) return {};
  if (node->type != Node::Type::file) throw Error("is not a regular file", {path});
  const Strings said = words(host.read(path).value_or(""));
  const bool copying = said.size() == 2 && said[0] == "copying";
  const bool verified = said.size() == 4 && said[0] == "verified";
  if (!copying && !verified) throw Error("is no note of a move ('copying UUID', 'verified UUID HASH HASH')", {path, 1});
  if (said[1] != uuid) return {};
  if (copying) return {Data::Copy::begun, "", "", node->changed};
  return {Data::Copy::verified, said[2], said[3], node->changed};
}

void note_copying(Host& host, const std::string& root, const std::string& uuid) { put(host, root, "copying " + uuid); }

void note_verified(Host& host, const std::string& root, const std::string& uuid, const MoveNote& hashes) {
  put(host, root, "verified " + uuid + " " + hashes.own_hash + " " + hashes.copy_hash);
}

std::string file_system_uuid(Host& host, const std::string& device) {
  const Output output = host.run({"blkid", "--probe", "--match-tag", "UUID", "--output", "value", "--", device});
  if (!output.found) throw Error("the tool 'blkid' is not installed (package util-linux)");
  return trim(output.out);  // 2 says that there is nothing, and why it says so is not told (storage.md 1)
}

}  // namespace dockhost
