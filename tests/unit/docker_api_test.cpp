// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/docker_api.hpp"

#include <doctest/doctest.h>

using namespace dockhost;

TEST_CASE("the API is asked on the first unix socket of the command line, else on Docker's own") {
  CHECK(api_socket({}) == "/run/docker.sock");
  CHECK(api_socket({{"-H", ""}, {"fd://", ""}}) == "/run/docker.sock");
  CHECK(api_socket({{"-H", ""}, {"tcp://127.0.0.1:2375", ""}, {"-H", ""}, {"unix:///srv/d.sock", ""}}) ==
        "/srv/d.sock");
  CHECK(api_socket({{"--host=unix:///srv/d.sock", ""}}) == "/srv/d.sock");
}

TEST_CASE("a container has one name, whoever links to it") {
  const json containers = json::parse(R"([{"Names": ["/web/db", "/db"]}, {"Names": ["/app"]}, {}])");
  CHECK(container_names(containers) == Strings{"app", "db"});
  CHECK(container_names(nullptr).empty());
}

TEST_CASE("an answer of another type than documented is an error, not a fault") {
  const json containers = json::parse(R"([{"Names": [1]}])");
  CHECK_THROWS_WITH_AS(
      as_documented([&] { container_names(containers); }),
      "Docker's own data is not as documented: [json.exception.type_error.302] type must be string, but "
      "is number",
      Error);
}
