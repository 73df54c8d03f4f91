// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/scrub.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

#include "base/read_json.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;
constexpr std::string_view kAmpersand = "\\u0026";  // as JSON may write it

bool is_space(char letter) { return std::isspace(static_cast<unsigned char>(letter)) != 0; }
bool letter_or_digit(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0; }

bool name_letter(char letter) {
  return letter_or_digit(letter) || letter == '-' || letter == '_' || letter == '.' || letter == '/';
}

bool stands_at(std::string_view text, std::size_t at, std::string_view what) {
  return at <= text.size() && text.substr(at).starts_with(what);
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// Blanks, also as fstab writes them.
std::size_t skip_fstab_blanks(std::string_view text, std::size_t at) {
  for (;;) {
    const std::size_t next = skip_blanks(text, at);
    if (!stands_at(text, next, "\\040") && !stands_at(text, next, "\\011")) return next;
    at = next + 4;
  }
}

// The quote at `at`, if there is one: " or ' or, inside a quoted JSON text, \" .
std::string_view quote_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(std::min(at, text.size()));
  if (rest.starts_with("\\\"")) return rest.substr(0, 2);
  return rest.starts_with('"') || rest.starts_with('\'') ? rest.substr(0, 1) : std::string_view();
}

// True where a quote at `at` closes something, so that one inside a password is not taken for its end.
bool closes(std::string_view text, std::size_t at) {
  const std::string_view mark = quote_at(text, at);
  const std::size_t behind = at + mark.size();
  if (mark.empty()) return false;
  return behind == text.size() || std::string_view(" \t\r\n,;:.)}]\\").find(text[behind]) != kNowhere;
}

// Where the string ends whose contents begin at `start`: at the closing quote, whose spelling is `mark`, or at the end
// of the line.
std::size_t string_end(std::string_view text, std::size_t start, std::string_view mark) {
  std::size_t at = start;
  while (at < text.size() && text[at] != '\n') {
    if (stands_at(text, at, mark) && (mark != "'" || closes(text, at))) break;
    at += text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n' ? 2 : 1;
  }
  return std::min(at, text.size());
}

// Whether the name of a mount option stands at `at`, and ends there as one does.
bool option_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end < at + 64 && (name_letter(text[end]) || text[end] == '+') && text[end] != '/') ++end;
  if (!mount_option_name(text.substr(at, end - at))) return false;
  return end == text.size() || text[end] == '=' || text[end] == ',' || text[end] == ')' || is_space(text[end]) ||
         closes(text, end);
}

enum class In { options, query, json };  // where a value without quotes stands

bool ends_value(std::string_view text, std::size_t at, In in) {
  const char letter = text[at];
  if (is_space(letter) || closes(text, at)) return true;
  if (in == In::json) return letter == ',' || letter == '}' || letter == ']';
  if (in == In::query && (letter == '&' || letter == '#' || stands_at(text, at, kAmpersand))) return true;
  if (letter != ',') return false;
  return at + 1 == text.size() || is_space(text[at + 1]) || option_at(text, at + 1);
}

// Without what closes a bracket or a sentence around a value.
std::size_t without_stop(std::string_view text, std::size_t start, std::size_t end) {
  const bool opened = text.substr(start, end - start).find('(') != kNowhere;
  while (end > start + 1 && std::string_view(opened ? ".;:" : ").;:").find(text[end - 1]) != kNowhere) --end;
  return end;
}

// Where a value without quotes ends. In mount options (cifs) a comma inside a password is written twice.
std::size_t word_end(std::string_view text, std::size_t start, In in) {
  std::size_t at = start;
  while (at < text.size() && (stands_at(text, at, ",,") || !ends_value(text, at, in)))
    at += stands_at(text, at, ",,") ? 2 : 1;
  at = std::min(at, text.size());
  return in == In::json ? at : without_stop(text, start, at);
}

