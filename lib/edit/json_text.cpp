// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/json_text.hpp"

#include <algorithm>
#include <utility>

#include "edit/json_style.hpp"

namespace dockhost {
namespace {

using Kind = JsonNode::Kind;

struct Edit {
  std::size_t begin = 0, end = 0;
  std::string bytes;
};

std::string_view raw(std::string_view text, const JsonNode& node) {
  return text.substr(node.begin, node.end - node.begin);
}

bool is_null(std::string_view text, const JsonNode& node) {
  return node.kind == Kind::word && raw(text, node) == "null";
}

bool same(std::string_view text, const JsonNode& node, const json& wished);

bool same_members(std::string_view text, const JsonNode& node, const json& wished) {
  for (const JsonNode& member : node.children) {
    if (!wished.contains(member.key)) return false;
  }
  return std::all_of(wished.items().begin(), wished.items().end(), [&](const auto& item) {
    const JsonNode* member = node.member(item.key());
    return member != nullptr && same(text, *member, item.value());
  });
}

// Whether the node says what is wished, in a spelling that dockerd accepts for it.
bool same(std::string_view text, const JsonNode& node, const json& wished) {
  if (node.kind == Kind::object) return wished.is_object() && same_members(text, node, wished);
  if (node.kind == Kind::list) {
    if (!wished.is_array() || wished.size() != node.children.size()) return false;
    for (std::size_t i = 0; i < wished.size(); ++i) {
      if (!same(text, node.children[i], wished[i])) return false;
    }
    return true;
  }
  // Go reads an integer only from a literal without fraction and exponent.
  const bool integer = node.kind == Kind::number && raw(text, node).find_first_of(".eE") == std::string_view::npos;
  if (wished.is_number_integer() && !integer) return false;
  return value_of(node, text) == wished;
}

// The position of the last line break in [begin, end), its carriage return included; npos when there is none.
std::size_t last_break(std::string_view text, std::size_t begin, std::size_t end) {
  const std::size_t found = text.substr(begin, end - begin).rfind('\n');
  if (found == std::string_view::npos) return found;
  return begin + found - (found > 0 && text[begin + found - 1] == '\r' ? 1 : 0);
}

// `at`, or the end of the blanks that stand there when their line ends with them.
std::size_t skip_line_rest(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_first_not_of(" \t", at);
  const bool ends = end != std::string_view::npos && (text[end] == '\n' || text.substr(end, 2) == "\r\n");
  return ends ? end : at;
}

// The last member takes the comma before it along.
Edit without_last(std::string_view text, const JsonNode& object) {
  const JsonNode& child = object.children.back();
  const JsonNode& before = object.children[object.children.size() - 2];
  const std::size_t own = last_break(text, before.end, child.start);
  if (own == std::string_view::npos) return {before.end, child.end, ""};
  std::string kept(text.substr(before.end, own - before.end));
  if (before.comma < own) kept.erase(before.comma - before.end, 1);
  return {before.end, skip_line_rest(text, child.end), kept};
}

// Any other member takes the comma behind it along.
Edit without_child(std::string_view text, const JsonNode& object, std::size_t i) {
  if (object.children.size() == 1) return {object.begin, object.end, "{}"};
  if (i + 1 == object.children.size()) return without_last(text, object);
  const JsonNode& child = object.children[i];
  const JsonNode& next = object.children[i + 1];
  if (last_break(text, child.end, next.start) == std::string_view::npos) return {child.start, next.start, ""};
  const std::size_t lead = i == 0 ? object.begin + 1 : object.children[i - 1].comma + 1;
  const std::size_t own = last_break(text, lead, child.start);
  if (last_break(text, child.comma, next.start) != std::string_view::npos) {
    const std::size_t begin = own == std::string_view::npos ? lead : own;
    return {begin, skip_line_rest(text, child.comma + 1), ""};
  }
  // The comma behind begins the next line: where the own comma begins this line, that is the one to take.
  const std::size_t line =
      i == 0 ? std::string_view::npos : last_break(text, object.children[i - 1].end, object.children[i - 1].comma);
  if (line == std::string_view::npos) return {child.start, next.start, ""};
  return {line, child.end, ""};
}

void collect_duplicates(const JsonNode& node, const std::string& pointer, Strings& found) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const JsonNode& child = node.children[i];
    const std::string name = child_pointer(pointer, node.kind == Kind::list ? std::to_string(i) : child.key);
    const bool again = node.kind == Kind::object && node.member(child.key) != &child;
    if (again && std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
    collect_duplicates(child, name, found);
  }
}

}  // namespace

