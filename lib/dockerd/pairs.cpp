// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/pairs.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "dockerd/log_drivers.hpp"
#include "dockerd/merged.hpp"
#include "dockerd/value_rules.hpp"

namespace dockhost {
namespace {

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
  Refused refused = Refused::at_start;
};

// verifyDaemonSettings, and for the two that are refused while the file is read, daemon/config/config.go.
std::vector<Rule> rules() {
  return {
      {{{"graph", is_set}, {"data-root", is_set}}, "dockerd refuses graph and data-root together", Refused::at_reload},
      {{{"icc", is_false}, {"iptables", is_false}}, "dockerd refuses icc false with iptables false"},
      {{{"bridge", is_set}, {"bip", is_set}}, "dockerd refuses bridge and bip together"},
      {{{"bridge", is_set}, {"bip6", is_set}}, "dockerd refuses bridge and bip6 together"},
      {{{"host-gateway-ip", is_set}, {"host-gateway-ips", is_set}},
       "dockerd refuses host-gateway-ip and host-gateway-ips together",
       Refused::at_reload},
  };
}

class Pairs {
 public:
  Pairs(const json& document, const Dockerd& dockerd)
      : all_(merged(document, dockerd.argv)), dockerd_(dockerd), version_(dockerd.version.value_or(newest_known())) {}

  std::vector<PairProblem> check() {
    for (const Rule& rule : rules()) {
      const bool broken = std::all_of(rule.sides.begin(), rule.sides.end(),
                                      [&](const Side& side) { return side.holds(all_.at(side.key)); });
      Strings keys;
      for (const Side& side : rule.sides) keys.push_back(side.key);
      if (broken) add(keys, {{}, rule.text, rule.refused});
    }
    unfiltered_ipv6();
    remapped_snapshotter();
    systemd_parent();
    early_ip6tables();
    default_runtime();
    embedded_containerd();
    log_driver();
    log_options();
    swarm();
    return std::move(problems_);
  }

 private:
  // Names what the command line says, because the file does not show it. What stands on the command line alone cannot
  // be mended in the file.
  void add(const Strings& keys, PairProblem problem) {
    Strings flags;
    for (const std::string& key : keys) {
      const auto place = all_.places.find(key);
      if (place != all_.places.end()) problem.sides.push_back(place->second);
      const auto flag = all_.flags.find(key);
      if (flag != all_.flags.end() && place == all_.places.end()) flags.push_back(key + " by the flag " + flag->second);
    }
    if (problem.sides.empty()) return;
    if (!flags.empty()) problem.text += " (" + sentence_list(flags) + ")";
    problems_.push_back(std::move(problem));
  }

  bool set(const std::string& key) const { return is_set(all_.at(key)); }
  bool feature(const std::string& name) const {
    const json& features = all_.at("features");
    return features.is_object() && features.contains(name) && is_true(features.at(name));
  }

  // Refused since 27.0.1, where ip6tables is true by default; before, the two are taken and IPv6 is left open.
  void unfiltered_ipv6() {
    if (!is_false(all_.at("icc")) || !is_true(all_.at("ipv6"))) return;
    const bool refused = version_ >= Version{27, 0, 1};
    if (refused && is_false(all_.at("ip6tables")))
      add({"icc", "ipv6", "ip6tables"}, {{}, "dockerd refuses icc false with ipv6 true and ip6tables false"});
    if (refused || is_true(all_.at("ip6tables"))) return;
    add({"icc", "ipv6", "ip6tables"},
        {{},
         "IPv6 between containers on the default bridge is not filtered, because dockerd before 27.0 does that with "
         "ip6tables true alone; 27.0 and newer refuse icc false with ipv6 true and ip6tables false",
         Refused::never,
         true});
  }

  // The containerd image store has no user namespaces; before 29.0 the two were taken together and did not work
  // together.
  void remapped_snapshotter() {
    if (!set("userns-remap") || !feature("containerd-snapshotter")) return;
    PairProblem problem{{}, "dockerd 29.0 and newer refuse userns-remap with the feature containerd-snapshotter"};
    if (version_ < Version{29, 0}) problem.refused = Refused::never;
    add({"userns-remap"}, problem);
    if (all_.places.contains("features")) problems_.back().sides.push_back({"features", "containerd-snapshotter"});
  }

