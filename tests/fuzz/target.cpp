// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/target.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

// What is checked just now, for the words of a violation.
struct Now {
  std::string_view target, input;
};
Now now;

// As a string of C, so that it can be put into a test.
std::string escaped(std::string_view input) {
  constexpr std::string_view digits = "01234567";
  std::string shown;
  for (const char c : input) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '"' || c == '\\') {
      shown += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7F) {
      shown += {'\\', digits[byte >> 6U], digits[(byte >> 3U) & 7U], digits[byte & 7U]};
    } else {
      shown += c;
    }
  }
  return "\"" + shown + "\"";
}

[[noreturn]] void violated(const std::string& property) {
  const std::string told =
      "\nVIOLATED by target " + std::string(now.target) + ": " + property + "\ninput: " + escaped(now.input) + "\n";
  std::fwrite(told.data(), 1, told.size(), stderr);
  std::fflush(stderr);
  std::abort();
}

Strings secret_words(std::string_view text) {
  Strings found;
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    if (looks_secret(word)) found.push_back(word);
    word.clear();
  }
  if (looks_secret(word)) found.push_back(word);
  return found;
}

}  // namespace

const std::vector<Target>& all_targets() {
  static const std::vector<Target> all = {{"arguments", arguments},
                                          {"audit_listing", audit_listing},
                                          {"audit_rules", audit_rules},
                                          {"daemon_json", daemon_json},
                                          {"engine_answers", engine_answers},
                                          {"engine_http", engine_http},
                                          {"fstab", fstab},
                                          {"lvm_wipefs", lvm_wipefs},
                                          {"mount_options", mount_options},
                                          {"mountinfo", mountinfo},
                                          {"secrets", secrets},
                                          {"sizes", sizes},
                                          {"unit_files", unit_files},
                                          {"units", units},
                                          {"waivers", waivers}};
  return all;
}

void run(const Target& target, std::string_view input) {
  now = {target.name, input};
  try {
    target.check(input);
  } catch (const Error& error) {
    violated("no Error leaves the target: " + error.text());
  } catch (const std::exception& error) {
    violated("what is refused is refused with an Error: " + std::string(error.what()));
  }
}

void require(bool holds, const std::string& property) {
  if (!holds) violated(property);
}

std::string part(std::string_view input, std::size_t number, std::string_view otherwise) {
  for (; number > 0; --number) {
    const std::size_t end = input.find('\0');
    if (end == std::string_view::npos) return std::string(otherwise);
    input.remove_prefix(end + 1);
  }
  return std::string(input.substr(0, input.find('\0')));
}

bool looks_secret(std::string_view word) {
  const auto some = [&](auto kind) {
    return std::any_of(word.begin(), word.end(), [&](char c) { return kind(static_cast<unsigned char>(c)) != 0; });
  };
  return word.size() >= 6 && some([](int c) { return std::isdigit(c); }) && some([](int c) { return std::isalpha(c); });
}

void require_good_message(const Error& error, std::string_view text) {
  const std::string told = error.text();
  require(printable(told, true) == told, "a message drives no terminal and is UTF-8: " + escaped(told));
  for (const std::string& word : secret_words(text)) {
    require(told.find(word) == std::string::npos, "a message does not quote the text: " + escaped(told));
  }
}

}  // namespace fuzz