JsonText JsonText::parse(std::string text, std::string path) {
  JsonText parsed;
  parsed.text_ = std::move(text);
  parsed.path_ = std::move(path);
  parsed.root_.kind = Kind::object;
  if (!parsed.is_empty_text()) parsed.root_ = parse_json(parsed.text_, parsed.path_);
  return parsed;
}

bool JsonText::is_empty_text() const {
  return text_.find_first_not_of(" \t\r\n", byte_order_mark(text_)) == std::string::npos;
}

json JsonText::value() const { return value_of(root_, text_); }

JsonText::Found JsonText::look(const Strings& names) const {
  Found found;
  found.objects.push_back(&root_);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) found.objects.push_back(found.member);
    found.member = found.objects.back()->member(names[i]);
    found.missing = names.size() - i - (found.member != nullptr ? 1 : 0);
    const bool further = found.member != nullptr && found.member->kind == Kind::object;
    if (!further) break;
  }
  return found;
}

const JsonNode* JsonText::node(const std::string& pointer) const {
  const Strings names = pointer_names(pointer);
  if (names.empty()) return &root_;
  const Found found = look(names);
  return found.missing == 0 ? found.member : nullptr;
}

std::optional<json> JsonText::find(const std::string& pointer) const {
  const JsonNode* found = node(pointer);
  return found != nullptr ? std::optional(value_of(*found, text_)) : std::nullopt;
}

std::optional<Where> JsonText::where(const std::string& pointer) const {
  const JsonNode* found = node(pointer);
  return found != nullptr ? std::optional(error("", found->start).where) : std::nullopt;
}

std::optional<std::string> JsonText::spelling(const std::string& pointer) const {
  const JsonNode* found = node(pointer);
  return found != nullptr ? std::optional(std::string(raw(text_, *found))) : std::nullopt;
}

Strings JsonText::duplicates() const {
  Strings found;
  collect_duplicates(root_, "", found);
  return found;
}

Error JsonText::error(const std::string& what, std::size_t offset) const {
  const std::size_t mark = byte_order_mark(text_);
  return error_at(what, path_, std::string_view(text_).substr(mark), std::max(offset, mark) - mark);
}

// A list on the way cannot be entered: positions in it would change under the other wishes.
void JsonText::refuse_way(const std::string& pointer, const Found& found) const {
  if (found.missing == 0 || found.member == nullptr || found.member->kind != Kind::list) return;
  throw error("the JSON Pointer " + quote(pointer) + " leads into a list", found.member->begin);
}

// Parsed before anything is kept, so that a change that fails leaves the text as it was.
void JsonText::replace(std::size_t begin, std::size_t end, const std::string& bytes) {
  *this = parse(text_.substr(0, begin) + bytes + text_.substr(end), path_);
}

void JsonText::set(const std::string& pointer, const json& value) {
  const Strings names = pointer_names(pointer);
  if (names.empty()) throw Error("the JSON Pointer '' names the whole text, which cannot be set");
  if (is_empty_text()) replace(byte_order_mark(text_), text_.size(), "{}\n");
  const Found found = look(names);
  if (found.missing == 0) return change(pointer, found, value);
  refuse_way(pointer, found);
  const bool blocked = found.member != nullptr && !is_null(text_, *found.member);
  if (blocked)
    throw error("the JSON Pointer " + quote(pointer) + " leads into a value that is no object", found.member->begin);
  json wrapped = value;
  const std::size_t known = names.size() - found.missing;
  for (std::size_t i = names.size(); i-- > known + (found.member == nullptr ? 1 : 0);) {
    json outer = json::object();
    outer[names[i]] = std::move(wrapped);
    wrapped = std::move(outer);
  }
  if (found.member == nullptr) return add(found.objects, names[known], wrapped);
  change(pointer, found, wrapped);
}

