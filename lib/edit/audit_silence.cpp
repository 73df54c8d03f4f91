// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_silence.hpp"

#include <algorithm>
#include <array>

#include "edit/audit_values.hpp"

namespace dockhost {
namespace {

// Of the events of ordinary processes, those that a field, or a whole rule, is true for.
enum class Reach { none, some, all };

Reach both(Reach a, Reach b) { return std::min(a, b); }

bool is_id(const std::string& name) { return name.ends_with("uid") || name.ends_with("gid"); }

// Types of the records that an event of a rule consists of. Without the first no other one comes.
constexpr std::array<std::pair<std::uint32_t, const char*>, 7> kRecords = {{{1300, "SYSCALL"},
                                                                            {1302, "PATH"},
                                                                            {1306, "SOCKADDR"},
                                                                            {1307, "CWD"},
                                                                            {1309, "EXECVE"},
                                                                            {1320, "EOE"},
                                                                            {1327, "PROCTITLE"}}};

bool compared(std::uint32_t left, const std::string& op, std::uint32_t right) {
  if (op == "=") return left == right;
  if (op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  return op == ">" ? left > right : op == ">=" && left >= right;
}

std::uint32_t message(const std::string& value) {
  for (const auto& [number, name] : kRecords) {
    if (value == name) return number;
  }
  return audit_number(value).value_or(0);
}

// The exit code of what succeeds is no error, and mostly not 0.
Reach of_result(const AuditField& field) {
  const std::int64_t value = static_cast<std::int32_t>(audit_number(field.value).value_or(4294967295U));
  if (field.name == "success") {
    const bool zero = value == 0;
    return (field.op == "=" && !zero) || (field.op == "!=" && zero) ? Reach::all : Reach::some;
  }
  const bool above = (field.op == ">=" && value <= 0) || (field.op == ">" && value < 0);
  return above || (field.op == "!=" && value != 0) ? Reach::all : Reach::some;
}

Reach of_comparison(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || text[equals - 1] == '!') return Reach::some;
  const std::string left = text.substr(0, equals), right = text.substr(equals + 1);
  for (const Strings& group : {Strings{"uid", "euid", "suid", "fsuid"}, Strings{"gid", "egid", "sgid", "fsgid"}}) {
    if (contains(group, left) && contains(group, right)) return Reach::all;
  }
  return Reach::some;
}

Reach of_field(const AuditField& field) {
  const std::string& name = field.name;
  const auto number = audit_number(field.value);
  if (name == "-C") return of_comparison(field.value);
  if (name == "success" || name == "exit") return of_result(field);
  const bool owner = name == "obj_uid" || name == "obj_gid";
  const bool everyone = field.op == ">=" && number == 0U;
  if (is_id(name) && !owner) return everyone ? Reach::all : Reach::some;
  if (name == "pers") return number == 0U && (field.op == "=" || everyone) ? Reach::all : Reach::some;
  const bool argument = name.size() == 2 && name[0] == 'a';
  const bool process = name == "pid" || name == "ppid" || name == "sessionid" || argument;
  const bool most = everyone || (field.op == ">" && number == 0U) || field.op == "!=";
  if (process) return most ? Reach::all : Reach::some;
  return name == "exe" && field.op == "!=" ? Reach::all : Reach::some;
}

// A new process has no syscall yet, so that a rule of the list task with one of its fields is true for none.
Reach of_task_field(const AuditField& field) {
  const std::string& name = field.name;
  const bool known = name == "pid" || name == "pers" || name == "exe" || name == "-C" || name.starts_with("subj_") ||
                     (is_id(name) && !name.starts_with("obj_"));
  return known ? of_field(field) : Reach::none;
}

template <class F>
Reach of_all(const std::vector<AuditField>& fields, const F& reach) {
  Reach whole = Reach::all;
  for (const AuditField& field : fields) whole = both(whole, reach(field));
  return whole;
}

// What a field restricts, in words; a path that holds for all files of the other rule restricts nothing.
std::string words_for(std::vector<AuditField> fields, bool all_files = false) {
  if (all_files) std::erase_if(fields, [](const AuditField& f) { return f.name == "path" || f.name == "dir"; });
  for (const AuditField& field : fields) {
    const std::string& name = field.name;
    if (name == "-C" || (is_id(name) && !name.starts_with("obj_")) || name == "sessionid") return "some users";
    if (name == "exe" || name == "pid" || name == "ppid" || name == "pers" || name.starts_with("subj_"))
      return "some programs";
    if (name == "path" || name == "dir" || name == "inode" || name.starts_with("dev") || name.starts_with("obj_") ||
        name == "filetype")
      return "some files";
  }
  return "some kinds of access";
}

bool arch_admits(const AuditRule& rule, const std::string& arch) {
  const AuditField* field = rule.field("arch");
  return field == nullptr || (field->op == "=") == (field->value == arch);
}

// The rule as if it recorded, without what holds for every ordinary process, and without what the other one has too.
AuditRule as_recording(AuditRule rule) {
  rule.action = "always";
  std::erase_if(rule.fields, [](const AuditField& field) {
    const bool not_arch = field.name == "arch" && field.op == "!=";
    const bool place = field.name == "path" || field.name == "dir" || field.name == "perm" || field.name == "arch";
    return not_arch || (!place && of_field(field) == Reach::all);
  });
  return rule;
}

bool intersect(const std::string& a, const std::string& b) { return a.find_first_of(b) != std::string::npos; }

// Whether the rule can be true for some event of the other one.
bool touches(const AuditRule& rule, const AuditRule& want, const AuditPlaceOf& place) {
  const AuditField *has = rule.field("perm"), *wanted = want.field("perm");
  if (has != nullptr && wanted != nullptr && !intersect(has->value, wanted->value)) return false;
  const bool apart = !rule.syscalls.empty() && !want.syscalls.empty() &&
                     std::none_of(rule.syscalls.begin(), rule.syscalls.end(),
                                  [&](const std::string& name) { return contains(want.syscalls, name); });
  if (apart || of_all(rule.fields, [](const AuditField& field) {
                 return field.name == "arch" || field.name == "perm" || field.name == "path" || field.name == "dir"
                            ? Reach::all
                            : of_field(field);
               }) == Reach::none)
    return false;
  const std::string path = rule.path(), other = want.path();
  if (path.empty() || other.empty()) return true;
  const AuditPlace at = place(path), wanted_at = place(other);
  const bool above = rule.field("dir") != nullptr && at_or_below(wanted_at.real, at.real);
  const bool recursive = want.field("dir") != nullptr || (want.watch && wanted_at.directory);
  return above || at.real == wanted_at.real || (recursive && at_or_below(at.real, wanted_at.real));
}

class Judge {
 public:
  Judge(const std::vector<AuditRule>& rules, const AuditRule& want, const AuditPlaceOf& place)
      : rules_(rules), want_(want), place_(place) {}

