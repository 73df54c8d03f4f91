// SPDX-License-Identifier: GPL-3.0-or-later
#include <vector>

#include "host/tree.hpp"
#include "host/tree_walk.hpp"

namespace dockhost {
namespace {

// Goes along in the original while the copy is walked, as far as the original has the same directories.
class Alongside {
 public:
  explicit Alongside(const std::string& original) : original_(original) {}

  std::optional<Seen> see(const std::string& name) const { return missing_ == 0 ? original_.see(name) : std::nullopt; }
  // When a name was last made or removed in the directory, or in the nearest one above that the original has.
  std::int64_t names_changed() const { return times_.back(); }
  void enter(const std::string& name) {
    const std::optional<Seen> seen = see(name);
    const bool entered = seen && is_directory(*seen) && original_.enter(name, *seen) == Descent::Entry::entered;
    if (entered)
      times_.push_back(micros(seen->stx_mtime));
    else
      ++missing_;
  }
  void leave() {
    if (missing_ > 0) {
      --missing_;
      return;
    }
    original_.leave();
    times_.pop_back();
  }

 private:
  Descent original_;
  std::vector<std::int64_t> times_{micros(original_.see_top().stx_mtime)};  // of the directories on the way
  std::size_t missing_ = 0;  // levels that the copy has gone down and the original has not
};

bool same_time(const Seen& one, const Seen& other) {
  return one.stx_mtime.tv_sec == other.stx_mtime.tv_sec && one.stx_mtime.tv_nsec == other.stx_mtime.tv_nsec;
}

// One with the times that it had elsewhere, as cp -p, rsync and tar give them: it was born in the copy, and the
// original cannot have had it, because nothing of that has changed since the copy was begun.
bool brought(const Seen& seen, const std::optional<Seen>& source, std::int64_t names_changed, std::int64_t since) {
  if ((seen.stx_mask & STATX_BTIME) == 0 || micros(seen.stx_btime) <= since) return false;
  if (!source) return names_changed <= since;
  if (micros(source->stx_ctime) > since || micros(seen.stx_mtime) > since) return false;
  return is_regular(*source) != is_regular(seen) ||
         (is_regular(seen) && (!same_time(seen, *source) || seen.stx_size != source->stx_size));
}

}  // namespace

CopyWork work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules) {
  CopyWork work;
  Alongside beside(original);
  Visitor visitor;
  visitor.found = [&](const Descent& at, const std::string& name, const Seen& seen) {
    if (at.at_top() && (name == rules.guard || name == "lost+found")) return false;
    if (is_directory(seen) || !rules.since) return true;
    const std::optional<Seen> source = beside.see(name);
    if (brought(seen, source, beside.names_changed(), *rules.since)) {
      if (work.strange++ == 0) work.name = at.below(name);
      ++work.files;
      return true;
    }
    if (!is_regular(seen) || micros(seen.stx_mtime) <= *rules.since) return true;
    const bool known = source && is_regular(*source);
    if (known && same_time(seen, *source)) return true;
    const bool strange = !known || seen.stx_size > source->stx_size;
    if (work.files++ == 0 || (strange && work.strange == 0)) work.name = at.below(name);
    if (strange) ++work.strange;
    return true;
  };
  visitor.entered = [&](const Descent&, const std::string& name, Descent::Entry entry) {
    if (entry == Descent::Entry::entered) beside.enter(name);
  };
  visitor.left = [&](const Descent&, const std::string&, const Seen&) { beside.leave(); };
  walk(copy, visitor);
  return work;
}

}  // namespace dockhost
