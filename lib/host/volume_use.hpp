// SPDX-License-Identifier: GPL-3.0-or-later
// Whether somebody has used a file system that counts as unfinished, or that this run made itself. Nothing is written:
// the look inside is a mount of this run's own, without a replay of the journal.
#pragma once

#include <string>

#include "host/host.hpp"

namespace dockhost {

// Whether ext4 or xfs has a journal that was not written back: what a read-only look shows is then not all there is.
// Throws Error where the tool that tells it is missing.
bool needs_replay(Host& host, const std::string& device, const std::string& type);

// How it can be told that somebody uses or has used what is on the block device at this real path, as "it is mounted on
// /srv/x"; "" where it holds nothing but a new or half-made file system of dockhost's. `type` is what wipefs(8) finds.
std::string use_of(Host& host, const std::string& device, const std::string& type);

}  // namespace dockhost
