// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>

#include "base/text.hpp"

namespace dockhost {

// A place in a file of the managed host. Line and column count from 1; 0 is "not known".
struct Where {
  std::string path;
  std::size_t line = 0, column = 0;
  bool operator==(const Where&) const = default;
};

// "path:line:column", as much of it as is known; empty without a path.
std::string to_string(const Where& where);

// What is wrong, where on the host, and what was being done; whatever it is made of, it is printable(). Caught at the
// border of a part of a plan, in apply() and in main().
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, Where where = {});

  // Adds what the caller was doing, as in "reading the unit"; the innermost comes first.
  Error& during(std::string doing);

  // One text for people: "path:line:column: what (while reading the unit)".
  std::string text() const;

  Where where;
  Strings trail;       // what was being done, innermost first
  Strings not_undone;  // set by apply(): what the rollback could not bring back
  bool acted = false;  // set by apply(): something was changed before this was thrown
  bool stays = false;  // nothing is undone for it: what was done is as good as it can be now
};

// Line and column of the byte at `offset` of a text, which is the whole file.
Where place_in(const std::string& path, std::string_view text, std::size_t offset);

// An Error at a place inside a text. `text` is the whole file and `offset` the byte at which nothing more can be
// accepted. The line is not quoted: what cannot be parsed cannot be searched for secrets either.
Error error_at(const std::string& what, const std::string& path, std::string_view text, std::size_t offset);

// What must not be done although it was asked for: the state of the host forbids it. A single module fails with it;
// inside docker_host it ends its part only.
class Refusal : public Error {
 public:
  using Error::Error;
};

// SIGINT or SIGTERM came while the host was looked at. Not an Error: nothing that catches one may go on.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted while the host was looked at; nothing was changed"; }
};

}  // namespace dockhost
