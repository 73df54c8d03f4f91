// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/read_json.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace dockhost {
namespace {

constexpr std::size_t kKiB = 1024, kMiB = kKiB * kKiB;

struct Limit {
  JsonFrom from;
  std::size_t bytes;
};

constexpr std::array kLimits = std::to_array<Limit>({{JsonFrom::daemon_file, kMiB},
                                                     {JsonFrom::arguments, 16 * kMiB},
                                                     {JsonFrom::option, kMiB},
                                                     {JsonFrom::docker_file, 16 * kMiB},
                                                     {JsonFrom::engine, 64 * kMiB},
                                                     {JsonFrom::tool, 64 * kMiB},
                                                     {JsonFrom::note, 16 * kMiB},
                                                     {JsonFrom::ourselves, 64 * kMiB}});

// The byte at which the text is nested too deeply. Brackets inside of strings do not count; a parser that meets the end
// of a string elsewhere has met an error before.
std::optional<std::size_t> too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

// A text that has no name is told with the place alone.
[[noreturn]] void refuse(const std::string& what, const std::string& path, std::string_view text, std::size_t offset) {
  const Where place = place_in(path, text, offset);
  const std::string line = "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
  throw Error(path.empty() ? line + ": " + what : what, place);
}

// Builds a value from what nlohmann's reader meets, one after the other: no recursion, and no search among the members.
class Builder : public nlohmann::json_sax<json> {
 public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*spelled*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*members*/) override { return open(json::object()); }
  bool start_array(std::size_t /*elements*/) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }

  bool end_object() override {
    drop_duplicates(*open_.back());
    return close();
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception&) override {
    failed_at_ = position;
    return false;
  }

  json take() { return std::move(root_); }
  std::size_t failed_at() const { return failed_at_; }

 private:
  // Where it stands now. The address holds until something is put behind it.
  json& place(json value) {
    if (open_.empty()) return root_ = std::move(value);
    json& around = *open_.back();
    if (around.is_array()) {
      around.push_back(std::move(value));
      return around.back();
    }
    append_member(around, std::move(key_), std::move(value));
    return around.get_ref<json::object_t&>().back().second;
  }

  bool put(json value) {
    place(std::move(value));
    return true;
  }

  bool open(json value) {
    open_.push_back(&place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;  // from the root to the innermost that is not closed yet
  std::string key_;
  std::size_t failed_at_ = 0;
};

}  // namespace

std::size_t longest_json(JsonFrom from) {
  return std::find_if(kLimits.begin(), kLimits.end(), [from](const Limit& limit) { return limit.from == from; })->bytes;
}

void refuse_beyond_limits(std::string_view text, JsonFrom from, const std::string& path) {
  const std::size_t most = longest_json(from);
  if (text.size() > most) {
    refuse("longer than " + std::to_string(most) + " bytes (" + std::to_string(most / kMiB) + " MiB)", path, text,
           most);
  }
  const auto deep = too_deep(text);
  if (deep) refuse("more than " + std::to_string(kDeepestJson) + " levels of nesting", path, text, *deep);
}

json read_json(std::string_view text, JsonFrom from, const std::string& path) {
  refuse_beyond_limits(text, from, path);
  Builder builder;
  if (json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
  // The reader tells how many bytes it has read, the wrong one included.
  const std::size_t read = builder.failed_at();
  refuse("no JSON", path, text, read == 0 ? 0 : read - 1);
}

json read_json_or_discard(std::string_view text, JsonFrom from) {
  json value(json::value_t::discarded);
  try {
    value = read_json(text, from, "");
  } catch (const Error&) {
    return value;
  }
  return value;
}

void append_member(json& object, std::string key, json value) {
  object.get_ref<json::object_t&>().emplace_back(std::move(key), std::move(value));
}

void drop_duplicates(json& object) {
  auto& all = object.get_ref<json::object_t&>();
  if (all.size() < 2) return;
  auto* members = all.data();
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return members[a].first < members[b].first; });
  std::vector<std::size_t> value_of(all.size());  // whose value each member takes; of a later duplicate none
  bool any = false;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && members[order[end]].first == members[order[begin]].first) {
      value_of[order[end++]] = all.size();
    }
    value_of[order[begin]] = order[end - 1];
    any = any || end - begin > 1;
  }
  if (!any) return;
  json::object_t kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (value_of[i] < all.size()) kept.emplace_back(members[i].first, std::move(members[value_of[i]].second));
  }
  all = std::move(kept);
}

}  // namespace dockhost
