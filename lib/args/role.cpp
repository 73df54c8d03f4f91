// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "args/document.hpp"
#include "args/marks.hpp"
#include "args/yaml.hpp"

namespace dockhost {
namespace {

constexpr std::string_view kHead = "# SPDX-License-Identifier: GPL-3.0-or-later\n---\n";

bool textual(const Option& option) { return option.type == Type::text || option.type == Type::path; }

// A role has no "not given" for a text: it is empty then, and the task leaves the option out.
json default_of(const Option& option) {
  const bool empty = option.fallback.is_null() && !option.required && textual(option) && option.choices.empty();
  return empty ? json("") : option.fallback;
}

void rename_marks(Option& option, const std::string& role) {
  for (std::string& text : option.description) text = marks_for_role(text, role);
  for (Option& inner : option.suboptions) rename_marks(inner, role);
}

// An option as a variable of the role.
Option variable(const Option& option, const std::string& role) {
  Option renamed = option;
  renamed.name = role + "_" + option.name;
  renamed.aliases.clear();
  renamed.fallback = default_of(option);
  rename_marks(renamed, role);
  return renamed;
}

std::vector<Option> variables(const Module& module) {
  std::vector<Option> all = module.options;
  for (Option& own : role_options()) all.push_back(std::move(own));
  std::transform(all.begin(), all.end(), all.begin(),
                 [&](const Option& option) { return variable(option, module.name); });
  return all;
}

std::string template_of(const Option& option, const std::string& role) {
  std::string given = role + "_" + option.name;
  if (option.fallback.is_null() && !option.required)
    given += textual(option) ? " | default(omit, true)" : " | default(omit)";
  return "\"{{ " + given + " }}\"";
}

}  // namespace

std::vector<Option> role_options() {
  return {{.name = "report_dir",
           .type = Type::path,
           .description = {"A directory of the controller in which each run makes a new one, named by its time in UTC, "
                           "with the report and the result of each host. Empty: no report is written."},
           .fallback = "./reports"},
          {.name = "report_previous",
           .type = Type::path,
           .description = {"The directory of an earlier run, or its C(results.jsonl): the report then says what was "
                           "settled since, and what is new."}},
          {.name = "gate",
           .description = {"What ends the play for a host, after everything else was done and written. V(refused): a "
                           "wish that was refused there. V(fail): that, or a control that fails. V(pending): that, or "
                           "one that waits for a restart or reboot. V(never): nothing.",
                           "Without it V(refused), and V(never) in check mode."},
           .choices = {"never", "refused", "fail", "pending"}}};
}

std::string role_argument_specs(const Module& docker_host) {
  std::string all = std::string(kHead) + "argument_specs:\n  main:\n";
  all += yaml_folded(4, "short_description: ", yaml_text(docker_host.summary));
  const std::string module = std::string(kCollection) + "." + docker_host.name;
  all += description_yaml(
      {"Runs M(" + module + ") once, writes a report on the controller, and ends as O(docker_host_gate) says."}, 4);
  all += "    author:\n      - The dockhost authors\n";
  all += "    version_added: " + std::string(kFirstVersion) + "\n    options:\n";
  return all + options_yaml(variables(docker_host), 6, "options");
}

std::string role_defaults(const Module& docker_host) {
  std::string all(kHead);
  const std::vector<Option> options = variables(docker_host);
  for (const Option& option : options) {
    if (option.fallback.is_null()) continue;
    if (&option != &options.front()) all += "\n";
    for (const std::string& paragraph : option.description) {
      const std::string text = without_marks(paragraph);
      std::string folded = yaml_folded(0, "# ", text, 2);
      for (std::size_t at = folded.find('\n'); at + 1 < folded.size(); at = folded.find('\n', at + 3)) {
        folded.replace(at + 1, 2, "# ");
      }
      all += folded;
    }
    if (!option.choices.empty()) {
      const std::string choices = yaml_flow(option.choices);
      all += "# One of: " + choices.substr(1, choices.size() - 2) + "\n";
    }
    all += option.name + ": " + yaml_flow(option.fallback) + "\n";
  }
  return all;
}

std::string role_task(const Module& docker_host) {
  const std::string& role = docker_host.name;
  std::string all = std::string(kHead) + "- name: Bring the host to its baseline\n";
  all += "  " + std::string(kCollection) + "." + role + ":\n";
  for (const Option& option : docker_host.options) {
    all += "    " + option.name + ": " + template_of(option, role) + "\n";
  }
  all += "    report_dir: \"{{ " + role + "_report_at | default(omit, true) }}\"\n";
  all += "  register: " + role + "_result\n";
  return all + "  ignore_unreachable: true           # the report names such a host; gate.yml stops there\n";
}

}  // namespace dockhost
