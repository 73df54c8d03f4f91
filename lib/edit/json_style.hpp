// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "edit/json_tree.hpp"

namespace dockhost {

// How new text looks at one place of a JSON text, taken from what stands around it.
struct JsonStyle {
  bool spans = true;        // the object there has one member a line
  bool lists_span = false;  // a list that is new has one element a line
  std::string eol = "\n";   // line end
  std::string indent;       // of the lines at this level; their children have `indent + unit`
  std::string unit = "  ";
  std::string colon = ": ";
  std::string comma = ", ";       // between members on one line
  std::string list_comma = ", ";  // between elements on one line
  std::string pad;                // inside the braces of an object on one line
};

// The style of the members of the last object of `path`; with an empty path that of the root itself. An object without
// members has the style it would have as a new one.
JsonStyle style_inside(std::string_view text, const JsonNode& root, const JsonPath& path);

// The style of new elements of a list that has some and is a member of the last object of `path`: one a line when the
// list is, indented as the last one, and objects in it written as the last object in it.
JsonStyle style_of_elements(std::string_view text, const JsonNode& root, const JsonPath& path, const JsonNode& list);

// Whether a line break stands in the container itself, outside of its children.
bool spans_lines(std::string_view text, const JsonNode& container);

// The bytes between child `i` and the next one, comma included, as a new neighbour should repeat them: of several line
// breaks one stays, and no blank stands before it.
std::string separator_after(std::string_view text, const JsonNode& container, std::size_t i, const std::string& eol);

// The blanks and tabs at the beginning of the line on which `offset` stands, and whether nothing else stands before it.
std::string line_indent(std::string_view text, std::size_t offset);
bool starts_line(std::string_view text, std::size_t offset);

// A string in JSON, escaped only where JSON requires it, in the short form where there is one.
std::string quoted(const std::string& text);

// New text for a value that stands on a line with the style's indentation.
std::string render(const json& value, const JsonStyle& style);

}  // namespace dockhost
