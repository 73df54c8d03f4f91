// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_rule.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.hpp"
#include "edit/audit_option.hpp"
#include "edit/audit_values.hpp"

namespace dockhost {
namespace {

// The most fields that auditctl takes, with those of -w and one for all keys.
constexpr std::size_t kMostFields = 63;

constexpr std::string_view kWithValue = "CefrbaAdSFmRwWkpq", kAlone = "hicslDvt";
// fieldtab.h of audit-userspace 3.0.9.
constexpr std::array<std::string_view, 46> kFields = {
    "pid",       "uid",      "euid",         "suid",      "fsuid",     "gid",
    "egid",      "sgid",     "fsgid",        "auid",      "loginuid",  "pers",
    "arch",      "msgtype",  "subj_user",    "subj_role", "subj_type", "subj_sen",
    "subj_clr",  "ppid",     "obj_user",     "obj_role",  "obj_type",  "obj_lev_low",
    "devmajor",  "devminor", "inode",        "exit",      "success",   "path",
    "perm",      "dir",      "filetype",     "obj_uid",   "obj_gid",   "field_compare",
    "sessionid", "exe",      "saddr_fam",    "fstype",    "a0",        "a1",
    "a2",        "a3",       "obj_lev_high", "key"};

// Reads one line, option by option, as getopt(3) hands them to auditctl.
class Reader {
 public:
  explicit Reader(std::vector<AuditWord> all) : words_(std::move(all)) {}

  AuditLine line() {
    line_.is = AuditLine::Is::control;
    while (next_ < words_.size()) option();
    check_whole();
    if (!keys_.empty()) line_.rule.keys = keys_;
    return line_;
  }

 private:
  void option() {
    const AuditWord word = words_[next_++];
    if (word.text.starts_with("--")) return long_option(word);
    if (word.text.size() < 2 || word.text[0] != '-') refuse_at("no option precedes " + quote(word.text), word);
    for (std::size_t i = 1; i < word.text.size(); ++i) {
      const char letter = word.text[i];
      if (kAlone.find(letter) != std::string_view::npos) continue;
      if (kWithValue.find(letter) == std::string_view::npos) refuse_at("there is no option " + quote(word.text), word);
      AuditWord value{word.text.substr(i + 1), word.column + i + 1};
      if (value.text.empty()) {
        if (next_ == words_.size()) refuse_at("the option " + quote(word.text) + " has no value", word);
        value = words_[next_++];
      }
      return with_value(letter, value);
    }
  }

  void long_option(const AuditWord& word) {
    const Strings valued = {"--backlog_wait_time", "--signal"};
    const Strings alone = {"--loginuid-immutable", "--reset-lost", "--reset_backlog_wait_time_actual"};
    const std::string name = word.text.substr(0, word.text.find('='));
    if (contains(valued, name)) {
      if (name == word.text && next_++ == words_.size()) refuse_at("the option " + quote(name) + " has no value", word);
      return;
    }
    if (!contains(alone, word.text)) refuse_at("there is no option " + quote(word.text), word);
  }

  void with_value(char letter, const AuditWord& value) {
    switch (letter) {
      case 'a':
      case 'A':
      case 'd':
        return list_and_action(letter, value);
      case 'w':
      case 'W':
        return watched(letter, value);
      case 'S':
        return syscalls(value);
      case 'F':
        return field(value);
      case 'C':
        return comparison(value);
      case 'p':
        return set_permissions(value, audit_permissions(value, value.text));
      case 'k':
        if (!listed_ || !keyable_) refuse_at("-k needs a watch, a path, permissions or a syscall before it", value);
        return key(value, value.text);
      default:
        return control(letter, value);
    }
  }

  static void control(char letter, const AuditWord& value) {
    const bool zero_to_two = letter == 'e' || letter == 'f', number = letter == 'r' || letter == 'b';
    if (zero_to_two && !contains({"0", "1", "2"}, value.text)) refuse_at("0, 1 or 2 is wanted", value);
    if (number && (value.text[0] < '0' || value.text[0] > '9')) refuse_at("a number is wanted", value);
    if (letter == 'R') refuse_at("a rules file cannot read another one", value);
  }