// A JSON name may hide its letters: "splunk-t\u006fken".
std::string without_json_escapes(std::string_view name) {
  if (name.find('\\') == kNowhere) return std::string(name);
  const json value = read_json_or_discard("\"" + std::string(name) + "\"", JsonFrom::option);
  return value.is_string() ? value.get<std::string>() : std::string(name);
}

std::string without_percent(std::string_view text) {
  const auto digit = [&](std::size_t at) {
    return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  std::string all;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || !digit(i + 1) || !digit(i + 2)) {
      all += text[i];
      continue;
    }
    all += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return all;
}

// Values that are hidden already, or say nothing.
bool nothing_to_hide(std::string_view value, bool json_word) {
  if (value.empty() || value == kHidden || value == "null") return true;
  return (json_word && (value == "true" || value == "false")) || value == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
}

// The name that stands in a text, and what is around it.
struct Name {
  std::string text;  // with the folders before it, where it looks like a path
  std::size_t start = 0, end = 0;
  std::string_view mark;  // the quote behind it
};

bool among_options(const Name& name) {
  const std::string low = small_letters(last_name(name.text));
  if (!low.starts_with("pass")) return false;
  const Strings others = {"passno", "passed", "passes", "passing", "passive", "passthrough"};
  return !contains(others, low);
}

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  std::vector<Secret> all() {
    names();
    urls();
    users();
    std::sort(found_.begin(), found_.end(),
              [](const Secret& a, const Secret& b) { return a.start != b.start ? a.start < b.start : a.end > b.end; });
    std::vector<Secret> apart;
    for (Secret& one : found_) {
      if (apart.empty() || one.start >= apart.back().end) {
        apart.push_back(std::move(one));
      } else {
        apart.back().end = std::max(apart.back().end, one.end);
      }
    }
    return apart;
  }

 private:
  void put(std::string_view name, std::size_t start, std::size_t end, bool json_word = false) {
    const std::string_view value = text_.substr(start, end - start);
    const bool hidden =
        stands_at(text_, start, kHidden) && (end == start + kHidden.size() || value[kHidden.size()] == ' ');
    if (hidden || nothing_to_hide(value, json_word) || keeps_elsewhere(name, value)) return;
    found_.push_back({start, end, std::string(name), json_word});
  }

  // --- names and their values

  void names() {
    for (std::size_t at = 0; at < text_.size();) {
      if (stands_at(text_, at, kAmpersand)) {
        at += kAmpersand.size();
        continue;
      }
      const Name name = name_at(at);
      at = name.end == at ? at + 1 : behind_name(name);
    }
  }

  Name name_at(std::size_t at) const {
    if (const std::size_t end = secret_key_end(at); end > at) return named(at, end);
    const bool quoted = at > 0 && text_[at - 1] == '"', query = in_query(at);
    std::size_t end = at;
    while (end < text_.size() &&
           (name_letter(text_[end]) || (quoted && stands_at(text_, end, "\\u")) || (query && text_[end] == '%')))
      ++end;
    Name name = named(at, end);
    if (query) name.text = without_percent(name.text);
    return name;
  }

  Name named(std::size_t at, std::size_t end) const {
    return {without_json_escapes(text_.substr(at, end - at)), at, end, quote_at(text_, end)};
  }

  // Of a key of JSON that begins at `at` and holds a secret: its end, whatever signs are in it. Else `at`.
  std::size_t secret_key_end(std::size_t at) const {
    const std::string_view mark = opening(at);
    if (mark.empty() || mark == "'") return at;
    const std::size_t end = string_end(text_.substr(0, at + 256), at, mark);
    if (!stands_at(text_, end, mark)) return at;
    const std::size_t sign = skip_space(text_, end + mark.size());
    const bool key = sign < text_.size() && text_[sign] == ':';
    return key && sensitive(without_json_escapes(text_.substr(at, end - at))) ? end : at;
  }

  // Where the search goes on.
  std::size_t behind_name(const Name& name) {
    if (name.text.ends_with("sshpass")) return behind_sshpass(name.end);
    // Before a quote there is a key, which is a name as a whole; else a path may stand there.
    const std::string word = name.mark.empty() ? std::string(last_name(name.text)) : name.text;
    const std::size_t sign = skip_space(text_, name.end + name.mark.size());
    const char letter = sign < text_.size() ? text_[sign] : '\0';
    const bool glued = sign == name.end;
    const bool secret = sensitive(word) || (letter == '=' && glued && among_options(name));
    if (letter == '=' && glued && !secret) return behind_user(name, word, sign + 1);
    if (!secret) return name.end;
    if (letter == ':' && !name.mark.empty()) return behind_member(word, name.mark, skip_space(text_, sign + 1));
    if (name.text.starts_with("--") && stands_at(text_, name.end, " ")) return behind_flag(word, name.end + 1);
    if (letter == '=' && !glued && begins_line(name) && text_.substr(name.end, sign - name.end).find('\n') == kNowhere)
      return behind_assigned(word, name, skip_blanks(text_, sign + 1));
    if (!glued || (letter != ':' && letter != '=')) return name.end;
    if (whole_line(word) && !in_query(name.start)) return behind_line(word, name, sign + 1);
    if (letter == '=') return behind_assigned(word, name, sign + 1);
    return speaks_of(name, sign + 1) ? behind_assigned(word, name, skip_blanks(text_, sign + 1)) : name.end;
  }

  // "settings.token: dockerd knows no such key": behind the place of an option there is a sentence about it; before it,
  // in a warning, the setting.
  bool place_of_ours(const Name& name, std::size_t behind_colon) const {
    const std::size_t start = skip_blanks(text_, behind_colon);
    if (stands_at(text_, start, "settings." + name.text) || stands_at(text_, start, "daemon." + name.text)) return true;
    if (!name.text.starts_with("settings.") && !name.text.starts_with("daemon.")) return false;
    std::size_t end = start;
    while (end < text_.size() && std::islower(static_cast<unsigned char>(text_[end])) != 0) ++end;
    return end > start && end + 1 < text_.size() && text_[end] == ' ' && !is_space(text_[end + 1]);
  }

  // Whether the name is the first word of its line, or of the comment there.
  bool begins_line(const Name& name) const {
    const std::size_t line = name.start == 0 ? kNowhere : text_.rfind('\n', name.start - 1);
    std::size_t first = skip_blanks(text_, line == kNowhere ? 0 : line + 1);
    for (int signs = 0; signs < 8 && first < name.start && text_[first] == '#'; ++signs)
      first = skip_blanks(text_, first + 1);
    return first == name.start && name.text.find('/') == kNowhere;
  }

  // `splunk-token: x`, or `token: x` at the beginning of a line; "/etc/x/common-auth: no such file" is a sentence.
  bool speaks_of(const Name& name, std::size_t behind_colon) const {
    if (behind_colon >= text_.size() || text_[behind_colon] != ' ') return false;
    if (place_of_ours(name, behind_colon)) return false;
    if (begins_line(name)) return true;
    const bool quoted = !quote_at(text_, skip_blanks(text_, behind_colon)).empty();
    if (name.text.find_first_of(quoted ? "-_." : "-_") == kNowhere) return false;
    return quoted || name.text.find('/') == kNowhere;
  }

  std::size_t behind_member(const std::string& word, std::string_view mark, std::size_t at) {
    if (at < text_.size() && (text_[at] == '{' || text_[at] == '[')) return behind_container(word, mark, at);
    return behind_scalar(word, at);
  }

  std::size_t behind_scalar(const std::string& word, std::size_t at) {
    const std::string_view mark = quote_at(text_, at);
    const std::size_t start = at + mark.size();
    const std::size_t end = mark.empty() ? word_end(text_, start, In::json) : string_end(text_, start, mark);
    put(word, start, end, mark.empty());
    return end + (mark.empty() ? 0 : std::min(mark.size(), text_.size() - end));
  }

  // Every value in the object or list, and no key.
  std::size_t behind_container(const std::string& word, std::string_view mark, std::size_t at) {
    std::size_t depth = 0;
    while (at < text_.size()) {
      const char letter = text_[at];
      if (letter == '{' || letter == '[') {
        ++depth;
        ++at;
      } else if (letter == '}' || letter == ']') {
        ++at;
        if (--depth == 0) return at;
      } else if (is_space(letter) || letter == ',' || letter == ':') {
        ++at;
      } else {
        at = std::max(at + 1, behind_part(word, mark, at));
      }
    }
    return at;
  }

  std::size_t behind_part(const std::string& word, std::string_view mark, std::size_t at) {
    const std::string_view own = quote_at(text_, at);
    if (own.empty() || own != mark) return behind_scalar(word, at);
    const std::size_t end = string_end(text_, at + own.size(), own);
    const std::size_t behind = std::min(end + own.size(), text_.size());
    const std::size_t next = skip_space(text_, behind);
    return next < text_.size() && text_[next] == ':' ? behind : behind_scalar(word, at);
  }

  std::size_t behind_assigned(const std::string& word, const Name& name, std::size_t at) {
    const std::string_view mark = quote_at(text_, at);
    if (!mark.empty()) {
      put(word, at + mark.size(), string_end(text_, at + mark.size(), mark));
      return std::min(string_end(text_, at + mark.size(), mark) + mark.size(), text_.size());
    }
    // "cred=/root/x,PASSWORD=y": behind a path, names go on.
    if (keeps_elsewhere(word, text_.substr(at))) return at;
    std::size_t end = word_end(text_, at, in_query(name.start) ? In::query : In::options);
    // "TOKEN=a b": the quote before the name closes behind the value.
    const std::string_view around = opening(name.start);
    if (!around.empty() && end < text_.size() && text_[end] == ' ') end = string_end(text_, at, around);
    // So does the end of a text that begins with the name, but for a line of fstab.
    const bool whole = name.start == 0 && !mount_option_name(word) && !among_options(name);
    if (whole && end < text_.size() && text_[end] == ' ') end = std::min(text_.find('\n', end), text_.size());
    put(word, at, end);
    return std::max(end, at);
  }

  // The quote right before `at`.
  std::string_view opening(std::size_t at) const {
    if (at >= 2 && stands_at(text_, at - 2, "\\\"")) return text_.substr(at - 2, 2);
    return at == 0 || (text_[at - 1] != '"' && text_[at - 1] != '\'') ? std::string_view() : text_.substr(at - 1, 1);
  }

  bool in_query(std::size_t at) const {
    return at > 0 && (text_[at - 1] == '?' || text_[at - 1] == '&' ||
                      (at >= kAmpersand.size() && stands_at(text_, at - kAmpersand.size(), kAmpersand)));
  }

  std::size_t behind_line(const std::string& word, const Name& name, std::size_t at) {
    at = skip_blanks(text_, at);
    if (!quote_at(text_, at).empty()) return behind_assigned(word, name, at);
    const std::size_t start = at;
    while (at < text_.size() && text_[at] != '\n' && text_[at] != '\r' && !closes(text_, at)) ++at;
    put(word, start, at);
    return at;
  }

  // The value behind a flag, as in `--token PW`.
  std::size_t behind_flag(const std::string& word, std::size_t at) {
    if (stands_at(text_, at, "-") || at == text_.size() || is_space(text_[at])) return at;
    const std::string_view mark = quote_at(text_, at);
    const std::size_t end = mark.empty() ? shell_end(at) : string_end(text_, at + mark.size(), mark);
    put(word, at + mark.size(), end);
    return end;
  }

  // username=a%b of mount.cifs, user=a:b of curlftpfs; user=1000:1000 is none.
  std::size_t behind_user(const Name& name, const std::string& word, std::size_t at) {
    const std::string low = small_letters(word);
    if (!contains({"user", "username", "proxy_user"}, low) || at < undivided_) return name.end;
    const std::size_t end = word_end(text_, at, In::options);
    const std::string_view value = text_.substr(at, end - at);
    const std::size_t sign = value.find_first_of("%:");
    undivided_ = sign == kNowhere ? end : 0;
    const bool ids = value.find_first_not_of("0123456789:") == kNowhere;
    if (sign == kNowhere || sign == 0 || ids) return name.end;
    put("username", at + sign + 1, end);
    return end;
  }

  // The words of its command line are separated by blanks, as fstab writes them too.
  std::size_t behind_sshpass(std::size_t at) {
    for (;;) {
      const std::size_t next = skip_fstab_blanks(text_, at);
      if (next == at || !stands_at(text_, next, "-")) return at;
      std::size_t end = shell_end(next);
      if (!stands_at(text_, next, "-p")) {
        at = end;
        continue;
      }
      std::size_t start = next + 2;
      if (end == start) start = skip_fstab_blanks(text_, start);
      const std::string_view mark = quote_at(text_, start);
      end = mark.empty() ? shell_end(start) : string_end(text_, start + mark.size(), mark);
      put("sshpass", start + mark.size(), end);
      return end;
    }
  }

  std::size_t shell_end(std::size_t at) const {
    while (at < text_.size() && !is_space(text_[at]) && !stands_at(text_, at, "\\040") &&
           !stands_at(text_, at, "\\011") && !closes(text_, at))
      ++at;
    return at;
  }

  // --- URLs

  void urls() {
    for (std::size_t at = text_.find('/'); at < text_.size(); at = text_.find('/', at + 1)) {
      // JSON may write a slash as \/.
      const bool escaped = at > 0 && text_[at - 1] == '\\';
      const std::string_view sign = escaped ? "/\\/" : "//";
      const std::size_t before = at - (escaped ? 1 : 0);
      if (!stands_at(text_, at, sign) || !begins_authority(before)) continue;
      const std::size_t start = at + sign.size(), end = userinfo_end(start);
      if (end > start) put("//", start, end);
      at = std::max(at, end - 1);
    }
  }

  // Behind "scheme:", or where a word begins.
  bool begins_authority(std::size_t at) const {
    if (at == 0) return true;
    const char letter = text_[at - 1];
    if (letter == ':') return at > 1 && letter_or_digit(text_[at - 2]);
    return is_space(letter) || std::string_view("\"'=,([<").find(letter) != kNowhere;
  }

  // Where the user and password part that begins at `start` ends: at its @, or `start` where there is none. A password
  // with an unescaped / is no URL, but it is written: what follows the colon is then no port.
  std::size_t userinfo_end(std::size_t start) const {
    // No user and password are longer; without a bound a long line of "://" costs its square.
    const std::string_view near = text_.substr(0, start + 4096);
    std::size_t end = start;
    while (end < near.size() && !is_space(near[end]) && near[end] != '"') ++end;
    const std::string_view word = near.substr(start, end - start);
    const std::string_view authority = word.substr(0, word.find_first_of("/?#\\"));
    if (authority.find('@') != kNowhere) return start + authority.rfind('@');
    // CORP\bob:password@proxy; JSON writes the sign twice.
    const std::string_view longer = word.substr(0, word.find_first_of("/?#"));
    const std::size_t last = longer.rfind('@');
    if (last != kNowhere && longer.find(':') < last) return start + last;
    const std::size_t colon = authority.find(':');
    const bool port = colon == kNowhere || authority.find_first_not_of("0123456789", colon + 1) == kNowhere;
    if (port && (colon == kNowhere || colon + 1 < authority.size())) return start;
    const std::size_t sign = word.starts_with('[') ? kNowhere : word.find('@');
    return sign == kNowhere ? start : start + sign;
  }

  // --- user:password@host

  void users() {
    for (std::size_t at = text_.find('@'); at < text_.size(); at = text_.find('@', at + 1)) user_before(at);
  }

  static bool ends_user(char letter) {
    return is_space(letter) || std::string_view("\"'=,([{<>;").find(letter) != kNowhere;
  }

  void user_before(std::size_t sign) {
    if (!host_at(sign + 1)) return;
    const std::size_t nearest = sign < 512 ? 0 : sign - 512;
    std::size_t begin = sign;
    while (begin > nearest && !is_space(text_[begin - 1]) && text_[begin - 1] != '"') --begin;
    // The password may hold any of these letters, the user none: the first place from which a user can be read counts.
    for (std::size_t start = begin; start < sign;) {
      std::size_t colon = start;
      while (colon < sign && !ends_user(text_[colon]) && std::string_view(":/)]}").find(text_[colon]) == kNowhere)
        ++colon;
      const bool user = colon > start || start == 0 || is_space(text_[start - 1]) || text_[start - 1] == '=';
      if (user && colon + 1 < sign && text_[colon] == ':' && user_and_password(start, colon, sign)) return;
      start = colon;
      while (start < sign && !ends_user(text_[start])) ++start;
      ++start;
    }
  }

  bool user_and_password(std::size_t start, std::size_t colon, std::size_t sign) {
    const Strings no_users = {"mailto", "sip", "xmpp", "acct", "sha256", "sha512"};
    const std::string_view user = text_.substr(start, colon - start);
    if (text_[colon + 1] == '/' || stands_at(text_, colon + 1, "\\/") || contains(no_users, user)) return false;
    put("//", start, sign);
    return true;
  }

  // A name or address that something ends: a port, a path, a quote, the end. An image's digest is none.
  bool host_at(std::size_t at) const {
    if (stands_at(text_, at, "sha256:") || stands_at(text_, at, "sha512:")) return false;
    const std::size_t start = at;
    if (stands_at(text_, at, "[")) return true;
    const std::string_view signs = "-._";
    while (at < text_.size() && (letter_or_digit(text_[at]) || signs.find(text_[at]) != kNowhere)) ++at;
    return at > start && (at == text_.size() || is_space(text_[at]) ||
                          std::string_view(":/?#\"',;)]}\\").find(text_[at]) != kNowhere);
  }

  std::string_view text_;
  std::vector<Secret> found_;
  std::size_t undivided_ = 0;  // up to here a value was searched for a password
};

