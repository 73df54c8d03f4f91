// SPDX-License-Identifier: GPL-3.0-or-later
// The floor under dockhost on a host: the same requests and the same tools, each answer read, and nothing else done.
// usage: bare SOCKET TARGET... [-- TOOL ARGUMENT...]...     prints how many bytes were read
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::perror(("bare: " + what).c_str());
  std::exit(1);
}

std::size_t read_to_end(int from) {
  std::array<char, 65536> buffer{};
  std::size_t all = 0;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0) fail("read");
    if (got == 0) break;
    all += static_cast<std::size_t>(got);
  }
  ::close(from);
  return all;
}

// HTTP/1.0: the server closes the connection behind its answer.
std::size_t get(const std::string& socket, const std::string& target) {
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  socket.copy(static_cast<char*>(place.sun_path), sizeof place.sun_path - 1);
  if (::connect(connection, static_cast<const sockaddr*>(static_cast<const void*>(&place)), sizeof place) != 0) {
    fail(socket);
  }
  const std::string request = "GET " + target + " HTTP/1.0\r\nHost: docker\r\n\r\n";
  if (::write(connection, request.data(), request.size()) != static_cast<ssize_t>(request.size())) fail(target);
  return read_to_end(connection);
}

// In: argv of one tool, ended by a null pointer. Out: what it printed, in bytes.
std::size_t run(char* const* argv) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail("pipe");
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  pid_t child = 0;
  if (::posix_spawnp(&child, argv[0], &actions, nullptr, argv, environ) != 0) fail(argv[0]);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const std::size_t all = read_to_end(ends[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) fail(std::string(argv[0]) + " did not succeed");
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const auto separates = [](const char* word) { return std::strcmp(word, "--") == 0; };
  std::vector<char*> words(argv + 1, argv + argc);
  const auto first_tool = std::find_if(words.begin(), words.end(), separates);
  std::size_t all = 0;
  for (auto word = words.begin(); word < first_tool; ++word) {
    if (word != words.begin()) all += get(words.front(), *word);
  }
  for (auto word = first_tool; word != words.end();) {
    const auto end = std::find_if(word + 1, words.end(), separates);
    std::vector<char*> tool(word + 1, end);
    tool.push_back(nullptr);
    if (tool.size() > 1) all += run(tool.data());
    word = end;
  }
  std::printf("%zu\n", all);
  return 0;
}
