// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/audit_rule.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.hpp"
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

struct Word {
  std::string text;
  std::size_t column = 0;  // from 1
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    all.push_back({std::string(text.substr(begin, end - begin)), begin + 1});
    at = end;
  }
  return all;
}

[[noreturn]] void refuse(const std::string& what, const Word& at) { throw Error(what, {"", 0, at.column}); }

// auditctl looks most words up in small letters.
void make_lower(std::string& text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// The letters in the kernel's order.
std::string permissions(const Word& word, const std::string& letters) {
  std::string found;
  if (letters.size() > 4) refuse("permissions are four letters at most, not " + quote(letters), word);
  for (const char c : letters) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if (std::string_view("rwxa").find(lower) == std::string_view::npos)
      refuse("permissions are letters of rwxa, not " + quote(letters), word);
    found += lower;
  }
  std::string ordered;
  for (const char c : std::string_view("rwxa")) {
    if (found.find(c) != std::string::npos) ordered += c;
  }
  return ordered;
}

// b64 and b32 are names for these on the machines dockhost runs on.
std::string architecture(const Word& word, std::string name) {
  make_lower(name);
  if (contains({"b64", "x86_64", "aarch64"}, name)) return "b64";
  if (contains({"b32", "i386", "i486", "i586", "i686", "arm"}, name)) return "b32";
  if (const auto number = name.starts_with('-') || name == "unset" ? std::nullopt : audit_number(name)) {
    if (*number == 0xc000003e || *number == 0xc00000b7) return "b64";
    if (*number == 0x40000003 || *number == 0x40000028) return "b32";
    refuse("there is no arch " + quote(name) + " on the machines that dockhost runs on", word);
  }
  const bool known = contains({"ppc64", "ppc64le", "ppc", "s390x", "s390", "ia64", "armeb", "armv5tejl", "armv5tel",
                               "armv6l", "armv7l", "riscv32", "riscv64", "loongarch64"},
                              name);
  if (!known) refuse("there is no arch " + quote(name), word);
  return name;
}

void check_path(const Word& word, const std::string& path) {
  if (!path.starts_with('/')) refuse("the path " + quote(path) + " is not absolute", word);
  if (path.size() > kAuditPathBytes) refuse("the path is longer than 4095 bytes", word);
  if (path.size() - path.rfind('/') - 1 > kAuditNameBytes)
    refuse("the last part of the path is longer than 255 bytes", word);
}

// Reads one line, option by option, as getopt(3) hands them to auditctl.
class Reader {
 public:
  explicit Reader(std::vector<Word> all) : words_(std::move(all)) {}

  AuditLine line() {
    line_.is = AuditLine::Is::control;
    while (next_ < words_.size()) option();
    check_whole();
    if (!keys_.empty()) line_.rule.keys = keys_;
    return line_;
  }

 private:
  void option() {
    const Word word = words_[next_++];
    if (word.text.starts_with("--")) return long_option(word);
    if (word.text.size() < 2 || word.text[0] != '-') refuse("no option precedes " + quote(word.text), word);
    for (std::size_t i = 1; i < word.text.size(); ++i) {
      const char letter = word.text[i];
      if (kAlone.find(letter) != std::string_view::npos) continue;
      if (kWithValue.find(letter) == std::string_view::npos) refuse("there is no option " + quote(word.text), word);
      Word value{word.text.substr(i + 1), word.column + i + 1};
      if (value.text.empty()) {
        if (next_ == words_.size()) refuse("the option " + quote(word.text) + " has no value", word);
        value = words_[next_++];
      }
      return with_value(letter, value);
    }
  }

  void long_option(const Word& word) {
    const Strings valued = {"--backlog_wait_time", "--signal"};
    const Strings alone = {"--loginuid-immutable", "--reset-lost", "--reset_backlog_wait_time_actual"};
    const std::string name = word.text.substr(0, word.text.find('='));
    if (contains(valued, name)) {
      if (name == word.text && next_++ == words_.size()) refuse("the option " + quote(name) + " has no value", word);
      return;
    }
    if (!contains(alone, word.text)) refuse("there is no option " + quote(word.text), word);
  }

