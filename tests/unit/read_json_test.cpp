// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/read_json.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "ansible.hpp"
#include "args/convert.hpp"
#include "cli.hpp"
#include "dockerd/values.hpp"
#include "edit/json_text.hpp"
#include "run.hpp"
#include "scratch.hpp"
#include "sim/plan_case.hpp"

using namespace dockhost;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMany = 100'000;

std::string brackets(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

std::string objects(std::size_t levels) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += "{\"a\":";
  return text + "1" + std::string(levels, '}');
}

std::string refusal(const std::string& text, JsonFrom from = JsonFrom::option, const std::string& path = "f") {
  return error_text([&] { read_json(text, from, path); });
}

json checked(sim::SimHost& host, const std::string& module, const json& args) {
  return run(host, Request{module, args, true, false});
}

}  // namespace

TEST_CASE("text is read as nlohmann reads it") {
  const Strings good = {"1",
                        " -2.5e3 ",
                        "\"\\u00e4\"",
                        "[]",
                        "{}",
                        "[1,[2],{\"a\":[]}]",
                        "true",
                        "null",
                        "{\"a\": {\"b\": 1}, \"c\": [{}], \"a\": 2, \"b\": 3, \"a\": 4}",
                        "18446744073709551615"};
  for (const std::string& text : good) {
    CAPTURE(text);
    CHECK(read_json(text, JsonFrom::option, "") == json::parse(text));
    CHECK(read_json(text, JsonFrom::option, "").dump() == json::parse(text).dump());
  }
  for (const std::string text : {"", "[", "{\"a\"}", "[1,]", "1 2", "nul", "\"\xff\"", "{\"a\":1}}", "[1e999]"}) {
    CAPTURE(text);
    CHECK(json::parse(text, nullptr, false).is_discarded());
    CHECK(read_json_or_discard(text, JsonFrom::option).is_discarded());
  }
  CHECK(refusal("{\"a\":\n  x}") == "f:2:3: no JSON");
}

TEST_CASE("what is nested too deeply ends before it becomes a value, with place and limit") {
  CHECK(refusal(brackets(kDeepestJson)) == "no error");
  CHECK(refusal(brackets(kDeepestJson + 1)) == "f:1:201: more than 200 levels of nesting");
  CHECK(refusal("\n" + brackets(kMany)) == "f:2:201: more than 200 levels of nesting");
  CHECK(refusal(objects(kMany)) == "f:1:1001: more than 200 levels of nesting");
  CHECK(refusal(brackets(kMany), JsonFrom::option, "") == "line 1, column 201: more than 200 levels of nesting");
  CHECK(read_json_or_discard(brackets(kMany), JsonFrom::engine).is_discarded());
  // Brackets in a string are none, and side by side they are not nested.
  CHECK(refusal("[\"" + std::string(500, '[') + "\\\"" + std::string(500, '{') + "\"]") == "no error");
  std::string flat = "[";
  for (int i = 0; i < 500; ++i) flat += "[],";
  CHECK(refusal(flat + "{}]") == "no error");
}

TEST_CASE("what is too long ends before it is read, with place and limit") {
  const std::string mib(1'048'577, ' ');
  CHECK(refusal(mib, JsonFrom::daemon_file) == "f:1:1048577: longer than 1048576 bytes (1 MiB)");
  CHECK(refusal("\n" + mib.substr(3) + "1", JsonFrom::daemon_file) == "no error");
  CHECK(refusal(mib + "1", JsonFrom::arguments) == "no error");
}

TEST_CASE("of very many members each is put behind the others without a search") {
  std::string text = "{\"k0\":0";
  for (int i = 1; i < 60'000; ++i) text += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
  const json value = read_json(text + ",\"k1\":\"last\"}", JsonFrom::engine, "");
  CHECK(value.size() == 60'000);
  CHECK(value.at("k1") == "last");
  CHECK(std::next(value.begin()).key() == "k1");
}

TEST_CASE("arguments and options that are nested too deeply are told, not run into") {
  const std::string deep = "{\"settings\": {\"labels\": " + brackets(kMany) + "}}";
  CHECK(error_text([&] { command_args(deep); }) == "--args:1:223: more than 200 levels of nesting");
  CHECK(error_text([&] { parse_call(deep, "x", "/tmp/args"); }) ==
        "/tmp/args:1:223: the arguments are no JSON object: more than 200 levels of nesting");
  CHECK(error_text([&] { convert(Type::dict, objects(kMany)); }) ==
        "line 1, column 1001: more than 200 levels of nesting");
  CHECK(error_text([&] { convert(Type::dict, "{'a\"': " + brackets(kMany) + "}"); }) ==
        "unable to evaluate string as dictionary");
  CHECK(error_text([&] { convert_setting("labels", brackets(kMany)); }) ==
        "settings.labels: line 1, column 201: more than 200 levels of nesting");
  CHECK(error_text([&] { convert_setting("log-opts", objects(kMany)); }) ==
        "settings.log-opts: line 1, column 1001: more than 200 levels of nesting");
}

TEST_CASE("a daemon.json beyond a limit is refused by each module that reads it, with its place") {
  sim::Machine machine = sim::host_of_case("daemon-article");
  const std::string path = "/etc/docker/daemon.json";
  for (const std::string& text : {"{\"labels\": " + brackets(kMany) + "}", objects(kMany)}) {
    machine.entries[path].text = text;
    sim::SimHost host(machine);
    const json result = checked(host, "daemon_json", {{"settings", {{"icc", false}}}});
    CHECK(result.value("msg", "").starts_with(path + ":1:"));
    CHECK(result.value("msg", "").ends_with(": more than 200 levels of nesting"));
    CHECK(checked(host, "docker_host", json::object()).dump().find("200 levels") != std::string::npos);
  }
  machine.entries[path].text = "{" + std::string(1'048'576, ' ') + "}";
  sim::SimHost host(machine);
  CHECK(checked(host, "daemon_json", {{"settings", {{"icc", false}}}}).value("msg", "") ==
        path + ":1:1048577: longer than 1048576 bytes (1 MiB)");
}

TEST_CASE("no text becomes JSON but by the one way that knows the limits") {
  for (const char* folder : {"lib", "module"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(DOCKHOST_SOURCE_DIR) / folder)) {
      const std::string name = entry.path().string();
      if (!name.ends_with(".cpp") && !name.ends_with(".hpp")) continue;
      if (name.ends_with("base/read_json.cpp")) continue;
      CAPTURE(name);
      const std::string source = get(name);
      CHECK(source.find("json::parse(") == std::string::npos);
      CHECK(source.find("sax_parse(") == std::string::npos);
      CHECK(source.find("json::accept(") == std::string::npos);
    }
  }
}
