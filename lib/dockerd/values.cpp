// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/error.hpp"
#include "base/read_json.hpp"
#include "dockerd/address.hpp"

namespace dockhost {
namespace {

// A wish is converted where Ansible would, and must not be null. What is found on disk has to be right as it is.
enum class Source { wished, found };

// What a value is, for "... is wanted, not ...". A text's content is left out: it may be a secret.
std::string kind_of(const json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return "the number " + value.dump();
  if (value.is_string()) return "a text";
  return value.is_array() ? "a list" : "an object";
}

std::optional<bool> boolean_word(const json& value) {
  constexpr std::array<std::string_view, 7> yes{"y", "yes", "on", "1", "true", "t", "1.0"};
  constexpr std::array<std::string_view, 7> no{"n", "no", "off", "0", "false", "f", "0.0"};
  const std::string word = value.is_string() ? ascii_lower(trim(value.get_ref<const std::string&>())) : value.dump();
  if (std::find(yes.begin(), yes.end(), word) != yes.end()) return true;
  if (std::find(no.begin(), no.end(), word) != no.end()) return false;
  return std::nullopt;
}

// A whole number that dockerd's 64 bits can hold; from a text or a number with a fraction of zero, too.
std::optional<std::int64_t> whole_number(const json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) return {};
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    constexpr double exact = 9007199254740992.0;  // 2^53: above it neighbours fall together
    const auto number = value.get<double>();
    if (std::trunc(number) != number || std::abs(number) > exact) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (!value.is_string()) return std::nullopt;
  std::string text = trim(value.get_ref<const std::string&>());
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.erase(0, 1);
  std::int64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, number);
  if (failed == std::errc() && end == last) return number;
  const json parsed = read_json_or_discard(text, JsonFrom::option);
  return parsed.is_number_float() ? whole_number(parsed) : std::nullopt;
}

// Walks a value beside its type, and gives the value as it should be; what is wrong goes to `wrong`.
class Reading {
 public:
  explicit Reading(Source source) : source_(source) {}

  json read(const DaemonKey& key, const json& value) { return by_type(key.type, {std::string(key.name)}, value); }

  // For values that the table says nothing about: only null is looked for.
  json any(const Strings& path, const json& value) {
    if (value.is_null()) return null(path, value);
    if (value.is_structured()) {
      for (const auto& [name, child] : value.items()) any(below(path, name), child);
    }
    return value;
  }

  std::vector<Mismatch> wrong;

 private:
  using Read = json (Reading::*)(const Strings&, const json&);

  static Strings below(Strings path, const std::string& name) {
    path.push_back(name);
    return path;
  }

  json refuse(const Strings& path, const json& value, std::string text, Refused refused = Refused::at_reload) {
    wrong.push_back({path, std::move(text), refused});
    return value;
  }

  json refuse_kind(const Strings& path, const json& value, const std::string& wanted) {
    return refuse(path, value, wanted + " is wanted, not " + kind_of(value));
  }

  json null(const Strings& path, const json& value) {
    if (source_ == Source::found) return value;
    const std::string name = path.size() == 1 ? path.front() : pointer_to(path);
    return refuse(path, value, "null is no value; to remove the key, name " + quote(name) + " in 'absent'");
  }

  json by_type(KeyType type, const Strings& path, const json& value) {
    if (value.is_null()) return null(path, value);
    switch (type) {
      case KeyType::text:
        return text(path, value);
      case KeyType::boolean:
        return boolean(path, value);
      case KeyType::integer:
        return integer(path, value);
      case KeyType::ip:
        return ip(path, value);
      case KeyType::texts:
        return list(path, value, &Reading::text);
      case KeyType::ips:
        return list(path, value, &Reading::ip);
      case KeyType::text_map:
        return map(path, value, &Reading::spelled);
      case KeyType::bool_map:
        return map(path, value, &Reading::boolean);
      case KeyType::options_map:
        return map(path, value, &Reading::spelled_map);
      case KeyType::object:
        return map(path, value, &Reading::any);
      case KeyType::proxies:
        return map(path, value, &Reading::proxy);
      case KeyType::runtimes:
        return map(path, value, &Reading::runtime);
      case KeyType::ulimits:
        return map(path, value, &Reading::ulimit);
      case KeyType::pools:
        return list(path, value, &Reading::pool);
    }
    return value;
  }

