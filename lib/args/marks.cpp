// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/marks.hpp"

#include <array>
#include <cctype>
#include <cstddef>

#include "args/spec.hpp"

namespace dockhost {
namespace {

constexpr std::array kMarks =
    std::to_array<std::string_view>({"RV", "O", "V", "E", "C", "M", "P", "U", "L", "R", "B", "I"});

bool semantic(std::string_view mark) { return mark == "RV" || mark == "O" || mark == "V" || mark == "E"; }

// The mark that stands at `at` before a bracket; empty where none does.
std::string_view mark_at(std::string_view text, std::size_t at) {
  if (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_')) return {};
  for (const std::string_view mark : kMarks) {
    if (text.substr(at).starts_with(mark) && text.substr(at + mark.size()).starts_with("(")) return mark;
  }
  return {};
}

// Where the contents that begin at `start` end: at the closing bracket, or npos. Only semantic marks know escapes.
std::size_t contents_end(std::string_view text, std::size_t start, bool escapes) {
  for (std::size_t at = start; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == ')') {
      return at;
    }
  }
  return std::string_view::npos;
}

std::string unescaped(std::string_view contents) {
  std::string plain;
  for (std::size_t at = 0; at < contents.size(); ++at) {
    if (contents[at] == '\\' && at + 1 < contents.size()) ++at;
    plain += contents[at];
  }
  return plain;
}

// Without the plugin in front of an option or return value: dockhost.hardening.mount#module:path is path.
std::string_view own_name(std::string_view contents) {
  const std::size_t sharp = contents.find('#');
  const std::size_t colon = sharp == std::string_view::npos ? sharp : contents.find(':', sharp);
  return colon == std::string_view::npos ? contents : contents.substr(colon + 1);
}

std::string plain_mark(std::string_view mark, std::string_view contents) {
  std::string text(contents);
  if (mark == "O" || mark == "RV") return "`" + unescaped(own_name(contents)) + "`";
  if (mark == "V" || mark == "E") return "`" + unescaped(contents) + "`";
  if (mark == "C") return "`" + text + "`";
  if (mark == "P") return text.substr(0, text.find('#'));
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos || (mark != "L" && mark != "R")) return text;
  return mark == "R" ? text.substr(0, comma) : text.substr(0, comma) + " (" + trim(text.substr(comma + 1)) + ")";
}

}  // namespace

std::string replace_marks(std::string_view text, const Shown& shown) {
  std::string all;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view mark = mark_at(text, at);
    const std::size_t start = at + mark.size() + 1;
    const std::size_t end = mark.empty() ? std::string_view::npos : contents_end(text, start, semantic(mark));
    if (end == std::string_view::npos) {
      all += text[at++];
    } else {
      all += shown(mark, text.substr(start, end - start));
      at = end + 1;
    }
  }
  return all;
}

std::string without_marks(std::string_view text) { return replace_marks(text, plain_mark); }

std::string marks_for_role(std::string_view text, const std::string& module) {
  return replace_marks(text, [&](std::string_view mark, std::string_view contents) {
    std::string prefix;
    const bool foreign = contents.find('#') != std::string_view::npos;
    if (mark == "O" && !foreign) prefix = module + "_";
    if (mark == "RV" && !foreign) prefix = std::string(kCollection) + "." + module + "#module:";
    return std::string(mark) + "(" + prefix + std::string(contents) + ")";
  });
}

std::vector<Option> suboptions_of(const std::string& option, std::vector<Option> inner) {
  Strings names;
  for (const Option& one : inner) names.push_back(one.name);
  const Shown shown = [&](std::string_view mark, std::string_view contents) {
    const bool own = mark == "O" && contains(names, contents.substr(0, contents.find_first_of(".=")));
    return std::string(mark) + "(" + (own ? option + "." : "") + std::string(contents) + ")";
  };
  const std::function<void(std::vector<Option>&)> name_place = [&](std::vector<Option>& options) {
    for (Option& one : options) {
      for (std::string& text : one.description) text = replace_marks(text, shown);
      name_place(one.suboptions);
    }
  };
  name_place(inner);
  return inner;
}

}  // namespace dockhost
