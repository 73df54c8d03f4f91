// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/secret_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

#include "base/text.hpp"

namespace dockhost {
namespace {

constexpr std::array kSecretWords = std::to_array<std::string_view>(
    {"token",       "tokens",   "secret",     "secrets", "pass",       "passwd",  "password",  "passwords",
     "passphrase",  "passcode", "passkey",    "pw",      "pwd",        "cred",    "creds",     "credential",
     "credentials", "apikey",   "accesskey",  "authkey", "privatekey", "auth",    "authtoken", "signature",
     "sig",         "sas",      "bearer",     "cookie",  "cookies",    "session", "header",    "headers",
     "jwt",         "psk",      "pgpassword", "extpass"});

constexpr auto kSecretPairs = std::to_array<std::pair<std::string_view, std::string_view>>({{"api", "key"},
                                                                                            {"private", "key"},
                                                                                            {"access", "key"},
                                                                                            {"account", "key"},
                                                                                            {"encryption", "key"},
                                                                                            {"shared", "key"},
                                                                                            {"signing", "key"},
                                                                                            {"master", "key"},
                                                                                            {"connection", "string"}});

// Options of mount(8), mount.cifs(8), nfs(5), mount.fuse(8), sshfs(1), mount.davfs(8), systemd.mount(5), and of file
// systems of the kernel.
constexpr std::array kMountOptionNames = std::to_array<std::string_view>({
    "_netdev",
    "acdirmax",
    "acdirmin",
    "acl",
    "acregmax",
    "acregmin",
    "actimeo",
    "addr",
    "allow_other",
    "allow_root",
    "async",
    "atime",
    "auto",
    "auto_unmount",
    "backupgid",
    "backupuid",
    "bg",
    "bind",
    "big_writes",
    "bsize",
    "cache",
    "cache_timeout",
    "cifsacl",
    "clientaddr",
    "commit",
    "compress",
    "conf",
    "context",
    "cred",
    "credentials",
    "cruid",
    "data",
    "debug",
    "default_permissions",
    "defaults",
    "defcontext",
    "dev",
    "dir_mode",
    "dirsync",
    "discard",
    "dmask",
    "dom",
    "domain",
    "domainauto",
    "dynperm",
    "echo_interval",
    "errors",
    "exec",
    "fg",
    "file_mode",
    "filter",
    "fmask",
    "follow_symlinks",
    "forcegid",
    "forceuid",
    "fsc",
    "fscontext",
    "fstype",
    "gid",
    "group",
    "guest",
    "handletimeout",
    "hard",
    "help",
    "idmap",
    "idsfromsid",
    "intr",
    "ioctl",
    "iocharset",
    "iversion",
    "ip",
    "kernel_cache",
    "lazytime",
    "local_lock",
    "locallease",
    "lock",
    "loop",
    "lookupcache",
    "mand",
    "mapchars",
    "mapposix",
    "max_channels",
    "max_read",
    "mfsymlinks",
    "minorversion",
    "mode",
    "mountaddr",
    "mounthost",
    "mountport",
    "mountproto",
    "mountvers",
    "multichannel",
    "multiuser",
    "nconnect",
    "netbiosname",
    "nls",
    "noac",
    "noacl",
    "noatime",
    "noauto",
    "noautotune",
    "noblocksend",
    "nobrl",
    "nocase",
    "nocto",
    "nodev",
    "nodfs",
    "nodiratime",
    "noexec",
    "nofail",
    "nofsc",
    "noforcegid",
    "noforceuid",
    "nogroup",
    "nohandlecache",
    "nointr",
    "noiversion",
    "nolazytime",
    "nolease",
    "nolock",
    "nomand",
    "nomapposix",
    "nonempty",
    "noowner",
    "nopersistenthandles",
    "noperm",
    "noposix",
    "noposixpaths",
    "nordirplus",
    "norelatime",
    "noresilienthandles",
    "noresvport",
    "noserverino",
    "nosetuids",
    "nosharecache",
    "nosharesock",
    "nosharetransport",
    "nostrictatime",
    "nostrictsync",
    "nosuid",
    "nosymfollow",
    "nouser",
    "nouser_xattr",
    "nounix",
    "noxattr",
    "ntlmv2",
    "owner",
    "pass",
    "passwd",
    "password",
    "password2",
    "passwordfile",
    "persistenthandles",
    "port",
    "posix",
    "posixpaths",
    "prefixpath",
    "proto",
    "quota",
    "rasize",
    "rbind",
    "rdirplus",
    "rdma",
    "reconnect",
    "relatime",
    "remount",
    "resilienthandles",
    "resvport",
    "retrans",
    "retry",
    "ro",
    "rootcontext",
    "rootmode",
    "rsize",
    "rw",
    "rwpidforward",
    "seal",
    "sec",
    "secret",
    "secretfile",
    "serverino",
    "servern",
    "setuids",
    "sfu",
    "sharecache",
    "sign",
    "size",
    "sloppy",
    "snapshot",
    "soft",
    "softerr",
    "softreval",
    "source",
    "srcaddr",
    "ssh_command",
    "ssh_protocol",
    "strictatime",
    "strictsync",
    "suid",
    "sync",
    "target",
    "tcp",
    "timeo",
    "transform_symlinks",
    "trunkdiscovery",
    "udp",
    "uid",
    "umask",
    "unc",
    "unix",
    "user",
    "user_xattr",
    "username",
    "users",
    "vers",
    "version",
    "witness",
    "workaround",
    "workgroup",
    "wsize",
    "xprtsec",
});

bool capital_letter(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool small_letter(char letter) { return letter >= 'a' && letter <= 'z'; }

// Whether a new part begins at `at`: apiKey, HTTPHeader.
bool begins_part(std::string_view name, std::size_t at) {
  if (at == 0 || !capital_letter(name[at])) return false;
  return !capital_letter(name[at - 1]) || (at + 1 < name.size() && small_letter(name[at + 1]));
}

Strings name_parts(std::string_view name) {
  Strings parts(1);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool separator = std::isalnum(static_cast<unsigned char>(name[at])) == 0;
    if (separator || begins_part(name, at)) parts.emplace_back();
    if (!separator) parts.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(name[at])));
  }
  for (std::string& part : parts) {
    while (part.size() > 1 && part.back() >= '0' && part.back() <= '9') part.pop_back();
  }
  // Between a separator and a capital there is nothing.
  if (parts.size() > 1) std::erase(parts, "");
  if (parts.empty()) parts.emplace_back();
  return parts;
}