  // Where no option names a driver, dockerd looks at the host; what it found is known of one that runs.
  void systemd_parent() {
    const std::string named = cgroup_driver(all_.at("exec-opts"));
    const std::string parent = text_or_empty(all_.at("cgroup-parent"));
    if (parent.empty() || (named.empty() ? dockerd_.cgroup_driver : named) != "systemd") return;
    constexpr std::string_view suffix = ".slice";
    if (parent.size() > suffix.size() && parent.ends_with(suffix)) return;
    const Strings keys = named.empty() ? Strings{"cgroup-parent"} : Strings{"cgroup-parent", "exec-opts"};
    add(keys, {{}, "with the cgroup driver systemd dockerd refuses a cgroup-parent that is not NAME.slice"});
  }

  // 20.10 to 26.1 ask for experimental before they filter IPv6.
  void early_ip6tables() {
    if (version_ >= Version{27, 0} || !is_true(all_.at("ip6tables")) || is_true(all_.at("experimental"))) return;
    add({"ip6tables", "experimental"}, {{}, "dockerd before 27.0 refuses ip6tables true without experimental true"});
  }

  // Before 23.0 only names that are configured; then any name that containerd takes for a shim's, PREFIX.NAME.
  bool runtime_exists(const std::string& name) const {
    const json& runtimes = all_.at("runtimes");
    if (runtimes.is_object() && runtimes.contains(name)) return true;
    if (name == "runc" || name == "io.containerd.runc.v2") return true;
    if (version_ < Version{23, 0}) return name == "io.containerd.runtime.v1.linux";
    return name.find('/') == std::string::npos && name.find('.') != std::string::npos && name[0] != '.';
  }

  // A reload of 25.0 and newer keeps the runtimes of before when the file has none.
  void default_runtime() {
    const std::string name = text_or_empty(all_.at("default-runtime"));
    if (name.empty() || runtime_exists(name)) return;
    const bool kept = version_ >= Version{25, 0} && all_.at("runtimes").is_null();
    add({"default-runtime", "runtimes"},
        {{},
         "the default runtime " + quote(name) + " is not among the runtimes, and dockerd refuses that",
         kept ? Refused::at_start : Refused::at_reload});
  }

  void embedded_containerd() {
    if (version_ < Version{29, 7} || !feature("embedded-containerd") || !is_true(all_.at("cri-containerd"))) return;
    add({"cri-containerd", "features"},
        {{}, "dockerd refuses cri-containerd with the feature embedded-containerd", Refused::at_reload});
  }

  // Without options dockerd starts with a driver that nobody has, and then makes no container (defaultLogConfig).
  void log_driver() {
    const std::string driver = text_or_empty(all_.at("log-driver"));
    if (driver.empty() || builtin_log_driver(driver, version_) || dockerd_.log_plugin == true) return;
    std::string text = "dockerd has no log driver " + quote(driver);
    text += dockerd_.log_plugin ? ", and no plugin of that name is enabled or has a spec file"
                                : "; whether a plugin of that name is enabled could not be asked";
    const Refused refused = set("log-opts") && dockerd_.log_plugin ? Refused::at_start : Refused::never;
    add({"log-driver"}, {{}, text, refused, !dockerd_.log_plugin});
  }

  void log_options() {
    const std::string named = text_or_empty(all_.at("log-driver")), driver = named.empty() ? "json-file" : named;
    const json& options = all_.at("log-opts");
    if (!options.is_object()) return;
    const std::vector<Mismatch> wrong = log_option_problems(driver, options, version_);
    for (const Mismatch& mismatch : wrong) {
      PairProblem problem{{}, mismatch.text, mismatch.refused, false, true};
      const bool in_file = all_.places.contains("log-opts");
      if (in_file) problem.sides.push_back(mismatch.path);
      add({"log-driver"}, problem);
    }
  }

  // "Failed to start cluster component": neither the file's check nor a reload tells (IsSwarmCompatible).
  void swarm() {
    if (!dockerd_.swarm) return;
    if (is_true(all_.at("live-restore")))
      add({"live-restore"}, {{}, "this host is in an active swarm, and dockerd does not start with both"});
    const bool taken = version_ >= Version{29, 6} && feature("swarm-nftables");
    if (all_.at("firewall-backend") != json("nftables") || is_false(all_.at("iptables")) || taken) return;
    std::string text = "this host is in an active swarm, and dockerd does not start with nftables";
    if (version_ >= Version{29, 6}) text += " without the feature swarm-nftables";
    add({"firewall-backend"}, {{}, text});
  }

  Merged all_;
  const Dockerd& dockerd_;
  Version version_;
  std::vector<PairProblem> problems_;
};

}  // namespace

std::vector<PairProblem> pair_problems(const json& document, const Dockerd& dockerd) {
  return Pairs(document, dockerd).check();
}

}  // namespace dockhost