bool is_octal(char letter) { return letter >= '0' && letter <= '7'; }

std::string without_octal(std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3' &&
                        is_octal(text[i + 2]) && is_octal(text[i + 3]);
    if (!escape) {
      all += text[i];
      continue;
    }
    all += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return all;
}

std::string without_double_commas(const std::string& text) {
  Strings parts = split(text, ',');
  std::string all = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!parts[i].empty() || i + 1 == parts.size()) all += ",";
    all += parts[i];
  }
  return all;
}

}  // namespace

std::vector<Secret> secrets_in(std::string_view text) { return Finder(text).all(); }

std::string scrub(std::string_view text) {
  std::string shown;
  std::size_t at = 0;
  for (const Secret& secret : secrets_in(text)) {
    shown += text.substr(at, secret.start - at);
    shown += secret.bare ? "\"" + std::string(kHidden) + "\"" : std::string(kHidden);
    at = secret.end;
  }
  return shown + std::string(text.substr(std::min(at, text.size())));
}

std::string excerpt(std::string_view text, std::size_t most) { return shortened(printable(scrub(text)), most); }

std::string without_escapes(std::string_view text) { return without_octal(without_json_escapes(text)); }

Strings meanings(const Secret& secret, std::string_view text) {
  std::string value(text.substr(secret.start, secret.end - secret.start));
  if (whole_line(secret.name) && value.find(' ') != std::string::npos) value = value.substr(value.rfind(' ') + 1);
  const std::size_t colon = secret.name == "//" ? value.find(':') : kNowhere;
  // A user without a password is a name, but for the long ones, which are tokens.
  if (secret.name == "//" && colon == kNowhere && value.size() < 20) return {};
  if (colon != kNowhere) value = value.substr(colon + 1);
  Strings all = {value, without_escapes(value), without_octal(value), without_percent(value),
                 without_double_commas(without_escapes(value))};
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace dockhost
