// SPDX-License-Identifier: GPL-3.0-or-later
// A call of a module as it reaches the executable, and its answer. Input: the arguments' file.
#include <algorithm>

#include "ansible.hpp"
#include "args/secret_names.hpp"
#include "args/spec.hpp"
#include "base/read_json.hpp"
#include "fuzz/answers.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "modules.hpp"
#include "run.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

std::size_t levels(const json& value) {
  std::size_t most = 0;
  if (!value.is_structured()) return 0;
  for (const json& child : value) most = std::max(most, levels(child));
  return most + 1;
}

void require_bounds(const json& value, const std::string& key) {
  if (value.is_number()) {
    require(!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX}, "numbers fit");
  }
  if (value.is_string() && key != "before" && key != "after")
    require(value.get_ref<const std::string&>().size() <= 4 * kLongestText, "a text has an end");
  if (!value.is_structured()) return;
  for (const auto& [name, child] : value.items()) {
    const std::size_t letter = name.find_first_not_of('_');
    require(letter == 0 || letter == std::string::npos || !name.substr(letter).starts_with("ansible_"),
            "no key means something to Ansible: " + name);
    require_bounds(child, name);
  }
}

// Words in the values of names that hold a secret, where nothing else says the same.
void collect_secret_words(const json& value, const std::string& text, Strings& found) {
  if (!value.is_structured()) return;
  for (const auto& [key, child] : value.items()) {
    const bool named = value.is_object() && sensitive(key) && child.is_string();
    const std::string said = named ? child.get<std::string>() : "";
    std::string word;
    for (const char c : said + " ") {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (letter) word += c;
      if (letter) continue;
      if (looks_secret(word) && text.find(word) == text.rfind(word) && !keeps_elsewhere(key, said))
        found.push_back(word);
      word.clear();
    }
    collect_secret_words(child, text, found);
  }
}

void require_answer(const json& result, const std::string& text, const Strings& secret) {
  const std::string line = answer(result);
  require(line.ends_with('\n') && line.find('\n') + 1 == line.size(), "an answer is one line");
  require(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= ' ' && c < 0x7F; }), "an answer is ASCII");
  const json told = read_json_or_discard(line, JsonFrom::ourselves);
  require(told.is_object(), "an answer is a JSON object");
  require(levels(told) <= kDeepest, "an answer is not deeper than the controller takes");
  require_bounds(told, "");
  for (const std::string& word : secret)
    require(line.find(word) == std::string::npos, "no answer holds a secret: " + line.substr(0, 2000));
  require(exit_code(told) == (told.value("failed", false) ? 1 : 0), "a failure is told");
  const std::string words = told.value("msg", "");
  require(!words.starts_with("dockhost has a fault"), "what is refused is refused with an Error: " + words);
  require(text.empty() || printable(words, true) == words, "a message drives no terminal: " + words);
}

}  // namespace

void arguments(std::string_view input) {
  const std::string text(input);
  const auto call = unless_refused([&] { return parse_call(text, "/tmp/AnsiballZ_mount.py", "args"); }, text);
  if (!call) return;
  Strings secret;
  collect_secret_words(call->args, text, secret);
  const Request request{call->module, call->args, true, call->diff};
  const Mask mask{dockhost::secrets(request)};
  json refusal;
  if (!done([&] { refusal = refusal_of_arguments(request); })) return;
  if (!refusal.is_null()) return require_answer(with_invocation(refusal, *call, mask), text, secret);
  const Module& spec = module_named(call->module).spec;
  const Arguments valid = validate(spec, call->args);
  const auto again = unless_refused([&] { return validate(spec, valid.values); });
  require(again && again->values == valid.values, "arguments that were taken are taken again");
  Answers host;
  start_dockerd(host);
  const json result = dockhost::run(host, request);
  require_answer(with_invocation(result, *call, mask), text, secret);
  require_good_questions(host);
}

}  // namespace fuzz
