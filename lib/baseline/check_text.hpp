// SPDX-License-Identifier: GPL-3.0-or-later
// What `dockhost check` prints: one result of docker_host for the person at the terminal.
#pragma once

#include <cstddef>
#include <string>

#include "base/text.hpp"

namespace dockhost {

struct CheckStyle {
  bool verbose = false;  // what passes and what does not apply, too
  bool plan = false;     // the steps that harden would do
  bool color = false;
  std::size_t width = 80;  // no line is wider, but for a word that is
};

// `result`: of docker_host in check mode. The last line is the score.
std::string check_text(const json& result, const CheckStyle& style);

// 0: every control that counts is met. 1: something fails or waits, or a waiver has expired; `strict`: or cannot be
// tested. 2: nothing could be tested.
int check_code(const json& result, bool strict);

}  // namespace dockhost