  json boolean(const Strings& path, const json& value) {
    if (value.is_boolean()) return value;
    const std::optional<bool> word = source_ == Source::wished ? boolean_word(value) : std::nullopt;
    if (word) return *word;
    if (source_ == Source::found || !value.is_string()) return refuse_kind(path, value, "true or false");
    return refuse(path, value, quote(value.get<std::string>()) + " is neither true nor false");
  }

  json integer(const Strings& path, const json& value) {
    const bool convert = source_ == Source::wished;
    const std::optional<std::int64_t> number =
        convert || value.is_number_integer() ? whole_number(value) : std::nullopt;
    if (number) return *number;
    if (!convert || !value.is_string()) return refuse_kind(path, value, "a whole number");
    return refuse(path, value, quote(value.get<std::string>()) + " is not a whole number");
  }

  // A number with a fraction is refused: "1.40" arrives as 1.4, and nobody could tell.
  json text(const Strings& path, const json& value) {
    if (value.is_string()) return value;
    if (source_ == Source::wished && value.is_number_integer()) return value.dump();
    const bool quotable = source_ == Source::wished && value.is_primitive();
    return refuse(path, value, "a text is wanted, not " + kind_of(value) + (quotable ? "; write it in quotes" : ""));
  }

  // An empty text is "not set", as dockerd takes it.
  json ip(const Strings& path, const json& value) {
    if (!value.is_string()) return refuse_kind(path, value, "a text");
    const auto& address = value.get_ref<const std::string&>();
    const bool unset = address.empty() && path.size() == 1;
    return unset || ip_address(address) ? value : refuse(path, value, quote(address) + " is not an IP address");
  }

  // A text in a map of texts: booleans and numbers keep the spelling that they have in JSON.
  json spelled(const Strings& path, const json& value) {
    if (source_ == Source::wished && (value.is_boolean() || value.is_number())) return value.dump();
    return value.is_string() ? value : refuse_kind(path, value, "a text");
  }

  json spelled_map(const Strings& path, const json& value) { return map(path, value, &Reading::spelled); }

