// SPDX-License-Identifier: GPL-3.0-or-later
// The file beside Docker's data root that says how far a move of the data has come (note_of() in core/data.hpp):
// "copying UUID" before the first byte is copied, "verified UUID HASH-OF-ROOT HASH-OF-COPY" once the copy was compared,
// no file when no move is under way. UUID is that of the file system which the data goes to.
#pragma once

#include <string>

#include "core/data.hpp"
#include "host/host.hpp"

namespace dockhost {

struct MoveNote {
  Data::Copy copy = Data::Copy::none;
  std::string own_hash, copy_hash;  // TreeSum::hash of either side, without the guard
  std::int64_t changed = 0;         // mtime of the file, microseconds since the epoch
};

// The note as far as it is about this file system; one about another counts as none. Throws Error where the file holds
// anything else.
MoveNote move_note(const Host& host, const std::string& root, const std::string& uuid);

void note_copying(Host& host, const std::string& root, const std::string& uuid);
void note_verified(Host& host, const std::string& root, const std::string& uuid, const MoveNote& hashes);

// The UUID of the file system on a block device, asked for on the device itself; "" where it holds none.
std::string file_system_uuid(Host& host, const std::string& device);

}  // namespace dockhost
