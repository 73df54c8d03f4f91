// SPDX-License-Identifier: GPL-3.0-or-later
// argv -> run -> one JSON line for Ansible, or words for people.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "ansible.hpp"
#include "args/document.hpp"
#include "args/schema.hpp"
#include "args/scrub.hpp"
#include "baseline/check_text.hpp"
#include "cli.hpp"
#include "host/descriptor.hpp"
#include "host/linux_host.hpp"
#include "modules.hpp"
#include "report/text.hpp"
#include "run.hpp"

namespace dockhost {
namespace {

constexpr int kInterrupted = 3;

// What is said to a person where a signal ends a look.
Signals::LastWords last_words(const Interrupted& interrupted = Interrupted()) {
  return {std::string("dockhost: ") + interrupted.what() + "\n", STDERR_FILENO, kInterrupted};
}

json result_of(const Interrupted& interrupted) {
  return {{"failed", true}, {"changed", false}, {"msg", interrupted.what()}};
}

// While it lives a signal ends this process with these words: where nothing is done that must not be left half done.
class Watched {
 public:
  explicit Watched(const Signals::LastWords& words) { Signals::watch(words); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { Signals::stop_watching(); }
};

json result_of(const Request& request, const Signals::LastWords& interrupted, const std::function<void()>& alive = {},
               const std::function<void(const std::string&)>& tell = {}) {
  const Signals signals;
  {
    const Watched watched(interrupted);
    json refusal = refusal_of_arguments(request);
    if (!refusal.is_null()) return refusal;
  }
  try {
    // An apply takes the lock before it looks, so that its plan is made under it.
    LinuxHost host(
        {.lock = !request.check, .module = request.module, .alive = alive, .tell = tell, .interrupted = interrupted});
    return run(host, request);
  } catch (const Error& error) {
    return {{"changed", false}, {"failed", true}, {"msg", error.text()}};
  }
}

int say(const std::string& text, int code) { return write_all(STDOUT_FILENO, text) ? code : 1; }

// As a module: whatever goes wrong is told as JSON.
int for_ansible(const std::string& path, const std::string& argv0) {
  const Signals signals;
  const Signals::LastWords words{answer(result_of(Interrupted())), STDOUT_FILENO, 1};
  try {
    const Call call = [&] {
      const Watched watched(words);
      return parse_call(read_arguments(path), argv0, path);
    }();
    const Request request{call.module, call.args, call.check, call.diff};
    // An empty line keeps a connection from being given up; Ansible looks for the JSON behind it.
    const auto alive = [] { write_all(STDOUT_FILENO, "\n"); };
    json result = result_of(request, words, alive);
    std::optional<Watched> watched;
    if (call.check) watched.emplace(words);
    result = with_invocation(std::move(result), call, Mask(secrets(request)));
    const Resource* const resource = find_module(request.module);
    return say(answer(result, resource == nullptr ? nullptr : &resource->spec), exit_code(result));
  } catch (const Interrupted& interrupted) {
    return say(answer(result_of(interrupted)), 1);
  } catch (const Error& error) {
    return say(answer({{"failed", true}, {"changed", false}, {"msg", error.text()}}), 1);
  }
}

int for_a_person(const CommandLine& line) {
  module_named(line.text);  // a word that is none makes the command line wrong
  const Request request{line.text, command_args(line.args), line.check, line.diff};
  const auto tell = [](const std::string& words) { write_all(STDERR_FILENO, "dockhost: " + printable(words) + "\n"); };
  const json result = result_of(request, last_words(), {}, tell);
  const bool color = colored(line.color, isatty(STDOUT_FILENO) == 1, std::getenv("NO_COLOR"));
  return say(for_people(result, line.check, color), exit_code(result));
}

// The terminal's width, at most 80 columns.
std::size_t columns() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::min<std::size_t>(size.ws_col, 80) : 80;
}

int check(const CommandLine& line) {
  const json result = result_of({"docker_host", check_args(line), true, false}, last_words());
  if (line.as_json) return say(result.dump() + "\n", check_code(result, line.strict));
  if (!result.contains("report")) throw Error(result.value("msg", "the host could not be looked at"));
  const bool color = colored(line.color, isatty(STDOUT_FILENO) == 1, std::getenv("NO_COLOR"));
  return say(check_text(result, {line.verbose, line.plan, color, columns()}), check_code(result, line.strict));
}

std::string module_list(bool names) {
  std::string text;
  for (const Resource& resource : all_modules()) {
    text += (names ? resource.spec.name : padded(resource.spec.name, 14) + resource.spec.summary) + "\n";
  }
  return text;
}

std::string schema_text() {
  std::vector<Module> modules;
  for (const Resource& resource : all_modules()) modules.push_back(resource.spec);
  return result_schema(modules).dump(1) + "\n";
}

std::string explanations(const CommandLine& line) {
  Strings all;
  const std::vector<const Control*> found = find_controls(line.text, line.benchmark);
  for (const Control* control : found) all.push_back(explained(*control));
  return join(all, "\n");
}

std::string role_text(const std::string& file) {
  const Module& spec = module_named("docker_host").spec;
  if (file == "argument_specs") return role_argument_specs(spec);
  return file == "defaults" ? role_defaults(spec) : role_task(spec);
}

int command(const Strings& words, const std::string& argv0) {
  const CommandLine line = parse_command_line(words);
  using What = CommandLine::What;
  switch (line.what) {
    case What::arguments:
      return for_ansible(line.text, argv0);
    case What::module:
      return for_a_person(line);
    case What::list:
      return say(module_list(line.names), 0);
    case What::controls:
      return say(line.as_json ? controls_document().dump() + "\n" : controls_text(line.benchmark), 0);
    case What::schema:
      return say(schema_text(), 0);
    case What::check:
      return check(line);
    case What::explain:
      return say(explanations(line), 0);
    case What::doc:
      return say(help_text(module_named(line.text).spec), 0);
    case What::stub:
      return say(module_stub(module_named(line.text).spec), 0);
    case What::role:
      return say(role_text(line.text), 0);
    case What::help:
      return say(usage(), 0);
    case What::version:
      break;
  }
  return say("dockhost " DOCKHOST_VERSION "\nlinked from " DOCKHOST_LIBRARIES "\n", 0);
}

}  // namespace
}  // namespace dockhost

int main(int argc, char** argv) {
  try {
    return dockhost::command({argv + 1, argv + argc}, argv[0]);
  } catch (const dockhost::Interrupted& interrupted) {
    const auto words = dockhost::last_words(interrupted);
    dockhost::write_all(words.descriptor, words.text);
    return words.code;
  } catch (const dockhost::Error& error) {
    dockhost::write_all(STDERR_FILENO, "dockhost: " + dockhost::scrub(dockhost::printable(error.text(), true)) + "\n");
    return 2;
  } catch (const std::exception& error) {
    dockhost::write_all(STDERR_FILENO, std::string("dockhost has a fault: ") + error.what() + "\n");
    return 2;
  }
}
