// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/mask.hpp"

#include <doctest/doctest.h>

#include "args/scrub.hpp"

using namespace dockhost;

TEST_CASE("a no_log value is hidden whole, inside text and in keys") {
  const Mask mask({"hunter2", ""});
  const json tree = {
      {"whole", "hunter2"}, {"part", "is hunter2 here"}, {"list", {"hunter2", 1, true, nullptr}}, {"a hunter2 key", 0}};
  CHECK(mask.tree(tree).dump() == R"({"whole":"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER","part":"is ******** here",)"
                                  R"("list":["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",1,true,null],"a ******** key":0})");
  CHECK(mask.text("hunter2, hunter2") == "********, ********");
}

TEST_CASE("the longer secret is hidden first, so that nothing of it is left") {
  CHECK(Mask({"abc", "abcdef"}).text("abcdef abc") == "******** ********");
}

TEST_CASE("a number that holds a secret is hidden, as Ansible does") {
  CHECK(Mask({"1234"}).tree({{"a", 1234}, {"b", 912345}, {"c", 12}, {"d", 1.5}}).dump() ==
        R"({"a":"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER","b":"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER","c":12,"d":1.5})");
}

TEST_CASE("a secret is found as JSON and fstab escape it") {
  const Mask mask({"a\"b c\\\xC3\xA9"});
  CHECK(mask.text(R"({"x": "a\"b c\\é"})") == R"({"x": "********"})");
  CHECK(mask.text(R"({"x": "a\"b c\\\u00e9"})") == R"({"x": "********"})");
  CHECK(Mask({"pass word"}).text("/dev/x /y cifs opt=pass\\040word 0 0") == "/dev/x /y cifs opt=******** 0 0");
}

TEST_CASE("the words of a result stay, and so does the plan's digest") {
  const std::string digest(64, 'a');
  const Mask mask({"a", "plan"});
  CHECK(mask.tree({{"plan", {"b"}}, {"plan_digest", digest}, {"changed", false}}).dump() ==
        R"({"plan":["b"],"plan_digest":")" + digest + R"(","changed":false})");
}

TEST_CASE("the user and password part of a URL is hidden") {
  const Mask mask({});
  CHECK(mask.text("http://bob:pw@proxy:3128/") == "http://********@proxy:3128/");
  CHECK(mask.text("see https://token@a.b/x, or (ftp://u:p@h)") == "see https://********@a.b/x, or (ftp://********@h)");
  CHECK(mask.text(R"({"http-proxy": "http:\/\/bob:pw@h"})") == R"({"http-proxy": "http:\/\/********@h"})");
  CHECK(mask.text("http://bob:p@ss@h/") == "http://********@h/");
  CHECK(mask.text("http://bob:pa/ss@h/") == "http://********@h/");
  CHECK(mask.tree({"socks5://a:b@h"}).dump() == R"(["socks5://********@h"])");
}

TEST_CASE("what only looks like a user in a URL stays") {
  const Mask mask({});
  for (const char* const text :
       {"https://registry:5000/img@sha256:12", "https://a.b/?mail=x@y", "//server/share", "unix:///var/run/docker.sock",
        "http://[::1]:3128/ a@b", "https://a.b/, x@y", "tcp://127.0.0.1:2376"}) {
    CHECK(mask.text(text) == text);
  }
}

TEST_CASE("log-opts whose name holds token, password or secret are hidden in trees") {
  const Mask mask({});
  CHECK(mask.tree({{"log-opts", {{"splunk-token", "x"}, {"My-SECRET", 5}, {"tag", "t"}, {"a-password", nullptr}}}})
            .dump() ==
        R"({"log-opts":{"splunk-token":"********","My-SECRET":"********","tag":"t","a-password":null}})");
  CHECK(mask.tree({{"key", "/log-opts/splunk-token"}, {"found", "x"}, {"wanted", "y"}, {"status", "fail"}}).dump() ==
        R"({"key":"/log-opts/splunk-token","found":"********","wanted":"********","status":"fail"})");
}

TEST_CASE("log-opts whose name holds token, password or secret are hidden in JSON text") {
  const Mask mask({});
  CHECK(mask.text(R"({"splunk-token": "x", "tag" : "y"})") == R"({"splunk-token": "********", "tag" : "y"})");
  CHECK(mask.text("\"splunk-token\"\n :\t\"x\\\"y\"\n") == "\"splunk-token\"\n :\t\"********\"\n");
  CHECK(mask.text(R"({"a-secret":12,"b":[1]})") == R"({"a-secret":"********","b":[1]})");
  CHECK(mask.text(R"({"a-secret":null,"b-secret":{"c":1}})") == R"({"a-secret":null,"b-secret":{"c":1}})");
  CHECK(mask.text(R"({"splunk-t\u006fken": "x"})") == R"({"splunk-t\u006fken": "********"})");
  CHECK(mask.text(R"(got {\"splunk-token\": \"x\"} here)") == R"(got {\"splunk-token\": \"********\"} here)");
  CHECK(mask.text("\"splunk-token\": \"open\nnext") == "\"splunk-token\": \"********\nnext");
}

TEST_CASE("assignments to a sensitive name are hidden, sentences are not") {
  const Mask mask({});
  CHECK(mask.text("--log-opt splunk-token=abc --log-opt tag=x") == "--log-opt splunk-token=******** --log-opt tag=x");
  CHECK(mask.text("set log-opts.splunk-token: 'abc'") == "set log-opts.splunk-token: '********'");
  for (const char* const text : {"unexpected token: }", "open /run/secrets/ca.pem: no such file", "passno=2",
                                 "secret / token", "\"password\"", "password"}) {
    CHECK(mask.text(text) == text);
  }
}

TEST_CASE("passwords among mount options are hidden, the user name stays") {
  const Mask mask({});
  CHECK(mask.text("rw,username=bob,password=x,uid=1") == "rw,username=bob,password=********,uid=1");
  CHECK(mask.text("//s/a /mnt cifs user=bob,pass=a,,b'c,vers=3 0 0") ==
        "//s/a /mnt cifs user=bob,pass=********,vers=3 0 0");
  CHECK(mask.text("option 'rw,pass=x' and \"pass=y\"") == "option 'rw,pass=********' and \"pass=********\"");
  CHECK(mask.text("pass=a]b}c") == "pass=********");
}

TEST_CASE("masking what is masked changes nothing") {
  const Mask mask({"hunter2"});
  for (const char* const text :
       {"http://u:p@h pass=x,y \"a-token\": \"z\" hunter2", "{\"a-token\":5}", "splunk-token: hunter2"}) {
    const std::string once = mask.text(text);
    CHECK(mask.text(once) == once);
  }
}

TEST_CASE("sensitive values are found at any depth, but for words that every text has") {
  const json tree = json::parse(R"({"log-opts": {"splunk-token": "abcd", "x-secret": "no", "y-token": "true"},
                                    "list": [{"db-password": ["efgh", 12345]}]})");
  CHECK(sensitive_values(tree) == Strings{"abcd", "efgh", "12345"});
}
