// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
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

// The styles of one text, found from the outside in, so that none of it is looked at again for each place.
class JsonStyles {
 public:
  // Refers to both; neither may change or go meanwhile.
  JsonStyles(std::string_view text, const JsonNode& root);

  // Of the root itself, as a new value would be.
  JsonStyle document() const { return with_list_comma(document_); }

  // Of the members of an object that stands where `around` is the style. An object without members has the style it
  // would have as a new one.
  JsonStyle inside(const JsonStyle& around, const JsonNode& object) const;

  // Of new elements of a list that has some and is a member where `style` is the style: one a line when the list is,
  // indented as the last one, and objects in it written as the last object in it.
  JsonStyle of_elements(JsonStyle style, const JsonNode& list) const;

 private:
  JsonStyle with_list_comma(JsonStyle style) const;

  std::string_view text_;
  JsonStyle document_;
  std::optional<std::string> list_comma_;  // of the first list with two elements on one line
};

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
