// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/json_tree.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iterator>

namespace dockhost {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kSpace = " \t\r\n";

std::size_t count_of_texts = 0;

bool digit(char c) { return c >= '0' && c <= '9'; }

// The bytes of the character at `at`: enough of them to quote it in a message.
std::string_view character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && end < at + 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) ++end;
  const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
  return text.substr(at, ascii ? 1 : end - at);
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0U | (code >> 6U));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

// The code unit of the \uXXXX at `at` of an already checked text, or 0 where none stands (a real \u0000 cannot be part
// of a surrogate pair, the only use of that 0).
std::uint32_t code_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return 0;
  const std::string digits(text.substr(at + 2, 4));
  return static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
}

char short_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

// The text that a checked string, quotes included, stands for. A surrogate without its other half becomes U+FFFD.
std::string decode(std::string_view quoted) {
  std::string out;
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
    } else if (text[i + 1] != 'u') {
      out += short_escape(text[i + 1]);
      i += 2;
    } else {
      std::uint32_t code = code_unit(text, i);
      const std::uint32_t low = code_unit(text, i + 6);
      const bool pair = code >= 0xD800 && code < 0xDC00 && low >= 0xDC00 && low < 0xE000;
      if (pair) code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
      append_utf8(out, !pair && code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
      i += pair ? 12 : 6;
    }
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& path) : text_(text), path_(path), at_(byte_order_mark(text)) {}

  JsonNode document() {
    skip_space();
    if (!here('{')) fail_expected("'{'");
    JsonNode root = value();
    skip_space();
    if (at_ < text_.size()) fail_expected("nothing more");
    return root;
  }

 private:
  // Places count from behind the byte order mark, which no editor shows.
  [[noreturn]] void fail(const std::string& what, std::size_t offset) const {
    const std::size_t mark = byte_order_mark(text_);
    throw error_at(what, path_, text_.substr(mark), offset - mark);
  }

  [[noreturn]] void fail_expected(const std::string& wanted) const {
    if (at_ >= text_.size()) fail("expected " + wanted + ", found the end of the text", at_);
    const bool comment = text_[at_] == '/' || text_[at_] == '#';
    fail("expected " + wanted + ", found " + quote(character(text_, at_)) + (comment ? " (JSON has no comments)" : ""),
         at_);
  }

  bool here(char c) const { return at_ < text_.size() && text_[at_] == c; }

  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

  JsonNode value() {
    JsonNode node;
    node.start = node.key_end = node.begin = at_;
    if (here('{') || here('[')) {
      container(node);
    } else if (here('"')) {
      node.kind = JsonNode::Kind::text;
      string();
    } else if (here('-') || (at_ < text_.size() && digit(text_[at_]))) {
      node.kind = JsonNode::Kind::number;
      number();
    } else {
      word();
    }
    node.end = at_;
    return node;
  }

  void container(JsonNode& node) {
    const bool object = here('{');
    const char close = object ? '}' : ']';
    node.kind = object ? JsonNode::Kind::object : JsonNode::Kind::list;
    ++at_;
    skip_space();
    while (!here(close) || !node.children.empty()) {
      node.children.push_back(object ? member() : value());
      skip_space();
      if (here(close)) break;
      if (!here(',')) fail_expected(std::string("',' or '") + close + "'");
      node.children.back().comma = at_++;
      skip_space();
    }
    ++at_;
    if (object) index(node);
  }

  static void index(JsonNode& object) {
    object.by_key.resize(object.children.size());
    for (std::size_t i = 0; i < object.by_key.size(); ++i) object.by_key[i] = i;
    std::stable_sort(object.by_key.begin(), object.by_key.end(),
                     [&](std::size_t a, std::size_t b) { return object.children[a].key < object.children[b].key; });
  }

  JsonNode member() {
    const std::size_t start = at_;
    if (!here('"')) fail_expected("a key in double quotes");
    string();
    const std::size_t key_end = at_;
    skip_space();
    if (!here(':')) fail_expected("':'");
    ++at_;
    skip_space();
    JsonNode node = value();
    node.key = decode(text_.substr(start, key_end - start));
    node.start = start;
    node.key_end = key_end;
    return node;
  }

  void string() {
    for (++at_; !here('"');) {
      if (at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r') fail("expected a closing '\"'", at_);
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte < 0x20) fail("a control character in a string must be escaped", at_);
      if (byte == '\\') {
        escape();
      } else if (byte < 0x80) {
        ++at_;
      } else {
        const std::string_view letter = text_.substr(at_, byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2);
        if (utf8(letter) != letter) fail("this byte is not UTF-8", at_);
        at_ += letter.size();
      }
    }
    ++at_;
  }

  void escape() {
    ++at_;
    if (at_ >= text_.size()) fail_expected("an escape");
    if (std::string_view("\"\\/bfnrtu").find(text_[at_]) == std::string_view::npos) {
      fail_expected("one of \"\\/bfnrtu behind a backslash");
    }
    const int digits = text_[at_++] == 'u' ? 4 : 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const bool hex =
          at_ < text_.size() && std::string_view("0123456789abcdefABCDEF").find(text_[at_]) != std::string_view::npos;
      if (!hex) fail_expected("four hexadecimal digits behind \\u");
    }
  }

  void digits() {
    if (at_ >= text_.size() || !digit(text_[at_])) fail_expected("a digit");
    while (at_ < text_.size() && digit(text_[at_])) ++at_;
  }

  void number() {
    const std::size_t start = at_;
    if (here('-')) ++at_;
    if (here('0')) {
      ++at_;
    } else {
      digits();
    }
    if (here('.')) {
      ++at_;
      digits();
    }
    if (here('e') || here('E')) {
      ++at_;
      if (here('+') || here('-')) ++at_;
      digits();
    }
    const std::string spelled(text_.substr(start, at_ - start));
    if (std::isinf(std::strtod(spelled.c_str(), nullptr))) fail("this number is too large", start);
  }

  void word() {
    for (const std::string_view known : {"true", "false", "null"}) {
      if (at_ >= text_.size() || text_[at_] != known.front()) continue;
      for (const char c : known) {
        if (!here(c)) fail_expected(quote(known));
        ++at_;
      }
      return;
    }
    fail_expected("a value");
  }

  std::string_view text_;
  const std::string& path_;
  std::size_t at_;
};

}  // namespace

