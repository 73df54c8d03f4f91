// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kinds.hpp"

#include <algorithm>

namespace dockhost {

bool Mount::satisfies(const Mount& wish) const {
  return device == wish.device && root == wish.root &&
         std::all_of(wish.options.begin(), wish.options.end(), [&](const std::string& option) {
           return std::find(options.begin(), options.end(), option) != options.end();
         });
}

std::string verdict_key(const Strings& argv, const std::string& text) {
  return json{{"argv", argv}, {"text", text}}.dump();
}

std::pair<Strings, std::string> verdict_question(const std::string& key) {
  const json question = json::parse(key);
  return {question.at("argv").get<Strings>(), question.at("text").get<std::string>()};
}

}  // namespace dockhost
