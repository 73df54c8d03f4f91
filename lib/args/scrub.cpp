// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/scrub.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "base/text.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool name_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_' || letter == '.' ||
         letter == '/';
}

// Where the user and password part that begins at `start`, right behind "://", ends: at its @, or `start` where there
// is none. A password with an unescaped / is no URL, but it is written: what follows the colon is then no port.
std::size_t userinfo_end(std::string_view text, std::size_t start) {
  // No user and password are longer; without a bound a long line of "://" costs its square.
  const std::string_view near = text.substr(0, start + 16384);
  std::size_t end = start;
  while (end < near.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0 && text[end] != '"') ++end;
  const std::string_view word = text.substr(start, end - start);
  const std::string_view authority = word.substr(0, word.find_first_of("/?#\\"));
  if (authority.find('@') != kNone) return start + authority.rfind('@');
  const std::size_t colon = authority.find(':');
  const bool port = colon == kNone || authority.find_first_not_of("0123456789", colon + 1) == kNone;
  if (port && (colon == kNone || colon + 1 < authority.size())) return start;
  const std::size_t sign = word.starts_with('[') ? kNone : word.find('@');
  return sign == kNone ? start : start + sign;
}

std::string hide_urls(std::string_view text) {
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    // JSON may write a slash as \/.
    const std::string_view sign = text.substr(at).starts_with(":\\/\\/") ? ":\\/\\/" : "://";
    const bool url =
        text.substr(at).starts_with(sign) && at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0;
    if (!url) {
      shown += text[at++];
      continue;
    }
    shown += sign;
    at += sign.size();
    const std::size_t end = userinfo_end(text, at);
    if (end != at) shown += kHidden;
    at = end;
  }
  return shown;
}

// Where the JSON string ends whose contents begin at `start`: at the closing quote, whose spelling is `mark` ( " or \"
// ), or at the end of the line.
std::size_t string_end(std::string_view text, std::size_t start, std::string_view mark) {
  std::size_t at = start;
  while (at < text.size() && text[at] != '\n' && !text.substr(at).starts_with(mark)) {
    at += text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n' ? 2 : 1;
  }
  return std::min(at, text.size());
}

// True where a quote at `at` closes something, so that one inside a password is not taken for its end.
bool closes(std::string_view text, std::size_t at) {
  if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') ++at;
  if (text[at] != '"' && text[at] != '\'') return false;
  return at + 1 == text.size() || std::string_view(" \t\r\n,;:.)}]").find(text[at + 1]) != kNone;
}

// Where a value without quotes ends. In mount options (cifs) a comma inside a password is written twice; only a JSON
// number or word ends at a bracket.
std::size_t word_end(std::string_view text, std::size_t start, bool json_member) {
  std::size_t at = start;
  while (at < text.size()) {
    if (text.substr(at).starts_with(",,")) {
      at += 2;
    } else if (std::isspace(static_cast<unsigned char>(text[at])) != 0 || text[at] == ',' || closes(text, at) ||
               (json_member && (text[at] == '}' || text[at] == ']'))) {
      break;
    } else {
      ++at;
    }
  }
  return at;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
  return at;
}

// The quote at `at`, if there is one: " or ' or, inside a quoted JSON text, \" .
std::string_view quote_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(std::min(at, text.size()));
  if (rest.starts_with("\\\"")) return rest.substr(0, 2);
  return rest.starts_with('"') || rest.starts_with('\'') ? rest.substr(0, 1) : std::string_view();
}

struct Span {
  std::size_t start = 0, end = 0;  // the bytes to hide; none when both are equal
  bool bare = false;               // a JSON number or word: hidden, it needs quotes to stay JSON
};

// The value that begins at `at`; an object or list is none.
Span value_span(std::string_view text, std::size_t at, bool json_member) {
  const std::string_view mark = quote_at(text, at);
  if (!mark.empty()) return {at + mark.size(), string_end(text, at + mark.size(), mark)};
  if (at >= text.size() || (json_member && (text[at] == '{' || text[at] == '['))) return {at, at};
  if (text.substr(at).starts_with("null") || text.substr(at).starts_with(kHidden)) return {at, at};
  return {at, word_end(text, at, json_member), json_member};
}

// The value of the name that ends before `at`, which is a quote or a sign.
Span value_of(std::string_view text, std::string_view whole_name, std::size_t at) {
  const std::string_view mark = quote_at(text, at);
  // A path is known by its last part: /run/secrets/ca.pem is no secret.
  const std::string_view name = mark.empty() ? last_word(whole_name) : whole_name;
  const bool pass = name == "pass" || name == "pass2";
  if (!sensitive(name) && !pass) return {};
  const std::size_t sign = skip_space(text, at + mark.size());
  const char letter = sign < text.size() ? text[sign] : '\0';
  if (letter == ':' && !mark.empty() && !pass) return value_span(text, skip_space(text, sign + 1), true);
  if (letter == '=' && sign == at) return value_span(text, sign + 1, false);
  const bool compound = name.find_first_of("-_") != kNone;
  const bool spaced = letter == ':' && sign == at && sign + 1 < text.size() && text[sign + 1] == ' ';
  return compound && spaced ? value_span(text, skip_blanks(text, sign + 1), false) : Span{};
}

// A JSON name may hide its letters: "splunk-t\u006fken".
std::string unescaped(std::string_view name) {
  if (name.find('\\') == kNone) return std::string(name);
  const json value = json::parse("\"" + std::string(name) + "\"", nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(name);
}

// Where the name that begins at `at` ends; `at` itself where none begins.
std::size_t name_end(std::string_view text, std::size_t at) {
  const bool quoted = at > 0 && text[at - 1] == '"';
  while (at < text.size() && (name_letter(text[at]) || (quoted && text.substr(at).starts_with("\\u")))) ++at;
  return at;
}

std::string hide_values(std::string_view text) {
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = name_end(text, at);
    if (end == at) {
      shown += text[at++];
      continue;
    }
    const Span value = value_of(text, unescaped(text.substr(at, end - at)), end);
    if (value.start == value.end) {
      shown += text.substr(at, end - at);
      at = end;
      continue;
    }
    shown += text.substr(at, value.start - at);
    shown += value.bare ? "\"" + std::string(kHidden) + "\"" : std::string(kHidden);
    at = value.end;
  }
  return shown;
}

}  // namespace

std::string scrub(std::string_view text) { return hide_values(hide_urls(text)); }

bool sensitive(std::string_view name) {
  std::string low(name);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return low.find("token") != kNone || low.find("password") != kNone || low.find("secret") != kNone;
}

std::string_view last_word(std::string_view path) {
  const std::size_t cut = path.find_last_of("/. ");
  return cut == kNone ? path : path.substr(cut + 1);
}

}  // namespace dockhost