void JsonText::add(const JsonPath& objects, const std::string& key, const json& value) {
  const JsonNode& object = *objects.back();
  if (object.children.empty()) {
    const JsonStyle around = style_inside(text_, root_, JsonPath(objects.begin(), objects.end() - 1));
    json members = json::object();
    members[key] = value;
    return replace(object.begin, object.end, render(members, around));
  }
  const JsonStyle style = style_inside(text_, root_, objects);
  std::string separator = style.spans ? "," + style.eol + style.indent : style.comma;
  for (std::size_t i = object.children.size() - 1; style.spans && i-- > 0;) {
    const std::string model = separator_after(text_, object, i, style.eol);
    const std::size_t end = model.rfind(style.eol);
    if (end == std::string::npos) continue;
    const bool comma_first = model.find(',') > end;
    separator = comma_first ? model : model.substr(0, end) + style.eol + style.indent;
    break;
  }
  const std::size_t end = object.children.back().end;
  replace(end, end, separator + quoted(key) + style.colon + render(value, style));
}

void JsonText::change(const std::string& pointer, const Found& found, const json& value) {
  const JsonNode& old = *found.member;
  if (same(text_, old, value)) return;
  if (old.kind == Kind::list && value.is_array() && !old.children.empty() && !value.empty()) {
    return change_list(found, value);
  }
  if (old.kind != Kind::object || !value.is_object() || old.children.empty() || value.empty()) {
    JsonStyle style = style_inside(text_, root_, found.objects);
    if (starts_line(text_, old.start)) style.indent = line_indent(text_, old.start);
    return replace(old.begin, old.end, render(value, style));
  }
  Strings unwished;
  for (const JsonNode& member : old.children) {
    if (!value.contains(member.key)) unwished.push_back(member.key);
  }
  for (const auto& [key, member] : value.items()) set(child_pointer(pointer, key), member);
  for (const std::string& key : unwished) remove(child_pointer(pointer, key));
}

// Elements that stay keep their bytes, and what stands between two of them; new ones are separated as the last were.
void JsonText::change_list(const Found& found, const json& value) {
  const JsonNode& list = *found.member;
  const std::vector<JsonNode>& old = list.children;
  const JsonStyle style = style_of_elements(text_, root_, found.objects, list);
  std::string separator = spans_lines(text_, list) ? "," + style.eol + style.indent : style.list_comma;
  if (old.size() > 1) separator = separator_after(text_, list, old.size() - 2, style.eol);
  std::string bytes(text_.substr(list.begin, old.front().start - list.begin));
  std::vector<bool> used(old.size());
  std::size_t next = old.size();  // the old element behind the one written last
  for (const json& wished : value) {
    std::size_t i = 0;
    while (i < old.size() && (used[i] || !same(text_, old[i], wished))) ++i;
    const bool adjacent = i < old.size() && i > 0 && i == next;
    if (&wished != &value.front()) {
      bytes += adjacent ? text_.substr(old[i - 1].end, old[i].start - old[i - 1].end) : separator;
    }
    bytes += i < old.size() ? std::string(raw(text_, old[i])) : render(wished, style);
    if (i < old.size()) used[i] = true;
    next = i < old.size() ? i + 1 : old.size();
  }
  bytes += text_.substr(old.back().end, list.end - old.back().end);
  replace(list.begin, list.end, bytes);
}

bool JsonText::remove(const std::string& pointer) {
  const Strings names = pointer_names(pointer);
  if (names.empty()) throw Error("the JSON Pointer '' names the whole text, which cannot be removed");
  refuse_way(pointer, look(names));
  bool removed = false;
  while (remove_one(root_, names, 0)) removed = true;
  return removed;
}

// Every way to the member is gone: Go reads the members of an object that stands twice into one map.
bool JsonText::remove_one(const JsonNode& object, const Strings& names, std::size_t depth) {
  for (std::size_t i = object.children.size(); i-- > 0 && object.kind == Kind::object;) {
    const JsonNode& child = object.children[i];
    if (child.key != names[depth]) continue;
    if (depth + 1 < names.size()) {
      if (remove_one(child, names, depth + 1)) return true;
      continue;
    }
    const Edit edit = without_child(text_, object, i);
    replace(edit.begin, edit.end, edit.bytes);
    return true;
  }
  return false;
}

}  // namespace dockhost
