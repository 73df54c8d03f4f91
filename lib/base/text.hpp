// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dockhost {

using Strings = std::vector<std::string>;

// Members keep the order in which they were written: a user's file and a printed result depend on it.
using json = nlohmann::ordered_json;

// The parts joined with `separator`: join({"a", "b"}, ", ") is "a, b".
std::string join(const Strings& parts, std::string_view separator);

// The parts between each `separator`; an empty text gives one empty part.
Strings split(std::string_view text, char separator);

// The words between runs of blanks and tabs; none for an empty text.
Strings words(std::string_view text);

// Without white space (blank, tab, CR, LF) at both ends.
std::string trim(std::string_view text);

// Whether the name is among them; whether each of `some` is; what is left of them without `others`.
bool contains(const Strings& all, std::string_view name);
bool contains_all(const Strings& all, const Strings& some);
Strings without(Strings names, const Strings& others);

// Whether the absolute path is the folder, or lies below it; neither ends with a slash, but for "/" itself.
bool at_or_below(const std::string& path, const std::string& folder);

// The decimal number that a text begins with; 0 where it begins with none, or with one that does not fit.
std::uint64_t leading_number(std::string_view text);

// In single quotes, as messages show a user's value. Control characters are escaped.
std::string quote(std::string_view value);

// Control characters (C0, DEL, C1), those that turn the direction of a line or end it (U+061C, U+200E, U+200F, U+2028
// to U+202E, U+2066 to U+2069) and invalid UTF-8 become \xNN, so that a host's text cannot drive a terminal. Line ends
// and tabs stay when `keep_lines`.
std::string printable(std::string_view text, bool keep_lines = false);

// The same bytes where they are UTF-8; each byte that is none becomes \xNN. JSON can hold the result.
std::string utf8(std::string_view bytes);

// At most `most` bytes: what is longer is cut, inside of no character, and ends in an ellipsis.
std::string shortened(const std::string& text, std::size_t most);

// With blanks behind it up to the width; at least one.
std::string padded(const std::string& text, std::size_t width);

// A name that nothing takes for an option, a path or more than one line: not empty, not beginning with a dash, and
// without slash and control characters; "." and ".." are none.
bool plain_name(std::string_view name);

// "2026-11-24T08:12:03Z", of seconds since the epoch; the first ten characters are the day.
std::string utc_time(std::int64_t seconds);

// At most so many of the names, and how many others there are.
Strings at_most(std::size_t most, Strings names);

// "a", "a and b", "a, b and c".
std::string sentence_list(const Strings& names);

}  // namespace dockhost
