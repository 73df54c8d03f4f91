// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "args/secret_names.hpp"
#include "base/text.hpp"

namespace dockhost {

inline constexpr std::string_view kHidden = "********";

// Where a secret stands in a text: the bytes to hide, and the name that they belong to ("//" of a URL).
struct Secret {
  std::size_t start = 0, end = 0;
  std::string name;
  bool bare = false;  // a JSON number or word: hidden, it needs quotes to stay JSON
};

// The secrets of `text` that are told by their form, in order, without overlaps:
// - the value of a name that holds a secret (sensitive()): `"splunk-token": "x"` in JSON, also nested in objects and
//   lists, `splunk-token=x`, `splunk-token: x`, `?sig=x&`, `Authorization: Bearer x`, `pass...=x` among mount options.
//   A bare word before a colon ("unexpected token: }") is a sentence and holds none;
// - the user and password part of a URL, with a scheme or without: `//u:p@h`, `u:p@proxy:3128`;
// - what stands behind the % of `username=a%b` or the : of `user=a:b`, behind `--token` and behind `sshpass -p`.
// A value without quotes ends at a blank, or at a comma where the name of a mount option follows; what hides nothing,
// such as a path behind `credentials=`, is left out.
std::vector<Secret> secrets_in(std::string_view text);

// `text` with ******** in each of these places.
std::string scrub(std::string_view text);

// The beginning of somebody's words, printable and of at most `most` bytes: hidden before they are cut, because a part
// of a secret has no form any more.
std::string excerpt(std::string_view text, std::size_t most);

// The texts that a secret may be meant by: itself, and as it is without the escapes of JSON, fstab and URLs; of a user
// and password part the password alone.
Strings meanings(const Secret& secret, std::string_view text);

// The text without the escapes of JSON and fstab: one of the meanings.
std::string without_escapes(std::string_view text);

}  // namespace dockhost
