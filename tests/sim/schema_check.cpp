// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/schema_check.hpp"

#include <algorithm>
#include <regex>
#include <vector>

#include "ansible.hpp"
#include "args/schema.hpp"
#include "modules.hpp"

namespace dockhost::sim {
namespace {

const json& definitions() {
  static const json all = [] {
    std::vector<Module> modules;
    for (const Resource& resource : all_modules()) modules.push_back(resource.spec);
    return result_schema(modules).at("$defs");
  }();
  return all;
}

Strings types_of(const json& value) {
  if (value.is_number_integer()) return {"integer", "number"};
  if (value.is_number()) return {"number"};
  return {value.type_name()};
}

bool is_one_of(const json& wanted, const Strings& types) {
  if (wanted.is_string()) return contains(types, wanted.get<std::string>());
  return std::any_of(wanted.begin(), wanted.end(), [&](const json& one) { return is_one_of(one, types); });
}

std::string misfit_of(const json& schema, const json& value, const std::string& where);

std::string object_misfit(const json& schema, const json& value, const std::string& where) {
  const json required = schema.value("required", json::array());
  for (const json& name : required) {
    if (!value.contains(name.get<std::string>())) return where + "." + name.get<std::string>() + " is missing";
  }
  for (const auto& [name, member] : value.items()) {
    const std::string there = where + "." + name;
    const json known = schema.value("properties", json::object());
    const json& shape = known.contains(name) ? known.at(name) : schema.at("additionalProperties");
    if (shape == json(false)) return there + " is not in the table";
    const std::string found = misfit_of(shape, member, there);
    if (!found.empty()) return found;
  }
  return {};
}

std::string misfit_of(const json& schema, const json& value, const std::string& where) {
  if (schema.contains("$ref")) {
    const auto name = schema.at("$ref").get<std::string>();
    return misfit_of(definitions().at(name.substr(name.rfind('/') + 1)), value, where);
  }
  const std::size_t most = value.is_string()  ? schema.value("maxLength", SIZE_MAX)
                           : value.is_array() ? schema.value("maxItems", SIZE_MAX)
                                              : SIZE_MAX;
  if (!is_one_of(schema.at("type"), types_of(value))) return where + " is a " + value.type_name();
  if (schema.contains("enum") && std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    return where + " is " + value.dump();
  if (value.is_string() && schema.contains("pattern") &&
      !std::regex_search(value.get<std::string>(), std::regex(schema.at("pattern").get<std::string>())))
    return where + " is " + value.dump();
  if ((value.is_string() ? value.get_ref<const std::string&>().size() : value.size()) > most) return where + " is long";
  if (value.is_number() && (value < schema.value("minimum", value) || value > schema.value("maximum", value)))
    return where + " is " + value.dump();
  if (value.is_object()) return object_misfit(schema, value, where);
  for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
    const std::string found = misfit_of(schema.at("items"), value[i], where + "[" + std::to_string(i) + "]");
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string misfit(const std::string& module, const json& result) {
  return misfit_of(definitions().at(module), json::parse(dockhost::answer(result)), module);
}

}  // namespace dockhost::sim
