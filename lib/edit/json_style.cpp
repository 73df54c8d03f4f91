// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/json_style.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace dockhost {
namespace {

std::string_view between(std::string_view text, std::size_t from, std::size_t to) {
  return text.substr(from, to - from);
}

bool has_break(std::string_view text) { return text.find('\n') != std::string_view::npos; }

std::size_t line_start(std::string_view text, std::size_t offset) {
  const std::size_t found = text.substr(0, offset).rfind('\n');
  return found == std::string_view::npos ? byte_order_mark(text) : found + 1;
}

// The gap behind child `i`: up to the next child, or up to the closing bracket.
std::string_view gap_after(std::string_view text, const JsonNode& node, std::size_t i) {
  const std::size_t end = i + 1 < node.children.size() ? node.children[i + 1].start : node.end - 1;
  return between(text, node.children[i].end, end);
}

std::string_view gap_before_first(std::string_view text, const JsonNode& node) {
  return between(text, node.begin + 1, node.children.front().start);
}

// White space with at most one line break, the last, and the indentation behind it.
std::string one_break(std::string_view space, const std::string& eol) {
  const std::size_t last = space.rfind('\n');
  return last == std::string_view::npos ? std::string(space) : eol + std::string(space.substr(last + 1));
}

// A child that shares its line with the bracket lends its column, so that the next one stands under it.
std::string column_indent(std::string_view text, std::size_t offset) {
  std::string indent;
  for (const char c : between(text, line_start(text, offset), offset)) {
    const bool continuation = (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
    if (!continuation) indent += c == '\t' ? '\t' : ' ';
  }
  return indent;
}

std::string child_indent(std::string_view text, const JsonNode& node) {
  const auto own_line = [&](const JsonNode& child) { return starts_line(text, child.start); };
  const auto last = std::find_if(node.children.rbegin(), node.children.rend(), own_line);
  if (last != node.children.rend()) return line_indent(text, last->start);
  return column_indent(text, node.children.front().start);
}

// What the members of an object are indented beyond the line on which it begins; empty when that cannot be told.
std::string unit_of(std::string_view text, const JsonNode& node) {
  const std::string outer = line_indent(text, node.begin), inner = child_indent(text, node);
  const bool deeper = inner.size() > outer.size() && inner.starts_with(outer);
  return deeper ? inner.substr(outer.size()) : "";
}

// The most frequent spelling around the colons; of equally frequent ones the shortest, for colons that are aligned.
std::string colon_of(std::string_view text, const JsonNode& object) {
  std::map<std::string, std::size_t> seen;
  for (const JsonNode& member : object.children) {
    const std::string_view colon = between(text, member.key_end, member.begin);
    if (!has_break(colon)) ++seen[std::string(colon)];
  }
  std::string best = ": ";
  std::size_t most = 0;
  for (const auto& [colon, count] : seen) {
    if (count < most || (count == most && colon.size() >= best.size())) continue;
    best = colon;
    most = count;
  }
  return best;
}

std::optional<std::string> inline_comma(std::string_view text, const JsonNode& node) {
  for (std::size_t i = node.children.size(); i-- > 1;) {
    const std::string_view gap = gap_after(text, node, i - 1);
    if (!has_break(gap)) return std::string(gap);
  }
  return std::nullopt;
}

// The first node, from the outside in, for which `fits` holds.
template <class Fits>
const JsonNode* first_node(const JsonNode& node, const Fits& fits) {
  if (fits(node)) return &node;
  for (const JsonNode& child : node.children) {
    if (const JsonNode* found = first_node(child, fits)) return found;
  }
  return nullptr;
}

JsonStyle document_style(std::string_view text, const JsonNode& root) {
  JsonStyle style;
  const std::size_t end = text.find('\n');
  if (end != std::string_view::npos && end > 0 && text[end - 1] == '\r') style.eol = "\r\n";
  const auto indented = [&](const JsonNode& node) {
    return node.kind == JsonNode::Kind::object && !node.children.empty() && spans_lines(text, node) &&
           !unit_of(text, node).empty();
  };
  if (const JsonNode* found = first_node(root, indented)) style.unit = unit_of(text, *found);
  const auto filled = [](const JsonNode& node) { return node.kind == JsonNode::Kind::list && !node.children.empty(); };
  if (const JsonNode* found = first_node(root, filled)) style.lists_span = spans_lines(text, *found);
  return style;
}

// The document's way to put two elements on one line.
std::optional<std::string> list_comma(std::string_view text, const JsonNode& root) {
  const auto fits = [&](const JsonNode& node) {
    return node.kind == JsonNode::Kind::list && inline_comma(text, node).has_value();
  };
  const JsonNode* found = first_node(root, fits);
  return found != nullptr ? inline_comma(text, *found) : std::nullopt;
}

void follow(JsonStyle& style, std::string_view text, const JsonNode& object) {
  if (object.children.empty()) {
    style.indent += style.spans ? style.unit : "";
    return;
  }
  style.spans = spans_lines(text, object);
  style.colon = colon_of(text, object);
  style.comma = inline_comma(text, object).value_or(style.colon.ends_with(' ') ? ", " : ",");
  if (style.spans) {
    const std::string unit = unit_of(text, object);
    if (!unit.empty()) style.unit = unit;
    style.indent = child_indent(text, object);
  } else {
    style.pad = gap_before_first(text, object);
  }
  for (const JsonNode& member : object.children) {
    if (member.kind == JsonNode::Kind::list && !member.children.empty()) style.lists_span = spans_lines(text, member);
  }
}

std::string render_object(const json& value, const JsonStyle& style) {
  JsonStyle inner = style;
  inner.indent += style.unit;
  const std::string before = style.spans ? style.eol + inner.indent : style.pad;
  const std::string separator = style.spans ? "," + before : style.comma;
  std::string out = "{" + before;
  bool first = true;
  for (const auto& [key, member] : value.items()) {
    if (!first) out += separator;
    out += quoted(key) + style.colon + render(member, inner);
    first = false;
  }
  return out + (style.spans ? style.eol + style.indent : style.pad) + "}";
}

std::string render_list(const json& value, const JsonStyle& style) {
  JsonStyle inner = style;
  inner.spans = style.spans && style.lists_span;
  if (inner.spans) inner.indent += style.unit;
  const std::string before = inner.spans ? style.eol + inner.indent : "";
  std::string out = "[" + before;
  bool first = true;
  for (const json& element : value) {
    if (!first) out += inner.spans ? "," + before : style.list_comma;
    out += render(element, inner);
    first = false;
  }
  return out + (inner.spans ? style.eol + style.indent : "") + "]";
}

}  // namespace

JsonStyles::JsonStyles(std::string_view text, const JsonNode& root)
    : text_(text), document_(document_style(text, root)), list_comma_(list_comma(text, root)) {}

JsonStyle JsonStyles::with_list_comma(JsonStyle style) const {
  style.list_comma = list_comma_.value_or(style.colon.ends_with(' ') ? ", " : ",");
  return style;
}

JsonStyle JsonStyles::inside(const JsonStyle& around, const JsonNode& object) const {
  JsonStyle style = around;
  follow(style, text_, object);
  return with_list_comma(style);
}

JsonStyle JsonStyles::of_elements(JsonStyle style, const JsonNode& list) const {
  style.spans = style.lists_span = spans_lines(text_, list);
  const std::size_t last = list.children.back().start;
  if (starts_line(text_, last)) style.indent = line_indent(text_, last);
  const auto filled = [](const JsonNode& child) {
    return child.kind == JsonNode::Kind::object && !child.children.empty();
  };
  const auto model = std::find_if(list.children.rbegin(), list.children.rend(), filled);
  if (model == list.children.rend()) return style;
  const std::string indent = style.indent;
  follow(style, text_, *model);
  style.indent = indent;
  return style;
}

bool spans_lines(std::string_view text, const JsonNode& container) {
  if (container.children.empty()) return has_break(between(text, container.begin, container.end));
  if (has_break(gap_before_first(text, container))) return true;
  for (std::size_t i = 0; i < container.children.size(); ++i) {
    if (has_break(gap_after(text, container, i))) return true;
  }
  return false;
}

std::string separator_after(std::string_view text, const JsonNode& container, std::size_t i, const std::string& eol) {
  const JsonNode& child = container.children[i];
  return one_break(between(text, child.end, child.comma), eol) + "," +
         one_break(between(text, child.comma + 1, container.children[i + 1].start), eol);
}

std::string line_indent(std::string_view text, std::size_t offset) {
  const std::string_view line = text.substr(line_start(text, offset));
  return std::string(line.substr(0, line.find_first_not_of(" \t")));
}

bool starts_line(std::string_view text, std::size_t offset) {
  const std::size_t begin = byte_order_mark(text);
  while (offset > begin && (text[offset - 1] == ' ' || text[offset - 1] == '\t')) --offset;
  return offset == begin || text[offset - 1] == '\n';
}

std::string quoted(const std::string& text) { return json(text).dump(); }

std::string render(const json& value, const JsonStyle& style) {
  if (value.is_object()) return value.empty() ? "{}" : render_object(value, style);
  if (value.is_array()) return value.empty() ? "[]" : render_list(value, style);
  return value.dump();
}

}  // namespace dockhost