  void begin(char letter, const AuditWord& word) {
    if (listed_) refuse_at("a line adds or deletes one rule", word);
    listed_ = true;
    const bool adds = letter == 'a' || letter == 'A' || letter == 'w';
    if (adds) line_.is = AuditLine::Is::rule;
  }

  void list_and_action(char letter, const AuditWord& word) {
    begin(letter, word);
    Strings parts = split(word.text, ',');
    const Strings lists = {"exit", "task", "user", "exclude", "filesystem", "io_uring"};
    if (parts.size() == 2 && contains(lists, parts[1])) std::swap(parts[0], parts[1]);
    if (parts.size() != 2 || !contains(lists, parts[0]) || !contains({"always", "never", "possible"}, parts[1]))
      refuse_at(quote(word.text) + " is no list and action, as always,exit", word);
    line_.rule.list = parts[0];
    line_.rule.action = parts[1];
    line_.rule.first = letter == 'A';
    // auditctl tells that it is no more, and goes on without the rule.
    if (parts[1] == "possible") line_.is = AuditLine::Is::control;
  }

  void watched(char letter, const AuditWord& word) {
    begin(letter, word);
    std::string path = word.text;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    check_audit_path(word, path);
    line_.rule.watch = keyable_ = syscalls_ = true;
    line_.rule.fields = {{"path", "=", path}, {"perm", "=", "rwxa"}};
  }

  void syscalls(const AuditWord& word) {
    const std::string& list = line_.rule.list;
    if (listed_ && list != "exit" && list != "io_uring") refuse_at("the list " + list + " has no syscalls", word);
    keyable_ = syscalls_ = true;
    // A watch is for all of them already.
    if (line_.rule.watch) return;
    for (std::string name : split(word.text, ',')) {
      make_lower(name);
      check_audit_syscall(word, name);
      all_ = all_ || name == "all";
      if (!name.empty() && name != "all") line_.rule.syscalls.push_back(std::move(name));
    }
    if (all_) line_.rule.syscalls.clear();
  }

  void field(const AuditWord& word) {
    if (!listed_) refuse_at("a list has to stand before the fields", word);
    const std::size_t at = word.text.find_first_of("=!<>&");
    AuditField none{word.text.substr(0, at), "", ""};
    make_lower(none.name);
    if (!names_audit_field(none.name)) refuse_at("there is no field " + quote(none.name), word);
    if (at == std::string::npos) refuse_at("the field " + quote(none.name) + " has no operator", word);
    const Strings operators = {"!=", ">=", "<=", "&=", "=", ">", "<", "&"};
    const std::string rest = word.text.substr(at);
    const auto op =
        std::find_if(operators.begin(), operators.end(), [&](const std::string& o) { return rest.starts_with(o); });
    if (op == operators.end()) refuse_at("there is no operator " + quote(rest.substr(0, 1)), word);
    AuditField made{none.name, *op, rest.substr(op->size())};
    if (made.name == "key" && made.op == "=") return key(word, made.value);
    if (made.name == "key") refuse_at("'key' takes the operator = alone", word);
    if (made.value.empty()) refuse_at("the field " + quote(made.name) + " has no value", word);
    check_field(word, made);
    line_.rule.fields.push_back(made);
  }

  void check_field(const AuditWord& word, AuditField& made) {
    const bool place = made.name == "path" || made.name == "dir";
    const bool of_files = place || made.name == "perm";
    const bool excluded = made.name == "perm" && line_.rule.list == "exclude";
    if (of_files && !excluded && line_.rule.list != "exit")
      refuse_at(quote(made.name) + " is for the list exit alone", word);
    if (of_files && made.op != "=") refuse_at(quote(made.name) + " takes the operator = alone", word);
    if (made.name == "arch") {
      if (syscalls_) refuse_at("arch has to stand before the syscalls", word);
      if (made.op != "=" && made.op != "!=") refuse_at("'arch' takes the operators = and != alone", word);
      made.value = audit_arch(word, made.value);
    }
    if (made.name == "perm") made.value = audit_permissions(word, made.value);
    if (place) {
      if (!line_.rule.path().empty()) refuse_at("a rule has one path", word);
      if (made.name == "dir" && !made.value.starts_with('/'))
        refuse_at("the path " + quote(made.value) + " is not absolute", word);
      if (made.name == "path") check_audit_path(word, made.value);
      if (made.name == "path" && made.value.size() > 1 && made.value.ends_with('/'))
        refuse_at("the path of a file ends with no slash", word);
    }
    const bool message = made.name == "msgtype";
    if (message && line_.rule.list != "exclude" && line_.rule.list != "user")
      refuse_at("'msgtype' is for the lists exclude and user", word);
    check_others(word, made);
    keyable_ = keyable_ || of_files || made.name == "exe" || made.name == "fstype";
  }

