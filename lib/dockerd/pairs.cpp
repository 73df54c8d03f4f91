// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/pairs.hpp"

#include <functional>
#include <optional>

#include "dockerd/value_rules.hpp"

namespace dockhost {
namespace {

struct Seen {
  Strings path;
  const json* value;
};

// The key as dockerd sees it: at the top, or a boolean one level down in an object that it takes apart.
std::optional<Seen> seen(const json& document, const std::string& key) {
  if (document.contains(key) && !document.at(key).is_null()) return Seen{{key}, &document.at(key)};
  for (const auto& [name, value] : document.items()) {
    if (!value.is_object() || kept_whole(name)) continue;
    const auto child = value.find(key);
    if (child != value.end() && child->is_boolean()) return Seen{{name, key}, &*child};
  }
  return std::nullopt;
}

using Holds = std::function<bool(const json&)>;

bool is_true(const json& value) { return value == json(true); }
bool is_false(const json& value) { return value == json(false); }

// Empty is "not set" for dockerd.
bool is_set(const json& value) {
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return value.is_structured() && !value.empty();
}

struct Side {
  std::string key;
  Holds holds;
};

struct Rule {
  std::vector<Side> sides;
  std::string text;
};

std::vector<Rule> rules() {
  return {
      {{{"graph", is_set}, {"data-root", is_set}}, "dockerd refuses graph and data-root together"},
      {{{"icc", is_false}, {"iptables", is_false}}, "dockerd refuses icc false with iptables false"},
      {{{"icc", is_false}, {"ipv6", is_true}, {"ip6tables", is_false}},
       "dockerd refuses icc false with ipv6 true and ip6tables false"},
      {{{"bridge", is_set}, {"bip", is_set}}, "dockerd refuses bridge and bip together"},
      {{{"bridge", is_set}, {"bip6", is_set}}, "dockerd refuses bridge and bip6 together"},
      {{{"host-gateway-ip", is_set}, {"host-gateway-ips", is_set}},
       "dockerd refuses host-gateway-ip and host-gateway-ips together"},
  };
}

std::optional<PairProblem> broken(const Rule& rule, const json& document) {
  PairProblem problem{{}, rule.text};
  for (const Side& side : rule.sides) {
    const std::optional<Seen> found = seen(document, side.key);
    if (!found || !side.holds(*found->value)) return std::nullopt;
    problem.sides.push_back(found->path);
  }
  return problem;
}

// The containerd image store has no user namespaces; before 29.0 the two were taken together and did not work together.
std::optional<PairProblem> remapped_snapshotter(const json& document) {
  const std::optional<Seen> remap = seen(document, "userns-remap");
  const std::string feature = "containerd-snapshotter";
  if (!remap || !is_set(*remap->value) || !document.contains("features")) return std::nullopt;
  const json& features = document.at("features");
  if (!features.is_object() || !features.contains(feature) || !is_true(features.at(feature))) return std::nullopt;
  return PairProblem{{remap->path, {"features", feature}},
                     "dockerd 29.0 and newer refuse userns-remap with the feature containerd-snapshotter"};
}

// Only a driver that the file names is known here; without one dockerd looks at the host.
std::optional<PairProblem> systemd_parent(const json& document) {
  const std::optional<Seen> parent = seen(document, "cgroup-parent");
  const std::optional<Seen> options = seen(document, "exec-opts");
  if (!parent || !options || !is_set(*parent->value) || cgroup_driver(*options->value) != "systemd")
    return std::nullopt;
  constexpr std::string_view suffix = ".slice";
  if (!parent->value->is_string()) return std::nullopt;
  const auto& name = parent->value->get_ref<const std::string&>();
  if (name.size() > suffix.size() && name.ends_with(suffix)) return std::nullopt;
  return PairProblem{{parent->path, options->path},
                     "with the cgroup driver systemd dockerd refuses a cgroup-parent that is not NAME.slice"};
}

// 20.10 to 26.1 ask for experimental before they filter IPv6.
std::optional<PairProblem> early_ip6tables(const json& document, const Version& version) {
  const std::optional<Seen> filter = seen(document, "ip6tables");
  if (version >= Version{27, 0} || !filter || !is_true(*filter->value)) return std::nullopt;
  const std::optional<Seen> experimental = seen(document, "experimental");
  if (experimental && is_true(*experimental->value)) return std::nullopt;
  PairProblem problem{{filter->path}, "dockerd before 27.0 refuses ip6tables true without experimental true"};
  if (experimental) problem.sides.push_back(experimental->path);
  return problem;
}

}  // namespace

std::vector<PairProblem> pair_problems(const json& document, const Version& version) {
  std::vector<PairProblem> problems;
  const auto keep = [&](std::optional<PairProblem> problem) {
    if (problem) problems.push_back(std::move(*problem));
  };
  for (const Rule& rule : rules()) keep(broken(rule, document));
  keep(remapped_snapshotter(document));
  keep(systemd_parent(document));
  keep(early_ip6tables(document, version));
  return problems;
}

}  // namespace dockhost
