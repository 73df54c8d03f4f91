// SPDX-License-Identifier: GPL-3.0-or-later
#include "../../module/ansible.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "args/spec.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "host/descriptor.hpp"
#include "modules.hpp"

using namespace dockhost;

namespace {

std::string trouble(const std::string& text) {
  try {
    parse_call(text, "/x/dockhost");
  } catch (const Error& error) {
    return error.text();
  }
  return "none";
}

}  // namespace

TEST_CASE("a call's own arguments are told from Ansible's internal keys, known or not") {
  const Call call = parse_call(
      R"({"path": "/a", "_ansible_module_name": "dockhost.hardening.mount", "_ansible_check_mode": true,
          "_ansible_diff": "yes", "_ansible_no_log": 1, "_ansible_verbosity": 3, "_ansible_new_in_3": {"a": 1}, "b": null})",
      "/cache/0a1b");
  CHECK(call.module == "mount");
  CHECK(call.args.dump() == R"({"path":"/a","b":null})");
  CHECK(call.check);
  CHECK(call.diff);
  CHECK(call.no_log);
  CHECK(call.invocation);
  CHECK(call.verbosity == 3);
}

TEST_CASE("without internal keys nothing is asked for") {
  const Call call = parse_call(" {} \n", "dockhost");
  CHECK(call.args.dump() == "{}");
  CHECK_FALSE(call.check);
  CHECK_FALSE(call.diff);
  CHECK_FALSE(call.no_log);
  CHECK(call.verbosity == 0);
}

TEST_CASE("the module is named by the task, else by the file") {
  CHECK(parse_call(R"({"_ansible_module_name": "mount"})", "/t/AnsiballZ_daemon_json.py").module == "mount");
  CHECK(parse_call("{}", "/t/AnsiballZ_daemon_json.py").module == "daemon_json");
  CHECK(parse_call("{}", "daemon_json").module == "daemon_json");
  CHECK(parse_call(R"({"_ansible_module_name": ""})", "/t.d/mount").module == "mount");
  CHECK(parse_call(R"({"_ansible_module_name": 5})", "/t.d/mount").module == "mount");
}

TEST_CASE("arguments that are no JSON object are told with their place, never quoted") {
  CHECK(trouble("{\"password\": \"hunter2\" oops}") ==
        "-:1:24: the arguments are no JSON object: expected ',' or '}', found 'o'");
  CHECK(trouble("[1]") == "-:1:1: the arguments are no JSON object: expected '{', found '['");
  CHECK(trouble("") == "-:1:1: the arguments are no JSON object: expected '{', found the end of the text");
  CHECK(trouble("{}\n{}") == "-:2:1: the arguments are no JSON object: expected nothing more, found '{'");
}

TEST_CASE("a nesting that would exhaust the stack is refused") {
  const std::string deep = "{\"a\": " + std::string(100000, '[') + std::string(100000, ']') + "}";
  CHECK(trouble(deep).find("the arguments are no JSON object: ") != std::string::npos);
}

