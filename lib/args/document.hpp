// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "args/spec.hpp"

namespace dockhost {

// What is generated from the option table; nothing of it is written by hand. Every text ends with a line end.

// plugins/modules/NAME.py: documentation only, as ansible-test's validate-modules (2.16 to 2.21) takes it. Throws
// std::logic_error where the table cannot stand inside Python's """.
std::string module_stub(const Module& module);

// The page for a terminal, at most 80 columns where words allow it.
std::string help_text(const Module& module);

// The keys that every module returns.
std::vector<Return> common_returns();

// The keys that mean something to Ansible itself, whose documentation tells them: in the schema, in no module's page.
std::vector<Return> ansible_returns();

// All return values of a module: a report takes the place of findings.
std::vector<Return> returns_of(const Module& module);

// The role named as its module, each option with that prefix: docker_host_profile. The role has options of its own,
// too.
std::vector<Option> role_options();
std::string role_argument_specs(const Module& docker_host);  // meta/argument_specs.yml
std::string role_defaults(const Module& docker_host);        // defaults/main.yml
std::string role_task(const Module& docker_host);            // tasks/main.yml: the module, then the gate

// The options as YAML under `indent`, their inner ones under the key `inner`: "suboptions" or "options".
std::string options_yaml(const std::vector<Option>& options, std::size_t indent, const std::string& inner);

// "description:" and its paragraphs under `indent`.
std::string description_yaml(const Strings& paragraphs, std::size_t indent);

}  // namespace dockhost
