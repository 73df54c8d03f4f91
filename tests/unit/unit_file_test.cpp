// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/unit_file.hpp"

#include <doctest/doctest.h>

#include "edit/tmpfiles.hpp"

using namespace dockhost;

namespace {

std::string with_after(const std::string& text) { return with_line(text, "Unit", "After=x"); }

}  // namespace

TEST_CASE("a section that begins in a line which would go on ends the one before it") {
  const std::string text = "[Unit]\nA=b\n[Other]\\\n;comment";
  const std::string made = with_line(text, "Unit", "C=d");
  CHECK(made == "[Unit]\nA=b\nC=d\n[Other]\\\n;comment");
  CHECK(with_line(made, "Unit", "C=d") == made);
}

TEST_CASE("a line goes behind what its section says, and a missing section to the end") {
  CHECK(with_after("") == "[Unit]\nAfter=x\n");
  CHECK(with_after("[Unit]\nA=b\n\n[Service]\n") == "[Unit]\nA=b\nAfter=x\n\n[Service]\n");
  CHECK(with_after("[Unit]\n# c\n\n[Service]\n") == "[Unit]\n# c\nAfter=x\n\n[Service]\n");
  CHECK(with_after("[Service]\nA=b") == "[Service]\nA=b\n[Unit]\nAfter=x\n");
  CHECK(with_after("[Unit]\r\n After=x \r\n") == "[Unit]\r\n After=x \r\n");
}

TEST_CASE("a line that goes on takes in what follows it, and no line is put behind its backslash") {
  CHECK(with_after("[Unit]\nA=b \\\n") == "[Unit]\nA=b \\\n\nAfter=x\n");
  CHECK(with_after("[Unit]\nA=b \\") == "[Unit]\nA=b \\\n\nAfter=x\n");
  CHECK(with_after("[Service]\nA=b \\\n# c\n") == "[Service]\nA=b \\\n# c\n\n[Unit]\nAfter=x\n");
  CHECK(with_after("[Unit]\nA=b \\\n[Service]\nC=d\n") == "[Unit]\nA=b \\\n[Service]\nC=d\nAfter=x\n");
  CHECK(with_after("[Unit]\nA=b \\\nAfter=x\n") == "[Unit]\nA=b \\\nAfter=x\nAfter=x\n");
  CHECK(with_after("[Unit]\nA=b\\\\\n") == "[Unit]\nA=b\\\\\nAfter=x\n");
  CHECK(with_after("[Unit]\nA=b \\ \n") == "[Unit]\nA=b \\ \nAfter=x\n");
}

TEST_CASE("a path is one word of tmpfiles.d, and no specifier") {
  CHECK(with_directory("", "/run/x", 0755) == "d /run/x 0755 root root -\n");
  for (const char* const type : {"d", "D", "d!", "D-", "d!=+"})
    CHECK(with_directory(type + std::string(" /run/x -"), "/run/x", 0755) == type + std::string(" /run/x -"));
  for (const char* const type : {"dd", "d?", "x", "L"})
    CHECK(with_directory(type + std::string(" /run/x -"), "/run/x", 0755) != type + std::string(" /run/x -"));
  CHECK(with_directory("", "/run/a%b", 0755) == "d /run/a%%b 0755 root root -\n");
  CHECK(with_directory("", "/run/a\tb\"c\\", 0700) == "d /run/a\\x09b\\x22c\\x5c 0700 root root -\n");
  for (const char* path : {"/run/x", "/run/a%b", "/run/a\tb", "/run/\"x\""}) {
    CAPTURE(path);
    const std::string made = with_directory("# mine\n", path, 0755);
    CHECK(with_directory(made, path, 0755) == made);
  }
}
