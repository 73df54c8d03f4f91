// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/document.hpp"
#include "args/marks.hpp"
#include "args/rules.hpp"
#include "args/yaml.hpp"

namespace dockhost {
namespace {

constexpr std::size_t kColumns = 80;

// Characters, not bytes, are what stands in a column.
std::size_t columns(const std::string& text) {
  std::size_t count = 0;
  for (const char letter : text) count += (static_cast<unsigned char>(letter) & 0xC0U) != 0x80 ? 1 : 0;
  return count;
}

std::string paragraph(const std::string& text, std::size_t indent, const std::string& first = "") {
  const std::string plain = without_marks(text);
  std::string all;
  std::string row = std::string(indent, ' ') + first;
  bool begun = false;
  for (const std::string& word : words(plain)) {
    if (begun && columns(row) + 1 + columns(word) > kColumns) {
      all += row + "\n";
      row = std::string(indent + first.size(), ' ') + word;
    } else {
      row += (begun ? " " : "") + word;
    }
    begun = true;
  }
  return all + row + "\n";
}

std::string facts(const Option& option) {
  Strings all;
  const std::string of = option.type == Type::list ? " of " + type_name(option.elements) : "";
  all.push_back(type_name(option.type) + of);
  if (option.required) all.emplace_back("required");
  if (!option.choices.empty()) all.push_back("one of " + join(option.choices, ", "));
  if (!option.fallback.is_null()) all.push_back("default " + yaml_flow(option.fallback));
  if (!option.aliases.empty()) all.push_back("also called " + join(option.aliases, ", "));
  if (option.no_log) all.emplace_back("never shown");
  return "(" + join(all, "; ") + ")";
}

std::string options_text(const std::vector<Option>& options, std::size_t indent) {
  std::string all;
  for (const Option& option : options) {
    all += paragraph(facts(option), indent, option.name + " ");
    for (const std::string& text : option.description) all += paragraph(text, indent + 4);
    all += options_text(option.suboptions, indent + 4);
  }
  return all;
}

std::string returns_text(const std::vector<Return>& returns, std::size_t indent) {
  std::string all;
  for (const Return& one : returns) {
    const std::string of = one.type == Type::list ? " of " + type_name(one.elements) : "";
    all += paragraph("(" + type_name(one.type) + of + "; " + one.returned + ")", indent, one.name + " ");
    for (const std::string& text : one.description) all += paragraph(text, indent + 4);
    all += returns_text(one.contains, indent + 4);
  }
  return all;
}

std::string bullets(const std::string& title, const Strings& items) {
  if (items.empty()) return {};
  std::string all = "\n" + title + "\n";
  for (const std::string& item : items) all += paragraph(item, 2, "- ");
  return all;
}

std::string examples_text(const std::string& examples) {
  if (examples.empty()) return {};
  std::string all = "\nExamples\n";
  Strings lines = split(examples, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (const std::string& row : lines) all += row.empty() ? "\n" : "  " + row + "\n";
  return all;
}

}  // namespace

std::string help_text(const Module& module) {
  std::string all = module.name + ": " + without_marks(module.summary) + "\n";
  for (const std::string& text : module.description) all += "\n" + paragraph(text, 2);
  if (!module.options.empty()) all += "\nOptions\n" + options_text(module.options, 2);
  Strings notes = rule_sentences(module);
  notes.insert(notes.end(), module.notes.begin(), module.notes.end());
  all += bullets("Notes", notes) + bullets("Needs", module.requirements) + examples_text(module.examples);
  all += "\nReturns\n" + returns_text(returns_of(module), 2);
  return all + bullets("See also", module.see_also);
}

}  // namespace dockhost
