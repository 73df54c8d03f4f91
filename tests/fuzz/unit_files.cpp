// SPDX-License-Identifier: GPL-3.0-or-later
// Unit files and tmpfiles.d. Input: the file; a path.
#include "edit/unit_file.hpp"

#include <algorithm>

#include "edit/tmpfiles.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

// Whether the last backslash of a line is not behind another one of its own.
bool continued(const std::string& line) {
  bool escaped = false;
  for (const char c : line) escaped = !escaped && c == '\\';
  return escaped;
}

// "[Section] what a line of it says", in order, as systemd.syntax(7) has it: a comment ends no continuation.
Strings said_by_unit(const std::string& text) {
  Strings all;
  std::string section, pending;
  bool open = false;
  const auto take = [&](const std::string& said) {
    if (said.starts_with('['))
      section = said;
    else if (!said.empty())
      all.push_back(section + " " + said);
  };
  for (const std::string& raw : split(text, '\n')) {
    std::string line = raw;
    if (line.ends_with('\r')) line.pop_back();
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    const bool comment = line.starts_with('#') || line.starts_with(';');
    if (comment || (line.empty() && !open)) continue;
    pending += line;
    open = continued(line);
    if (open) pending.back() = ' ';
    if (open) continue;
    take(trim(pending));
    pending.clear();
  }
  take(trim(pending));
  return all;
}

// Nothing but one piece of text was put in.
void require_one_insertion(const std::string& before, const std::string& after) {
  require(after.size() >= before.size(), "nothing is taken away");
  const std::size_t head =
      static_cast<std::size_t>(std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin());
  require(after.ends_with(before.substr(head)), "all other bytes stay");
}

void add_line(const std::string& text, const std::string& section, const std::string& line) {
  const std::string made = with_line(text, section, line);
  require_one_insertion(text, made);
  require(with_line(made, section, line) == made, "a line that is there is not added again");
  Strings before = said_by_unit(text);
  const Strings after = said_by_unit(made);
  const std::string wanted = "[" + section + "] " + line;
  require(contains(after, wanted), "the line says in its section what was asked: " + wanted);
  if (made == text) return;
  require(after.size() == before.size() + 1, "one line says more");
  for (const std::string& other : before) require(contains(after, other), "every other line says the same: " + other);
}

// What systemd makes of a name: \xNN is a byte, a dash a slash (systemd-escape --unescape --path).
std::string unescaped_unit(const std::string& unit) {
  const std::string name = unit.substr(0, unit.rfind('.'));
  if (name == "-") return "/";
  std::string path = "/";
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 3 < name.size()) {
      path += static_cast<char>(std::stoi(name.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      path += name[i] == '-' ? '/' : name[i];
    }
  }
  return path;
}

std::string without_double_slashes(const std::string& path) {
  Strings parts = split(path, '/');
  std::erase(parts, "");
  return "/" + join(parts, "/");
}

void name_unit(const std::string& path) {
  const std::string unit = mount_unit(path);
  require(unescaped_unit(unit) == without_double_slashes(path), "a mount unit is named as its path: " + unit);
  const bool plain = std::all_of(unit.begin(), unit.end(), [](char c) { return c > ' ' && c < 0x7F && c != '/'; });
  require(plain && !unit.starts_with('.'), "a unit has a plain name: " + unit);
  require(automount_unit(path) == unit.substr(0, unit.size() - 5) + "automount", "both units have one name");
}

// The path of each line that makes a directory (tmpfiles.d(5)): words may be quoted, backslashes escape, %% is a
// percent sign and any other specifier is something else.
Strings made_by_tmpfiles(const std::string& text) {
  Strings paths;
  std::string lines = text;
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  for (const std::string& line : split(lines, '\n')) {
    const Strings fields = words(line);
    if (fields.size() < 2 || !contains({"d", "D"}, fields[0].substr(0, 1))) continue;
    if (fields[0].find_first_not_of("!-=+", 1) != std::string::npos) continue;  // modifiers of both
    const std::size_t at = line.find_first_not_of(" \t", line.find(fields[0]) + fields[0].size());
    std::string path;
    char quoted = '\0';
    for (std::size_t i = at; i < line.size() && (quoted != '\0' || (line[i] != ' ' && line[i] != '\t')); ++i) {
      if (line[i] == '\\' && i + 3 < line.size() && line[i + 1] == 'x') {
        path += static_cast<char>(std::strtol(line.substr(i + 2, 2).c_str(), nullptr, 16));
        i += 3;
      } else if (line[i] == '\\' && i + 1 < line.size()) {
        path += line[++i];
      } else if (line[i] == '"' || line[i] == '\'') {
        if (quoted != '\0' && quoted != line[i]) path += line[i];
        quoted = quoted == '\0' ? line[i] : quoted == line[i] ? '\0' : quoted;
      } else if (line[i] == '%') {
        path += i + 1 < line.size() && line[i + 1] == '%' ? "%" : "?";
        ++i;
      } else {
        path += line[i];
      }
    }
    paths.push_back(path);
  }
  return paths;
}

void make_directory(const std::string& text, const std::string& path) {
  const std::string made = with_directory(text, path, 0755);
  require_one_insertion(text, made);
  require(made.starts_with(text), "a new line stands behind all");
  require(with_directory(made, path, 0755) == made, "a line that is there is not added again");
  require(contains(made_by_tmpfiles(made), path), "a line makes the directory: " + path);
  require(split(made, '\n').size() <= split(text, '\n').size() + 2, "one line is added");
}

}  // namespace

void unit_files(std::string_view input) {
  const std::string text = part(input, 0), path = "/" + part(input, 1, "run/docker");
  add_line(text, "Unit", "RequiresMountsFor=/var/lib/docker");
  add_line(text, "Socket", "SocketMode=0660");
  name_unit(path);
  make_directory(text, path);
}

}  // namespace fuzz