  json list(const Strings& path, const json& value, Read element) {
    if (source_ == Source::wished && (value.is_string() || value.is_number_integer())) {
      return list(path, from_words(path, value), element);
    }
    if (!value.is_array()) return refuse_kind(path, value, "a list");
    json all = json::array();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Strings place = below(path, std::to_string(i));
      all.push_back(value[i].is_null() ? null_element(place, value[i]) : (this->*element)(place, value[i]));
    }
    return all;
  }

  json null_element(const Strings& path, const json& value) {
    return source_ == Source::found ? value : refuse(path, value, "null is no value");
  }

  // JSON that is written as a text; a discarded value where it is none. What is beyond a limit is told as such.
  json json_in(const Strings& path, const std::string& text) {
    try {
      refuse_beyond_limits(text, JsonFrom::option, "");
    } catch (const Error& error) {
      return refuse(path, json(json::value_t::discarded), error.what());
    }
    return read_json_or_discard(text, JsonFrom::option);
  }

  // "[...]" is JSON (templates hand it over as text before ansible-core 2.19), everything else is parted at commas.
  json from_words(const Strings& path, const json& value) {
    const std::string text = value.is_string() ? trim(value.get_ref<const std::string&>()) : value.dump();
    if (text.starts_with('[')) {
      json parsed = json_in(path, text);
      if (parsed.is_array()) return parsed;
    }
    json all = json::array();
    if (text.empty()) return all;
    for (const std::string& part : split(text, ',')) all.push_back(trim(part));
    return all;
  }

  json map(const Strings& path, const json& value, Read element) {
    if (source_ == Source::wished && value.is_string()) {
      const std::size_t before = wrong.size();
      const json parsed = json_in(path, value.get_ref<const std::string&>());
      if (wrong.size() > before) return value;
      if (parsed.is_object()) return map(path, parsed, element);
    }
    if (!value.is_object()) return refuse_kind(path, value, "an object");
    json all = json::object();
    for (const auto& [name, child] : value.items()) {
      const Strings place = below(path, name);
      append_member(all, name, child.is_null() ? null(place, child) : (this->*element)(place, child));
    }
    return all;
  }

  json proxy(const Strings& path, const json& value) {
    const std::string& name = path.back();
    if (name == "http-proxy" || name == "https-proxy" || name == "no-proxy") return text(path, value);
    return refuse(path, value, "proxies has no such member; it has http-proxy, https-proxy and no-proxy");
  }

  json runtime(const Strings& path, const json& value) { return map(path, value, &Reading::runtime_member); }

  json runtime_member(const Strings& path, const json& value) {
    const std::string name = ascii_lower(path.back());
    if (name == "path" || name == "runtimetype") return text(path, value);
    if (name == "runtimeargs") return list(path, value, &Reading::text);
    return name == "options" ? map(path, value, &Reading::any) : any(path, value);
  }

  // Members are found whatever their case, as Go's decoder does; the name is needed, because Docker takes it from here.
  json ulimit(const Strings& path, const json& value) {
    json read = map(path, value, &Reading::ulimit_member);
    if (!value.is_object()) return read;
    bool named = false;
    for (const auto& [name, child] : value.items())
      named = named || (ascii_lower(name) == "name" && child == path.back());
    if (!named) wrong.push_back({path, "its member Name must be " + quote(path.back()), Refused::never});
    return read;
  }

  json ulimit_member(const Strings& path, const json& value) {
    const std::string name = ascii_lower(path.back());
    if (name == "name") return text(path, value);
    if (name == "soft" || name == "hard") return integer(path, value);
    return refuse(path, value, "a limit has no such member; it has Name, Soft and Hard", Refused::never);
  }

  json pool(const Strings& path, const json& value) {
    json read = map(path, value, &Reading::pool_member);
    if (!value.is_object()) return read;
    for (const char* name : {"base", "size"}) {
      if (member(value, name) == nullptr)
        wrong.push_back({path, std::string("its member ") + name + " is missing", Refused::at_start});
    }
    return read;
  }

  json pool_member(const Strings& path, const json& value) {
    const std::string name = ascii_lower(path.back());
    if (name == "base") return text(path, value);
    return name == "size" ? integer(path, value)
                          : refuse(path, value, "a pool has no such member; it has base and size", Refused::never);
  }

  Source source_;
};

}  // namespace

json convert_setting(const std::string& key, const json& wished) {
  Reading reading(Source::wished);
  const DaemonKey* known = daemon_key(key);
  json converted = known != nullptr ? reading.read(*known, wished) : reading.any({key}, wished);
  Strings lines;
  for (const Mismatch& wrong : reading.wrong) lines.push_back("settings." + dotted(wrong.path) + ": " + wrong.text);
  if (!lines.empty()) throw Error(join(lines, "\n"));
  return converted;
}

std::vector<Mismatch> mismatches(const DaemonKey& key, const json& value) {
  Reading reading(Source::found);
  reading.read(key, value);
  return reading.wrong;
}

const json* member(const json& object, std::string_view name) {
  for (const auto& [key, value] : object.items()) {
    if (ascii_lower(key) == name) return &value;
  }
  return nullptr;
}

std::string text_or_empty(const json& value) { return value.is_string() ? value.get<std::string>() : ""; }

std::string ascii_lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string dotted(const Strings& path) { return printable(join(path, ".")); }

std::string pointer_to(const Strings& path) {
  json::json_pointer pointer;
  for (const std::string& part : path) pointer.push_back(part);
  return pointer.to_string();
}

}  // namespace dockhost
