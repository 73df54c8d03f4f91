// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "args/spec.hpp"

namespace dockhost {

// Rules between the options of a module, checked and told in the words of ansible-core 2.21
// (module_utils/common/validation.py). An option counts as given when `values` has it.

// mutually_exclusive, before defaults are set.
Strings exclusive_problems(const Module& module, const json& values);

// required_together, required_one_of, required_if and required_by, after defaults are set and values converted.
Strings dependency_problems(const Module& module, const json& values);

// The same rules as sentences for the documentation, with Ansible's marks.
Strings rule_sentences(const Module& module);

}  // namespace dockhost
