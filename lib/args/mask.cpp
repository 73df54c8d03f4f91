// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/mask.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "args/python.hpp"
#include "args/scrub.hpp"
#include "base/read_json.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kWhole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
constexpr std::size_t kShortest = 6;

// Keys that DESIGN promises to those who read a result, and the return values of ansible.posix.mount.
constexpr std::array kVocabulary = std::to_array<std::string_view>(
    {"after",      "after_header", "args",     "backup_file", "before",      "before_header", "boot",
     "changed",    "column",       "counts",   "diff",        "dump",        "during",        "error",
     "failed",     "findings",     "found",    "fstab",       "fstype",      "help",          "invocation",
     "key",        "line",         "module",   "msg",         "module_args", "name",          "need",
     "not_undone", "opts",         "pass",     "passed",      "passno",      "path",          "pending",
     "plan",       "plan_digest",  "prepared", "report",      "rolled_back", "src",           "status",
     "wanted",     "warnings",     "what",     "why"});

constexpr std::array kStatuses =
    std::to_array<std::string_view>({"pass", "fail", "pending_restart", "pending_reboot", "not_applicable",
                                     "not_testable", "refused", "unknown", "waived", "excluded", "on_request"});

// Members of a result that are keys, paths or a status.
constexpr std::array kPlaces =
    std::to_array<std::string_view>({"key", "path", "fstab", "backup_file", "before_header", "after_header", "status"});

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& all, std::string_view word) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

bool digest(const std::string& value) {
  return value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A secret as it stands inside a JSON text, with and without \u escapes, in a message, also where that shows it as
// Python does, and as fstab writes blanks.
Strings spellings(const std::string& secret) {
  Strings all = {secret};
  for (const bool ascii : {false, true}) {
    const std::string quoted = json(utf8(secret)).dump(-1, ' ', ascii);
    all.push_back(quoted.substr(1, quoted.size() - 2));
  }
  const std::string repr = python_repr(secret);
  all.push_back(printable(repr.substr(1, repr.size() - 2), true));
  all.push_back(printable(secret, true));
  all.push_back(printable(secret));
  std::string octal;
  for (const char letter : secret) {
    octal += letter == ' ' ? "\\040" : letter == '\t' ? "\\011" : letter == '\\' ? "\\134" : std::string(1, letter);
  }
  all.push_back(octal);
  return all;
}

void sort_longest_first(Strings& texts) {
  std::sort(texts.begin(), texts.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

std::string replace_all(std::string text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + kHidden.size())) {
    text.replace(at, what.size(), kHidden);
  }
  return text;
}

// A finding shows values beside the key that they belong to: {"key": "/log-opts/splunk-token", "found": "x"}.
std::string secret_key(const json& object) {
  for (const char* const member : {"key", "what"}) {
    const auto found = object.find(member);
    if (found == object.end() || !found->is_string()) continue;
    const std::string name(last_name(found->get_ref<const std::string&>()));
    if (sensitive(name)) return name;
  }
  return {};
}

bool shows_value(std::string_view key) {
  return key == "found" || key == "wanted" || key == "before" || key == "after";
}

bool is_flag(const json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with('-') &&
         value.get_ref<const std::string&>().find('=') == std::string::npos &&
         sensitive(value.get_ref<const std::string&>());
}

bool common_word(const std::string& text) {
  constexpr auto known = std::to_array<std::string_view>({"default", "defaults", "enabled", "disabled", "required"});
  return text.size() < kShortest || is_among(known, text) || text.starts_with(kHidden) || text == kWhole;
}

bool shown_as_it_is(const std::string& name, const json& value) {
  if (value.is_null() || value.is_boolean()) return true;
  return value.is_string() && keeps_elsewhere(name, value.get_ref<const std::string&>());
}

bool word_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' ||
         (static_cast<unsigned char>(letter) & 0x80U) != 0;
}

// Whether what ends right before `at` is an escape, of JSON or of fstab, whose last letter is no part of a word.
bool behind_escape(std::string_view text, std::size_t at) {
  if (at >= 2 && text[at - 2] == '\\' && std::string_view("nrtbf").find(text[at - 1]) != std::string_view::npos)
    return true;
  const auto holds_only = [&](std::size_t digits, std::string_view all) {
    return text.substr(at - digits, digits).find_first_not_of(all) == std::string_view::npos;
  };
  if (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && holds_only(4, "0123456789abcdefABCDEF")) return true;
  return at >= 4 && text[at - 4] == '\\' && holds_only(3, "01234567");
}

