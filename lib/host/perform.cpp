// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/perform.hpp"

namespace dockhost {
namespace {

std::string ids(std::uint64_t start, std::uint64_t count) {
  return std::to_string(start) + "-" + std::to_string(start + count - 1);
}

}  // namespace

void must_run(Host& host, const Strings& argv, Limits limits) { must_succeed(host.run(argv, limits), argv, limits); }

void must_succeed(const Output& output, const Strings& argv, Limits limits) {
  const std::string command = join(argv, " ");
  if (!output.found) throw Error("the tool " + quote(argv.front()) + " is not installed");
  if (output.late) {
    throw Error(command + " did not end within " + std::to_string(limits.time.count()) + " seconds");
  }
  if (output.good()) return;
  const std::string said = trim(output.err.empty() ? output.out : output.err);
  throw Error(command + " failed (" + std::to_string(output.code) + "): " + printable(said, true));
}

std::string perform_file(Host& host, const Change<File>& change) {
  if (!change.after) {
    host.remove(change.key);
    return {};
  }
  std::string backup = change.before && change.after->backup ? host.back_up(change.key) : "";
  host.write(change.key, change.after->content, change.after->mode, change.after->uid, change.after->gid);
  return backup;
}

void perform_user(Host& host, const Change<User>& change) {
  if (!change.after) return must_run(host, {"userdel", "--", change.key});
  must_run(host,
           {"useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", "--", change.key});
}

void perform_subids(Host& host, const Change<SubIds>& change) {
  const SubIds before = change.before.value_or(SubIds{}), after = change.after.value_or(SubIds{});
  Strings argv = {"usermod"};
  const auto add = [&](const char* name, std::uint64_t start, std::uint64_t count) {
    argv.insert(argv.end(), {name, ids(start, count)});
  };
  if (before.uid_count != 0 && after.uid_count == 0) add("--del-subuids", before.uid_start, before.uid_count);
  if (before.gid_count != 0 && after.gid_count == 0) add("--del-subgids", before.gid_start, before.gid_count);
  if (before.uid_count == 0 && after.uid_count != 0) add("--add-subuids", after.uid_start, after.uid_count);
  if (before.gid_count == 0 && after.gid_count != 0) add("--add-subgids", after.gid_start, after.gid_count);
  argv.insert(argv.end(), {"--", change.key});
  must_run(host, argv);
}

void perform_access(Host& host, const Change<Access>& change) {
  const Rights rights = change.after.value().rights;
  host.set_rights(change.key, rights.mode, rights.uid, rights.gid);
}

void perform_members(Host& host, const Change<AccountGroup>& change) {
  const Strings before = change.before.value().members, after = change.after.value().members;
  for (const std::string& name : without(before, after))
    must_run(host, {"gpasswd", "--delete", name, "--", change.key});
  for (const std::string& name : without(after, before)) must_run(host, {"gpasswd", "--add", name, "--", change.key});
}

}  // namespace dockhost
