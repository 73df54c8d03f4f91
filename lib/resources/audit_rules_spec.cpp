// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "base/error.hpp"
#include "resources/audit_rules.hpp"
#include "resources/audit_written.hpp"

namespace dockhost {
namespace {

constexpr const char* kAuditExamples = R"(- name: Watch Docker's configuration
  dockhost.hardening.audit_rules:
    key: docker
    rules:
      - -w /etc/docker
      - -w /etc/default/docker -p wa
      - -a always,exit -F arch=b64 -S mount -F auid>=1000 -F auid!=unset -k mounts

- name: Nothing else in the file
  dockhost.hardening.audit_rules:
    file: /etc/audit/rules.d/docker.rules
    exclusive: true
    rules:
      - -w /usr/bin/dockerd -k docker

- name: Take one rule away, from the file and from the kernel
  dockhost.hardening.audit_rules:
    state: absent
    rules:
      - -w /etc/docker -p rwxa -k docker
)";

std::vector<Option> wanted_options() {
  return {
      {.name = "rules",
       .type = Type::list,
       .description = {"Rules, in either form: C(-w PATH -p rwxa -k KEY) or C(-a always,exit -F dir=PATH ...).",
                       "Their meaning decides, not their text: a rule of the same meaning and key that stands in any "
                       "file of C(/etc/audit/rules.d) is not written again."},
       .fallback = json::array(),
       .elements = Type::text},
      {.name = "state",
       .description = {"V(present): the rules are written and loaded. V(absent): exactly these rules are taken out of "
                       "O(file) and of the kernel."},
       .fallback = "present",
       .choices = {"present", "absent"}},
      {.name = "file",
       .type = Type::path,
       .description =
           {"The file for rules that stand in none yet, in C(/etc/audit/rules.d). It belongs to root and has "
            "the mode 0640. Lines that are not asked for stay."},
       .fallback = std::string(kRulesFolder) + "/docker.rules"},
      {.name = "exclusive",
       .type = Type::boolean,
       .description = {"The file holds these rules and comments, nothing else. What is loaded stays loaded."},
       .fallback = false},
      {.name = "key", .description = {"The key for rules that have none."}},
  };
}

std::vector<Option> load_options() {
  return {
      {.name = "load",
       .type = Type::boolean,
       .description = {"Bring the kernel in line: what is missing there is added, rule by rule, and what is loaded and "
                       "watches nothing any more is deleted and added again."},
       .fallback = true},
      {.name = "when_missing",
       .description =
           {"What becomes of a rule for a path whose parent directory does not exist. The kernel would refuse "
            "it at boot, and with it every rule behind it.",
            "V(skip): it is not written. V(write): it is. V(fail): nothing is done."},
       .fallback = "skip",
       .choices = {"skip", "write", "fail"}},
      {.name = "accept_covered",
       .type = Type::boolean,
       .description =
           {"A rule whose events another one records already, under another key or for a directory above, is "
            "not written. Benchmarks ask for each rule by name, so that by default it is."},
       .fallback = false},
      {.name = "backup",
       .type = Type::boolean,
       .description = {"Keep the old file beside the new one, under a name with the time."},
       .fallback = false},
  };
}

AuditWish::Missing missing_of(const std::string& word) {
  if (word == "write") return AuditWish::Missing::write;
  return word == "fail" ? AuditWish::Missing::fail : AuditWish::Missing::skip;
}

bool plain_byte(char c) { return static_cast<unsigned char>(c) > ' ' && c != 127; }

void check_key(const std::string& key, const std::string& named) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), plain_byte);
  if (!plain) throw Error(named + ": " + quote(key) + " is no key: blanks and control characters cannot stand in one");
}

// What a rules file cannot hold, or would mean something else there.
void check_rule(const AuditRule& rule) {
  const AuditField* perm = rule.field("perm");
  if (perm != nullptr && perm->value.empty()) throw Error("there are no permissions behind -p");
  if (rule.first) throw Error("a rule that goes before all others (-A) is not supported");
  const std::string path = rule.path();
  if (contains(split(path, '/'), "..")) throw Error("the path " + quote(path) + " holds '..'");
}