bool is_authorization(std::string_view name) {
  const std::string low = small_letters(name);
  return low == "authorization" || low.ends_with("-authorization") || low.ends_with("_authorization");
}

template <std::size_t N>
bool has_word(const std::array<std::string_view, N>& all, std::string_view word) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

}  // namespace

bool sensitive(std::string_view name) {
  if (name.starts_with('/')) name = last_name(name);
  if (is_authorization(name)) return true;
  const Strings parts = name_parts(name);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (has_word(kSecretWords, parts[i])) return true;
    const bool pair = i + 1 < parts.size() &&
                      std::any_of(kSecretPairs.begin(), kSecretPairs.end(),
                                  [&](const auto& two) { return two.first == parts[i] && two.second == parts[i + 1]; });
    if (pair) return true;
  }
  return false;
}

bool keeps_elsewhere(std::string_view name, std::string_view value) {
  if (!value.starts_with('/') || value.starts_with("//")) return false;
  const std::string last = name_parts(last_name(name)).back();
  const Strings places = {"cred", "creds", "credential", "credentials", "pwd", "file", "path", "dir", "directory"};
  return contains(places, last);
}

bool whole_line(std::string_view name) {
  const std::string last = small_letters(name);
  return is_authorization(name) || last == "cookie" || last == "set-cookie";
}

bool mount_option_name(std::string_view name) {
  return name.starts_with("x-") || name.starts_with("X-") || has_word(kMountOptionNames, name);
}

std::string_view last_name(std::string_view path) {
  const std::size_t cut = path.rfind('/');
  return cut == std::string_view::npos ? path : path.substr(cut + 1);
}

std::string small_letters(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return low;
}

}  // namespace dockhost
