// SPDX-License-Identifier: GPL-3.0-or-later
// Whether dockhost's parser agrees with auditctl and the kernel, for tests/vm/scenarios/audit.py, which asks them.
// Lines of input, and what is printed for each:
//   rule TAB listing    "agrees", or what we say instead; the listing is what `auditctl -l` printed after the rule was
//                       added on a kernel without rules, empty where it was refused
//   rule TAB rule       with the argument `twice`: "refused" where we expect that the kernel takes the second for the
//                       first (EEXIST), else "added"
#include <filesystem>
#include <iostream>

#include "base/error.hpp"
#include "edit/audit_covers.hpp"

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

std::string judged(const std::string& text, const std::string& listing) {
  try {
    const AuditRule rule = dockhost::parse_audit_rule(text);
    const bool refused = !dockhost::unloadable(rule, place).empty();  // auditctl accepts it, the kernel does not
    if (refused || listing.empty()) return refused == listing.empty() ? "agrees" : refused ? "refused" : "accepted";
    const std::string path = rule.path();
    const bool directory = !path.empty() && place(path).directory;
    const std::string ours = dockhost::listing_of(rule, directory);
    if (ours == listing) return "agrees";
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
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.rfind('\t');
    const std::string left = line.substr(0, tab), right = line.substr(tab + 1);
    std::cout << (pairs ? twice(left, right) : judged(left, right)) << "\n";
  }
  return 0;
}
