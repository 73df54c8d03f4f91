// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/json_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/read_json.hpp"

namespace dockhost {
namespace {

using Kind = JsonNode::Kind;

// What takes a member out of its object: bytes to replace, and whether it is the comma before it that goes with it.
struct Cut {
  std::size_t begin = 0, end = 0;
  std::string bytes;
  bool comma_before = false;
};

std::string_view raw(std::string_view text, const JsonNode& node) {
  return text.substr(node.begin, node.end - node.begin);
}

bool is_null(std::string_view text, const JsonNode& node) {
  return node.kind == Kind::word && raw(text, node) == "null";
}

bool same(std::string_view text, const JsonNode& node, const json& wished);

// How many members of different names it has.
std::size_t names_in(const JsonNode& object) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < object.by_key.size(); ++i) {
    const bool again = i > 0 && object.children[object.by_key[i]].key == object.children[object.by_key[i - 1]].key;
    count += again ? 0 : 1;
  }
  return count;
}

bool same_members(std::string_view text, const JsonNode& node, const json& wished) {
  if (names_in(node) != wished.size()) return false;
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
Cut without_last(std::string_view text, const JsonNode& object) {
  const JsonNode& child = object.children.back();
  const JsonNode& before = object.children[object.children.size() - 2];
  const std::size_t own = last_break(text, before.end, child.start);
  if (own == std::string_view::npos) return {before.end, child.end, "", true};
  std::string kept(text.substr(before.end, own - before.end));
  if (before.comma < own) kept.erase(before.comma - before.end, 1);
  return {before.end, skip_line_rest(text, child.end), kept, true};
}

// Any other member takes the comma behind it along.
Cut without_child(std::string_view text, const JsonNode& object, std::size_t i) {
  if (object.children.size() == 1) return {object.begin, object.end, "{}", false};
  if (i + 1 == object.children.size()) return without_last(text, object);
  const JsonNode& child = object.children[i];
  const JsonNode& next = object.children[i + 1];
  if (last_break(text, child.end, next.start) == std::string_view::npos) return {child.start, next.start, "", false};
  const std::size_t lead = i == 0 ? object.begin + 1 : object.children[i - 1].comma + 1;
  const std::size_t own = last_break(text, lead, child.start);
  if (last_break(text, child.comma, next.start) != std::string_view::npos) {
    const std::size_t begin = own == std::string_view::npos ? lead : own;
    return {begin, skip_line_rest(text, child.comma + 1), "", false};
  }
  // The comma behind begins the next line: where the own comma begins this line, that is the one to take.
  const std::size_t line =
      i == 0 ? std::string_view::npos : last_break(text, object.children[i - 1].end, object.children[i - 1].comma);
  if (line == std::string_view::npos) return {child.start, next.start, "", false};
  return {line, child.end, "", true};
}

void collect_duplicates(const JsonNode& node, const std::string& pointer, std::set<std::string>& seen, Strings& found) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const JsonNode& child = node.children[i];
    const std::string name = child_pointer(pointer, node.kind == Kind::list ? std::to_string(i) : child.key);
    const bool again = node.kind == Kind::object && node.member(child.key) != &child;
    if (again && seen.insert(name).second) found.push_back(name);
    collect_duplicates(child, name, seen, found);
  }
}

// The place behind the bytes that were replaced, and how far it has moved.
void move_behind(JsonNode& node, std::size_t behind, std::size_t removed, std::size_t added) {
  const bool reaches = node.end >= behind;
  for (std::size_t* place : {&node.start, &node.key_end, &node.begin, &node.end, &node.comma}) {
    if (*place >= behind && *place != std::string::npos) *place = *place - removed + added;
  }
  if (!reaches) return;
  for (JsonNode& child : node.children) move_behind(child, behind, removed, added);
}

// The object without its member, whose places are those of the text before the cut.
void forget(JsonNode& object, std::size_t member, bool comma_before) {
  if (comma_before) object.children[member - 1].comma = object.children[member].comma;
  object.children.erase(object.children.begin() + static_cast<std::ptrdiff_t>(member));
  std::erase(object.by_key, member);
  for (std::size_t& other : object.by_key) other -= other > member ? 1 : 0;
}

