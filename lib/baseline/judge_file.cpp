// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of owners and modes. Modes are compared as bits: no bit may be set that the control does not name.
#include <algorithm>
#include <array>
#include <filesystem>

#include "baseline/judge.hpp"
#include "core/show.hpp"
#include "edit/unit_file.hpp"
#include "resources/mount_fstab.hpp"
#include "resources/systemd.hpp"

namespace dockhost {
namespace {

constexpr const char* kSocketUnit = "docker.socket";
constexpr const char* kDropIn = "/etc/systemd/system/docker.socket.d/50-dockhost.conf";

Strings of_unit(const Plan& plan, const std::string& name) {
  const auto& unit = plan.now().find<Unit>(name);
  if (!unit) return {};
  Strings all = unit->drop_ins;
  if (!unit->fragment.empty()) all.insert(all.begin(), unit->fragment);
  return all;
}

// dockerd looks for HOST/NAME.crt there.
Strings registry_certificates(const Plan& plan) {
  const std::string top = "/etc/docker/certs.d";
  Strings all;
  const Listing hosts = plan.now().find<Listing>(top).value_or(Listing{});
  for (const std::string& host : hosts.names) {
    const std::string folder = std::string(top).append("/").append(host);
    const Listing files = plan.now().find<Listing>(folder).value_or(Listing{});
    for (const std::string& name : files.names) {
      if (name.ends_with(".crt")) all.push_back(std::string(folder).append("/").append(name));
    }
  }
  return all;
}

Strings configured_path(const Plan& plan, const std::string& key) {
  const json value = configured_value(plan, key);
  return value.is_string() ? Strings{value.get<std::string>()} : Strings{};
}

Strings docker_socket(const Plan& plan) {
  const auto& unit = plan.now().find<Unit>(kSocketUnit);
  const Strings listens = unit ? unit->listens : Strings{};
  for (const std::string& address : listens) {
    if (address.starts_with('/')) return {address.starts_with("/var/run/") ? address.substr(4) : address};
  }
  return {"/run/docker.sock"};
}

Strings containerd_socket(const Plan& plan) {
  const Docker& docker = engine_of(plan);
  const json& shown = docker.service.in_force;
  if (shown.is_object() && shown.contains("containerd") && shown.at("containerd").is_string())
    return {shown.at("containerd").get<std::string>()};
  return {"/run/containerd/containerd.sock"};
}

std::string file_of(const std::string& control) { return control.substr(0, control.rfind('.')); }

Strings paths_of(const Plan& plan, const std::string& control) {
  const std::string file = file_of(control);
  if (file == "file.docker_service") return of_unit(plan, kEngine);
  if (file == "file.docker_socket") return of_unit(plan, kSocketUnit);
  if (file == "file.etc_docker") return {"/etc/docker"};
  if (file == "file.registry_certificates") return registry_certificates(plan);
  if (file == "file.tls_ca") return configured_path(plan, "tlscacert");
  if (file == "file.tls_certificate") return configured_path(plan, "tlscert");
  if (file == "file.tls_key") return configured_path(plan, "tlskey");
  if (file == "file.docker_sock") return docker_socket(plan);
  if (file == "file.etc_default_docker") return {"/etc/default/docker"};
  if (file == "file.etc_sysconfig_docker") return {"/etc/sysconfig/docker"};
  if (file == "file.containerd_sock") return containerd_socket(plan);
  if (file != "file.daemon_json") throw std::logic_error("no judgement for " + control);
  return {engine_of(plan).config_path};
}

unsigned most_of(const std::string& control) {
  const std::string file = file_of(control);
  if (file == "file.etc_docker") return 0755;
  if (file == "file.tls_key") return 0400;
  if (file == "file.docker_sock" || file == "file.containerd_sock") return 0660;
  const Strings certificates = {"file.registry_certificates", "file.tls_ca", "file.tls_certificate"};
  return contains(certificates, file) ? 0444 : 0644;
}

// The socket belongs to the group that may use Docker, everything else to root alone.
std::string group_of(const Plan& plan, const std::string& control) {
  return file_of(control) == "file.docker_sock" ? socket_group(plan) : "root";
}

// The rights as the control wants them; the same where they are right.
Rights wanted(const Plan& plan, const std::string& control, Rights rights) {
  if (control.ends_with(".mode")) {
    rights.mode &= most_of(control);
    return rights;
  }
  rights.uid = rights.gid = 0;
  const std::string name = group_of(plan, control);
  if (name == "root") return rights;
  const auto& group = plan.now().find<AccountGroup>(name);
  if (!group) throw Refusal("there is no group " + quote(name));
  rights.gid = group->gid;
  return rights;
}

std::string shown(const std::string& control, const Access& access) {
  if (control.ends_with(".mode")) return octal(access.rights.mode);
  if (!access.owner.empty()) return access.owner;
  return std::to_string(access.rights.uid) + ":" + std::to_string(access.rights.gid);
}

// What systemd makes the socket with, where its unit makes it: right now is not enough.
const Unit* maker(const Plan& plan, const std::string& control) {
  if (file_of(control) != "file.docker_sock") return nullptr;
  const auto& unit = plan.now().find<Unit>(kSocketUnit);
  return unit ? &*unit : nullptr;
}

// The drop-in of the socket unit with what the control wants of it.
std::string drop_in(const Plan& plan, const std::string& control) {
  const auto& file = plan.now().find<File>(kDropIn);
  std::string text = file ? file->content : "";
  if (control.ends_with(".mode")) return with_line(text, "Socket", "SocketMode=0660");
  text = with_line(text, "Socket", "SocketUser=root");
  return with_line(text, "Socket", "SocketGroup=" + group_of(plan, control));
}

bool says(const std::optional<File>& file, const std::string& text) { return file && file->content == text; }

// Whether the drop-in stood there before the plan, and whether it does now.
struct DropIn {
  bool before, now;
};
DropIn drop_in_is_there(const Plan& plan, const std::string& control) {
  const std::string text = drop_in(plan, control);
  return {says(plan.before().find<File>(kDropIn), text), says(plan.now().find<File>(kDropIn), text)};
}

bool made_right(const Plan& plan, const std::string& control) {
  const Unit* unit = maker(plan, control);
  if (unit == nullptr || unit->socket == wanted(plan, control, unit->socket)) return true;
  const DropIn ours = drop_in_is_there(plan, control);
  // Of one that the plan adds, or a run that died has added, systemd does not know yet.
  const bool unread = !ours.before || plan.before().find<Reload>("systemd").value_or(Reload{}).owed;
  return ours.now && unread;
}

}  // namespace

std::string socket_group(const Plan& plan) {
  const Strings named = configured_path(plan, "group");
  if (named.empty()) return "docker";
  if (!plain_name(named.front())) throw Refusal("group: " + quote(named.front()) + " is no name of a group");
  return named.front();
}

Judged judge_file(const Look& look, const std::string& control) {
  Judged result;
  const bool mode = control.ends_with(".mode");
  result.expected = mode ? octal(most_of(control)) : "root:" + group_of(look.at, control);
  bool any = false;
  const Strings paths = paths_of(look.at, control);
  for (const std::string& path : paths) {
    const auto& access = look.at.now().find<Access>(path);
    if (!access) continue;
    const bool first = !any;
    any = true;
    const bool good = access->rights == wanted(look.at, control, access->rights);
    if (first || (!good && result.status == Status::pass)) {
      result.where = {path, 0, 0};
      result.effective = shown(control, *access);
    }
    if (good) continue;
    result.status = Status::fail;
    result.why = mode ? "others can read or change more than they need" : "it belongs to somebody else";
    result.evidence.push_back(path + " " + shown(control, *access));
  }
  if (!any) return judged(Status::not_applicable, "there is no such file here");
  if (result.status == Status::pass && !made_right(look.at, control)) {
    result.status = Status::fail;
    result.configured = mode ? octal(maker(look.at, control)->socket.mode)
                             : std::to_string(maker(look.at, control)->socket.uid) + ":" +
                                   std::to_string(maker(look.at, control)->socket.gid);
    result.why = "it is right now, and its unit makes it otherwise at the next start";
  }
  return result;
}

void plan_file(Plan& plan, const std::string& control) {
  if (!made_right(plan, control)) {
    if (drop_in_is_there(plan, control).now)
      throw Refusal("another drop-in of " + std::string(kSocketUnit) + " comes after that of dockhost and decides: " +
                    sentence_list(plan.now().find<Unit>(kSocketUnit)->drop_ins));
    has_systemd(plan);  // asked first: a change of the file is then known to concern somebody
    File file = plan.now().find<File>(kDropIn).value_or(File{});
    file.content = drop_in(plan, control);
    plan_directories(plan, std::filesystem::path(kDropIn).parent_path().string());
    plan.want<File>(kDropIn, file, control.ends_with(".mode") ? "SocketMode" : "SocketUser, SocketGroup");
  }
  if (maker(plan, control) != nullptr) plan_read_by_systemd(plan);  // a run that was killed may owe it
  const Strings paths = paths_of(plan, control);
  for (const std::string& path : paths) {
    std::optional<Access> access = plan.now().find<Access>(path);
    if (!access) continue;
    access->rights = wanted(plan, control, access->rights);
    plan.want<Access>(path, access);
  }
}

}  // namespace dockhost
