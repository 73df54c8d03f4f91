// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "edit/json_pointer.hpp"
#include "edit/json_style.hpp"
#include "edit/json_tree.hpp"

namespace dockhost {

// A JSON text whose root is an object, edited in place: what is not asked for keeps every byte, and new text follows
// what stands around it. Members are named by JSON Pointers (RFC 6901). Of duplicate keys the last one counts.
class JsonText {
 public:
  // Throws Error, with the place and the quoted line, when the text is no JSON object (see parse_json). A text of
  // nothing but white space is taken as an object without members; `path` is used in messages only.
  static JsonText parse(std::string text, std::string path);

  const std::string& text() const { return text_; }

  // Nothing but white space, and a byte order mark perhaps. dockerd up to 20.10 refuses such a file.
  bool is_empty_text() const;

  // A UTF-8 byte order mark, which is kept. dockerd up to 20.10 refuses it.
  bool has_bom() const { return byte_order_mark(text_) != 0; }

  // The whole as dockerd reads it.
  json value() const;

  // The value, the place of its key (counted from 1), its bytes. Nothing where the pointer leads into a list, into a
  // scalar or to no member. The bytes tell what value() cannot: dockerd refuses 1e3 and 1.0 where it wants an integer.
  std::optional<json> find(const std::string& pointer) const;
  std::optional<Where> where(const std::string& pointer) const;
  std::optional<std::string> spelling(const std::string& pointer) const;

  // The pointers of keys that stand more than once in their object, in the order of the text.
  Strings duplicates() const;

  // Makes the value at the pointer equal to `value`; objects on the way that are missing, or null, are made. What is
  // equal already keeps its bytes, also when it is written otherwise ("\u0041", another order of members); but where
  // an integer is wished, a number in a spelling that dockerd refuses for one is rewritten. An object is changed member
  // by member, and a list keeps its style and the bytes of the elements that stay.
  // Throws Error when the pointer is not a JSON Pointer or names the root, a list's element or a scalar's member.
  void set(const std::string& pointer, const json& value);

  // set() for each of the settings, by the names of members, in one go and with work in proportion to both: an object
  // that is there is changed member by member and keeps its others. With `append` the new elements of a list stand
  // behind the old ones, and those that come again go (Ansible's combine(list_merge='append_rp')).
  void merge(const json& settings, bool append);

  // Removes the member, each of its duplicates included; false when there was none. An object that becomes empty
  // stays. Throws Error when the pointer is not a JSON Pointer, names the root or leads into a list.
  bool remove(const std::string& pointer);

 private:
  struct Edit {
    std::size_t begin = 0, end = 0;
    std::string bytes;
  };

  // The objects from the root to the one that holds the member, and the member, as far as they exist.
  struct Found {
    std::vector<const JsonNode*> objects;
    const JsonNode* member = nullptr;  // of the last object; nullptr when it is missing
    std::size_t missing = 0;           // how many names of the pointer lead nowhere
  };

  Found look(const Strings& names) const;
  const JsonNode* node(const std::string& pointer) const;
  Error error(const std::string& what, std::size_t offset) const;
  void refuse_way(const std::string& pointer, const Found& found) const;
  JsonNode& own_root();
  void replace(std::vector<Edit> edits);
  Edit addition(const JsonStyles& styles, const std::vector<const JsonNode*>& objects, const json& members) const;
  Edit addition(const JsonNode& object, const JsonStyle& around, const JsonStyle& inside, const json& members) const;
  void change(const std::string& pointer, const Found& found, const json& value);
  Edit changed(const JsonStyles& styles, JsonStyle inside, const JsonNode& old, const json& value) const;
  Edit changed_list(const JsonStyle& style, const JsonNode& list, const json& value) const;
  void merge_into(std::vector<Edit>& edits, const JsonStyles& styles, const JsonStyle& around, const JsonNode& object,
                  const json& settings, bool append) const;
  bool remove_one(JsonNode& object, const Strings& names, std::size_t depth);

  std::string text_, path_;
  mutable std::vector<std::size_t> lines_;                         // where each begins; found when a place is asked for
  std::shared_ptr<JsonNode> root_ = std::make_shared<JsonNode>();  // shared by copies of an unchanged text
};

}  // namespace dockhost
