// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/read_json.hpp"
#include "core/kinds.hpp"
#include "host/host.hpp"

namespace dockhost {

// The unix socket that a dockerd with this command line listens on: the first -H unix://PATH, else the one that
// docker.socket hands over (fd://), which is dockerd's default too.
std::string api_socket(const std::vector<Flag>& flags);

// Whom to ask for this engine.
EngineAt engine_at(const Docker& docker);

// "/containers/NAME/VERB", the name percent-encoded (RFC 3986), whoever told it.
std::string container_target(const std::string& name, const std::string& verb);

// The answer of GET as JSON; 5 seconds. Throws Error when nobody answers, or with Docker's own message.
json api_get(Host& host, const EngineAt& engine, const std::string& target);

// POST /containers/NAME/start. "" where it runs, also where it did before; else Docker's own words, which are never
// none.
std::string try_start(Host& host, const EngineAt& engine, const std::string& name);

// POST /containers/NAME/stop, which waits for as long as the container was given for it. One that is stopped is fine.
void stop_container(Host& host, const EngineAt& engine, const std::string& name);

// The names in an answer of /containers/json, sorted. Throws Error for one that is none (is_container_name).
Strings container_names(const json& containers);

// Those among them that are tasks of a swarm (moby, daemon/cluster/executor/container: systemLabelPrefix + ".task.id").
Strings swarm_tasks(const json& containers);

// Runs what reads Docker's answers and files; a value of another type than the API documents is an Error.
template <class Reading>
void as_documented(Reading reading) {
  as_documented("Docker's own data", reading);
}

}  // namespace dockhost
