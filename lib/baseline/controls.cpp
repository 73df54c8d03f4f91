// SPDX-License-Identifier: GPL-3.0-or-later
// The rows. What is wanted follows CIS Docker Benchmark 1.6.0 to 1.8.0; the words are our own.
#include <array>

#include "baseline/catalogue.hpp"

namespace dockhost {
namespace {

constexpr int kNoRule = 0;  // else the number of the rule in the article that the project began with

std::vector<ControlId> ids_of(const std::string& older, const std::string& newest, int rule) {
  std::vector<ControlId> ids;
  if (!older.empty()) {
    ids.push_back({"cis-docker", "1.6.0", older});
    ids.push_back({"cis-docker", "1.7.0", older});
  }
  if (!newest.empty()) ids.push_back({"cis-docker", "1.8.0", newest});
  if (rule != kNoRule) ids.push_back({"dockhost-article", "1", std::to_string(rule)});
  return ids;
}

Strings profiles_of(int level, int rule) {
  Strings profiles;
  if (rule != kNoRule) profiles.emplace_back("article");
  if (level == 1) profiles.emplace_back("cis_level1");
  if (level > 0) profiles.emplace_back("cis_level2");
  return profiles;
}

// One setting of the daemon, or one look at the host.
struct Row {
  const char *key, *older, *newest;  // the numbers in 1.6.0 and 1.7.0, and in 1.8.0; "" where it has none
  int level, rule;
  const char* title;
  Remediable remediable;
  Impact impact;
  const char *rationale, *remediation;
};

using R = Remediable;
using I = Impact;

constexpr std::array kHost = {
    Row{"storage.data_root", "1.1.1", "1.1.1", 1, 1, "Docker's data is on its own file system", R::on_request,
        I::moves_data,
        "Images, layers and volumes grow without a limit; on the root file system they fill it and stop the host.",
        "Move the data root to a volume of its own: storage of docker_host, or docker_data."},
    Row{"storage.containerd_root", "1.1.1", "1.1.1", 1, kNoRule, "containerd's images are on their own file system",
        R::no, I::moves_data, "Docker 29 keeps images in containerd's store on a new host, not in its own data root.",
        "Mount a volume on /var/lib/containerd before Docker is installed."},
    Row{"users.docker_group", "1.1.2", "1.1.2", 1, kNoRule, "Only trusted users are in the docker group", R::on_request,
        I::none, "Who may talk to the daemon can become root on the host.",
        "Take users who need no Docker out of the group: gpasswd --delete USER docker."},
};

constexpr Row kVersion = {"docker.version",
                          "1.2.2",
                          "1.2.2",
                          1,
                          kNoRule,
                          "Docker is a version that is maintained",
                          R::no,
                          I::restart,
                          "Mended vulnerabilities are public; an old daemon still has them.",
                          "Install a newer Docker with the host's package manager."};

constexpr std::array kDaemon = {
    Row{"daemon.rootless", "2.1", "2.1", 1, kNoRule, "The daemon runs without root", R::no, I::none,
        "A daemon without root cannot give root on the host away.",
        "Install Docker in rootless mode; this is decided when Docker is installed."},
    Row{"daemon.icc", "2.2", "2.2", 1, 2, "Containers on the default bridge cannot reach each other", R::yes,
        I::restart, "Without it each container reaches every port of all others on the default bridge.",
        "Set icc to false, and connect containers that belong together by a network of their own."},
    Row{"daemon.log_level", "2.3", "2.3", 1, kNoRule, "The daemon logs at level info", R::yes, I::restart,
        "A level above info loses what is needed after an incident; debug writes too much, and may write secrets.",
        "Set log-level to info, or take it and debug out."},
    Row{"daemon.iptables", "2.4", "2.4", 1, kNoRule, "Docker may set its firewall rules", R::yes, I::restart,
        "Published ports and networks rely on rules that Docker keeps; kept by hand they soon are wrong.",
        "Take iptables: false out."},
    Row{"daemon.insecure_registries", "2.5", "2.5", 1, kNoRule, "No registry is used without TLS", R::on_request,
        I::reload, "Images from a registry without TLS can be exchanged on the way.",
        "Give the registry a certificate, and take it out of insecure-registries."},
    Row{"daemon.aufs", "2.6", "2.6", 1, kNoRule, "The aufs storage driver is not used", R::no, I::moves_data,
        "aufs is not in the kernel and no longer maintained; Docker 24 dropped it.",
        "Save images and volumes, and change to overlay2."},
    Row{"daemon.devicemapper", "", "2.7", 1, kNoRule, "The devicemapper storage driver is not used", R::no,
        I::moves_data, "devicemapper is no longer maintained; Docker 25 dropped it.",
        "Save images and volumes, and change to overlay2."},
    Row{"daemon.tls", "2.7", "2.8", 1, kNoRule, "A TCP socket of the daemon asks for client certificates", R::no,
        I::restart, "Whoever reaches a TCP socket without client certificates is root on the host.",
        "Remove the tcp:// host, or set tlsverify with a CA, a certificate and a key."},
    Row{"daemon.default_ulimits", "2.8", "2.9", 1, kNoRule, "Default ulimits are set for containers", R::on_request,
        I::restart, "A container without limits can use up the processes or files of the host.",
        "Set default-ulimits, nofile at least."},
    Row{"daemon.userns_remap", "2.9", "2.10", 2, 3, "Containers run in a user namespace", R::yes, I::hides_images,
        "Root in a container is then an unprivileged user on the host.",
        "Set userns-remap to default; Docker begins with an empty data root below the old one."},
    Row{"daemon.cgroup_parent", "2.10", "2.11", 2, kNoRule, "The default cgroup parent is used", R::on_request,
        I::restart, "Another parent moves containers out of the limits that the host's owner planned.",
        "Take cgroup-parent out."},
    Row{"daemon.basesize", "2.11", "2.12", 2, kNoRule, "The base device size is not changed", R::yes, I::restart,
        "dm.basesize belongs to the dropped driver devicemapper; with overlay2 Docker does not start with it.",
        "Take dm.basesize out of storage-opts."},
    Row{"daemon.authorization", "2.12", "2.13", 2, kNoRule, "An authorization plugin is in use", R::no, I::restart,
        "Without one, whoever may use the socket may do everything.",
        "Install a plugin and name it in authorization-plugins; Docker does not start when it is missing."},
    Row{"daemon.log_driver", "2.13", "2.14", 2, kNoRule, "Container logs are sent to another host", R::on_request,
        I::restart, "Logs that stay on the host are lost with it, and who takes it over can change them.",
        "Set log-driver to one that sends (syslog, fluentd, gelf, ...); remote_log_drivers names those of this site."},
    Row{"daemon.no_new_privileges", "2.14", "2.15", 1, 5, "Containers cannot gain new privileges", R::yes, I::restart,
        "Set-user-ID programs in an image then give a process no more rights than it has.",
        "Set no-new-privileges to true."},
    Row{"daemon.live_restore", "2.15", "2.16", 1, 4, "Containers keep running while the daemon restarts", R::yes,
        I::reload, "A restart of the daemon, as for an update, otherwise stops every container.",
        "Set live-restore to true; it is not possible together with swarm mode."},
    Row{"daemon.userland_proxy", "2.16", "2.17", 1, 7, "The userland proxy is off", R::on_request, I::restart,
        "A process for each published port is one more thing to attack, and hides the client's address.",
        "Set userland-proxy to false where br_netfilter is loaded; ports published on loopback then need its sysctl."},
    Row{"daemon.seccomp", "2.17", "2.18", 2, kNoRule, "The built-in seccomp profile is in force", R::no, I::restart,
        "The profile keeps some sixty system calls from containers that hardly any of them needs.",
        "Take seccomp-profile out, and start Docker on a kernel with seccomp."},
    Row{"daemon.experimental", "2.18", "2.19", 1, kNoRule, "Experimental features are off", R::yes, I::restart,
        "What is experimental changes without notice and was looked at less.", "Take experimental out."},
};

// Rules of the audit: a path each.
struct Watched {
  const char *key, *id, *title;
  int level, rule;
};

constexpr std::array kWatched = {
    Watched{"audit.dockerd", "1.1.3", "dockerd", 1, 6},
    Watched{"audit.run_containerd", "1.1.4", "/run/containerd", 1, kNoRule},
    Watched{"audit.data_root", "1.1.5", "Docker's data root", 1, 6},
    Watched{"audit.etc_docker", "1.1.6", "/etc/docker", 1, 6},
    Watched{"audit.docker_service", "1.1.7", "docker.service", 2, 6},
    Watched{"audit.containerd_sock", "1.1.8", "containerd.sock", 2, kNoRule},
    Watched{"audit.docker_socket", "1.1.9", "the unit docker.socket", 2, 6},
    Watched{"audit.docker_sock", "1.1.9", "docker.sock", 2, kNoRule},
    Watched{"audit.etc_default_docker", "1.1.10", "/etc/default/docker", 2, 6},
    Watched{"audit.daemon_json", "1.1.11", "/etc/docker/daemon.json", 2, 6},
    Watched{"audit.containerd_config", "1.1.12", "/etc/containerd/config.toml", 2, kNoRule},
    Watched{"audit.etc_sysconfig_docker", "1.1.13", "/etc/sysconfig/docker", 2, kNoRule},
    Watched{"audit.containerd", "1.1.14", "containerd", 2, 6},
    Watched{"audit.containerd_shim", "1.1.15", "containerd-shim", 2, kNoRule},
    Watched{"audit.containerd_shim_runc_v1", "1.1.16", "containerd-shim-runc-v1", 2, kNoRule},
    Watched{"audit.containerd_shim_runc_v2", "1.1.17", "containerd-shim-runc-v2", 2, kNoRule},
    Watched{"audit.runc", "1.1.18", "runc", 2, kNoRule},
    Watched{"audit.docker_runc", "", "docker-runc", 0, 6},
    Watched{"audit.docker_containerd", "", "docker-containerd", 0, 6},
};

// Files: two controls each, of the owner and of the mode.
struct Owned {
  const char *key, *owner_id, *mode_id, *title;
  bool many;
  const char *owner, *mode;
};

constexpr std::array kOwned = {
    Owned{"file.docker_service", "3.1", "3.2", "docker.service", false, "root:root", "644"},
    Owned{"file.docker_socket", "3.3", "3.4", "The unit docker.socket", false, "root:root", "644"},
    Owned{"file.etc_docker", "3.5", "3.6", "/etc/docker", false, "root:root", "755"},
    Owned{"file.registry_certificates", "3.7", "3.8", "Certificates of registries", true, "root:root", "444"},
    Owned{"file.tls_ca", "3.9", "3.10", "The TLS CA certificate", false, "root:root", "444"},
    Owned{"file.tls_certificate", "3.11", "3.12", "The TLS certificate of the server", false, "root:root", "444"},
    Owned{"file.tls_key", "3.13", "3.14", "The TLS key of the server", false, "root:root", "400"},
    Owned{"file.docker_sock", "3.15", "3.16", "docker.sock", false, "root:docker", "660"},
    Owned{"file.daemon_json", "3.17", "3.18", "/etc/docker/daemon.json", false, "root:root", "644"},
    Owned{"file.etc_default_docker", "3.19", "3.20", "/etc/default/docker", false, "root:root", "644"},
    Owned{"file.etc_sysconfig_docker", "3.22", "3.21", "/etc/sysconfig/docker", false, "root:root", "644"},
    Owned{"file.containerd_sock", "3.23", "3.24", "containerd.sock", false, "root:root", "660"},
};

Control control(const Row& row) {
  return {row.key,
          ids_of(row.older, row.newest, row.rule),
          row.title,
          row.level,
          profiles_of(row.level, row.rule),
          row.rationale,
          row.remediation,
          row.remediable,
          row.impact};
}

Control control(const Watched& row) {
  const std::string object = row.title;
  return {row.key,
          ids_of(row.id, row.id, row.rule),
          "Changes to " + object + " are audited",
          row.level,
          profiles_of(row.level, row.rule),
          "Who changes " + object + " can take the host over; the kernel's audit log tells who did, and when.",
          "Add a watch for it in /etc/audit/rules.d and load it: audit of docker_host, or audit_rules.",
          Remediable::yes,
          Impact::none};
}

Control of_owner(const Owned& row) {
  const std::string object = row.title, belongs = row.many ? " belong to " : " belongs to ";
  return {std::string(row.key) + ".owner",
          ids_of(row.owner_id, row.owner_id, kNoRule),
          object + belongs + row.owner,
          1,
          profiles_of(1, kNoRule),
          "Its owner can change it, and with it what Docker does as root.",
          "chown " + std::string(row.owner) + ".",
          Remediable::yes,
          Impact::none};
}

Control of_mode(const Owned& row) {
  const std::string object = row.title, is = row.many ? " are" : " is";
  return {std::string(row.key) + ".mode",
          ids_of(row.mode_id, row.mode_id, kNoRule),
          object + is + " mode " + row.mode + " or stricter",
          1,
          profiles_of(1, kNoRule),
          "A wider mode lets others read or change it.",
          "Take the bits away that are not in " + std::string(row.mode) + ".",
          Remediable::yes,
          Impact::none};
}

std::vector<Control> all_controls() {
  std::vector<Control> all;
  all.reserve(kHost.size() + kWatched.size() + 1 + kDaemon.size() + 2 * kOwned.size());
  for (const Row& row : kHost) all.push_back(control(row));
  for (const Watched& row : kWatched) all.push_back(control(row));
  all.push_back(control(kVersion));
  for (const Row& row : kDaemon) all.push_back(control(row));
  for (const Owned& row : kOwned) {
    const bool mode_first = leading_number(row.mode_id + 2) < leading_number(row.owner_id + 2);  // behind "3."
    all.push_back(mode_first ? of_mode(row) : of_owner(row));
    all.push_back(mode_first ? of_owner(row) : of_mode(row));
  }
  return all;
}

}  // namespace

const std::vector<Control>& controls() {
  static const std::vector<Control> all = all_controls();
  return all;
}

}  // namespace dockhost
