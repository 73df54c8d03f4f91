// SPDX-License-Identifier: GPL-3.0-or-later
// Which names hold a secret: the one list and the one rule for options, settings, headers, mount options and variables.
#pragma once

#include <string>
#include <string_view>

namespace dockhost {

// Whether what stands under this name is a secret. The name is split at capitals and at whatever is neither letter nor
// digit of ASCII; a part must equal a word of the list (digits at its end aside: password2), or two parts in a row a
// pair of it (api-key, privateKey). Of an absolute path only what stands behind the last slash counts:
// /run/secrets/ca.pem is none. `Authorization` and `Proxy-Authorization` are whole names.
bool sensitive(std::string_view name);

// Whether the value says where a secret is kept, and is none itself: the absolute path behind credentials=,
// password_file= and their like.
bool keeps_elsewhere(std::string_view name, std::string_view value);

// Whether the value goes on behind blanks, to the end of its line: Authorization and Cookie.
bool whole_line(std::string_view name);

// Whether mount(8), a helper of it or a file system has an option of this name. A password among mount options ends at
// the next one.
bool mount_option_name(std::string_view name);

// The part behind the last slash of a path such as /log-opts/splunk-token.
std::string_view last_name(std::string_view path);

// In small letters, as far as they are ASCII.
std::string small_letters(std::string_view text);

}  // namespace dockhost
