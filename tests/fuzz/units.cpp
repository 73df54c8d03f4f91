// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd says. Input: the output of systemctl; the file that EnvironmentFile= names; the unit file.
#include "dockerd/flags.hpp"
#include "fuzz/answers.hpp"
#include "fuzz/target.hpp"
#include "fuzz/targets.hpp"
#include "host/docker_api.hpp"
#include "host/look.hpp"
#include "host/unit.hpp"

namespace fuzz {

using namespace dockhost;

void units(std::string_view input) {
  Answers host;
  start_dockerd(host);
  host.tools["systemctl show"] = {0, part(input, 0), ""};
  host.tools["journalctl"] = {0, part(input, 1), ""};
  host.files["/etc/default/docker"] = part(input, 1, "DOCKER_OPTS=\"--debug -H tcp://0.0.0.0:2375\"\n");
  host.files["/lib/systemd/system/docker.service"] = part(input, 2, "[Service]\nExecStart=/usr/bin/dockerd\n");
  const auto properties = unless_refused([&] { return unit_properties(host, "docker.service"); });
  if (!properties) return;
  const Strings argv = unit_argv(host, *properties);
  for (const std::string& word : argv) place_of(host, *properties, word);
  for (const GivenFlag& flag : given_flags(argv)) require(!flag.name.empty(), "a flag has a name");
  keys_given(argv);
  config_file(argv);
  const auto along = unless_refused([&] { return stops_along(host, *properties); });
  if (along) require(std::is_sorted(along->units.begin(), along->units.end()), "what stops along is sorted");
  require(!(starting(*properties) && start_failed(*properties)), "a start has failed or goes on");
  const auto docker = unless_refused([&] { return look<Docker>(host, "docker.service"); });
  if (docker && *docker) require(api_socket((*docker)->flags).find('\0') == std::string::npos, "a socket is a path");
  for (const std::string& line : journal_tail(host, "docker.service", 3))
    require(line.find('\n') == std::string::npos, "a line of the journal is one");
  require_good_questions(host);
}

}  // namespace fuzz
