// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "edit/json_pointer.hpp"
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

  // Removes the member, each of its duplicates included; false when there was none. An object that becomes empty
  // stays. Throws Error when the pointer is not a JSON Pointer, names the root or leads into a list.
  bool remove(const std::string& pointer);

 private:
  // The objects from the root to the one that holds the member, and the member, as far as they exist.
  struct Found {
    JsonPath objects;
    const JsonNode* member = nullptr;  // of the last object; nullptr when it is missing
    std::size_t missing = 0;           // how many names of the pointer lead nowhere
  };

  Found look(const Strings& names) const;
  const JsonNode* node(const std::string& pointer) const;
  Error error(const std::string& what, std::size_t offset) const;
  void refuse_way(const std::string& pointer, const Found& found) const;
  void replace(std::size_t begin, std::size_t end, const std::string& bytes);
  void add(const JsonPath& objects, const std::string& key, const json& value);
  void change(const std::string& pointer, const Found& found, const json& value);
  void change_list(const Found& found, const json& value);
  bool remove_one(const JsonNode& object, const Strings& names, std::size_t depth);

  std::string text_, path_;
  JsonNode root_;
};

}  // namespace dockhost
