// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.hpp"

namespace dockhost {

// What `look` gives, and nothing where it throws Error. For what users may keep from us: by the mode of their home, by
// links that lead in a circle, on a file server that does not trust root. Such a thing is not seen, and decides about
// nothing else.
template <class Look>
auto if_seen(const Look& look) -> decltype(look()) {
  try {
    return look();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace dockhost
