// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/tree.hpp"
#include "host/tree_walk.hpp"

namespace dockhost {
namespace {

// Goes along in the original while the copy is walked, as far as the original has the same directories.
class Alongside {
 public:
  explicit Alongside(const std::string& original) : original_(original) {}

  std::optional<Seen> see(const std::string& name) const { return missing_ == 0 ? original_.see(name) : std::nullopt; }
  void enter(const std::string& name) {
    const std::optional<Seen> seen = see(name);
    const bool entered = seen && is_directory(*seen) && original_.enter(name, *seen) == Descent::Entry::entered;
    if (!entered) ++missing_;
  }
  void leave() {
    if (missing_ > 0)
      --missing_;
    else
      original_.leave();
  }

 private:
  Descent original_;
  std::size_t missing_ = 0;  // levels that the copy has gone down and the original has not
};

bool same_time(const Seen& one, const Seen& other) {
  return one.stx_mtime.tv_sec == other.stx_mtime.tv_sec && one.stx_mtime.tv_nsec == other.stx_mtime.tv_nsec;
}

}  // namespace

CopyWork work_in_copy(const std::string& copy, const std::string& original, const TreeRules& rules) {
  CopyWork work;
  Alongside beside(original);
  Visitor visitor;
  visitor.found = [&](const Descent& at, const std::string& name, const Seen& seen) {
    if (at.at_top() && (name == rules.guard || name == "lost+found")) return false;
    if (!is_regular(seen) || !rules.since || micros(seen.stx_mtime) <= *rules.since) return true;
    const std::optional<Seen> source = beside.see(name);
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
