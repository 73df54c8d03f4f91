// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/python.hpp"

#include <cctype>
#include <cstddef>
#include <utility>

#include "base/read_json.hpp"

namespace dockhost {
namespace {

std::string text_repr(const std::string& text) {
  const char mark = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown(1, mark);
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '\n') {
      shown += "\\n";
    } else if (letter == '\r') {
      shown += "\\r";
    } else if (letter == '\t') {
      shown += "\\t";
    } else if (letter == '\\' || letter == mark) {
      shown += {'\\', letter};
    } else if (byte < 0x20 || byte == 0x7F) {
      shown += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    } else {
      shown += letter;
    }
  }
  return shown + mark;
}

// A reader of Python's literals, one value at a time; nothing where it is no literal that JSON can hold.
class Literal {
 public:
  explicit Literal(std::string_view text) : text_(text) {}

  std::optional<json> whole() {
    auto value = any();
    blanks();
    return at_ == text_.size() ? std::move(value) : std::nullopt;
  }

 private:
  void blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  bool take(std::string_view wanted) {
    blanks();
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }

  // Python's strings may hold what counts as a bracket in JSON, so this is counted here.
  std::optional<json> any() {
    if (++depth_ > kDeepestJson) return {};
    auto value = one();
    --depth_;
    return value;
  }

  std::optional<json> one() {
    if (take("{")) return dict();
    if (take("[")) return list();
    if (take("True")) return json(true);
    if (take("False")) return json(false);
    if (take("None")) return json(nullptr);
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) return string();
    return number();
  }

  std::optional<json> dict() {
    json all = json::object();
    while (!take("}")) {
      blanks();
      if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return {};
      const auto key = string();
      if (!key || !take(":")) return {};
      auto value = any();
      if (!value) return {};
      append_member(all, key->get<std::string>(), std::move(*value));
      if (!take(",") && text_.substr(at_, 1) != "}") return {};
    }
    drop_duplicates(all);
    return all;
  }

  std::optional<json> list() {
    json all = json::array();
    while (!take("]")) {
      auto value = any();
      if (!value) return {};
      all.push_back(std::move(*value));
      if (!take(",") && text_.substr(at_, 1) != "]") return {};
    }
    return all;
  }

  std::optional<json> string() {
    const char mark = text_[at_++];
    std::string read;
    while (at_ < text_.size() && text_[at_] != mark) {
      if (text_[at_] != '\\') {
        read += text_[at_++];
        continue;
      }
      constexpr std::string_view letters = "\\'\"nrt";
      constexpr std::string_view meant = "\\'\"\n\r\t";
      const std::size_t which = at_ + 1 < text_.size() ? letters.find(text_[at_ + 1]) : std::string_view::npos;
      if (which == std::string_view::npos) return {};
      read += meant[which];
      at_ += 2;
    }
    if (at_ >= text_.size()) return {};
    ++at_;
    return json(read);
  }

  std::optional<json> number() {
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view("+-.0123456789eE").find(text_[at_]) != std::string_view::npos) ++at_;
    const json value = read_json_or_discard(text_.substr(start, at_ - start), JsonFrom::option);
    return value.is_number() ? std::optional<json>(value) : std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0, depth_ = 0;
};

}  // namespace

std::string python_type(const json& value) {
  if (value.is_string()) return "str";
  if (value.is_boolean()) return "bool";
  if (value.is_number_float()) return "float";
  if (value.is_number()) return "int";
  if (value.is_array()) return "list";
  if (value.is_object()) return "dict";
  return "NoneType";
}

std::string python_repr(const json& value) {
  if (value.is_string()) return text_repr(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return "None";
  if (value.is_number()) return value.dump();
  Strings parts;
  for (const auto& [key, member] : value.items()) {
    parts.push_back((value.is_object() ? text_repr(key) + ": " : "") + python_repr(member));
  }
  return value.is_object() ? "{" + join(parts, ", ") + "}" : "[" + join(parts, ", ") + "]";
}

std::string python_str(const json& value) { return value.is_string() ? value.get<std::string>() : python_repr(value); }

std::optional<json> python_dict(std::string_view text) {
  auto value = Literal(text).whole();
  return value && value->is_object() ? std::move(value) : std::nullopt;
}

}  // namespace dockhost
