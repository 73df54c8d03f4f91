// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/rules.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "dockerd/value_rules.hpp"
#include "dockerd/values.hpp"

namespace dockhost {
namespace {

// The members of objects by name: each object is walked through once.
class Members {
 public:
  // Null where it has none of this name.
  const json* find(const json& object, const std::string& name) {
    auto& names = all_[&object];
    if (names.empty()) {
      for (const auto& [member, value] : object.items()) names.emplace(member, &value);
    }
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
  }

 private:
  std::map<const json*, std::map<std::string, const json*>> all_;
};

class Checker {
 public:
  Checker(const json& wished, const json& result, const Dockerd& dockerd)
      : wished_(wished),
        result_(result),
        dockerd_(dockerd),
        known_version_(dockerd.version.has_value()),
        version_(dockerd.version.value_or(newest_known())) {}

  std::vector<Problem> check() {
    for (const auto& [name, value] : result_.items()) entry(name, value);
    const std::vector<PairProblem> pairs = pair_problems(result_, dockerd_);
    for (const PairProblem& pair : pairs) {
      const auto wish =
          std::find_if(pair.sides.begin(), pair.sides.end(), [&](const Strings& side) { return wished_for(side); });
      const bool other = wish != pair.sides.end() && wish != pair.sides.begin();
      const std::string of = pair.of_first && other ? dotted(pair.sides.front()) + ": " : "";
      add(wish == pair.sides.end() ? pair.sides.front() : *wish, of + pair.text, pair.refused, pair.harmless);
    }
    return std::move(problems_);
  }

 private:
  // What is wished for is an error, unless it does no harm.
  void add(const Strings& path, const std::string& text, Refused refused, bool harmless = false, bool alone = false) {
    const bool wish = wished_for(path);
    const std::string place = (wish ? "settings." : "") + dotted(path);
    problems_.push_back({path.front(), pointer_to(path), place + ": " + text, wish && !harmless, refused, alone});
  }

  // Whether the thing at `path` is there because of the wish. Of a list that was appended to, only the wished elements
  // are.
  bool wished_for(const Strings& path) {
    if (!wished_.is_object()) return false;
    const json* wish = &wished_;
    const json* found = &result_;
    for (const std::string& part : path) {
      if (wish->is_array() && found->is_array()) {
        const json& element = found->at(std::stoul(part));
        return std::find(wish->begin(), wish->end(), element) != wish->end();
      }
      if (!wish->is_object() || !found->is_object()) return true;
      wish = members_.find(*wish, part);
      found = members_.find(*found, part);
      if (wish == nullptr || found == nullptr) return false;
    }
    return true;
  }

  void add_alone(const Strings& path, const std::string& text, Refused refused) {
    add(path, text, refused, false, true);
  }

  // "dockerd is 20.10.24", as the end of a sentence.
  std::string here() const {
    return known_version_ ? "dockerd is " + to_string(version_)
                          : "with no dockerd to ask, " + to_string(version_) + " counts";
  }

  void entry(const std::string& name, const json& value) {
    const DaemonKey* key = daemon_key(name);
    if (key == nullptr) return unlisted(name, value);
    if (!key->accepted(version_)) return add_alone({name}, not_accepted(*key), Refused::at_reload);
    if (name == "http-proxy" || name == "https-proxy" || name == "no-proxy") {
      return add({name}, "dockerd ignores this name here; it is read inside of proxies", Refused::never);
    }
    const std::vector<Mismatch> wrong = mismatches(*key, value);
    for (const Mismatch& mismatch : wrong) add_alone(mismatch.path, mismatch.text, mismatch.refused);
    if (!wrong.empty() || (value.is_null() && name != "tlsverify")) return;
    const std::vector<Mismatch> refused = refused_values(*key, value, version_, here());
    for (const Mismatch& one : refused) add_alone(one.path, one.text, one.refused);
    if (name == "deprecated-key-path" && version_ >= Version{24, 0}) no_effect(name, "24.0");
    if (name == "allow-nondistributable-artifacts" && version_ >= Version{28, 0}) no_effect(name, "28.0");
  }

  // A version accepts the key and does nothing with it: never a reason to refuse the rest.
  void no_effect(const std::string& name, const std::string& since) {
    add({name}, "without effect since " + since + ", and " + here(), Refused::never, true);
  }

  std::string not_accepted(const DaemonKey& key) const {
    const std::string note = key.note.empty() ? "" : " (" + std::string(key.note) + ")";
    if (key.until == Version{}) return "no version of dockerd accepts this key" + note;
    if (version_ < key.since) return "accepted since " + to_string(key.since) + ", but " + here();
    return "no longer accepted since " + to_string(key.until) + ", and " + here() + note;
  }

  void unlisted(const std::string& name, const json& value) {
    if (const IgnoredName* ignored = ignored_name(name)) {
      const std::string instead(ignored->instead);
      return add({name}, "dockerd ignores this name" + (instead.empty() ? "" : "; the key is " + instead),
                 Refused::never);
    }
    if (name == "validate" && version_ >= Version{23, 0}) {
      return add({name}, "dockerd would check the file and exit at every start", Refused::at_start);
    }
    if (beyond_table(version_)) {
      const std::string end = to_string(newest_known());
      return add({name}, "not in the table of keys, which ends with dockerd " + end + "; " + here(), Refused::never,
                 true);
    }
    add_alone({name}, "dockerd knows no such key" + hint(name, value), Refused::at_reload);
  }

  // Of an object that it does not know, dockerd reads the members as if they stood at the top.
  std::string hint(const std::string& name, const json& value) const {
    if (const DaemonKey* near = resembling_key(name)) return "; it knows " + std::string(near->name);
    if (!value.is_object()) return "";
    Strings read;
    for (const auto& [member, child] : value.items()) {
      const DaemonKey* key = daemon_key(member);
      if (key != nullptr && key->accepted(version_)) read.push_back(printable(member));
    }
    return read.empty() ? "" : "; it reads " + sentence_list(read) + " in it as if it stood outside";
  }

  Members members_;
  const json& wished_;
  const json& result_;
  const Dockerd& dockerd_;
  bool known_version_;
  Version version_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_settings(const json& wished, const json& result, const Dockerd& dockerd) {
  return Checker(wished, result, dockerd).check();
}

}  // namespace dockhost