// The words of a rule that has a path with a blank are taken for more words.
std::string hint(const std::string& what, const std::string& text) {
  const bool word = what.starts_with("no option precedes");
  const bool path = text.find("-w ") != std::string::npos || text.find("path=") != std::string::npos ||
                    text.find("dir=") != std::string::npos;
  return word && path ? what + " (a path with a blank cannot be written in a rules file)" : what;
}

}  // namespace

WantedRule wanted_rule(const std::string& text, const std::string& key, const std::string& named) {
  WantedRule want;
  try {
    const bool one_line = std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || plain_byte(c); });
    if (!one_line) throw Error("a tab, line end or control character cannot stand in a rule");
    want.rule = parse_audit_rule(text);
    check_rule(want.rule);
    want.text = join(words(text), " ");
    if (want.rule.keys.empty() && !key.empty()) {
      want.text += want.rule.watch ? " -k " + key : " -F key=" + key;
      want.rule = parse_audit_rule(want.text);
    }
  } catch (const Error& error) {
    const std::string column = error.where.column == 0 ? "" : "column " + std::to_string(error.where.column) + ": ";
    throw Error(named + ": " + column + hint(error.what(), text) + ": " + quote(text));
  }
  return want;
}

AuditWish audit_wish(const json& args, const std::string& option) {
  AuditWish wish;
  wish.present = args.at("state") == "present";
  wish.file = args.at("file").get<std::string>();
  wish.exclusive = args.at("exclusive").get<bool>();
  wish.load = args.at("load").get<bool>();
  wish.when_missing = missing_of(args.at("when_missing").get<std::string>());
  wish.accept_covered = args.at("accept_covered").get<bool>();
  wish.backup = args.at("backup").get<bool>();
  const std::string folder = std::string(kRulesFolder) + "/";
  const std::string name = wish.file.starts_with(folder) ? wish.file.substr(folder.size()) : "";
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return plain_byte(c) && c != '/'; });
  if (name.size() < 7 || !plain || name.starts_with('.') || !name.ends_with(".rules"))
    throw Error(option + "file: " + quote(wish.file) + " is no file that augenrules reads: " + folder + "NAME.rules");
  const std::string key = args.at("key").is_string() ? args.at("key").get<std::string>() : "";
  if (args.at("key").is_string()) check_key(key, option + "key");
  const auto rules = args.at("rules").get<Strings>();
  for (std::size_t i = 0; i < rules.size(); ++i)
    wish.rules.push_back(wanted_rule(rules[i], key, option + "rules[" + std::to_string(i) + "]"));
  return wish;
}

std::vector<Option> audit_options() {
  std::vector<Option> all = wanted_options();
  for (auto& option : load_options()) all.push_back(std::move(option));
  return all;
}

Module audit_rules_spec() {
  Module spec{.name = "audit_rules", .summary = "Linux audit rules, in a rules file and in the running kernel"};
  spec.description = {
      "Brings rules of Linux audit into a file of C(/etc/audit/rules.d) and into the kernel, and tells of each whether "
      "it is written, loaded and effective.",
      "The kernel never has fewer rules than before: nothing is flushed, and rules of others stay. Only a rule that "
      "has to be re-armed, because its directory was mounted over, is missing for a moment.",
      "The load at boot is simulated over all files: a line at which it would stop is told with its place, and rules "
      "of "
      "others are not repaired.",
      "A rule of which no ordinary process's event would be recorded, because another rule or a setting silences it, "
      "is "
      "not effective; what is to blame is named by file and line."};
  spec.options = audit_options();
  for (auto& option : common_options()) spec.options.push_back(std::move(option));
  spec.requirements = {"auditd on the managed host; without it the files are managed alone"};
  spec.notes = {
      "Where audit is immutable (C(auditctl -s) tells C(enabled 2)) the file is written and RV(pending) is V(reboot)."};
  spec.see_also = {"dockhost.hardening.docker_host", "dockhost.hardening.docker_data"};
  spec.examples = kAuditExamples;
  return spec;
}

}  // namespace dockhost