  // The first rule that is true for an event decides.
  void exits() {
    const Strings arches = arches_of(want_);
    const std::string arch = contains(arches, "b64") ? "b64" : "b32";
    std::string permissions;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const AuditRule& rule = rules_[i];
      if (rule.list != "exit") continue;
      if (rule.action == "always" && covers(rule, want_, arch, place_) != Covers::no) return;
      if (rule.action != "never") continue;
      if (!arch_admits(rule, arch)) {
        const bool other = arches.size() > 1 && touches(rule, want_, place_);
        if (other) found.push_back({i, false, "programs of another arch"});
        continue;
      }
      const AuditRule whole = as_recording(rule);
      const bool all = covers(whole, want_, arch, place_) != Covers::no || together(whole, arch, permissions);
      if (all || touches(rule, want_, place_))
        found.push_back({i, all, all ? "" : words_for(whole.fields, all_files(whole))});
    }
  }

  // A process that begins without a context records no syscall, whatever it is.
  void tasks() {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].list != "task") continue;
      const Reach reach = of_all(rules_[i].fields, of_task_field);
      const bool never = rules_[i].action == "never";
      if (reach == Reach::all && !never) return;
      if (reach != Reach::none && never) found.push_back({i, reach == Reach::all, words_for(rules_[i].fields)});
    }
  }

  // Whether always or never, both leave the record out.
  void excludes() {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].list != "exclude" || rules_[i].fields.empty()) continue;
      const Reach others = of_all(
          rules_[i].fields, [](const AuditField& f) { return f.name == "msgtype" ? Reach::all : of_task_field(f); });
      Strings types;
      for (const auto& [number, name] : kRecords) {
        const auto holds = [type = number](const AuditField& field) {
          return field.name != "msgtype" || compared(type, field.op, message(field.value));
        };
        if (std::all_of(rules_[i].fields.begin(), rules_[i].fields.end(), holds)) types.emplace_back(name);
      }
      if (types.empty() || others == Reach::none) continue;
      const bool events = types.front() == "SYSCALL";
      const bool all = events && others == Reach::all;
      found.push_back({i, all, events ? words_for(rules_[i].fields) : "records of the type " + join(types, ", ")});
    }
  }

  void file_systems(const std::string& magic) {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const AuditField* type = rules_[i].field("fstype");
      if (rules_[i].list != "filesystem" || rules_[i].action != "never" || type == nullptr) continue;
      const auto own = audit_number("0x" + magic);
      const std::uint32_t number = type->value == "debugfs"   ? 0x64626720
                                   : type->value == "tracefs" ? 0x74726163
                                                              : audit_number(type->value).value_or(0);
      if (!magic.empty() && compared(*own, type->op, number)) found.push_back({i, true, ""});
    }
  }

  std::vector<Silence> found;

 private:
  // Rules for some permissions each leave out all of them together.
  bool together(const AuditRule& rule, const std::string& arch, std::string& permissions) const {
    const AuditField *has = rule.field("perm"), *wanted = want_.field("perm");
    if (has == nullptr || wanted == nullptr) return false;
    AuditRule wide = rule;
    for (AuditField& field : wide.fields) {
      if (field.name == "perm") field.value = "rwxa";
    }
    if (covers(wide, want_, arch, place_) == Covers::no) return false;
    permissions += has->value;
    return wanted->value.find_first_not_of(permissions) == std::string::npos;
  }

  bool all_files(const AuditRule& rule) const {
    AuditRule alone;
    for (const AuditField& field : rule.fields) {
      if (field.name == "path" || field.name == "dir") alone.fields.push_back(field);
    }
    return covers(alone, want_, arches_of(want_).front(), place_) != Covers::no;
  }

  const std::vector<AuditRule>& rules_;
  const AuditRule& want_;
  const AuditPlaceOf& place_;
};

}  // namespace

std::vector<Silence> silences(const std::vector<AuditRule>& rules, const AuditRule& want, const AuditPlaceOf& place,
                              const std::string& magic) {
  Judge judge(rules, want, place);
  judge.exits();
  judge.tasks();
  judge.excludes();
  judge.file_systems(magic);
  return judge.found;
}

bool judges_file_systems(const std::vector<AuditRule>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const AuditRule& rule) {
    return rule.list == "filesystem" && rule.action == "never" && rule.field("fstype") != nullptr;
  });
}

}  // namespace dockhost
