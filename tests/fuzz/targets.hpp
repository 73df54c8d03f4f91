// SPDX-License-Identifier: GPL-3.0-or-later
// The targets. What an input is made of stands where each is written; NUL bytes divide it (part()).
#pragma once

#include <string_view>

namespace fuzz {

void arguments(std::string_view input);
void audit_listing(std::string_view input);
void audit_rules(std::string_view input);
void daemon_json(std::string_view input);
void engine_answers(std::string_view input);
void engine_http(std::string_view input);
void fstab(std::string_view input);
void lvm_wipefs(std::string_view input);
void mount_options(std::string_view input);
void mountinfo(std::string_view input);
void secrets(std::string_view input);
void sizes(std::string_view input);
void unit_files(std::string_view input);
void units(std::string_view input);
void waivers(std::string_view input);

}  // namespace fuzz
