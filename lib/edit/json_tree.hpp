// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/read_json.hpp"

namespace dockhost {

// One value of a JSON text, by the bytes it takes there. Offsets count from the beginning of the whole text.
struct JsonNode {
  enum class Kind { object, list, text, number, word };  // a word: true, false, null
  Kind kind = Kind::word;
  std::string key;                        // of a member, decoded
  std::size_t start = 0, key_end = 0;     // a member starts with its key, any other value with itself
  std::size_t begin = 0, end = 0;         // the value
  std::size_t comma = std::string::npos;  // the comma behind it, if there is one
  std::vector<JsonNode> children;         // members of an object, elements of a list
  std::vector<std::size_t> by_key;        // of an object: its members, sorted by key and place

  // The last member of that name, which is the one that counts; nullptr where there is none.
  const JsonNode* member(std::string_view name) const;
};

// Bytes of a UTF-8 byte order mark at the beginning of the text: 3 or 0.
std::size_t byte_order_mark(std::string_view text);

// The tree of a JSON text (RFC 8259) whose root is an object. Throws Error at the first character that cannot stand
// where it stands. As strict as dockerd: no comments, no trailing commas, nothing behind the object, no invalid UTF-8
// (dockerd 23.0 and later), no number beyond a double. As lenient as dockerd: a lone surrogate is accepted, and so is
// a byte order mark. What is beyond a limit of read_json.hpp is refused before anything else.
JsonNode parse_json(std::string_view text, const std::string& path, JsonFrom from);

// How many texts this process has parsed: what a test of the work that is done counts.
std::size_t texts_parsed();

// The value as Go's encoding/json reads it: of duplicate keys the last, U+FFFD for a lone surrogate.
json value_of(const JsonNode& node, std::string_view text);

}  // namespace dockhost
