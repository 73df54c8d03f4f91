// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/schema.hpp"

#include <algorithm>

#include "args/document.hpp"

namespace dockhost {
namespace {

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();

json schema_of(const Return& one);

json object_of(const std::vector<Return>& members) {
  json properties = json::object(), required = json::array();
  for (const Return& member : members) {
    properties[member.name] = schema_of(member);
    if (member.returned == "always") required.push_back(member.name);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}

json text_of(const Return& one, std::size_t most) {
  json shape = {{"type", "string"}, {"maxLength", most == 0 ? kLongestText : most}};
  if (!one.choices.empty()) shape["enum"] = one.choices;
  if (!one.pattern.empty()) shape["pattern"] = one.pattern;
  return shape;
}

// As one type: a value of it, or an element of a list. Numbers have the same bounds whether they are whole or not.
json typed(const Return& one, Type type, std::size_t most) {
  switch (type) {
    case Type::text:
    case Type::path:
      return text_of(one, most);
    case Type::boolean:
      return {{"type", "boolean"}};
    case Type::integer:
      return {{"type", "integer"}, {"minimum", one.least}, {"maximum", one.greatest}};
    case Type::number:
      return {{"type", "number"}, {"minimum", kLeast}, {"maximum", kGreatest}};
    case Type::list:
      return {{"type", "array"},
              {"maxItems", most == 0 ? kMostElements : most},
              {"items", one.elements == Type::list ? json{{"$ref", "#/$defs/value"}} : typed(one, one.elements, 0)}};
    case Type::dict:
      return one.contains.empty() ? json{{"$ref", "#/$defs/object"}} : object_of(one.contains);
    case Type::raw:
      break;
  }
  return {{"$ref", "#/$defs/value"}};
}

json schema_of(const Return& one) {
  json shape = typed(one, one.type, one.most);
  if (!one.null) return shape;
  shape["type"] = json::array({shape.at("type"), "null"});
  if (shape.contains("enum")) shape["enum"].push_back(nullptr);
  return shape;
}

// Anything that JSON can say, within bounds, and without the names that mean something to Ansible wherever they stand.
json any_value() {
  return {{"type", {"null", "boolean", "number", "string", "array", "object"}},
          {"minimum", kLeast},
          {"maximum", kGreatest},
          {"maxLength", kLongestText},
          {"maxItems", kMostElements},
          {"items", {{"$ref", "#/$defs/value"}}},
          {"maxProperties", kMostElements},
          {"propertyNames", {{"maxLength", kLongestText}, {"pattern", "^(?!_+ansible_)"}}},
          {"additionalProperties", {{"$ref", "#/$defs/value"}}}};
}

const Return* named(const std::vector<Return>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Return& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// What the action plugin adds to a report before it keeps it.
std::vector<Return> kept_with(std::vector<Return> report) {
  const std::vector<Return> common = common_returns();
  report.push_back({.name = "host", .description = {}, .returned = "always"});
  report.push_back({.name = "group", .description = {}, .returned = "always"});
  report.push_back(
      {.name = "other_waivers", .description = {}, .type = Type::list, .elements = Type::dict, .most = kMostWaivers});
  report.push_back({.name = "failed", .description = {}, .type = Type::boolean});
  report.push_back({.name = "msg", .description = {}});
  report.push_back(*named(common, "plan"));
  return report;
}

json fitted_to(const json& value, const Return& one);

json fitted_members(const json& object, const std::vector<Return>& members) {
  json shown = object;
  for (const Return& member : members) {
    const auto found = shown.find(member.name);
    if (found != shown.end()) *found = fitted_to(*found, member);
  }
  return shown;
}

json fitted_list(const json& list, const Return& one) {
  const std::size_t most = one.most == 0 ? kMostElements : one.most;
  json shown = json::array();
  for (const json& value : list) {
    if (shown.size() == most) break;
    if (value.is_object())
      shown.push_back(fitted_members(value, one.contains));
    else
      shown.push_back(value.is_string() ? json(shortened(value, kLongestText)) : value);
  }
  if (list.size() > most && shown.back().is_string())
    shown.back() = "\u2026 and " + std::to_string(list.size() - most + 1) + " more";
  return shown;
}

json fitted_to(const json& value, const Return& one) {
  if (value.is_string()) return shortened(value, one.most == 0 ? kLongestText : one.most);
  if (value.is_array()) return fitted_list(value, one);
  return value.is_object() ? fitted_members(value, one.contains) : value;
}

}  // namespace

json result_schema(const std::vector<Module>& modules) {
  json definitions = json::object(), any = json::array();
  json object = any_value();
  object["type"] = "object";
  definitions["value"] = any_value();
  definitions["object"] = object;
  for (const Module& module : modules) {
    const std::vector<Return> own = returns_of(module);
    std::vector<Return> all = ansible_returns();
    std::copy_if(own.begin(), own.end(), std::back_inserter(all),
                 [&](const Return& one) { return named(all, one.name) == nullptr; });
    definitions[module.name] = object_of(all);
    any.push_back({{"$ref", "#/$defs/" + module.name}});
    if (const Return* report = named(own, "report")) definitions["document"] = object_of(kept_with(report->contains));
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "A result of dockhost " DOCKHOST_VERSION},
          {"anyOf", any},
          {"$defs", definitions}};
}

json fitted(const json& result, const Module& module) {
  return fitted_members(fitted_members(result, ansible_returns()), returns_of(module));
}

}  // namespace dockhost
