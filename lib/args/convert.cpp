// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/convert.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "args/python.hpp"
#include "base/read_json.hpp"

namespace dockhost {
namespace {

// Python's set has no order; this is the sorted one.
constexpr std::string_view kBooleans = "0, 1, '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'";

[[noreturn]] void refuse(const json& value, std::string_view wanted) {
  throw Error("<class '" + python_type(value) + "'> cannot be converted to " + std::string(wanted));
}

json as_text(const json& value) {
  if (value.is_null()) return "";
  if (value.is_structured()) throw Error("'" + python_repr(value) + "' is not a string and conversion is not allowed");
  return python_str(value);
}

json as_path(const json& value) {
  json text = as_text(value);
  if (text.get_ref<const std::string&>().starts_with('~')) {
    throw Error(quote(text.get<std::string>()) +
                " begins with a home directory, which is not looked up: " + "write the whole path");
  }
  return text;
}

json as_boolean(const json& value) {
  if (value.is_null() || value.is_structured()) refuse(value, "a bool");
  if (const auto found = boolean(value)) return *found;
  throw Error("The value '" + python_str(value) +
              "' is not a valid boolean. Valid booleans include: " + std::string(kBooleans));
}

// A decimal number that is written wholly in `text` (blanks around it aside); nothing otherwise. As in Python's
// Decimal, digits may be grouped with underscores.
std::optional<double> decimal(const std::string& text) {
  std::string digits = trim(text);
  std::erase(digits, '_');
  if (digits.starts_with('+')) digits.erase(0, 1);
  double found = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, trouble] = std::from_chars(digits.data(), end, found);
  if (trouble != std::errc() || stop != end || !std::isfinite(found)) return {};
  return found;
}

std::optional<std::int64_t> whole(const std::string& text) {
  std::string digits = trim(text);
  std::erase(digits, '_');
  if (digits.starts_with('+')) digits.erase(0, 1);
  std::int64_t found = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, trouble] = std::from_chars(digits.data(), end, found);
  if (trouble != std::errc() || stop != end) return {};
  return found;
}

json as_integer(const json& value) {
  if (value.is_number_integer()) return value;
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  std::optional<double> found;
  if (value.is_number_float()) found = value.get<double>();
  if (value.is_string()) {
    if (const auto exact = whole(value.get<std::string>())) return *exact;
    found = decimal(value.get<std::string>());
  }
  // Beyond 2^53 a double no longer tells whole numbers apart.
  if (found && std::trunc(*found) == *found && std::fabs(*found) <= 9007199254740992.0) {
    return static_cast<std::int64_t>(*found);
  }
  throw Error("\"" + python_repr(value) + "\" cannot be converted to an int");
}

json as_number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (value.is_string()) {
    if (const auto found = decimal(value.get<std::string>())) return *found;
  }
  refuse(value, "a float");
}

json as_list(const json& value) {
  if (value.is_array()) return value;
  if (value.is_string()) return split(value.get<std::string>(), ',');
  if (value.is_null() || value.is_object()) refuse(value, "a list");
  return json::array({python_str(value)});
}

// "a=1, b='x y'" cut at commas and blanks outside quotes; a backslash keeps the next character.
Strings fields(const std::string& text) {
  Strings found;
  std::string field;
  char open = 0;
  bool escaped = false;
  for (const char letter : text + ",") {
    if (escaped) {
      field += letter;
      escaped = false;
    } else if (letter == '\\') {
      escaped = true;
    } else if (open == 0 && (letter == '\'' || letter == '"')) {
      open = letter;
    } else if (open != 0 && letter == open) {
      open = 0;
    } else if (open == 0 && (letter == ',' || letter == ' ')) {
      if (!field.empty()) found.push_back(field);
      field.clear();
    } else {
      field += letter;
    }
  }
  // An open quote has swallowed the comma that was put behind the text.
  if (open != 0 && field.size() > 1) found.push_back(field.substr(0, field.size() - 1));
  return found;
}

json as_dict(const json& value) {
  if (value.is_object()) return value;
  if (!value.is_string()) refuse(value, "a dict");
  const auto text = value.get<std::string>();
  if (text.starts_with('{')) {
    refuse_beyond_limits(text, JsonFrom::option, "");
    json parsed = read_json_or_discard(text, JsonFrom::option);
    if (parsed.is_object()) return parsed;
    if (auto written = python_dict(text)) return *written;
    throw Error("unable to evaluate string as dictionary");
  }
  if (text.find('=') == std::string::npos) throw Error("dictionary requested, could not parse JSON or key=value");
  json all = json::object();
  for (const std::string& field : fields(trim(text))) {
    const std::size_t sign = field.find('=');
    if (sign == std::string::npos) {
      throw Error("unable to evaluate string in the \"key=value\" format as dictionary");
    }
    append_member(all, field.substr(0, sign), field.substr(sign + 1));
  }
  drop_duplicates(all);
  return all;
}

}  // namespace

std::string type_name(Type type) {
  switch (type) {
    case Type::text:
      return "str";
    case Type::path:
      return "path";
    case Type::boolean:
      return "bool";
    case Type::integer:
      return "int";
    case Type::number:
      return "float";
    case Type::list:
      return "list";
    case Type::dict:
      return "dict";
    case Type::raw:
      break;
  }
  return "raw";
}

json convert(Type type, const json& value) {
  switch (type) {
    case Type::text:
      return as_text(value);
    case Type::path:
      return as_path(value);
    case Type::boolean:
      return as_boolean(value);
    case Type::integer:
      return as_integer(value);
    case Type::number:
      return as_number(value);
    case Type::list:
      return as_list(value);
    case Type::dict:
      return as_dict(value);
    case Type::raw:
      break;
  }
  return value;
}

std::optional<bool> boolean(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) {
    if (value == json(1)) return true;
    if (value == json(0)) return false;
    return {};
  }
  if (!value.is_string()) return {};
  std::string word = trim(value.get<std::string>());
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  for (const char* const yes : {"y", "yes", "on", "1", "true", "t"}) {
    if (word == yes) return true;
  }
  for (const char* const no : {"n", "no", "off", "0", "false", "f"}) {
    if (word == no) return false;
  }
  return {};
}

}  // namespace dockhost