bool begins_word(std::string_view text, std::size_t at) {
  if (at == 0 || behind_escape(text, at)) return true;
  const char before = text[at - 1];
  if (before == '/') return false;
  if (before == '-' || before == '.') return at < 2 || !word_letter(text[at - 2]);
  return !word_letter(before) || !(word_letter(text[at]) || text[at] == '/');
}

// A key, as `"key":`, is no word of the text.
bool ends_word(std::string_view text, std::size_t start, std::size_t end) {
  if (end == text.size()) return true;
  const char behind = text[end];
  if (behind == '"' && start > 0 && text[start - 1] == '"') {
    const std::size_t next = text.find_first_not_of(" \t\r\n", end + 1);
    return next == std::string_view::npos || text[next] != ':';
  }
  if (behind == '/') return false;
  if (behind == '-' || behind == '.') return end + 1 == text.size() || !word_letter(text[end + 1]);
  return !word_letter(behind) || !word_letter(text[end - 1]);
}

void put_word(std::set<std::string>& words, const std::string& word) {
  if (!common_word(word)) words.insert(word);
}

using Named = std::map<std::string, std::set<std::string>>;

Named named_secrets(std::string_view text) {
  Named all;
  for (const Secret& secret : secrets_in(text))
    all[secret.name].insert(without_escapes(text.substr(secret.start, secret.end - secret.start)));
  return all;
}

}  // namespace

void Secrets::learn_text(std::string_view text) {
  for (const Secret& secret : secrets_in(text)) {
    for (const std::string& meaning : meanings(secret, text)) put_word(words, meaning);
  }
}

void Secrets::learn(const json& tree) {
  if (tree.is_string()) return learn_text(tree.get_ref<const std::string&>());
  if (!tree.is_structured()) return;
  const auto take = [&](const json& value) {
    for (const std::string& text : texts_in(value)) put_word(words, text);
  };
  const bool listed = tree.is_object() && !secret_key(tree).empty();
  bool flag = false;
  for (const auto& [key, value] : tree.items()) {
    const bool named = tree.is_object() && sensitive(key) && !is_among(kVocabulary, key) && !shown_as_it_is(key, value);
    if (named || flag || (listed && shows_value(key))) take(value);
    flag = tree.is_array() && is_flag(value);
    learn(value);
  }
}

void Secrets::learn_change(std::string_view before, std::string_view after) {
  learn_text(before);
  learn_text(after);
  if (before == after) return;
  const Named was = named_secrets(before), is = named_secrets(after);
  for (const auto& [name, values] : is) {
    const auto old = was.find(name);
    if (old == was.end()) continue;
    const bool some_gone = std::any_of(old->second.begin(), old->second.end(),
                                       [&, &now = values](const std::string& value) { return !now.contains(value); });
    for (const std::string& value : values) {
      if (some_gone && !old->second.contains(value)) changed[name].insert(value);
    }
  }
}

void Secrets::add(const Secrets& more) {
  hidden.insert(hidden.end(), more.hidden.begin(), more.hidden.end());
  words.insert(more.words.begin(), more.words.end());
  for (const auto& [name, values] : more.changed) changed[name].insert(values.begin(), values.end());
}

Mask::Mask(Secrets secrets) : secrets_(std::move(secrets)) {
  std::erase(secrets_.hidden, std::string());
  for (const std::string& secret : secrets_.hidden) {
    for (std::string& spelling : spellings(secret)) spellings_.push_back(std::move(spelling));
  }
  sort_longest_first(secrets_.hidden);
  sort_longest_first(spellings_);
  for (const std::string& word : secrets_.words) {
    for (const std::string& spelling : spellings(word)) words_[spelling.substr(0, kShortest)].push_back(spelling);
  }
  for (auto& [beginning, all] : words_) sort_longest_first(all);
}

std::string Mask::parts(std::string text) const {
  for (const std::string& spelling : spellings_) text = replace_all(std::move(text), spelling);
  return text;
}

std::string Mask::shown(const std::string& name, const Strings& values) const {
  const auto found = secrets_.changed.find(name);
  const bool changed =
      found != secrets_.changed.end() && std::any_of(values.begin(), values.end(), [&](const std::string& value) {
        return found->second.contains(without_escapes(value));
      });
  return std::string(kHidden) + (changed ? " (changed)" : "");
}

