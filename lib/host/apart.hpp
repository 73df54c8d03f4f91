// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace dockhost {

// Asks in a child process what may hang in the kernel for ever (a file server that is gone), and returns its answer.
// The child holds none of our files, so that no lock is kept by one that cannot even be killed. Throws the question's
// Error, or one that says that `what` could not be told in time.
std::string ask_apart(const std::string& what, const std::function<std::string()>& question,
                      std::chrono::milliseconds limit);

}  // namespace dockhost
