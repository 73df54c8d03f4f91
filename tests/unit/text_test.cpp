// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "report/line_diff.hpp"
#include "report/text.hpp"

using namespace dockhost;

TEST_CASE("texts are split at each separator, and into words") {
  CHECK(split("a,,b", ',') == Strings{"a", "", "b"});
  CHECK(split("", ',') == Strings{""});
  CHECK(words("  a \t b\n") == Strings{"a", "b"});
  CHECK(words(" ").empty());
  CHECK(sentence_list({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("control characters and invalid UTF-8 are shown as bytes") {
  CHECK(printable("a\x1b[2J\n") == "a\\x1b[2J\\x0a");
  CHECK(printable("a\n", true) == "a\n");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(printable("\xc3\xbc \xff") == "\xc3\xbc \\xff");
  CHECK(utf8("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(utf8("\xc0\xaf") == "\\xc0\\xaf");
}

TEST_CASE("an error in a text tells the place, and nothing of the line") {
  const Error error = error_at("expected a comma", "/etc/x.json", "{\n\t\"a\": 1 2\n}", 10);
  CHECK(error.text() == "/etc/x.json:2:9: expected a comma");
}

TEST_CASE("what was being done is told innermost first") {
  Error error("no such file", {"/x"});
  error.during("reading it").during("looking at Docker");
  CHECK(error.text() == "/x: no such file (while reading it, while looking at Docker)");
}

TEST_CASE("a diff shows three lines around each change") {
  const Strings lines = line_diff("/f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
  CHECK(join(lines, "\n") == "--- /f\n+++ /f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8");
}

TEST_CASE("a diff tells of a missing last line end") {
  CHECK(join(line_diff("/f", "a", "a\n"), "\n") == "--- /f\n+++ /f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a");
  CHECK(join(line_diff("/f", "", "a\n"), "\n") == "--- /f\n+++ /f\n@@ -0,0 +1 @@\n+a");
  CHECK(line_diff("/f", "a\n", "a\n").empty());
}

TEST_CASE("changes far from each other are hunks of their own") {
  std::string before, after;
  for (int i = 0; i < 20; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 1 || i == 18 ? "x" : std::to_string(i)) + "\n";
  }
  const std::string diff = join(line_diff("/f", before, after), "\n");
  CHECK(diff.find("@@ -1,5 +1,5 @@") != std::string::npos);
  CHECK(diff.find("@@ -16,5 +16,5 @@") != std::string::npos);
}

TEST_CASE("of many names the first are told, and how many others there are") {
  CHECK(at_most(2, {"a", "b"}) == Strings{"a", "b"});
  CHECK(at_most(2, {"a", "b", "c", "d"}) == Strings{"a", "b", "2 others"});
}

TEST_CASE("people read the plan, and colours only when asked for") {
  const json result = {{"changed", true}, {"plan", {"stop it", "start it"}}, {"warnings", {"careful"}}};
  CHECK(for_people(result, true, false) == "would do, in this order:\n  1. stop it\n  2. start it\nwarning: careful\n");
  CHECK(for_people(result, false, true).find("\x1b[") != std::string::npos);
}

TEST_CASE("people read what is not as it was") {
  const json result = {{"failed", true}, {"msg", "no"}, {"not_undone", {"start it: no"}}, {"rolled_back", false}};
  CHECK(for_people(result, false, false) == "failed: no\nwhat is not as it was before:\n  start it: no\n");
}

// NOLINTBEGIN(misc-misleading-bidirectional): these are what the test is about
TEST_CASE("what turns a line around or ends it is spelled, and other letters are not") {
  CHECK(printable("a\xe2\x80\xae"
                  "b") == "a\\xe2\\x80\\xaeb");
  for (const char* turning :
       {"\u061C", "\u200E", "\u200F", "\u2028", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"}) {
    CAPTURE(turning);
    CHECK(printable(turning, true).starts_with("\\x"));
  }
  for (const char* letter :
       {"\u061B", "\u200D", "\u2010", "\u2027", "\u202F", "\u2065", "\u206A", "\u00E9", "\u20AC"}) {
    CAPTURE(letter);
    CHECK(printable(letter) == letter);
  }
}
// NOLINTEND(misc-misleading-bidirectional)

TEST_CASE("no Error drives a terminal, whatever it is made of") {
  Error error("Docker says \x1b]0;x\x07\r and\n\tmore\xff", {"/etc/\x1b[2J", 1, 1});
  error.during("asking \x9b");
  CHECK(std::string(error.what()) == "Docker says \\x1b]0;x\\x07\\x0d and\n\tmore\\xff");
  CHECK(error.text() == "/etc/\\x1b[2J:1:1: Docker says \\x1b]0;x\\x07\\x0d and\n\tmore\\xff (while asking \\x9b)");
}
