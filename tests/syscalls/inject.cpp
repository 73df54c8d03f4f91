// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a program below a directory of its own and counts its state-changing system calls; kills it right before one of
// them, or lets one fail. The program's tools (its child processes) are not traced.
//
// usage: inject ROOT LOG list|kill|EIO|ENOSPC N PROGRAM [ARGUMENT...]
// LOG gets one line a call: "name path". Exit code: that of the program, 137 when it was killed.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

[[noreturn]] void die(const std::string& what) {
  std::perror(("inject: " + what).c_str());
  std::_Exit(2);
}

// A call that changes what is on disk or mounted. `descriptor`: the argument that holds one; `path`: the argument that
// holds a name; -1 where there is none.
struct Call {
  const char* name;
  int descriptor, path;
};

const std::map<long, Call> kCalls = {
    {SYS_write, {"write", 0, -1}},
    {SYS_pwrite64, {"pwrite64", 0, -1}},
    {SYS_writev, {"writev", 0, -1}},
    {SYS_ftruncate, {"ftruncate", 0, -1}},
    {SYS_fallocate, {"fallocate", 0, -1}},
    {SYS_copy_file_range, {"copy_file_range", 2, -1}},
    {SYS_fsync, {"fsync", 0, -1}},
    {SYS_fdatasync, {"fdatasync", 0, -1}},
    {SYS_syncfs, {"syncfs", 0, -1}},
    {SYS_fchmod, {"fchmod", 0, -1}},
    {SYS_fchown, {"fchown", 0, -1}},
    {SYS_fsetxattr, {"fsetxattr", 0, -1}},
    {SYS_fremovexattr, {"fremovexattr", 0, -1}},
    {SYS_open, {"open", -1, 0}},
    {SYS_openat, {"openat", -1, 1}},
    {SYS_creat, {"creat", -1, 0}},
    {SYS_rename, {"rename", -1, 1}},
    {SYS_renameat, {"renameat", -1, 3}},
    {SYS_renameat2, {"renameat2", -1, 3}},
    {SYS_unlink, {"unlink", -1, 0}},
    {SYS_unlinkat, {"unlinkat", -1, 1}},
    {SYS_rmdir, {"rmdir", -1, 0}},
    {SYS_mkdir, {"mkdir", -1, 0}},
    {SYS_mkdirat, {"mkdirat", -1, 1}},
    {SYS_link, {"link", -1, 1}},
    {SYS_linkat, {"linkat", -1, 3}},
    {SYS_symlink, {"symlink", -1, 1}},
    {SYS_symlinkat, {"symlinkat", -1, 2}},
    {SYS_chmod, {"chmod", -1, 0}},
    {SYS_fchmodat, {"fchmodat", -1, 1}},
    {SYS_chown, {"chown", -1, 0}},
    {SYS_lchown, {"lchown", -1, 0}},
    {SYS_fchownat, {"fchownat", -1, 1}},
    {SYS_utimensat, {"utimensat", -1, 1}},
    {SYS_setxattr, {"setxattr", -1, 0}},
    {SYS_lsetxattr, {"lsetxattr", -1, 0}},
    {SYS_mount, {"mount", -1, 1}},
    {SYS_umount2, {"umount2", -1, 0}},
};

std::string text_at(pid_t process, std::uint64_t address) {
  std::string text;
  while (text.size() < PATH_MAX) {
    errno = 0;
    // The address is of another process.
    const long word = ::ptrace(PTRACE_PEEKDATA, process,
                               reinterpret_cast<void*>(address + text.size()),  // NOLINT(performance-no-int-to-ptr)
                               nullptr);
    if (errno != 0) return text;
    std::array<char, sizeof word> bytes{};
    std::memcpy(bytes.data(), &word, sizeof word);
    for (const char byte : bytes) {
      if (byte == '\0') return text;
      text += byte;
    }
  }
  return text;
}

std::string descriptor_path(pid_t process, std::uint64_t number) {
  std::array<char, PATH_MAX> buffer{};
  const std::string link = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(static_cast<int>(number));
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
}

// Pipes, sockets and terminals are no state of the host.
bool on_a_file_system(pid_t process, std::uint64_t number) {
  struct stat seen {};
  const std::string link = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(static_cast<int>(number));
  return ::stat(link.c_str(), &seen) == 0 && (S_ISREG(seen.st_mode) || S_ISDIR(seen.st_mode));
}

// "rename /etc/fstab" where the call at hand changes something; else "".
std::string changing(pid_t process, const __ptrace_syscall_info& at) {
  const auto found = kCalls.find(static_cast<long>(at.entry.nr));
  if (found == kCalls.end()) return "";
  const Call& call = found->second;
  if (at.entry.nr == SYS_open || at.entry.nr == SYS_openat) {
    const std::uint64_t flags = at.entry.args[at.entry.nr == SYS_open ? 1 : 2];
    if ((flags & (O_CREAT | O_TRUNC)) == 0) return "";
  }
  if (call.descriptor >= 0) {
    const std::uint64_t number = at.entry.args[call.descriptor];
    if (!on_a_file_system(process, number)) return "";
    return std::string(call.name) + " " + descriptor_path(process, number);
  }
  return std::string(call.name) + " " + text_at(process, at.entry.args[call.path]);
}

[[noreturn]] void become(const char* root, char** argv) {
  if (::chroot(root) != 0 || ::chdir("/") != 0) die(root);
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) die("ptrace");
  ::raise(SIGSTOP);
  ::execv(argv[0], argv);
  die(argv[0]);
}

void skip_call(pid_t process) {
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, process, nullptr, &registers);
  registers.orig_rax = static_cast<unsigned long long>(-1);
  ::ptrace(PTRACE_SETREGS, process, nullptr, &registers);
}

void answer_with(pid_t process, int error) {
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, process, nullptr, &registers);
  registers.rax = static_cast<unsigned long long>(-error);
  ::ptrace(PTRACE_SETREGS, process, nullptr, &registers);
}

int code_of(const std::string& name) {
  if (name == "EIO") return EIO;
  if (name == "ENOSPC") return ENOSPC;
  return 0;
}

// Follows the program to its end. Returns its exit code.
int follow(pid_t process, const std::string& what, long number, std::ofstream& log) {
  const int error = code_of(what);
  long count = 0;
  bool failing = false;
  int status = 0, signal = 0;
  ::waitpid(process, &status, 0);
  ::ptrace(PTRACE_SETOPTIONS, process, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (;;) {
    ::ptrace(PTRACE_SYSCALL, process, nullptr, signal);
    if (::waitpid(process, &status, 0) < 0) die("waitpid");
    signal = 0;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
      signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
      continue;
    }
    __ptrace_syscall_info at{};
    ::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), process, sizeof at, &at);
    if (at.op == PTRACE_SYSCALL_INFO_EXIT && failing) {
      answer_with(process, error);
      failing = false;
    }
    if (at.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    const std::string call = changing(process, at);
    if (call.empty()) continue;
    log << call << "\n" << std::flush;
    if (++count != number) continue;
    if (what == "kill") ::kill(process, SIGKILL);  // a call that is about to begin does not happen then
    if (error != 0) {
      skip_call(process);
      failing = true;
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 6) {
    std::fputs("usage: inject ROOT LOG list|kill|EIO|ENOSPC N PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  const pid_t process = ::fork();
  if (process < 0) die("fork");
  if (process == 0) become(words[1], words + 5);
  std::ofstream log(words[2]);
  return follow(process, words[3], std::strtol(words[4], nullptr, 10), log);
}