// Equal whatever the order of members, and with a fast way to find an equal one.
using Comparable = nlohmann::json;

// Old elements of a list, by value, in the order in which they stand.
class Elements {
 public:
  Elements(std::string_view text, const JsonNode& list) : text_(text), list_(list) {
    for (std::size_t i = list.children.size(); i-- > 0;) open_[value_of(list.children[i], text)].push_back(i);
  }

  // The first that says the same and was not taken yet; the number of elements where there is none.
  std::size_t take(const json& wished) {
    const auto found = open_.find(wished);
    if (found == open_.end()) return list_.children.size();
    std::vector<std::size_t>& left = found->second;
    for (std::size_t i = left.size(); i-- > 0;) {
      const std::size_t element = left[i];
      if (!same(text_, list_.children[element], wished)) continue;
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
      return element;
    }
    return list_.children.size();
  }

 private:
  std::string_view text_;
  const JsonNode& list_;
  std::map<Comparable, std::vector<std::size_t>> open_;
};

json appended(const json& old, const json& more) {
  const std::set<Comparable> again(more.begin(), more.end());
  json all = json::array();
  for (const json& element : old) {
    if (!again.contains(element)) all.push_back(element);
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Planners begin anew for each thing that they want to know, and read the same files each time: the trees of the last
// few texts are kept.
class Trees {
 public:
  static constexpr std::size_t kMostTexts = 64, kMostBytes = 4'194'304;

  std::shared_ptr<JsonNode> of(const std::string& text, const std::string& path) {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return one.text == text; });
    if (found != kept_.end()) {
      std::rotate(kept_.begin(), found, found + 1);
      return kept_.front().root;
    }
    kept_.insert(kept_.begin(), {text, std::make_shared<JsonNode>(parse_json(text, path, JsonFrom::daemon_file))});
    std::size_t bytes = 0, fit = 0;
    while (fit < std::min(kept_.size(), kMostTexts) && bytes < kMostBytes) bytes += kept_[fit++].text.size();
    kept_.resize(fit);
    return kept_.front().root;
  }

 private:
  struct Kept {
    std::string text;
    std::shared_ptr<JsonNode> root;
  };
  std::vector<Kept> kept_;  // the last one first
};

std::shared_ptr<JsonNode> tree_of(const std::string& text, const std::string& path) {
  static Trees trees;
  return trees.of(text, path);
}

}  // namespace

JsonText JsonText::parse(std::string text, std::string path) {
  JsonText parsed;
  parsed.text_ = std::move(text);
  parsed.path_ = std::move(path);
  if (!parsed.is_empty_text()) {
    parsed.root_ = tree_of(parsed.text_, parsed.path_);
  } else {
    parsed.root_ = std::make_shared<JsonNode>();
    parsed.root_->kind = Kind::object;
  }
  return parsed;
}

// The tree, as one that only this text has.
JsonNode& JsonText::own_root() {
  if (root_.use_count() > 1) root_ = std::make_shared<JsonNode>(*root_);
  return *root_;
}

bool JsonText::is_empty_text() const {
  return text_.find_first_not_of(" \t\r\n", byte_order_mark(text_)) == std::string::npos;
}

json JsonText::value() const { return value_of(*root_, text_); }

JsonText::Found JsonText::look(const Strings& names) const {
  Found found;
  found.objects.push_back(root_.get());
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
  if (names.empty()) return root_.get();
  const Found found = look(names);
  return found.missing == 0 ? found.member : nullptr;
}

std::optional<json> JsonText::find(const std::string& pointer) const {
  const JsonNode* found = node(pointer);
  return found != nullptr ? std::optional(value_of(*found, text_)) : std::nullopt;
}