  void with_value(char letter, const Word& value) {
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
        if (!listed_) refuse("-p needs a watch before it", value);
        return set_permissions(permissions(value, value.text));
      case 'k':
        if (!listed_ || !keyable_) refuse("-k needs a watch, a path, permissions or a syscall before it", value);
        return key(value, value.text);
      default:
        return control(letter, value);
    }
  }

  static void control(char letter, const Word& value) {
    const bool zero_to_two = letter == 'e' || letter == 'f', number = letter == 'r' || letter == 'b';
    if (zero_to_two && !contains({"0", "1", "2"}, value.text)) refuse("0, 1 or 2 is wanted", value);
    if (number && (value.text[0] < '0' || value.text[0] > '9')) refuse("a number is wanted", value);
    if (letter == 'R') refuse("a rules file cannot read another one", value);
  }

  void begin(char letter, const Word& word) {
    if (listed_) refuse("a line adds or deletes one rule", word);
    listed_ = true;
    const bool adds = letter == 'a' || letter == 'A' || letter == 'w';
    if (adds) line_.is = AuditLine::Is::rule;
  }

  void list_and_action(char letter, const Word& word) {
    begin(letter, word);
    Strings parts = split(word.text, ',');
    const Strings lists = {"exit", "task", "user", "exclude", "filesystem", "io_uring"};
    if (parts.size() == 2 && contains(lists, parts[1])) std::swap(parts[0], parts[1]);
    if (parts.size() != 2 || !contains(lists, parts[0]) || !contains({"always", "never", "possible"}, parts[1]))
      refuse(quote(word.text) + " is no list and action, as always,exit", word);
    line_.rule.list = parts[0];
    line_.rule.action = parts[1];
    line_.rule.first = letter == 'A';
    // auditctl tells that it is no more, and goes on without the rule.
    if (parts[1] == "possible") line_.is = AuditLine::Is::control;
  }

  void watched(char letter, const Word& word) {
    begin(letter, word);
    std::string path = word.text;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    check_path(word, path);
    line_.rule.watch = keyable_ = syscalls_ = true;
    line_.rule.fields = {{"path", "=", path}, {"perm", "=", "rwxa"}};
  }

  void syscalls(const Word& word) {
    const std::string& list = line_.rule.list;
    if (listed_ && list != "exit" && list != "io_uring") refuse("the list " + list + " has no syscalls", word);
    keyable_ = syscalls_ = true;
    // A watch is for all of them already.
    if (line_.rule.watch) return;
    for (std::string name : split(word.text, ',')) {
      make_lower(name);
      check_syscall(word, name);
      all_ = all_ || name == "all";
      if (!name.empty() && name != "all") line_.rule.syscalls.push_back(std::move(name));
    }
    if (all_) line_.rule.syscalls.clear();
  }

  // The kernel has room for 2048. Whether a name is one of them is known to the host alone.
  static void check_syscall(const Word& word, const std::string& name) {
    const auto number = name.empty() || name[0] > '9' ? std::nullopt : audit_number(name);
    const bool bad = number ? *number > 2047 : !name.empty() && name[0] < 'a';
    if (bad) refuse("there is no syscall " + quote(name), word);
  }

  void field(const Word& word) {
    if (!listed_) refuse("a list has to stand before the fields", word);
    const std::size_t at = word.text.find_first_of("=!<>&");
    AuditField none{word.text.substr(0, at), "", ""};
    make_lower(none.name);
    if (std::find(kFields.begin(), kFields.end(), none.name) == kFields.end())
      refuse("there is no field " + quote(none.name), word);
    if (at == std::string::npos) refuse("the field " + quote(none.name) + " has no operator", word);
    const Strings operators = {"!=", ">=", "<=", "&=", "=", ">", "<", "&"};
    const std::string rest = word.text.substr(at);
    const auto op =
        std::find_if(operators.begin(), operators.end(), [&](const std::string& o) { return rest.starts_with(o); });
    if (op == operators.end()) refuse("there is no operator " + quote(rest.substr(0, 1)), word);
    AuditField made{none.name, *op, rest.substr(op->size())};
    if (made.name == "key" && made.op == "=") return key(word, made.value);
    if (made.name == "key") refuse("'key' takes the operator = alone", word);
    if (made.value.empty()) refuse("the field " + quote(made.name) + " has no value", word);
    check_field(word, made);
    line_.rule.fields.push_back(made);
  }

  void check_field(const Word& word, AuditField& made) {
    const bool place = made.name == "path" || made.name == "dir";
    const bool of_files = place || made.name == "perm";
    const bool excluded = made.name == "perm" && line_.rule.list == "exclude";
    if (of_files && !excluded && line_.rule.list != "exit")
      refuse(quote(made.name) + " is for the list exit alone", word);
    if (of_files && made.op != "=") refuse(quote(made.name) + " takes the operator = alone", word);
    if (made.name == "arch") {
      if (syscalls_) refuse("arch has to stand before the syscalls", word);
      if (made.op != "=" && made.op != "!=") refuse("'arch' takes the operators = and != alone", word);
      made.value = architecture(word, made.value);
    }
    if (made.name == "perm") made.value = permissions(word, made.value);
    if (place) {
      if (!line_.rule.path().empty()) refuse("a rule has one path", word);
      if (made.name == "dir" && !made.value.starts_with('/'))
        refuse("the path " + quote(made.value) + " is not absolute", word);
      if (made.name == "path") check_path(word, made.value);
      if (made.name == "path" && made.value.size() > 1 && made.value.ends_with('/'))
        refuse("the path of a file ends with no slash", word);
    }
    const bool message = made.name == "msgtype";
    if (message && line_.rule.list != "exclude" && line_.rule.list != "user")
      refuse("'msgtype' is for the lists exclude and user", word);
    check_others(word, made);
    keyable_ = keyable_ || of_files || made.name == "exe" || made.name == "fstype";
  }

  // What the values say, and what excludes what.
  void check_others(const Word& word, const AuditField& made) const {
    const std::string why = refused_value(line_.rule.list, made);
    if (!why.empty()) refuse(why, word);
    const bool node = made.name == "inode", place = made.name == "path" || made.name == "dir";
    const bool twice = (node || made.name == "exe") && line_.rule.field(made.name) != nullptr;
    if (twice) refuse("a rule has one " + made.name, word);
    if ((node && !line_.rule.path().empty()) || (place && line_.rule.field("inode") != nullptr))
      refuse("a rule has a path or an inode", word);
    if (made.name == "path" && made.value == "/") refuse("the path / is a directory: dir=/", word);
  }

  void comparison(const Word& word) {
    if (!listed_) refuse("a list has to stand before the fields", word);
    const std::string why = refused_comparison(line_.rule.list, word.text);
    if (!why.empty()) refuse(why, word);
    line_.rule.fields.push_back({"-C", "", word.text});
  }

  void set_permissions(const std::string& letters) {
    for (AuditField& one : line_.rule.fields) {
      if (one.name == "perm") {
        one.value = letters;
        return;
      }
    }
    line_.rule.fields.push_back({"perm", "=", letters});
    keyable_ = true;
  }

  void key(const Word& word, const std::string& name) {
    if (!name.empty()) keys_.push_back(name);
    if (join(keys_, " ").size() > kAuditKeyBytes)
      refuse("the keys are longer than " + std::to_string(kAuditKeyBytes) + " bytes", word);
  }

  void check_whole() const {
    const bool described = syscalls_ || !line_.rule.fields.empty() || !keys_.empty();
    if (!listed_ && described) refuse("no list is named (-a) and no path (-w)", words_.front());
    if (!keys_.empty() && !keyable_)
      refuse("a key needs a watch, a path, permissions, a program or a syscall in its rule", words_.front());
    if (line_.rule.fields.size() + (keys_.empty() ? 0 : 1) > kMostFields)
      refuse("a rule has " + std::to_string(kMostFields) + " fields at most", words_.front());
  }

  std::vector<Word> words_;
  std::size_t next_ = 0;
  AuditLine line_;
  Strings keys_;
  bool listed_ = false, keyable_ = false, syscalls_ = false, all_ = false;
};

}  // namespace

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
  std::vector<Word> all = words_of(text);
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
