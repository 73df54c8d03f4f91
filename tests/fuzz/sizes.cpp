// SPDX-License-Identifier: GPL-3.0-or-later
// Size words, and other numbers that people write. Input: the word.
#include <algorithm>
#include <cctype>

#include "args/convert.hpp"
#include "core/option_spelling.hpp"
#include "dockerd/values.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "resources/lvm_size.hpp"

namespace fuzz {
namespace {

using namespace dockhost;
__extension__ using Wide = unsigned __int128;

// The bytes of whole digits and a unit, by exact arithmetic; nothing where it is another word.
std::optional<Wide> exact_bytes(const std::string& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 25) return std::nullopt;
  Wide count = 0;
  for (const char c : text.substr(0, end)) count = count * 10 + static_cast<unsigned>(c - '0');
  const std::string unit = text.substr(end);
  if (unit.empty()) return count << 20U;
  const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(unit[0])));
  if (letter == 's') return count * 512;
  const std::size_t which = std::string_view("bkmgtpe").find(letter);
  return which == std::string_view::npos ? std::nullopt : std::optional<Wide>(count << (10 * which));
}

void require_bytes(const std::string& text, const LvmSize& size) {
  require(size.bytes > 0, "a size is more than nothing");
  const auto exact = exact_bytes(text);
  if (exact) require(*exact == size.bytes, "a whole size is exact");
  for (const std::uint64_t extent : {std::uint64_t{4} << 20U, std::uint64_t{1} << 20U, std::uint64_t{512}}) {
    const std::uint64_t extents = extents_of(size, {}, extent);
    require(Wide{extents} * extent >= size.bytes, "a volume is not smaller than was asked");
    require(Wide{extents} * extent < Wide{size.bytes} + extent, "a volume is not an extent larger than was asked");
  }
  if (size.bytes % 512 != 0) return;
  const auto again = unless_refused([&] { return lvm_size(std::to_string(size.bytes) + "b"); });
  require(again && again->bytes == size.bytes, "bytes that are written read as they were");
}

void require_part(const LvmSize& size) {
  require(size.percent >= 1 && size.percent <= 100, "a percentage is one");
  const Extents there{.own = 10, .free = 90, .all = 1000, .listed = 500};
  const std::uint64_t extents = extents_of(size, there, 4096);
  require(extents <= there.all, "a part is not more than the whole");
  const LvmSize whole{.of = size.of, .bytes = 0, .percent = 100};
  require(extents <= extents_of(whole, there, 4096), "a part is not more than all of it");
}

void lvm_word(const std::string& text) {
  const auto size = unless_refused([&] { return lvm_size(text); });
  if (!size) return;
  if (size->relative()) return require_part(*size);
  require_bytes(text, *size);
}

void option_word(const std::string& text) {
  // mount(8) takes off one pair of quotes, once.
  if (text.find('"') != std::string::npos) return;
  for (const char* fstype : {"tmpfs", "ext4", "xfs", "btrfs", "hugetlbfs"}) {
    for (const char* name : {"size=", "nr_blocks=", "mode=", "uid=", "commit="}) {
      const std::string one = in_one_spelling(fstype, name + text);
      require(in_one_spelling(fstype, one) == one, "one spelling is its own: " + one);
    }
  }
}

void converted(const std::string& text) {
  for (const Type type : {Type::integer, Type::number, Type::boolean, Type::list, Type::dict, Type::text, Type::path}) {
    const auto value = unless_refused([&] { return convert(type, text); });
    if (!value) continue;
    const auto again = unless_refused([&] { return convert(type, *value); });
    require(again && *again == *value, "what is converted converts to itself: " + type_name(type));
  }
}

}  // namespace

void sizes(std::string_view input) {
  const std::string text = part(input, 0);
  lvm_word(text);
  option_word(text);
  converted(text);
}

}  // namespace fuzz
