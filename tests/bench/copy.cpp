// SPDX-License-Identifier: GPL-3.0-or-later
// copy ROOT DEVICE content|metadata: the step of docker_data that copies and compares, alone.
#include <cstdio>

#include "host/copy_data.hpp"
#include "host/linux_host.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    dockhost::LinuxHost host({});
    dockhost::copy_data(host, argv[1], argv[2], std::string(argv[3]) == "content");
    return 0;
  } catch (const dockhost::Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 1;
  }
}
