// SPDX-License-Identifier: GPL-3.0-or-later
// daemon.json. Input: the file; settings to merge; a JSON Pointer to set and to remove.
#include <algorithm>
#include <set>

#include "base/read_json.hpp"
#include "edit/json_text.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;
using Unordered = nlohmann::json;  // members compare equal in any order

constexpr const char* kPath = "daemon.json";

bool equal(const json& a, const json& b) { return Unordered(a) == Unordered(b); }

JsonText read_again(const JsonText& made) {
  auto again = unless_refused([&] { return JsonText::parse(made.text(), kPath); });
  require(again.has_value(), "what was written parses");
  return *again;
}

// Places are kept beside the text while it is edited: they must be those that the text has.
void require_same_places(const JsonText& made, const Strings& pointers) {
  const JsonText again = read_again(made);
  require(again.value() == made.value(), "the text means what the tree says");
  for (const std::string& pointer : pointers) {
    require(again.spelling(pointer) == made.spelling(pointer), "the tree has the places of the text: " + pointer);
    require(again.where(pointer) == made.where(pointer), "the tree has the lines of the text: " + pointer);
  }
}

void collect_members(const json& value, const std::string& pointer, Strings& found) {
  for (const auto& [key, member] : value.items()) {
    const std::string name = child_pointer(pointer, key);
    found.push_back(name);
    if (member.is_object()) collect_members(member, name, found);
  }
}

Strings members_of(const JsonText& text) {
  Strings found;
  collect_members(text.value(), "", found);
  return found;
}

bool on_one_way(const std::string& a, const std::string& b) {
  return a == b || a.starts_with(b + "/") || b.starts_with(a + "/");
}

// But for what stands on the way to the changed one, and below it.
void require_others_stay(const JsonText& before, const JsonText& after, const Strings& members,
                         const std::string& changed) {
  for (const std::string& other : members) {
    if (on_one_way(other, changed)) continue;
    require(before.spelling(other) == after.spelling(other), "what is not asked for keeps its bytes: " + other);
  }
}

// nlohmann's parser as the judge of what is JSON; it refuses halves of characters, which dockerd takes.
void compare_with_nlohmann(const std::string& text, const std::optional<JsonText>& parsed) {
  const std::string_view whole = std::string_view(text).substr(byte_order_mark(text));
  if (!done([&] { refuse_beyond_limits(whole, JsonFrom::daemon_file, kPath); })) {
    return require(!parsed, "what is beyond a limit is refused");
  }
  if (byte_order_mark(whole) != 0) return;  // a second one, which nlohmann's parser passes over
  const json judged = json::parse(whole, nullptr, false);
  if (judged.is_object()) require(parsed.has_value(), "a JSON object is taken");
  if (!parsed || parsed->is_empty_text()) return;
  if (judged.is_discarded()) {
    return require(text.find("\\uD") != std::string::npos || text.find("\\ud") != std::string::npos,
                   "what is no JSON is refused");
  }
  require(equal(judged, parsed->value()), "the value is that of the text");
}

const JsonNode* node_at(const JsonNode& root, const Strings& names) {
  const JsonNode* node = &root;
  for (const std::string& name : names) node = node == nullptr ? nullptr : node->member(name);
  return node;
}

// A scalar is replaced in its place, and nothing else is touched.
void require_scalar_alone(const JsonText& before, const JsonText& after, const std::string& pointer) {
  if (before.is_empty_text()) return;
  const JsonNode root = parse_json(before.text(), kPath, JsonFrom::daemon_file);
  const JsonNode* old = node_at(root, pointer_names(pointer));
  if (old == nullptr || old->kind == JsonNode::Kind::object || old->kind == JsonNode::Kind::list) return;
  const std::string head = before.text().substr(0, old->begin), tail = before.text().substr(old->end);
  require(after.text().starts_with(head) && after.text().ends_with(tail), "a value is replaced in its place alone");
}