std::optional<Where> JsonText::where(const std::string& pointer) const {
  const JsonNode* found = node(pointer);
  if (found == nullptr) return std::nullopt;
  if (lines_.empty()) {
    lines_ = {byte_order_mark(text_)};
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
      lines_.push_back(at + 1);
  }
  const auto line = std::prev(std::upper_bound(lines_.begin(), lines_.end(), found->start));
  return Where{path_, static_cast<std::size_t>(line - lines_.begin()) + 1, found->start - *line + 1};
}

std::optional<std::string> JsonText::spelling(const std::string& pointer) const {
  const JsonNode* found = node(pointer);
  return found != nullptr ? std::optional(std::string(raw(text_, *found))) : std::nullopt;
}

Strings JsonText::duplicates() const {
  Strings found;
  std::set<std::string> seen;
  collect_duplicates(*root_, "", seen, found);
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

// Parsed before anything is kept, so that a change that fails leaves the text as it was. The places are those of the
// text as it is; none overlaps another.
void JsonText::replace(std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::string made;
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    made.append(text_, at, edit.begin - at).append(edit.bytes);
    at = edit.end;
  }
  made.append(text_, at, std::string::npos);
  *this = parse(std::move(made), path_);
}

void JsonText::set(const std::string& pointer, const json& value) {
  const Strings names = pointer_names(pointer);
  if (names.empty()) throw Error("the JSON Pointer '' names the whole text, which cannot be set");
  if (is_empty_text()) replace({{byte_order_mark(text_), text_.size(), "{}\n"}});
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
  if (found.member != nullptr) return change(pointer, found, wrapped);
  replace({addition(JsonStyles(text_, *root_), found.objects, json::object({{names[known], wrapped}}))});
}

JsonText::Edit JsonText::addition(const JsonStyles& styles, const std::vector<const JsonNode*>& objects,
                                  const json& members) const {
  JsonStyle around = styles.document();
  for (std::size_t i = 0; i + 1 < objects.size(); ++i) around = styles.inside(around, *objects[i]);
  return addition(*objects.back(), around, styles.inside(around, *objects.back()), members);
}

JsonText::Edit JsonText::addition(const JsonNode& object, const JsonStyle& around, const JsonStyle& inside,
                                  const json& members) const {
  if (object.children.empty()) return {object.begin, object.end, render(members, around)};
  std::string separator = inside.spans ? "," + inside.eol + inside.indent : inside.comma;
  for (std::size_t i = object.children.size() - 1; inside.spans && i-- > 0;) {
    const std::string model = separator_after(text_, object, i, inside.eol);
    const std::size_t end = model.rfind(inside.eol);
    if (end == std::string::npos) continue;
    const bool comma_first = model.find(',') > end;
    separator = comma_first ? model : model.substr(0, end) + inside.eol + inside.indent;
    break;
  }
  const std::size_t end = object.children.back().end;
  Edit edit{end, end, ""};
  for (const auto& [key, value] : members.items()) {
    edit.bytes += separator + quoted(key) + inside.colon + render(value, inside);
  }
  return edit;
}

void JsonText::change(const std::string& pointer, const Found& found, const json& value) {
  const JsonNode& old = *found.member;
  if (same(text_, old, value)) return;
  if (old.kind != Kind::object || !value.is_object() || old.children.empty() || value.empty()) {
    const JsonStyles styles(text_, *root_);
    JsonStyle inside = styles.document();
    for (const JsonNode* object : found.objects) inside = styles.inside(inside, *object);
    return replace({changed(styles, inside, old, value)});
  }
  Strings unwished;
  for (const JsonNode& member : old.children) {
    if (!value.contains(member.key)) unwished.push_back(member.key);
  }
  for (const auto& [key, member] : value.items()) set(child_pointer(pointer, key), member);
  for (const std::string& key : unwished) remove(child_pointer(pointer, key));
}

