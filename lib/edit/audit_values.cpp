// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_values.hpp"

#include <algorithm>
#include <cstdlib>

namespace dockhost {
namespace {

const Strings kUsers = {"uid", "euid", "suid", "fsuid", "auid", "loginuid", "obj_uid"};
const Strings kGroups = {"gid", "egid", "sgid", "fsgid", "obj_gid"};
const Strings kNumbers = {"pid", "ppid", "pers", "success", "devmajor", "devminor", "inode", "field_compare"};
const Strings kOfExit = {"ppid", "devmajor", "devminor", "inode", "success", "exit", "filetype"};
// By these alone a record can be excluded in every version of auditctl; later ones leave it to the kernel.
const Strings kExcludes = {"pid", "uid",       "gid",       "auid",      "loginuid", "msgtype",
                           "exe", "subj_user", "subj_role", "subj_type", "subj_sen", "subj_clr"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool begins_with_digit(const std::string& text) { return !text.empty() && is_digit(text[0]); }

bool negative(const std::string& text) { return text.size() > 1 && text[0] == '-' && is_digit(text[1]); }

bool is_argument(const std::string& name) {
  return name.size() == 2 && name[0] == 'a' && name[1] >= '0' && name[1] <= '3';
}

bool is_label(const std::string& name) { return name.starts_with("subj_") || name.starts_with("obj_"); }

// Levels are ordered, other labels are not.
bool is_level(const std::string& name) {
  return name == "subj_sen" || name == "subj_clr" || name.starts_with("obj_lev");
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

std::string refused_operator(const AuditField& field) {
  const std::string& name = field.name;
  const bool owner = name == "obj_uid" || name == "obj_gid";
  const bool label = is_label(name) && !owner && !is_level(name);
  const bool unset = (name == "auid" || name == "loginuid") && audit_number(field.value) == 4294967295U;
  const bool equals = label || unset || name == "inode" || name == "filetype" || name == "fstype" || name == "exe" ||
                      name == "field_compare";
  if (equals && field.op != "=" && field.op != "!=") return quote(name) + " takes the operators = and != alone";
  const bool bits = field.op == "&" || field.op == "&=";
  const bool any = is_argument(name) || name == "pers" || name == "devminor";
  return bits && !any ? quote(name) + " takes no operator " + field.op : "";
}

std::string refused_list(const std::string& list, const std::string& name) {
  const bool owner = name == "obj_uid" || name == "obj_gid";
  const bool of_exit = contains(kOfExit, name) || (name.starts_with("obj_") && !owner);
  if (of_exit && list != "exit") return quote(name) + " is for the list exit alone";
  if (name == "fstype" && list != "filesystem") return "'fstype' is for the list filesystem alone";
  if (list == "filesystem" && name != "fstype") return "the list filesystem takes the field fstype alone";
  if (name == "sessionid" && (list == "task" || list == "io_uring"))
    return "'sessionid' is for the lists exit, user and exclude";
  return "";
}

// No kernel takes the id that stands for none, but as login id.
std::string refused_id(const AuditField& field) {
  const bool login = field.name == "auid" || field.name == "loginuid";
  return audit_number(field.value) == 4294967295U && !login ? quote(field.name) + " cannot be unset" : "";
}

std::string refused_word(const AuditField& field) {
  const std::string &name = field.name, &value = field.value;
  const std::string shown = quote(value);
  if (contains(kUsers, name)) return refused_id(field);
  if (contains(kGroups, name)) return begins_with_digit(value) ? refused_id(field) : "";
  if (contains(kNumbers, name) && !begins_with_digit(value)) return quote(name) + " is a number, not " + shown;
  if (is_argument(name) && !begins_with_digit(value) && !negative(value))
    return quote(name) + " is a number, not " + shown;
  if (name == "exit" && !begins_with_digit(value) && !negative(value) &&
      !names_error(value.starts_with('-') ? value.substr(1) : value))
    return "there is no error " + shown;
  if (name == "filetype" && !contains({"socket", "link", "file", "block", "dir", "character", "fifo"}, lower(value)))
    return "there is no type of files " + shown;
  if (name == "fstype" && !begins_with_digit(value) &&
      !contains({"debugfs", "tracefs", "cgroup", "cgroup2"}, lower(value)))
    return "auditctl knows no file system " + shown + "; its magic number can stand for it";
  if (name == "saddr_fam" && audit_number(value).value_or(0) >= 46) return "there is no address family " + shown;
  if (name == "exe" && !value.starts_with('/')) return "the path " + shown + " is not absolute";
  return "";
}

std::string refused_message(const std::string& value) {
  const bool number = begins_with_digit(value) || value.starts_with("UNKNOWN[");
  const bool later = lower(value) == "dm_ctrl" || lower(value) == "dm_event";
  return number || later || names_message(value) ? "" : "there is no type of records " + quote(value);
}

// A label of AppArmor without its mode: "docker-default (enforce)" of the kernel's list.
bool has_profile(const Strings& profiles, const std::string& name) {
  return name == "unconfined" || std::any_of(profiles.begin(), profiles.end(), [&](const std::string& line) {
           return line == name || line.starts_with(name + " (");
         });
}

}  // namespace

std::string refused_label(const AuditNeed& need, const SecurityModules& modules) {
  if (contains(modules.active, "selinux") && !modules.policy)
    return quote(need.text) + " needs a policy of SELinux, which this host has not loaded";
  if (contains(modules.active, "apparmor") && need.text.starts_with("subj_role") &&
      !has_profile(modules.profiles, need.word))
    return "AppArmor has no profile " + quote(need.word);
  return {};
}

bool older(const std::string& version, const std::string& wanted) {
  const auto number = [](const std::string& text, std::size_t at) {
    const Strings parts = split(text, '.');
    return at < parts.size() ? leading_number(parts[at]) : 0;
  };
  const std::uint64_t major = number(version, 0), other = number(wanted, 0);
  return major != other ? major < other : number(version, 1) < number(wanted, 1);
}

std::optional<std::uint32_t> audit_number(const std::string& text) {
  if (text == "unset") return 4294967295U;
  if (begins_with_digit(text)) return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 0));
  if (negative(text)) return static_cast<std::uint32_t>(std::strtol(text.c_str(), nullptr, 0));
  return std::nullopt;
}

std::string refused_value(const std::string& list, const AuditField& field) {
  const Strings others = {"path", "dir", "perm", "arch", "key"};
  if (contains(others, field.name)) return list == "filesystem" ? refused_list(list, field.name) : "";
  for (const std::string& why : {refused_list(list, field.name), refused_operator(field), refused_word(field)}) {
    if (!why.empty()) return why;
  }
  return field.name == "msgtype" ? refused_message(field.value) : "";
}

std::string refused_comparison(const std::string& list, const std::string& text) {
  if (list != "exit") return "-C is for the list exit alone";
  const std::size_t equals = text.find('='), unequal = text.find("!=");
  if (equals == std::string::npos) return "-C compares two fields with = or !=";
  const std::string left = text.substr(0, std::min(equals, unequal)), right = text.substr(equals + 1);
  const auto of = [](const Strings& group, const std::string& one) {
    return contains(group, one == "loginuid" ? "auid" : one);
  };
  const bool users = of(kUsers, left) && of(kUsers, right), groups = of(kGroups, left) && of(kGroups, right);
  const bool same = left == right || (left == "loginuid" && right == "auid") || (left == "auid" && right == "loginuid");
  return (users || groups) && !same ? "" : "-C cannot compare " + quote(left) + " with " + quote(right);
}

std::vector<AuditNeed> needs_of(const AuditRule& rule) {
  std::vector<AuditNeed> all;
  if (rule.list == "io_uring") all.push_back({AuditNeed::Is::version, "3.1", "the list io_uring"});
  for (const AuditField& field : rule.fields) {
    const std::string text = field.name + field.op + field.value;
    const bool number = begins_with_digit(field.value) || (negative(field.value) && contains(kUsers, field.name));
    const bool owner = field.name == "obj_uid" || field.name == "obj_gid";
    if (contains(kUsers, field.name) && !number && field.value != "unset")
      all.push_back({AuditNeed::Is::user, field.value, text});
    if (contains(kGroups, field.name) && !number) all.push_back({AuditNeed::Is::group, field.value, text});
    if (is_label(field.name) && !owner) all.push_back({AuditNeed::Is::label, field.value, text});
    if (rule.list == "exclude" && !contains(kExcludes, field.name))
      all.push_back({AuditNeed::Is::version, "3.1", text + " in the list exclude"});
    if (field.name == "msgtype" && lower(field.value).starts_with("dm_"))
      all.push_back({AuditNeed::Is::version, "3.1", text});
    if (field.name == "arch" && field.value.starts_with("riscv")) all.push_back({AuditNeed::Is::version, "4.0", text});
    if (field.name == "fstype" && lower(field.value).starts_with("cgroup"))
      all.push_back({AuditNeed::Is::version, "4.2", text});
  }
  return all;
}

}  // namespace dockhost
