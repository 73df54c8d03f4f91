// SPDX-License-Identifier: GPL-3.0-or-later
// One call of a module, from its arguments to its result: look, plan, and, unless in check mode, apply and look again.
#pragma once

#include <string>

#include "host/host.hpp"
#include "resources/resource.hpp"

namespace dockhost {

struct Request {
  std::string module;
  json args = json::object();
  bool check = false;
  bool diff = false;
};

// The plan for valid arguments: what the planner asks for is looked at, and put into `seen`, until it asks for nothing
// new. Throws Error.
Plan make_plan(Host& host, const Resource& resource, const json& arguments, State& seen);

// SHA-256 of the plan's sentences as they are shown, in hexadecimal.
std::string plan_digest(const Strings& sentences);

// The result with the keys of DESIGN ("Names that others rely on"), masked. Nothing is thrown: a failure is
// `failed: true` with `msg` and `error`.
json run(Host& host, const Request& request);

// What must not be shown of a request, by the module's table: for Mask.
Secrets secrets(const Request& request);

// What is wrong with the arguments, as a failed result; null when they are valid. Looks at no host.
json refusal_of_arguments(const Request& request);

}  // namespace dockhost
