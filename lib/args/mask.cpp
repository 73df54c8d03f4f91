// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/mask.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "args/python.hpp"
#include "args/scrub.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kWhole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

// Keys that DESIGN promises to those who read a result, and the return values of ansible.posix.mount.
constexpr std::array kVocabulary = std::to_array<std::string_view>(
    {"after",    "after_header", "args",     "backup_file", "before",      "before_header", "boot",     "changed",
     "column",   "diff",         "dump",     "during",      "error",       "failed",        "findings", "found",
     "fstab",    "fstype",       "help",     "invocation",  "key",         "line",          "module",   "module_args",
     "msg",      "name",         "need",     "not_undone",  "opts",        "passno",        "path",     "pending",
     "plan",     "plan_digest",  "prepared", "report",      "rolled_back", "src",           "status",   "wanted",
     "warnings", "what",         "why"});

bool vocabulary(std::string_view key) {
  return std::find(kVocabulary.begin(), kVocabulary.end(), key) != kVocabulary.end();
}

bool digest(const std::string& value) {
  return value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A secret as it stands inside a JSON text, with and without \u escapes, and as fstab writes blanks.
Strings spellings(const std::string& secret) {
  Strings all = {secret};
  for (const bool ascii : {false, true}) {
    const std::string quoted = json(utf8(secret)).dump(-1, ' ', ascii);
    all.push_back(quoted.substr(1, quoted.size() - 2));
  }
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
bool about_sensitive(const json& object) {
  const auto names_it = [&](const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_string() && sensitive(last_word(found->get<std::string>()));
  };
  return names_it("key") || names_it("what");
}

bool shows_value(std::string_view key) {
  return key == "found" || key == "wanted" || key == "before" || key == "after";
}

bool common_word(const std::string& text) { return text.size() < 4 || text == "true" || text == "false"; }

void collect(const json& tree, Strings& found) {
  if (!tree.is_structured()) return;
  for (const auto& [key, value] : tree.items()) {
    if (tree.is_object() && sensitive(key)) {
      for (std::string& text : texts_in(value)) {
        if (!common_word(text)) found.push_back(std::move(text));
      }
    } else {
      collect(value, found);
    }
  }
}

}  // namespace

Mask::Mask(Strings secrets) : secrets_(std::move(secrets)) {
  std::erase(secrets_, std::string());
  for (const std::string& secret : secrets_) {
    for (std::string& spelling : spellings(secret)) spellings_.push_back(std::move(spelling));
  }
  sort_longest_first(secrets_);
  sort_longest_first(spellings_);
}

std::string Mask::parts(std::string text) const {
  for (const std::string& spelling : spellings_) text = replace_all(std::move(text), spelling);
  return text;
}

std::string Mask::text(std::string_view text) const { return scrub(parts(std::string(text))); }

std::string Mask::whole_or_part(const std::string& value) const {
  const bool whole = std::find(secrets_.begin(), secrets_.end(), value) != secrets_.end();
  return whole ? std::string(kWhole) : text(value);
}

json Mask::member(const std::string& key, const json& value, bool listed) const {
  if (key == "plan_digest" && value.is_string() && digest(value.get<std::string>())) return value;
  const bool hide = (sensitive(key) && !vocabulary(key)) || (listed && shows_value(key));
  if (!hide || value.is_null() || value.is_boolean()) return tree(value);
  const json shown = tree(value);
  return shown == kWhole ? shown : json(kHidden);
}

json Mask::tree(const json& tree) const {
  if (tree.is_string()) return whole_or_part(tree.get<std::string>());
  if (tree.is_number()) {
    const std::string shown = python_str(tree);
    const bool hit = std::any_of(secrets_.begin(), secrets_.end(),
                                 [&](const std::string& secret) { return shown.find(secret) != std::string::npos; });
    return hit ? json(kWhole) : tree;
  }
  if (!tree.is_structured()) return tree;
  json masked = tree.is_object() ? json::object() : json::array();
  const bool listed = tree.is_object() && about_sensitive(tree);
  for (const auto& [key, value] : tree.items()) {
    if (tree.is_array()) {
      masked.push_back(this->tree(value));
    } else {
      masked[vocabulary(key) ? key : text(key)] = member(key, value, listed);
    }
  }
  return masked;
}

Strings sensitive_values(const json& tree) {
  Strings found;
  collect(tree, found);
  return found;
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
