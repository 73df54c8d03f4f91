// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/yaml.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace dockhost {
namespace {

constexpr std::size_t kColumns = 120;

// Words that YAML 1.1 reads as a bool or null.
bool reserved(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  constexpr std::array words = std::to_array<std::string_view>(
      {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".inf", ".nan", "<<", "="});
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Numbers, dates, versions, octal and sexagesimal forms: whatever begins like a number is quoted, unless a letter that
// no number has makes it text. Quoting more than is needed is no error.
bool like_number(const std::string& text) {
  const bool begins = std::isdigit(static_cast<unsigned char>(text.front())) != 0 ||
                      (text.size() > 1 && std::string_view("+-.").find(text.front()) != std::string_view::npos);
  return begins && text.find_first_not_of("0123456789abcdefABCDEFoxX_+-.:TtZz ") == std::string::npos;
}

bool plain(const std::string& text, bool flow) {
  if (text.empty() || reserved(text) || like_number(text)) return false;
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`=").find(text.front()) != std::string_view::npos) return false;
  for (const std::string_view bad : {": ", " #", R"(""")"}) {
    if (text.find(bad) != std::string::npos) return false;
  }
  if (flow && text.find_first_of(",[]{}:") != std::string::npos) return false;
  return std::none_of(text.begin(), text.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte < 0x20 || byte == 0x7F;
  });
}

}  // namespace

std::string yaml_text(const std::string& text, bool flow) {
  // JSON's strings are YAML's, but for DEL, which YAML does not take as it is.
  if (plain(text, flow)) return text;
  std::string quoted = json(text).dump();
  for (std::size_t at = quoted.find('\x7f'); at != std::string::npos; at = quoted.find('\x7f')) {
    quoted.replace(at, 1, "\\x7f");
  }
  return quoted;
}

std::string yaml_flow(const json& value) {
  if (value.is_string()) return yaml_text(value.get<std::string>(), true);
  if (!value.is_structured()) return value.dump();
  Strings parts;
  for (const auto& [key, member] : value.items()) {
    parts.push_back((value.is_object() ? yaml_text(key, true) + ": " : "") + yaml_flow(member));
  }
  return value.is_object() ? "{" + join(parts, ", ") + "}" : "[" + join(parts, ", ") + "]";
}

std::string yaml_folded(std::size_t indent, const std::string& first, const std::string& text, std::size_t hang) {
  const std::string next(indent + hang, ' ');
  std::string all = std::string(indent, ' ') + first;
  std::size_t column = all.size();
  const Strings pieces = split(text, ' ');
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // An empty piece is one of several blanks in a row, which a line end would swallow.
    const bool breakable = i > 0 && !pieces[i].empty() && !pieces[i - 1].empty() && pieces[i - 1].back() != '\\';
    if (breakable && column + 1 + pieces[i].size() > kColumns) {
      all += "\n" + next + pieces[i];
      column = next.size() + pieces[i].size();
    } else {
      all += (i > 0 ? " " : "") + pieces[i];
      column += (i > 0 ? 1 : 0) + pieces[i].size();
    }
  }
  return all + "\n";
}

}  // namespace dockhost
