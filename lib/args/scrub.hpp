// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace dockhost {

inline constexpr std::string_view kHidden = "********";

// `text` without what is secret by its form: the user and password part of each URL, and the value of each name that
// holds token, password or secret, or is pass. A name and its value are `"splunk-token": "x"` (JSON, also with escaped
// quotes), `splunk-token=x`, `splunk-token: x` or `pass=x` among mount options. A bare word before a colon ("unexpected
// token: }") is a sentence and stays.
std::string scrub(std::string_view text);

// True for a name that holds token, password or secret, in any case.
bool sensitive(std::string_view name);

// The name at the end of a path such as /log-opts/splunk-token or log-opts.splunk-token.
std::string_view last_word(std::string_view path);

}  // namespace dockhost
