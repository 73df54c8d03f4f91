// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "base/text.hpp"

namespace dockhost {

// A text as a YAML 1.1 scalar that reads back as the same text: plain where that is safe, else in double quotes. Plain
// inside [ ] and { } is narrower: `flow`. Three quotes in a row never come out plain, because a stub stands inside
// them.
std::string yaml_text(const std::string& text, bool flow = false);

// Any value on one line: true, 5, [a, b], {a: 1}.
std::string yaml_flow(const json& value);

// "<indent><first><text>", broken at single blanks to lines of at most 120 columns where that can be; what follows the
// first line stands `hang` columns further in. YAML folds such line ends back to blanks.
std::string yaml_folded(std::size_t indent, const std::string& first, const std::string& text, std::size_t hang = 2);

}  // namespace dockhost
