// SPDX-License-Identifier: GPL-3.0-or-later
#include "baseline/audit_profile.hpp"

#include <algorithm>
#include <array>

namespace dockhost {
namespace {

constexpr std::array<const char*, 10> kArticle = {"-w /usr/bin/dockerd -k docker",
                                                  "-w /etc/docker -p rwxa -k docker",
                                                  "-w /etc/default/docker -p rwxa -k docker",
                                                  "-w /etc/docker/daemon.json -p rwxa -k docker",
                                                  "-w /var/lib/docker -p rwxa -k docker",
                                                  "-w /usr/lib/systemd/system/docker.service -p rwxa -k docker",
                                                  "-w /usr/lib/systemd/system/docker.socket -p rwxa -k docker",
                                                  "-w /usr/bin/docker-runc -p rwxa -k docker",
                                                  "-w /usr/bin/docker-containerd -p rwxa -k docker",
                                                  "-w /usr/bin/containerd -p rwxa -k docker"};

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool there(const Plan& plan, const std::string& path) {
  const auto& place = plan.now().find<WatchedPlace>(path);
  return place && place->there;
}

std::string real(const Plan& plan, const std::string& path) {
  const auto& place = plan.now().find<WatchedPlace>(path);
  return place ? place->real : path;
}

// Where the executable really is: the one that the unit starts, else the first of PATH; "" where it is at `path`, or
// nowhere.
std::string elsewhere(const Plan& plan, const std::string& path) {
  const auto& docker = plan.now().find<Docker>("docker.service");
  const std::string started = docker ? docker->executable : "";
  const bool starts = name_of(started) == name_of(path) && there(plan, started);
  if (starts) return real(plan, started) == real(plan, path) ? "" : started;
  if (there(plan, path)) return {};
  for (const char* folder : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    if (there(plan, folder + name_of(path))) return folder + name_of(path);
  }
  return {};
}

std::vector<WantedRule> article(const Plan& plan) {
  std::vector<WantedRule> all;
  for (const char* text : kArticle) {
    all.push_back(wanted_rule(text, "", "the article's rules"));
    const std::string path = all.back().rule.path();
    if (!path.starts_with("/usr/bin/")) continue;
    const std::string found = elsewhere(plan, path);
    if (!found.empty()) all.push_back(wanted_rule("-w " + found + " -p rwxa -k docker", "", "the article's rules"));
  }
  return all;
}

}  // namespace

HostAudit host_audit(const json& option, bool with_article) {
  HostAudit audit;
  audit.article = with_article;
  if (option.is_object()) audit.wish = audit_wish(option, "audit: ");
  return audit;
}

void look_at_watched(const Plan& plan, const HostAudit& audit) {
  std::vector<WantedRule> rules = audit.wish.rules;
  if (audit.article) {
    const std::vector<WantedRule> profile = article(plan);
    rules.insert(rules.end(), profile.begin(), profile.end());
  }
  for (const WantedRule& one : rules) {
    if (!one.rule.path().empty()) there(plan, one.rule.path());
  }
}

void plan_audit_profile(Plan& plan, const HostAudit& audit) {
  AuditWish all = audit.wish;
  if (audit.article) {
    std::vector<WantedRule> rules = article(plan);
    const auto& own = audit.wish.rules;
    rules.erase(std::remove_if(rules.begin(), rules.end(),
                               [&](const WantedRule& rule) {
                                 return std::any_of(own.begin(), own.end(),
                                                    [&](const WantedRule& other) { return other.rule == rule.rule; });
                               }),
                rules.end());
    all.rules = rules;
    if (audit.wish.present) all.rules.insert(all.rules.end(), own.begin(), own.end());
    all.present = true;
  }
  if (!all.rules.empty()) plan_audit(plan, all);
  if (audit.article && !audit.wish.present) plan_audit(plan, audit.wish);
}

}  // namespace dockhost
