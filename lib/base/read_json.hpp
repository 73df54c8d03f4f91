// SPDX-License-Identifier: GPL-3.0-or-later
// The one way from text to JSON. Whatever is nested too deeply or is too long ends here: a value with 100,000 levels
// costs the stack of whoever copies it, prints it or only lets it go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace dockhost {

inline constexpr std::size_t kDeepestJson = 200;

// Where a text comes from, which decides how long it may be.
enum class JsonFrom {
  daemon_file,  // daemon.json
  arguments,    // of a call: Ansible's file, --args, stdin; the waivers' file
  option,       // an option's value that is JSON as text
  docker_file,  // what Docker keeps below its root: config.v2.json, opts.json, image repositories
  engine,       // an answer of the Engine API
  tool,         // what a tool printed: lvm, wipefs
  note,         // what a run before this one has left in the lock's file
  ourselves     // what this program made: an answer of its own child process, the key of a question
};

// The most bytes that such a text may have.
std::size_t longest_json(JsonFrom from);

// Throws Error, which names the place and the limit, where the text is longer, or nested deeper than kDeepestJson. No
// line of the text is quoted.
void refuse_beyond_limits(std::string_view text, JsonFrom from, const std::string& path);

// The value of a JSON text; of duplicate keys the last counts. The work is in proportion to the text, also for an
// object with very many members. Throws Error, with the place.
json read_json(std::string_view text, JsonFrom from, const std::string& path);

// The same, and a discarded value where the text is no JSON or beyond a limit.
json read_json_or_discard(std::string_view text, JsonFrom from);

// What `reading` makes of a value from outside. Where that is of another type than whoever made it documents, Error
// says whose it is.
template <class Reading>
auto as_documented(const std::string& whose, Reading reading) {
  try {
    return reading();
  } catch (const json::exception& error) {
    throw Error(whose + " is not as documented: " + error.what());
  }
}

// Puts a member behind the others without looking whether it is there, which operator[] does member by member.
void append_member(json& object, std::string key, json value);

// Of members with the same name the last value stays, where the first one stands.
void drop_duplicates(json& object);

}  // namespace dockhost