const JsonNode* JsonNode::member(std::string_view name) const {
  if (kind != Kind::object) return nullptr;
  const auto behind =
      std::upper_bound(by_key.begin(), by_key.end(), name,
                       [this](std::string_view wanted, std::size_t member) { return wanted < children[member].key; });
  if (behind == by_key.begin()) return nullptr;
  const JsonNode& found = children[*std::prev(behind)];
  return found.key == name ? &found : nullptr;
}

std::size_t byte_order_mark(std::string_view text) { return text.starts_with(kMark) ? kMark.size() : 0; }

std::size_t texts_parsed() { return count_of_texts; }

JsonNode parse_json(std::string_view text, const std::string& path, JsonFrom from) {
  ++count_of_texts;
  refuse_beyond_limits(text.substr(byte_order_mark(text)), from, path);
  return Parser(text, path).document();
}

json value_of(const JsonNode& node, std::string_view text) {
  const std::string_view raw = text.substr(node.begin, node.end - node.begin);
  if (node.kind == JsonNode::Kind::text) return decode(raw);
  if (node.kind == JsonNode::Kind::number || node.kind == JsonNode::Kind::word) {
    return read_json(raw, JsonFrom::ourselves, "");
  }
  const bool object = node.kind == JsonNode::Kind::object;
  json value = object ? json::object() : json::array();
  for (const JsonNode& child : node.children) {
    if (object) {
      append_member(value, child.key, value_of(child, text));
    } else {
      value.push_back(value_of(child, text));
    }
  }
  if (object) drop_duplicates(value);
  return value;
}

}  // namespace dockhost