  // What the values say, and what excludes what.
  void check_others(const AuditWord& word, const AuditField& made) const {
    const std::string why = refused_value(line_.rule.list, made);
    if (!why.empty()) refuse_at(why, word);
    const bool node = made.name == "inode", place = made.name == "path" || made.name == "dir";
    const bool twice = (node || made.name == "exe") && line_.rule.field(made.name) != nullptr;
    if (twice) refuse_at("a rule has one " + made.name, word);
    if ((node && !line_.rule.path().empty()) || (place && line_.rule.field("inode") != nullptr))
      refuse_at("a rule has a path or an inode", word);
    if (made.name == "path" && made.value == "/") refuse_at("the path / is a directory: dir=/", word);
  }

  void comparison(const AuditWord& word) {
    if (!listed_) refuse_at("a list has to stand before the fields", word);
    const std::string why = refused_comparison(line_.rule.list, word.text);
    if (!why.empty()) refuse_at(why, word);
    line_.rule.fields.push_back({"-C", "", word.text});
  }

  // Changes every perm that is there, and is none where no field precedes it (audit_update_watch_perms of libaudit).
  void set_permissions(const AuditWord& word, const std::string& letters) {
    if (!listed_ || line_.rule.fields.empty()) refuse_at("-p needs a watch or a field before it", word);
    if (line_.rule.list == "io_uring") refuse_at("the list io_uring has no permissions", word);
    bool there = false;
    for (AuditField& one : line_.rule.fields) {
      if (one.name != "perm") continue;
      one.value = letters;
      there = true;
    }
    if (!there) line_.rule.fields.push_back({"perm", "=", letters});
    keyable_ = true;
  }

  void key(const AuditWord& word, const std::string& name) {
    if (!name.empty()) keys_.push_back(name);
    if (join(keys_, " ").size() > kAuditKeyBytes)
      refuse_at("the keys are longer than " + std::to_string(kAuditKeyBytes) + " bytes", word);
  }

  void check_whole() const {
    const bool described = syscalls_ || !line_.rule.fields.empty() || !keys_.empty();
    if (!listed_ && described) refuse_at("no list is named (-a) and no path (-w)", words_.front());
    if (!keys_.empty() && !keyable_)
      refuse_at("a key needs a watch, a path, permissions, a program or a syscall in its rule", words_.front());
    if (line_.rule.fields.size() + (keys_.empty() ? 0 : 1) > kMostFields)
      refuse_at("a rule has " + std::to_string(kMostFields) + " fields at most", words_.front());
  }

  std::vector<AuditWord> words_;
  std::size_t next_ = 0;
  AuditLine line_;
  Strings keys_;
  bool listed_ = false, keyable_ = false, syscalls_ = false, all_ = false;
};

}  // namespace

bool names_audit_field(const std::string& word) {
  return std::find(kFields.begin(), kFields.end(), word) != kFields.end();
}

const AuditField* AuditRule::field(std::string_view name) const {
  const auto found =
      std::find_if(fields.rbegin(), fields.rend(), [&](const AuditField& one) { return one.name == name; });
  return found == fields.rend() ? nullptr : &*found;
}

std::string AuditRule::path() const {
  for (const AuditField& one : fields) {
    if (one.name == "path" || one.name == "dir") return one.value;
  }
  return {};
}

AuditLine parse_audit_line(std::string_view text) {
  std::vector<AuditWord> all = audit_words(text);
  if (all.empty()) return {};
  if (all.front().text.starts_with('#')) return {AuditLine::Is::comment, {}};
  return Reader(std::move(all)).line();
}

AuditRule parse_audit_rule(std::string_view text) {
  const AuditLine line = parse_audit_line(text);
  if (line.is != AuditLine::Is::rule) throw Error("is no rule: -w PATH or -a always,exit is wanted", {"", 0, 1});
  return line.rule;
}

}  // namespace dockhost