TEST_CASE("the arguments are returned, masked, unless Ansible adds them itself") {
  const Mask mask({"hunter2"});
  const json result = {{"changed", false}};
  Call call = parse_call(R"({"password": "hunter2", "url": "http://u:p@h/", "n": 1})", "mount");
  CHECK(with_invocation(result, call, mask).dump() ==
        R"({"changed":false,"invocation":{"module_args":{"password":"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",)"
        R"("url":"http://********@h/","n":1}}})");
  call = parse_call(R"({"_ansible_inject_invocation": false})", "mount");
  CHECK(with_invocation(result, call, mask) == result);
}

TEST_CASE("the answer is one line of pure ASCII") {
  const json result = {{"msg", "caf\xC3\xA9 \xF0\x9F\x90\xB3\nline \xFF"}, {"k\xFFy", {1, true, nullptr, "\x7f"}}};
  const std::string line = answer(result);
  CHECK(line == "{\"msg\":\"caf\\u00e9 \\ud83d\\udc33\\nline \\\\xff\",\"k\\\\xffy\":[1,true,null,\"\\\\x7f\"]}\n");
  CHECK(json::parse(line).at("msg") == "caf\xC3\xA9 \xF0\x9F\x90\xB3\nline \\xff");
}

TEST_CASE("no key that Ansible keeps for itself leaves, at any depth") {
  CHECK(answer({{"_ansible_no_log", false}, {"a", {{{"_ansible_x", 1}, {"b", 2}}}}}) == "{\"a\":[{\"b\":2}]}\n");
}

TEST_CASE("the exit code is 1 exactly when the result says failed") {
  CHECK(exit_code({{"changed", true}}) == 0);
  CHECK(exit_code({{"failed", false}}) == 0);
  CHECK(exit_code({{"failed", true}, {"msg", "no"}}) == 1);
}

TEST_CASE("a full disk behind stdout is noticed") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  CHECK_FALSE(write_all(full, "x"));
  ::close(full);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  CHECK(write_all(null, std::string(1000000, 'x')));
  ::close(null);
}

TEST_CASE("an arguments file is read whole, and a missing one is named") {
  std::string path = "/tmp/dockhost-argsXXXXXX";
  const int made = ::mkstemp(path.data());
  REQUIRE(made >= 0);
  const std::string text(200000, 'x');
  REQUIRE(write_all(made, text));
  ::close(made);
  CHECK(read_arguments(path) == text);
  ::unlink(path.c_str());
  CHECK_THROWS_WITH_AS(read_arguments("/nonexistent/args"), "cannot read the arguments: No such file or directory",
                       Error);
  CHECK_THROWS_WITH_AS(read_arguments("/"), "cannot read the arguments: Is a directory", Error);
}

TEST_CASE("an honest answer fits the schema, however much there is to say") {
  const Module& module = module_named("docker_host").spec;
  json warnings = json::array();
  for (int i = 0; i < 1'500; ++i) warnings.push_back("warning " + std::to_string(i));
  const json waiver = {{"reason", "known"}, {"until", "never"}, {"by", std::string(2'000, 'x')}};
  const json control = {{"key", "daemon.icc"}, {"status", "fail"}, {"waiver", waiver}};
  const json report = {{"facts", {{"os", std::string(3'000, '\x01')}}}, {"controls", json::array({control})}};
  const json shown = json::parse(answer({{"warnings", warnings}, {"report", report}}, &module));
  CHECK(shown.at("warnings").size() == 1'000);
  CHECK(shown.at("warnings").back() == "\u2026 and 501 more");
  CHECK(shown.at("report").at("facts").at("os").get<std::string>().size() <= 1'000);
  CHECK(shown.at("report").at("controls")[0].at("waiver").at("by").get<std::string>().size() <= 1'000);
}

TEST_CASE("keys that look alike stay apart or become one, control characters are spelled") {
  const json shown = json::parse(answer({{"found", {{"a\xc2\x80", 1}, {"a\\u0080", 2}, {"b\x1b", "c\x1b\n"}}}}));
  CHECK(shown.at("found").at("b\\x1b") == "c\\x1b\n");
  for (const auto& [key, value] : shown.at("found").items()) CHECK(printable(key) == key);
}

TEST_CASE("an answer that is too long leaves out its diff, and says so") {
  const std::string text(std::size_t{9} * 1024 * 1024, 'x');
  const json shown =
      json::parse(answer({{"changed", true}, {"diff", json::array({{{"before", text}, {"after", text}}})}}));
  const std::string told = "with its diff the answer would be longer than 16 MiB";
  CHECK(shown.at("changed") == true);
  CHECK_FALSE(shown.contains("diff"));
  CHECK(shown.at("warnings") == json::array({told}));
  // As many warnings as there may be leave room for this one.
  const json full(1'000, "warning");
  const json diff = json::array({{{"before", text}, {"after", text}}});
  const json both = json::parse(answer({{"warnings", full}, {"diff", diff}}, &module_named("mount").spec));
  CHECK(both.at("warnings").size() == 1'000);
  CHECK(both.at("warnings").front() == told);
}

TEST_CASE("an answer is within the bounds that the controller has") {
  const auto shown = [](const json& result) { return json::parse(answer(result)); };
  CHECK(shown({{"a", {{"_ansible_x", 1}, {"__ansible_type", 2}, {"ansible_x", 3}, {"_", 4}}}}) ==
        json({{"a", {{"ansible_x", 3}, {"_", 4}}}}));
  CHECK(shown({{"n", json::array({UINT64_MAX, INT64_MIN, 1e300, 0.5})}}) ==
        json({{"n", {"18446744073709551615", INT64_MIN, "1e+300", 0.5}}}));
  const std::string text(70'000, 'x');
  CHECK(shown({{"msg", text}}).at("msg").get<std::string>().size() <= kLongestText);
  CHECK(shown({{"diff", json::array({{{"before", text}}})}}).at("diff")[0].at("before") == text);
  json deep = 1;
  for (int i = 0; i < 300; ++i) deep = json::array({deep});
  const std::string line = answer({{"found", deep}});
  CHECK(std::count(line.begin(), line.end(), '[') + 1 == static_cast<int>(kDeepest));
}

// With work in the square of its members this takes minutes.
TEST_CASE("a call with very many arguments is read, shown and answered in one go") {
  std::string text = "{\"_ansible_module_name\": \"mount\"";
  for (int i = 0; i < 150'000; ++i) text += ", \"k" + std::to_string(i) + "\": 1";
  const Call call = parse_call(text + "}", "x");
  CHECK(call.args.size() == 150'000);
  const std::string line = answer(with_invocation({{"changed", false}}, call, Mask(Secrets{})));
  CHECK(line.size() > text.size() / 2);  // the blanks are gone
  std::string python = "{'a': 1";
  for (int i = 0; i < 80'000; ++i) python += ", 'k" + std::to_string(i) + "': 1";
  CHECK(convert(Type::dict, python + "}").size() == 80'001);
  std::string pairs = "a=1";
  for (int i = 0; i < 80'000; ++i) pairs += " k" + std::to_string(i) + "=1";
  CHECK(convert(Type::dict, pairs).size() == 80'001);
}