// Another value for what stands where `inside` is the style.
JsonText::Edit JsonText::changed(const JsonStyles& styles, JsonStyle inside, const JsonNode& old,
                                 const json& value) const {
  if (old.kind == Kind::list && value.is_array() && !old.children.empty() && !value.empty()) {
    return changed_list(styles.of_elements(std::move(inside), old), old, value);
  }
  if (starts_line(text_, old.start)) inside.indent = line_indent(text_, old.start);
  return {old.begin, old.end, render(value, inside)};
}

// Elements that stay keep their bytes, and what stands between two of them; new ones are separated as the last were.
JsonText::Edit JsonText::changed_list(const JsonStyle& style, const JsonNode& list, const json& value) const {
  const std::vector<JsonNode>& old = list.children;
  std::string separator = spans_lines(text_, list) ? "," + style.eol + style.indent : style.list_comma;
  if (old.size() > 1) separator = separator_after(text_, list, old.size() - 2, style.eol);
  std::string bytes(text_.substr(list.begin, old.front().start - list.begin));
  Elements elements(text_, list);
  std::size_t next = old.size();  // the old element behind the one written last
  for (const json& wished : value) {
    const std::size_t i = elements.take(wished);
    const bool adjacent = i < old.size() && i > 0 && i == next;
    if (&wished != &value.front()) {
      bytes += adjacent ? text_.substr(old[i - 1].end, old[i].start - old[i - 1].end) : separator;
    }
    bytes += i < old.size() ? std::string(raw(text_, old[i])) : render(wished, style);
    next = i < old.size() ? i + 1 : old.size();
  }
  bytes += text_.substr(old.back().end, list.end - old.back().end);
  return {list.begin, list.end, bytes};
}

void JsonText::merge(const json& settings, bool append) {
  if (settings.empty()) return;
  if (is_empty_text()) replace({{byte_order_mark(text_), text_.size(), "{}\n"}});
  std::vector<Edit> edits;
  const JsonStyles styles(text_, *root_);
  merge_into(edits, styles, styles.document(), *root_, settings, append);
  if (!edits.empty()) replace(std::move(edits));
}

void JsonText::merge_into(std::vector<Edit>& edits, const JsonStyles& styles, const JsonStyle& around,
                          const JsonNode& object, const json& settings, bool append) const {
  const JsonStyle inside = styles.inside(around, object);
  json added = json::object();
  for (const auto& [key, value] : settings.items()) {
    const JsonNode* old = object.member(key);
    if (old == nullptr) {
      append_member(added, key, value);
    } else if (old->kind == Kind::object && value.is_object()) {
      merge_into(edits, styles, inside, *old, value, append);
    } else {
      const bool both = append && old->kind == Kind::list && value.is_array();
      const json wanted = both ? appended(value_of(*old, text_), value) : value;
      if (!same(text_, *old, wanted)) edits.push_back(changed(styles, inside, *old, wanted));
    }
  }
  if (!added.empty()) edits.push_back(addition(object, around, inside, added));
}

bool JsonText::remove(const std::string& pointer) {
  const Strings names = pointer_names(pointer);
  if (names.empty()) throw Error("the JSON Pointer '' names the whole text, which cannot be removed");
  refuse_way(pointer, look(names));
  bool removed = false;
  while (remove_one(own_root(), names, 0)) removed = true;
  return removed;
}

// Every way to the member is gone: Go reads the members of an object that stands twice into one map. What is left is
// JSON as before, so that the tree follows without another look at the text.
bool JsonText::remove_one(JsonNode& object, const Strings& names, std::size_t depth) {
  for (std::size_t i = object.children.size(); i-- > 0 && object.kind == Kind::object;) {
    JsonNode& child = object.children[i];
    if (child.key != names[depth]) continue;
    if (depth + 1 < names.size()) {
      if (remove_one(child, names, depth + 1)) return true;
      continue;
    }
    const Cut cut = without_child(text_, object, i);
    forget(object, i, cut.comma_before);
    text_.replace(cut.begin, cut.end - cut.begin, cut.bytes);
    lines_.clear();
    move_behind(*root_, cut.end, cut.end - cut.begin, cut.bytes.size());
    return true;
  }
  return false;
}

}  // namespace dockhost
