// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets in texts. Input: a text that is shown; another one that is learned from.
#include <algorithm>

#include "args/mask.hpp"
#include "args/scrub.hpp"
#include "args/secret_names.hpp"
#include "base/read_json.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"

namespace fuzz {
namespace {

using namespace dockhost;

bool once(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos && text.find(word) == text.rfind(word);
}

void require_places(const std::string& text) {
  std::size_t last = 0;
  for (const Secret& secret : secrets_in(text)) {
    require(secret.start >= last && secret.start < secret.end && secret.end <= text.size(), "secrets stand in order");
    last = secret.end;
    meanings(secret, text);
  }
}

void require_scrubbed(const std::string& text) {
  const std::string shown = scrub(text);
  for (const Secret& secret : secrets_in(text)) {
    const std::string word = text.substr(secret.start, secret.end - secret.start);
    if (looks_secret(word) && once(text, word)) require(shown.find(word) == std::string::npos, "a secret is hidden");
  }
  const json tree = read_json_or_discard(text, JsonFrom::option);
  if (!tree.is_structured()) return;
  require(!read_json_or_discard(shown, JsonFrom::option).is_discarded(), "scrubbed JSON is JSON: " + shown);
  const std::string again = scrub(shown);
  require(scrub(again) == again, "what is scrubbed is soon scrubbed whole: " + shown);
}

void require_masked(const std::string& text, const std::string& learned) {
  Secrets known;
  known.learn_change(learned, text);
  const json tree = read_json_or_discard(learned, JsonFrom::option);
  if (!tree.is_discarded()) known.learn(tree);
  const Mask mask(known);
  static_cast<void>(mask.text(text));
  const Strings words(known.words.begin(), known.words.end());
  for (const std::string& word : words) {
    const bool whole = std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
    if (whole && looks_secret(word))
      require((" " + mask.text("it says " + word + " here")).find(word) == std::string::npos, "a known word is hidden");
  }
  if (tree.is_structured()) {
    const json masked = mask.tree(tree);
    require(masked.type() == tree.type(), "a masked tree is one");
  }
}

}  // namespace

void secrets(std::string_view input) {
  const std::string text = part(input, 0), learned = part(input, 1, R"({"splunk-token": "x7Kq9wPz"})");
  require_places(text);
  require_scrubbed(text);
  require_masked(text, learned);
  sensitive(text);
}

}  // namespace fuzz
