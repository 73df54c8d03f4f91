// SPDX-License-Identifier: GPL-3.0-or-later
// What is asserted of any input whatever. A target takes what another one may have written (a file, an answer, an
// option) and requires what must hold for every text; tests/fuzz/run looks for one for which it does not.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace fuzz {

struct Target {
  std::string_view name;
  void (*check)(std::string_view input);
};

// Sorted by name.
const std::vector<Target>& all_targets();

// Runs one target on one input. What it throws is a violation.
void run(const Target& target, std::string_view input);

// Ends the process where the property does not hold, and tells it, the target and the input.
void require(bool holds, const std::string& property);

// The part of that number, from 0, of an input that NUL bytes divide; `otherwise` where there are not so many.
std::string part(std::string_view input, std::size_t number, std::string_view otherwise = "");

// What every message keeps: it drives no terminal and is UTF-8. `text`: what was refused; nothing in it that looks like
// a secret is quoted.
void require_good_message(const dockhost::Error& error, std::string_view text = "");

// Whether a word could be a secret, and stands in no message by chance: letters and digits, six or more.
bool looks_secret(std::string_view word);

// What `doing` returns; nothing where it refuses, with a good message.
template <class Doing>
auto unless_refused(Doing doing, std::string_view text = "") -> std::optional<decltype(doing())> {
  try {
    return doing();
  } catch (const dockhost::Error& error) {
    require_good_message(error, text);
    return std::nullopt;
  }
}

// Whether it is done; else it was refused, with a good message.
template <std::invocable Doing>
bool done(Doing doing, std::string_view text = "") {
  return unless_refused([&] { return doing(), true; }, text).has_value();
}

}  // namespace fuzz