void set_one(const JsonText& before, const Strings& members, const std::string& pointer, const json& value) {
  JsonText after = before;
  if (!done([&] { after.set(pointer, value); }))
    return require(after.text() == before.text(), "a change that is refused leaves the text");
  const auto found = after.find(pointer);
  require(found && equal(*found, value), "what was set is there");
  require_others_stay(before, after, members, pointer);
  require_scalar_alone(before, after, pointer);
  require_same_places(after, members);
  JsonText again = after;
  again.set(pointer, value);
  require(again.text() == after.text(), "what is set already is not set again");
  if (before.find(pointer) || before.is_empty_text()) return;
  require(again.remove(pointer), "what was set can be removed");
  require(!again.find(pointer), "what was removed is gone");
  require_others_stay(before, again, members, pointer);
}

void remove_one(const JsonText& before, const Strings& members, const std::string& pointer) {
  JsonText after = before;
  bool removed = false;
  if (!done([&] { removed = after.remove(pointer); }))
    return require(after.text() == before.text(), "a removal that is refused leaves the text");
  require(!after.find(pointer), "what was removed is gone");
  require(removed || !before.find(pointer), "what is there is removed");
  if (!removed) require(after.text() == before.text(), "without a removal the text stays");
  if (!before.duplicates().empty()) return;
  require_others_stay(before, after, members, pointer);
  require_same_places(after, members);
}

// What merge() promises, told without a text.
json merged(json old, const json& settings, bool append) {
  for (const auto& [key, value] : settings.items()) {
    const bool there = old.contains(key);
    if (there && old[key].is_object() && value.is_object()) {
      old[key] = merged(old[key], value, append);
    } else if (there && append && old[key].is_array() && value.is_array()) {
      json all = json::array();
      for (const json& one : old[key]) {
        const bool again =
            std::any_of(value.begin(), value.end(), [&](const json& other) { return equal(one, other); });
        if (!again) all.push_back(one);
      }
      all.insert(all.end(), value.begin(), value.end());
      old[key] = all;
    } else {
      old[key] = value;
    }
  }
  return old;
}

void merge_all(const JsonText& before, const Strings& members, const json& settings, bool append) {
  JsonText after = before;
  if (!done([&] { after.merge(settings, append); }))
    return require(after.text() == before.text(), "a merge that is refused leaves the text");
  require(equal(after.value(), merged(before.value(), settings, append)), "the merged file means what was asked");
  require_same_places(after, members);
  for (const std::string& other : members) {
    const Strings names = pointer_names(other);
    if (settings.contains(names.front())) continue;
    require(before.spelling(other) == after.spelling(other), "what is not merged keeps its bytes: " + other);
  }
  JsonText again = after;
  again.merge(settings, append);
  require(again.text() == after.text(), "what is merged already is not merged again");
}

}  // namespace

void daemon_json(std::string_view input) {
  const std::string text = part(input, 0);
  const auto parsed = unless_refused([&] { return JsonText::parse(text, kPath); }, text);
  compare_with_nlohmann(text, parsed);
  if (!parsed) return;
  require(parsed->text() == text, "the text is kept as it was read");
  const std::string wish = part(input, 1, R"({"icc": false, "log-opts": {"max-size": "10m"}, "hosts": ["fd://", 1]})");
  const std::string pointer = utf8(part(input, 2, "/log-opts/max-size"));
  const auto settings = unless_refused([&] { return value_of(parse_json(wish, "", JsonFrom::arguments), wish); }, wish);
  Strings members = members_of(*parsed);
  require_same_places(*parsed, members);
  if (members.size() > 40) members.resize(40);
  remove_one(*parsed, members, pointer);
  if (!members.empty()) remove_one(*parsed, members, members[input.size() % members.size()]);
  if (!settings) return;
  for (const bool append : {false, true}) merge_all(*parsed, members, *settings, append);
  set_one(*parsed, members, pointer, *settings);
  for (const auto& [key, value] : settings->items()) {
    set_one(*parsed, members, child_pointer("", key), value);
    if (!members.empty()) set_one(*parsed, members, members[input.size() % members.size()], value);
  }
}

}  // namespace fuzz
