// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/entry_rules.hpp"

#include <map>
#include <utility>

#include "dockerd/value_rules.hpp"

namespace dockhost {
namespace {

// From this version on a mirror may have a path (registry.ValidateMirror).
constexpr Version kMirrorPaths{24, 0};

class Entries {
 public:
  Entries(std::string key, const Version& version) : name_(std::move(key)), version_(version) {}

  std::vector<Mismatch> check(const json& value) {
    if (name_ == "exec-opts") exec_opts(value);
    if (name_ == "labels") labels(value);
    if (name_ == "registry-mirrors") mirrors(value);
    if (name_ == "runtimes") runtimes(value);
    return std::move(problems_);
  }

 private:
  void refuse(Strings path, std::string text, Refused refused = Refused::at_reload) {
    problems_.push_back({std::move(path), std::move(text), refused});
  }

  // 28.0 and newer refuse an entry that they do not know (parseExecOptions); before, it is passed over.
  void exec_opts(const json& value) {
    const std::string driver = cgroup_driver(value);
    if (!driver.empty() && driver != "cgroupfs" && driver != "systemd")
      refuse({name_}, quote(driver) + " is no cgroup driver; cgroupfs and systemd are", Refused::at_start);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_string()) continue;
      const std::string option = value[i].get<std::string>();
      const std::size_t equals = option.find('=');
      const std::string option_name = ascii_lower(trim(option.substr(0, equals)));
      const bool formed = equals != std::string::npos && !trim(option.substr(equals + 1)).empty();
      if (formed && option_name == "native.cgroupdriver") continue;
      const std::string why =
          formed ? " is no option of dockerd; native.cgroupdriver is the only one" : " has not the form option=value";
      const bool refuses = version_ >= Version{28, 0};
      refuse({name_, std::to_string(i)}, quote(option) + why + (refuses ? "" : ", and dockerd passes over it"),
             refuses ? Refused::at_reload : Refused::never);
    }
  }

  // opts.ValidateLabel, and GetConflictFreeLabels: a label must not come twice with different values.
  void labels(const json& value) {
    std::map<std::string, std::string> seen;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_string()) continue;
      const std::string label = value[i].get<std::string>(), lowered = ascii_lower(label);
      const Strings path{name_, std::to_string(i)};
      const std::size_t equals = label.find('=');
      if (equals == std::string::npos) {
        refuse(path, quote(label) + " has not the form key=value");
        continue;
      }
      for (const char* reserved : {"com.docker.", "io.docker.", "org.dockerproject."}) {
        if (lowered.starts_with(reserved))
          refuse(path, quote(label) + " is in a namespace that Docker keeps for itself");
      }
      const auto [first, added] = seen.emplace(label.substr(0, equals), label);
      if (!added && first->second != label) refuse(path, quote(label) + " contradicts " + quote(first->second));
    }
  }

  // registry.ValidateMirror.
  void mirrors(const json& value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_string()) continue;
      const std::string url = value[i].get<std::string>(), lowered = ascii_lower(url);
      const Strings path{name_, std::to_string(i)};
      const std::size_t host = lowered.starts_with("https://") ? 8 : lowered.starts_with("http://") ? 7 : 0;
      if (host == 0) {
        refuse(path, "a mirror begins with https:// or http://");
        continue;
      }
      const std::size_t end = url.find_first_of("/?#", host);
      const std::string rest = end == std::string::npos ? "" : url.substr(end);
      if (url.substr(host, end - host).find('@') != std::string::npos) refuse(path, "a mirror has no user name in it");
      // A path is taken since 23.0.
      const bool with_path = rest.size() > 1 && version_ < kMirrorPaths;
      if (rest.find_first_of("?#") != std::string::npos || with_path)
        refuse(path, "nothing may follow the host's name" + std::string(with_path ? "" : " and the path"));
    }
  }

  // setupRuntimes, initRuntimes: runtimeType and options came with 23.0 and 24.0.
  void runtimes(const json& value) {
    if (value.contains("runc")) refuse({name_, "runc"}, "this name belongs to dockerd");
    if (version_ < Version{24, 0}) return;
    for (const auto& [name, runtime] : value.items()) {
      if (!runtime.is_object() || name == "runc") continue;
      const auto given = [&, &members = runtime](const char* part) {
        const json* found = member(members, part);
        return found != nullptr && !found->is_null() && !found->empty() && *found != json("");
      };
      const bool path = given("path"), type = given("runtimetype");
      const Strings place{name_, name};
      if (!path && !type) refuse(place, "a runtime needs a path or a runtimeType");
      if (path && type) refuse(place, "a runtime has either a path or a runtimeType");
      if (path && given("options")) refuse(place, "options are for a runtime with a runtimeType");
      if (!path && type && given("runtimeargs")) refuse(place, "runtimeArgs are for a runtime with a path");
    }
  }

  std::string name_;
  Version version_;
  std::vector<Mismatch> problems_;
};

}  // namespace

std::vector<Mismatch> refused_entries(const std::string& key, const json& value, const Version& version) {
  return Entries(key, version).check(value);
}

}  // namespace dockhost
