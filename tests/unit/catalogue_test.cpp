// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/catalogue.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "scratch.hpp"

using namespace dockhost;

namespace {

Strings keys_of(const std::string& name, const std::string& version) {
  Strings keys;
  const auto found = find_controls(name, version);
  for (const Control* control : found) keys.push_back(control->key);
  return keys;
}

std::size_t count_in(const std::string& profile) {
  std::size_t count = 0;
  for (const Control& control : controls()) count += contains(control.profiles, profile) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("each control has a key of its own and all its texts") {
  std::set<std::string> keys, titles;
  for (const Control& control : controls()) {
    CAPTURE(control.key);
    CHECK(keys.insert(control.key).second);
    CHECK(titles.insert(control.title).second);
    CHECK_FALSE(control.ids.empty());
    CHECK_FALSE(control.rationale.empty());
    CHECK(control.remediation.ends_with('.'));
    CHECK_FALSE(control.title.ends_with('.'));
    CHECK_FALSE(control.profiles.empty());
  }
}

TEST_CASE("every number of the three versions that is in the catalogue's scope is there once, 1.1.1 and 1.1.9 twice") {
  for (const std::string& version : benchmark_versions()) {
    CAPTURE(version);
    std::map<std::string, int> seen;
    for (const Control& control : controls()) {
      for (const ControlId& id : control.ids) seen[id.benchmark + " " + id.version + " " + id.id] += 1;
    }
    const auto expect = [&](const std::string& prefix, int first, int last) {
      for (int number = first; number <= last; ++number) {
        const std::string id = prefix + std::to_string(number);
        CAPTURE(id);
        CHECK(seen["cis-docker " + version + " " + id] == (id == "1.1.9" || id == "1.1.1" ? 2 : 1));
      }
    };
    expect("1.1.", 1, 18);
    expect("1.2.", 2, 2);
    expect("2.", 1, version == "1.8.0" ? 19 : 18);
    expect("3.", 1, 24);
    CHECK(seen["cis-docker " + version + " 2.19"] == (version == "1.8.0" ? 1 : 0));
  }
}

TEST_CASE("a control is found by its key, by its number in a version, and by a whole id") {
  CHECK(keys_of("daemon.userns_remap", "1.7.0") == Strings{"daemon.userns_remap"});
  CHECK(keys_of("2.10", "1.7.0") == Strings{"daemon.cgroup_parent"});
  CHECK(keys_of("2.10", "1.8.0") == Strings{"daemon.userns_remap"});
  CHECK(keys_of("cis-docker 1.8.0 2.15", "1.6.0") == Strings{"daemon.no_new_privileges"});
  CHECK(keys_of("1.1.9", "1.7.0").size() == 2);
  CHECK(keys_of("3.21", "1.7.0") == Strings{"file.etc_sysconfig_docker.mode"});
  CHECK(error_text([] { find_controls("2.19"); }) ==
        "there is no control '2.19' in cis-docker 1.7.0 (dockhost list --controls)");
  CHECK(error_text([] { find_controls("2.1", "1.5.0"); }) ==
        "there is no version '1.5.0' of cis-docker here (1.6.0, 1.7.0, 1.8.0)");
}

TEST_CASE("profiles: the article's rules, and level 1 within level 2") {
  CHECK(count_in("article") == 16);
  CHECK(count_in("cis_level1") < count_in("cis_level2"));
  for (const Control& control : controls())
    CHECK((!contains(control.profiles, "cis_level1") || contains(control.profiles, "cis_level2")));
  CHECK(keys_of("dockhost-article 1 7", "1.7.0") == Strings{"daemon.userland_proxy"});
  CHECK(keys_of("dockhost-article 1 6", "1.7.0").size() == 10);
}

TEST_CASE("an explanation is the whole control") {
  CHECK(explained(*find_controls("2.2").front()) ==
        "Containers on the default bridge cannot reach each other\n\n"
        "key         daemon.icc\n"
        "numbers     cis-docker 1.6.0 2.2, cis-docker 1.7.0 2.2, cis-docker 1.8.0 2.2, dockhost-article 1 2\n"
        "profiles    article, cis_level1, cis_level2, level 1\n"
        "remedied    yes; impact: restart\n\n"
        "Why: Without it each container reaches every port of all others on the default bridge.\n"
        "How: Set icc to false, and connect containers that belong together by a network of their own.\n");
  CHECK(controls_document().at("controls").size() == controls().size());
}
