// SPDX-License-Identifier: GPL-3.0-or-later
// Whether dockhost's parser agrees with auditctl and the kernel, for tests/vm/scenarios/audit.py, which asks them.
// Lines of input, and what is printed for each:
// Arguments: the version of auditctl, and files with the names of the syscalls of b64 and b32; or `twice`.
//   rule TAB listing    "agrees", or what we say instead; the listing is what `auditctl -l` printed after the rule was
//                       added on a kernel without rules, empty where it was refused
//   rule TAB rule       with the argument `twice`: "refused" where we expect that the kernel takes the second for the
//                       first (EEXIST), else "added"
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/error.hpp"
#include "edit/audit_covers.hpp"
#include "edit/audit_load.hpp"
#include "edit/audit_values.hpp"

namespace {

namespace fs = std::filesystem;
using dockhost::AuditPlace;
using dockhost::AuditRule;

AuditPlace place(const std::string& path) {
  const std::string normal = dockhost::normal_path(path);
  const fs::path whole(normal);
  std::error_code error;
  const fs::path parent = fs::canonical(whole.parent_path(), error);
  const std::string real = error ? normal : (parent / whole.filename()).string();
  const fs::file_status status = fs::symlink_status(real, error);
  return {real, fs::is_directory(status), fs::exists(status), fs::exists(whole.parent_path())};
}

dockhost::Strings lines_of(const std::string& path) {
  dockhost::Strings all;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

bool named(const char* file, const std::string& name) {
  for (const std::string& line : lines_of(file)) {
    if (line.starts_with(name + ":")) return true;
  }
  return false;
}

// What the host of the question is asked for.
struct World {
  std::string version;
  dockhost::SyscallNames syscalls;
  dockhost::SecurityModules modules;

  bool refuses(const dockhost::AuditNeed& need) const {
    using Is = dockhost::AuditNeed::Is;
    if (need.is == Is::user || need.is == Is::group)
      return !named(need.is == Is::user ? "/etc/passwd" : "/etc/group", need.word);
    if (need.is == Is::label) return !dockhost::refused_label(need, modules).empty();
    return dockhost::older(version, need.word);
  }

  bool refuses(const AuditRule& rule) const {
    if (!dockhost::unloadable(rule, place).empty() || !dockhost::unknown_syscall(rule, syscalls).empty()) return true;
    for (const dockhost::AuditNeed& need : dockhost::needs_of(rule)) {
      if (refuses(need)) return true;
    }
    return false;
  }
};

// Whether auditctl lists the rule in other words than ours, or wrong: numbers of syscalls by name, exe!= as exe=,
// field_compare as -C, and every arch as one of this machine's.
bool listed_otherwise(const AuditRule& rule) {
  const auto* program = rule.field("exe");
  const auto* arch = rule.field("arch");
  const bool other = arch != nullptr && !arch->value.starts_with("b");
  const bool number = !rule.syscalls.empty() && rule.syscalls.front().find_first_of("0123456789") == 0;
  return rule.field("field_compare") != nullptr || number || other || (program != nullptr && program->op == "!=");
}

std::string judged(const World& world, const std::string& text, const std::string& listing) {
  try {
    const AuditRule rule = dockhost::parse_audit_rule(text);
    const bool refused = world.refuses(rule);
    if (refused || listing.empty()) return refused == listing.empty() ? "agrees" : refused ? "refused" : "accepted";
    const std::string path = rule.path();
    const bool directory = !path.empty() && place(path).directory;
    const std::string ours = dockhost::listing_of(rule, directory);
    if (ours == listing || listed_otherwise(rule)) return "agrees";
    const std::vector<AuditRule> theirs = dockhost::parse_audit_listing(listing);
    const bool same =
        theirs.size() == 1 && (dockhost::same_rule(theirs[0], rule, place) || dockhost::maybe_same(theirs[0], rule));
    return same ? "agrees" : "listed as " + ours;
  } catch (const dockhost::Error& error) {
    return listing.empty() ? "agrees" : std::string("refused: ") + error.what();
  }
}

std::string twice(const std::string& first, const std::string& second) {
  const AuditRule rule = dockhost::parse_audit_rule(second);
  const bool same = dockhost::same_in_kernel(dockhost::parse_audit_rule(first), rule, place);
  return same && !rule.first ? "refused" : "added";
}

}  // namespace

int main(int argc, char** argv) {
  const bool pairs = argc > 1 && std::string(argv[1]) == "twice";
  World world;
  if (argc == 4) {
    world.version = argv[1];
    world.syscalls = {{"b64", lines_of(argv[2])}, {"b32", lines_of(argv[3])}};
  }
  const dockhost::Strings modules = lines_of("/sys/kernel/security/lsm");
  if (!modules.empty()) world.modules.active = dockhost::split(modules.front(), ',');
  const dockhost::Strings own = lines_of("/proc/self/attr/current");
  world.modules.policy = !own.empty() && !own.front().starts_with("kernel");
  world.modules.profiles = lines_of("/sys/kernel/security/apparmor/profiles");
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.rfind('\t');
    const std::string left = line.substr(0, tab), right = line.substr(tab + 1);
    std::cout << (pairs ? twice(left, right) : judged(world, left, right)) << "\n";
  }
  return 0;
}