std::string Mask::forms(std::string_view text) const {
  std::string all;
  std::size_t at = 0;
  for (const Secret& secret : secrets_in(text)) {
    all += text.substr(at, secret.start - at);
    const std::string hidden = shown(secret.name, {std::string(text.substr(secret.start, secret.end - secret.start))});
    all += secret.bare ? "\"" + hidden + "\"" : hidden;
    at = secret.end;
  }
  return all + std::string(text.substr(at));
}

const std::string* Mask::word_at(std::string_view text, std::size_t at) const {
  const auto found = words_.find(std::string(text.substr(at, kShortest)));
  if (found == words_.end() || !begins_word(text, at)) return nullptr;
  for (const std::string& word : found->second) {
    if (text.substr(at).starts_with(word) && ends_word(text, at, at + word.size())) return &word;
  }
  return nullptr;
}

std::string Mask::words(std::string_view text) const {
  if (words_.empty()) return std::string(text);
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    const std::string* word = word_at(text, at);
    if (word == nullptr) {
      all += text[at++];
      continue;
    }
    all += kHidden;
    at += word->size();
  }
  return all;
}

std::string Mask::text(std::string_view text) const { return words(forms(parts(std::string(text)))); }

std::string Mask::whole_or_part(const std::string& value) const {
  const bool whole = std::find(secrets_.hidden.begin(), secrets_.hidden.end(), value) != secrets_.hidden.end();
  return whole ? std::string(kWhole) : text(value);
}

json Mask::member(const std::string& key, const json& value) const {
  const bool known = is_among(kVocabulary, key);
  if (known && value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (key == "plan_digest" && digest(text)) return value;
    if ((key == "status" || key == "after") && is_among(kStatuses, text)) return value;
    if (is_among(kPlaces, key)) return forms(parts(text));
  }
  if (known || !sensitive(key) || shown_as_it_is(key, value)) return tree(value);
  const json masked = value.is_structured() ? json() : tree(value);
  return masked == kWhole ? masked : json(shown(key, texts_in(value)));
}

// The values of a finding about a name that holds a secret.
json Mask::finding(const json& object) const {
  json masked = json::object();
  const std::string name = secret_key(object);
  for (const auto& [key, value] : object.items()) {
    const bool hide = shows_value(key) && !shown_as_it_is(name, value);
    append_member(masked, key, hide ? json(shown(name, texts_in(value))) : member(key, value));
  }
  const json found = object.value("found", json()), wanted = object.value("wanted", json());
  const bool differ = !found.is_null() && !wanted.is_null() && found != wanted;
  if (differ && masked["wanted"] == kHidden) masked["wanted"] = std::string(kHidden) + " (changed)";
  return masked;
}

// A list, in which the value of "--token" is the text behind it.
json Mask::list(const json& list) const {
  json masked = json::array();
  bool flag = false;
  for (const json& value : list) {
    masked.push_back(flag && value.is_string() ? json(kHidden) : tree(value));
    flag = is_flag(value);
  }
  return masked;
}

json Mask::tree(const json& tree) const {
  if (tree.is_string()) return whole_or_part(tree.get<std::string>());
  if (tree.is_number()) {
    const std::string shown = python_str(tree);
    const bool hit = std::any_of(secrets_.hidden.begin(), secrets_.hidden.end(),
                                 [&](const std::string& secret) { return shown.find(secret) != std::string::npos; });
    return hit ? json(kWhole) : tree;
  }
  if (tree.is_array()) return list(tree);
  if (!tree.is_object()) return tree;
  if (!secret_key(tree).empty()) return finding(tree);
  json masked = json::object();
  for (const auto& [key, value] : tree.items()) {
    append_member(masked, is_among(kVocabulary, key) ? key : forms(parts(key)), member(key, value));
  }
  drop_duplicates(masked);
  return masked;
}

Strings texts_in(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty() ? Strings{} : Strings{value};
  if (value.is_number()) return {python_str(value)};
  Strings all;
  if (!value.is_structured()) return all;
  for (const json& part : value) {
    for (std::string& text : texts_in(part)) all.push_back(std::move(text));
  }
  return all;
}

}  // namespace dockhost
