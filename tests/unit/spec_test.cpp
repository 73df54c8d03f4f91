// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/spec.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace dockhost;

namespace {

// The module that ansible-core itself was asked with; the expected texts are its own (2.21).
Module example() {
  Module m{.name = "argt", .summary = "An example"};
  m.options = {
      {.name = "name", .required = true, .aliases = {"dest"}},
      {.name = "size", .type = Type::integer},
      {.name = "force", .type = Type::boolean, .fallback = false},
      {.name = "state", .fallback = "present", .choices = {"present", "absent"}},
      {.name = "src", .type = Type::path},
      {.name = "opts"},
      {.name = "keys", .type = Type::dict},
      {.name = "pvs", .type = Type::list},
      {.name = "nums", .type = Type::list, .elements = Type::integer},
      {.name = "a"},
      {.name = "b"},
      {.name = "password", .no_log = true},
      {.name = "level", .type = Type::list, .choices = {"x", "y"}},
      {.name = "rules",
       .type = Type::list,
       .elements = Type::dict,
       .suboptions = {{.name = "path", .type = Type::path, .required = true, .aliases = {"file"}},
                      {.name = "perm", .fallback = "r", .choices = {"r", "w"}},
                      {.name = "count", .type = Type::integer},
                      {.name = "pin", .no_log = true}}},
      {.name = "pct", .type = Type::number},
      {.name = "any", .type = Type::raw},
  };
  m.mutually_exclusive = {{"src", "keys"}};
  m.required_together = {{"a", "b"}};
  m.required_one_of = {{"src", "keys", "pvs", "opts"}};
  m.required_if = {
      {"state", "absent", {"force"}}, {"force", true, {"pvs", "size"}}, {"opts", "any", {"pvs", "size"}, true}};
  m.required_by = {{"size", {"src"}}};
  return m;
}

json parsed(const std::string& text) { return json::parse(text); }

// The problems of a call that is right but for what `text` adds to or changes in it.
std::string problems(const std::string& text) {
  json given = {{"name", "n"}, {"src", "/a"}};
  given.update(parsed(text));
  try {
    validate(example(), given);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

json value(const std::string& option, const std::string& text) {
  json given = {{"name", "n"}, {"src", "/a"}};
  given[option] = parsed(text);
  return validate(example(), given).values[option];
}

}  // namespace

TEST_CASE("every option is present after validation: as given, its default, or null") {
  const Arguments done = validate(example(), parsed(R"({"name": "n", "src": "/a", "_ansible_diff": true})"));
  CHECK(done.values.dump() ==
        R"({"name":"n","size":null,"force":false,"state":"present","src":"/a","opts":null,"keys":null,"pvs":null,)"
        R"("nums":null,"a":null,"b":null,"password":null,"level":null,"rules":null,"pct":null,"any":null})");
  CHECK(done.warnings.empty());
  CHECK(done.secrets.hidden.empty());
  CHECK(done.secrets.words.empty());
}

TEST_CASE("an unknown option is told with those that exist, aliases in brackets") {
  CHECK(problems(R"({"zz": 1, "bogus": 1})") ==
        "Unsupported parameters for (dockhost.hardening.argt) module: bogus, zz. Supported parameters include: a, any, "
        "b, force, keys, level, name, nums, opts, password, pct, pvs, rules, size, src, state (dest).");
}

TEST_CASE("an unknown suboption is told with its place and the suboptions that exist") {
  CHECK(problems(R"({"rules": [{"path": "/p", "nope": 1}]})") ==
        "Unsupported parameters for (dockhost.hardening.argt) module: rules.nope. Supported parameters include: count, "
        "path, perm, pin (file).");
  CHECK(problems(R"({"rules": [{"path": "/p", "_ansible_x": 1}]})").starts_with("Unsupported parameters"));
}

TEST_CASE("what is required and missing is told, in suboptions too") {
  try {
    validate(example(), parsed(R"({"src": "/a"})"));
    FAIL("name is required");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "missing required arguments: name");
  }
  CHECK(problems(R"({"rules": [{"perm": "r"}]})") == "missing required arguments: path found in rules");
}

TEST_CASE("a value outside the choices is told with them in the table's order") {
  CHECK(problems(R"({"state": "gone"})") == "value of state must be one of: present, absent, got: gone");
  CHECK(problems(R"({"state": null})") == "value of state must be one of: present, absent, got: ");
  CHECK(problems(R"({"level": ["x", "q"]})") == "value of level must be one or more of: x, y. Got no match for: q");
  CHECK(problems(R"({"rules": [{"path": "/p", "perm": "q"}]})") ==
        "value of perm must be one of: r, w, got: q found in rules");
}

TEST_CASE("rules between options are told in Ansible's words") {
  CHECK(problems(R"({"keys": {"a": 1}})") == "parameters are mutually exclusive: src|keys");
  CHECK(problems(R"({"a": "x"})") == "parameters are required together: a, b");
  CHECK(problems(R"({"src": null})") == "one of the following is required: src, keys, pvs, opts");
  CHECK(problems(R"({"force": true})") == "force is True but all of the following are missing: pvs, size");
  CHECK(problems(R"({"force": "yes", "pvs": "a"})") == "force is True but all of the following are missing: size");
  CHECK(problems(R"({"opts": "any"})") == "opts is any but any of the following are missing: pvs, size");
  CHECK(problems(R"({"opts": "any", "pvs": "a"})") == "none");
  CHECK(problems(R"({"src": null, "pvs": "a", "size": 3})") == "missing parameter(s) required by 'size': src");
  CHECK(problems(R"({"state": "absent"})") == "none");  // force has a default, so it is given
}

TEST_CASE("a value of the wrong type is told with what Python makes of it") {
  const std::string size = "argument 'size' is of type str and we were unable to convert to int: ";
  CHECK(problems(R"({"size": "12x"})") == size + R"("'12x'" cannot be converted to an int)");
  CHECK(problems(R"({"size": "5.5"})") == size + R"("'5.5'" cannot be converted to an int)");
  CHECK(problems(R"({"size": "1e30"})") == size + R"("'1e30'" cannot be converted to an int)");
  CHECK(
      problems(R"({"size": 5.5})") ==
      R"(argument 'size' is of type float and we were unable to convert to int: "5.5" cannot be converted to an int)");
  CHECK(problems(R"({"force": "maybe"})") ==
        "argument 'force' is of type str and we were unable to convert to bool: The value 'maybe' is not a valid "
        "boolean. Valid booleans include: 0, 1, '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', "
        "'yes'");
  CHECK(problems(R"({"force": null})") ==
        "argument 'force' is of type NoneType and we were unable to convert to bool: <class 'NoneType'> cannot be "
        "converted to a bool");
  CHECK(problems(R"({"pct": "12x"})") ==
        "argument 'pct' is of type str and we were unable to convert to float: <class 'str'> cannot be converted to a "
        "float");
  CHECK(problems(R"({"pvs": {"a": 1}})") ==
        "argument 'pvs' is of type dict and we were unable to convert to list: <class 'dict'> cannot be converted to a "
        "list");
  CHECK(problems(R"({"src": null, "keys": [1]})") ==
        "argument 'keys' is of type list and we were unable to convert to dict: <class 'list'> cannot be converted to "
        "a dict");
  CHECK(problems(R"({"src": null, "keys": "nonsense"})") ==
        "argument 'keys' is of type str and we were unable to convert to dict: dictionary requested, could not parse "
        "JSON or key=value");
  CHECK(problems(R"({"src": null, "keys": "{nonsense}"})") ==
        "argument 'keys' is of type str and we were unable to convert to dict: unable to evaluate string as "
        "dictionary");
  CHECK(problems(R"({"src": null, "keys": "a=1, b"})") ==
        "argument 'keys' is of type str and we were unable to convert to dict: unable to evaluate string in the "
        "\"key=value\" format as dictionary");
}

TEST_CASE("an element of the wrong type is told, and the place of a suboption") {
  CHECK(problems(R"({"nums": [1, "z"]})") ==
        "Elements value for option 'nums' is of type str and we were unable to convert to int: \"'z'\" cannot be "
        "converted to an int");
  CHECK(problems(R"({"rules": [{"path": "/p", "count": "z"}]})") ==
        "argument 'count' is of type str found in 'rules'. and we were unable to convert to int: \"'z'\" cannot be "
        "converted to an int");
  CHECK(problems(R"({"rules": [3]})") == "Value '3' in the sub parameter field 'rules' must be a list, not 'int'");
  CHECK(problems(R"({"rules": ["nonsense"]})") ==
        "Elements value for option 'rules' is of type str and we were unable to convert to dict: dictionary requested, "
        "could not parse JSON or key=value");
}

TEST_CASE("a dict or list where text is wanted is refused, alone or in a list") {
  CHECK(problems(R"({"opts": {"a": 1}})") ==
        "argument 'opts' is of type dict and we were unable to convert to str: '{'a': 1}' is not a string and "
        "conversion is not allowed");
  CHECK(problems(R"({"src": [1, null, true, "it's"]})") ==
        "argument 'src' is of type list and we were unable to convert to path: '[1, None, True, \"it's\"]' is not a "
        "string and conversion is not allowed");
  CHECK(problems(R"({"pvs": [["a"]]})") ==
        "Elements value for option 'pvs' is of type list and we were unable to convert to str: '['a']' is not a string "
        "and conversion is not allowed");
}

TEST_CASE("a path in somebody's home is refused, because it is not looked up") {
  CHECK(
      problems(R"({"src": "~/a"})") ==
      "argument 'src' is of type str and we were unable to convert to path: '~/a' begins with a home directory, which "
      "is not looked up: write the whole path");
  CHECK(value("src", R"("/a/$HOME/~")") == "/a/$HOME/~");
}

TEST_CASE("all problems are told, in Ansible's order, one a line") {
  try {
    validate(example(),
             parsed(R"({"state": "gone", "src": "/a", "size": "12x", "bogus": 1, "rules": [{}, {"path": 1}]})"));
    FAIL("it is wrong");
  } catch (const Error& error) {
    CHECK(
        std::string(error.what()) ==
        "missing required arguments: name\n"
        "argument 'size' is of type str and we were unable to convert to int: \"'12x'\" cannot be converted to an "
        "int\n"
        "value of state must be one of: present, absent, got: gone\n"
        "missing required arguments: path found in rules\n"
        "Unsupported parameters for (dockhost.hardening.argt) module: bogus. Supported parameters include: a, any, b, "
        "force, keys, level, name, nums, opts, password, pct, pvs, rules, size, src, state (dest).");
  }
}

TEST_CASE("texts come from numbers and bools as Python writes them") {
  CHECK(value("opts", "7").dump() == R"("7")");
  CHECK(value("opts", "1.0").dump() == R"("1.0")");
  CHECK(value("opts", "true").dump() == R"("True")");
  CHECK(value("name", "null").dump() == R"("")");
  CHECK(value("opts", "null").is_null());
}

TEST_CASE("bools come from Ansible's words and numbers") {
  for (const char* const yes :
       {"true", R"("yes")", R"("on")", "1", R"("1")", "1.0", R"(" TRUE ")", R"("t")", R"("Y")"}) {
    CAPTURE(yes);
    json given = {{"name", "n"}, {"src", "/a"}, {"force", parsed(yes)}, {"pvs", "a"}, {"size", 1}};
    CHECK(validate(example(), given).values["force"] == true);
  }
  for (const char* const no : {"false", R"("no")", R"("off")", "0", R"("0")", R"("F")", R"("n")", R"("False")"}) {
    CAPTURE(no);
    CHECK(value("force", no) == false);
  }
  CHECK(problems(R"({"force": 5})").find("The value '5' is not a valid boolean.") != std::string::npos);
}

TEST_CASE("numbers come from text") {
  CHECK(value("size", R"("5")").dump() == "5");
  CHECK(value("size", R"(" +1_000 ")").dump() == "1000");
  CHECK(value("size", R"("1e3")").dump() == "1000");
  CHECK(value("size", "5.0").dump() == "5");
  CHECK(value("size", "true").dump() == "1");
  CHECK(value("size", R"("9007199254740993")").dump() == "9007199254740993");
  CHECK(value("pct", R"("1.5")").dump() == "1.5");
  CHECK(value("pct", "2").dump() == "2.0");
}

TEST_CASE("lists come from text with commas and from single values") {
  CHECK(value("pvs", R"("a,b")").dump() == R"(["a","b"])");
  CHECK(value("pvs", R"("a")").dump() == R"(["a"])");
  CHECK(value("pvs", "3").dump() == R"(["3"])");
  CHECK(value("pvs", "[1, false]").dump() == R"(["1","False"])");
  CHECK(value("nums", R"("1,2")").dump() == "[1,2]");
  CHECK(problems(R"({"rules": {"path": "/p"}})").starts_with("argument 'rules' is of type dict and"));
}

TEST_CASE("dicts come from JSON, from Python and from key=value text") {
  const auto keys = [](const std::string& text) {
    return validate(example(), {{"name", "n"}, {"keys", text}}).values["keys"].dump();
  };
  CHECK(keys(R"({"a": [1]})") == R"({"a":[1]})");
  CHECK(keys(R"({'a': True, "b": ['x', None,], 'c': {'d': -1.5}})") == R"({"a":true,"b":["x",null],"c":{"d":-1.5}})");
  CHECK(keys(R"(a=1, b='x y' c=d=e)") == R"({"a":"1","b":"x y","c":"d=e"})");
  CHECK(keys(R"(a="open)") == R"({"a":"open"})");
}

TEST_CASE("suboptions are converted and get their defaults") {
  CHECK(value("rules", R"([{"file": "/p", "count": "3"}, "path=/q perm=w"])").dump() ==
        R"([{"path":"/p","perm":"r","count":3,"pin":null},{"path":"/q","perm":"w","count":null,"pin":null}])");
  CHECK(value("any", R"({"b": [1]})").dump() == R"({"b":[1]})");
}

TEST_CASE("an alias wins over the name, with a warning that says where") {
  const Arguments done = validate(example(), parsed(R"({"name": "n", "dest": "m", "src": "/a",
                                                        "rules": [{"path": "/p", "file": "/q"}]})"));
  CHECK(done.values["name"] == "m");
  CHECK(done.values["rules"][0]["path"] == "/q");
  CHECK(done.warnings == Strings{"Both option name and its alias dest are set.",
                                 "Both option rules[0].path and its alias rules[0].file are set."});
}

TEST_CASE("secrets are those of no_log options, wherever they stand, and of sensitive names") {
  const json given = parsed(R"({"password": "hunter2", "rules": [{"pin": 1234}, "path=/p pin=5678"],
                                "keys": {"log-opts": {"splunk-token": "abcd-1", "tag": "x"}}})");
  const Secrets found = secrets_of(example(), given);
  CHECK(found.hidden == Strings{"hunter2", "1234", "5678"});
  CHECK(found.words == std::set<std::string>{"hunter2", "abcd-1"});
}

TEST_CASE("secrets are masked in the problems, in option names too") {
  CHECK(problems(R"({"password": "hunter2", "state": "hunter2"})") ==
        "value of state must be one of: present, absent, got: ********");
  CHECK(problems(R"({"password": "hunter2", "hunter2": 1})")
            .starts_with("Unsupported parameters for (dockhost.hardening.argt) module: ********. Supported"));
}

TEST_CASE("every module takes expect_plan") {
  CHECK(common_options().at(0).name == "expect_plan");
  CHECK(common_options().at(0).type == Type::text);
}
