// SPDX-License-Identifier: GPL-3.0-or-later
#include "args/mask.hpp"

#include <doctest/doctest.h>

#include "args/python.hpp"
#include "args/scrub.hpp"
#include "base/error.hpp"

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
  const Mask mask(Strings{});
  CHECK(mask.text("http://bob:pw@proxy:3128/") == "http://********@proxy:3128/");
  CHECK(mask.text("see https://token@a.b/x, or (ftp://u:p@h)") == "see https://********@a.b/x, or (ftp://********@h)");
  CHECK(mask.text(R"({"http-proxy": "http:\/\/bob:pw@h"})") == R"({"http-proxy": "http:\/\/********@h"})");
  CHECK(mask.text("http://bob:p@ss@h/") == "http://********@h/");
  CHECK(mask.text("http://bob:pa/ss@h/") == "http://********@h/");
  CHECK(mask.text("http://CORP\\bob:pw@h:3128/") == "http://********@h:3128/");
  CHECK(mask.text(R"({"http-proxy": "http://CORP\\bob:pw@h:3128"})") == R"({"http-proxy": "http://********@h:3128"})");
  CHECK(mask.tree({"socks5://a:b@h"}).dump() == R"(["socks5://********@h"])");
}

TEST_CASE("so is that of a URL without a scheme") {
  const Mask mask(Strings{});
  CHECK(mask.text("bob:pw@proxy:3128") == "********@proxy:3128");
  CHECK(mask.text(R"({"http-proxy": "bob:p,w/x=1@proxy:3128", "a": 1})") ==
        R"({"http-proxy": "********@proxy:3128", "a": 1})");
  CHECK(mask.text("//bob:pw@files/share /mnt cifs") == "//********@files/share /mnt cifs");
  CHECK(mask.text("HTTP_PROXY=bob:p@w@10.0.0.1") == "HTTP_PROXY=********@10.0.0.1");
  CHECK(mask.text("bob:pw@proxy_in:3128") == "********@proxy_in:3128");
  CHECK(mask.text("bob@corp:pw@proxy:3128") == "********@proxy:3128");
  CHECK(mask.text("CORP\\bob:pw@proxy:3128") == "********@proxy:3128");
  CHECK(mask.text(R"({"http-proxy": "CORP\\bob:pw@proxy:3128"})") == R"({"http-proxy": "********@proxy:3128"})");
}

TEST_CASE("what only looks like a user in a URL stays") {
  const Mask mask(Strings{});
  for (const char* const text :
       {"https://registry:5000/img@sha256:12", "https://a.b/?mail=x@y", "//server/share", "unix:///var/run/docker.sock",
        "http://[::1]:3128/ a@b", "https://a.b/, x@y", "tcp://127.0.0.1:2376", "debian:12@sha256:0123", "mailto:a@b",
        "server:/x@y /mnt nfs", "git@host:a/b", "/etc/x:3:a@b", "getty@tty1.service"}) {
    CHECK(mask.text(text) == text);
  }
}

TEST_CASE("one list of words and one rule decide which names hold a secret") {
  for (const char* const name : {"splunk-token",
                                 "My-SECRET",
                                 "a_password",
                                 "password2",
                                 "apiKey",
                                 "API_KEY",
                                 "APIKey",
                                 "x.private.key",
                                 "httpAuth",
                                 "HTTPHeaders",
                                 "Set-Cookie",
                                 "sig",
                                 "SasToken",
                                 "session",
                                 "bearer",
                                 "pw",
                                 "aws-credentials",
                                 "passPhrase",
                                 "Authorization",
                                 "Proxy-Authorization",
                                 "/log-opts/splunk-token",
                                 "com.example/token"}) {
    CAPTURE(name);
    CHECK(sensitive(name));
  }
  for (const char* const name :
       {"tokenizer", "passno", "authorization-plugins", "sessionid", "key", "compass", "Passive", "/run/secrets/ca.pem",
        "daemon.authorization", "author", "signal", "api-version"}) {
    CAPTURE(name);
    CHECK_FALSE(sensitive(name));
  }
}

TEST_CASE("a name holds a secret whatever stands around its words") {
  for (const char* name : {"token ", " token", "x token y", "token:", "[password]", "api key", "auth?", "$TOKEN$",
                           "token/y", "token\xc3\xa9"}) {
    CAPTURE(name);
    CHECK(sensitive(name));
  }
}

TEST_CASE("a key of JSON is a name as a whole, a flag stands before its value") {
  const auto hidden = [](const std::string& text) { return scrub(text); };
  CHECK(hidden(R"({"token/y": "Zx81", "b": "c"})") == R"({"token/y": "********", "b": "c"})");
  CHECK(hidden("{\"token\xc3\xa9\": [\"Zx81\"]}") == "{\"token\xc3\xa9\": [\"********\"]}");
  CHECK(hidden(R"("{\"my+token\": \"Zx81\"}")") == R"("{\"my+token\": \"********\"}")");
  CHECK(hidden(R"({"/run/secrets/x": "y", "a": "token: no"})") == R"({"/run/secrets/x": "y", "a": "token: no"})");
  CHECK(hidden("agent --auth-token Zx81 --debug") == "agent --auth-token ******** --debug");
  CHECK(hidden("agent --auth-token --debug") == "agent --auth-token --debug");
  CHECK(hidden("https://h/?api%2Dkey=Zx81&n=1") == "https://h/?api%2Dkey=********&n=1");
  CHECK(hidden("HTTP_PROXY=:Zx81@proxy:3128") == "HTTP_PROXY=********@proxy:3128");
}

TEST_CASE("a password is told by its sign behind a user, and by a name that begins its line") {
  CHECK(scrub("user=backup:Zx81,allow_other,ro") == "user=backup:********,allow_other,ro");
  CHECK(scrub("proxy_user=u:Zx81,ro") == "proxy_user=u:********,ro");
  CHECK(scrub("user=1000:1000,ro") == "user=1000:1000,ro");
  CHECK(scrub("# pw = Zx81\n# PASSWORD = \"Zx81\"\n") == "# pw = ********\n# PASSWORD = \"********\"\n");
  CHECK(scrub("the token = x") == "the token = x");
}

TEST_CASE("words are hidden before they are cut, and no character is cut in two") {
  const std::string words = "cannot pull through http://u:Zx81secret@proxy:3128 today";
  for (std::size_t most = 0; most < words.size(); ++most) CHECK(excerpt(words, most).find("Zx81") == std::string::npos);
  CHECK(excerpt("a\xc3\xa9", 2) == "a");
  CHECK(excerpt("a\xc3\xa9", 3) == "a\xc3\xa9");
}

TEST_CASE("values of names that hold a secret are hidden in trees") {
  const Mask mask(Strings{});
  CHECK(mask.tree({{"log-opts", {{"splunk-token", "x"}, {"My-SECRET", 5}, {"tag", "t"}, {"a-password", nullptr}}}})
            .dump() ==
        R"({"log-opts":{"splunk-token":"********","My-SECRET":"********","tag":"t","a-password":null}})");
  CHECK(mask.tree({{"key", "/log-opts/splunk-token"}, {"found", "x"}, {"wanted", "y"}, {"status", "fail"}}).dump() ==
        R"j({"key":"/log-opts/splunk-token","found":"********","wanted":"******** (changed)","status":"fail"})j");
}

TEST_CASE("values of names that hold a secret are hidden in JSON text") {
  const Mask mask(Strings{});
  CHECK(mask.text(R"({"splunk-token": "x", "tag" : "y"})") == R"({"splunk-token": "********", "tag" : "y"})");
  CHECK(mask.text("\"splunk-token\"\n :\t\"x\\\"y\"\n") == "\"splunk-token\"\n :\t\"********\"\n");
  CHECK(mask.text(R"({"a-secret":12,"b":[1]})") == R"({"a-secret":"********","b":[1]})");
  CHECK(mask.text(R"({"a-secret":null,"b-secret":{"c":1,"d":["e",{"f":"g"},true]},"h":2})") ==
        R"({"a-secret":null,"b-secret":{"c":"********","d":["********",{"f":"********"},true]},"h":2})");
  CHECK(mask.text("{\"headers\": {\n  \"X-Key\": \"a\"\n}, \"x\": \"b\"}") ==
        "{\"headers\": {\n  \"X-Key\": \"********\"\n}, \"x\": \"b\"}");
  CHECK(mask.text(R"({"splunk-t\u006fken": "x"})") == R"({"splunk-t\u006fken": "********"})");
  CHECK(mask.text(R"(got {\"splunk-token\": \"x\"} here)") == R"(got {\"splunk-token\": \"********\"} here)");
  CHECK(mask.text("\"splunk-token\": \"open\nnext") == "\"splunk-token\": \"********\nnext");
}

TEST_CASE("assignments to a sensitive name are hidden, sentences are not") {
  const Mask mask(Strings{});
  CHECK(mask.text("--log-opt splunk-token=abc --log-opt tag=x") == "--log-opt splunk-token=******** --log-opt tag=x");
  CHECK(mask.text("set log-opts.splunk-token: 'abc'") == "set log-opts.splunk-token: '********'");
  CHECK(mask.text("Environment=\"API_KEY=a b\" \"X=y\"") == "Environment=\"API_KEY=********\" \"X=y\"");
  CHECK(mask.text("token=a b, c") == "token=********");
  CHECK(mask.text("{'token': 'abc', 'x': 'y'}") == "{'token': '********', 'x': 'y'}");
  CHECK(mask.text("https://h/?x=1&sig=a%2Fb&y=2#f") == "https://h/?x=1&sig=********&y=2#f");
  CHECK(mask.text("https://h/?token=a\\u0026apiKey=b\\u0026y=2") ==
        "https://h/?token=********\\u0026apiKey=********\\u0026y=2");
  CHECK(mask.text("curl -H 'Authorization: Bearer a.b' -v") == "curl -H 'Authorization: ********' -v");
  CHECK(mask.text("Authorization: Basic YTpi\nHost: x") == "Authorization: ********\nHost: x");
  for (const char* const text :
       {"unexpected token: }", "open /run/secrets/ca.pem: no such file", "passno=2", "secret / token", "\"password\"",
        "settings.token: dockerd knows no such key", "token: settings.token: dockerd knows no such key",
        "daemon.log-opts.x-token: the log driver has no such option", "password",
        "/etc/pam.d/common-auth: no such file", "credentials=/etc/cifs", "passthrough=1", "the header"}) {
    CHECK(mask.text(text) == text);
  }
}

TEST_CASE("passwords among mount options are hidden, the user name stays") {
  const Mask mask(Strings{});
  CHECK(mask.text("rw,username=bob,password=x,uid=1") == "rw,username=bob,password=********,uid=1");
  CHECK(mask.text("//s/a /mnt cifs user=bob,pass=a,,b'c,vers=3 0 0") ==
        "//s/a /mnt cifs user=bob,pass=********,vers=3 0 0");
  CHECK(mask.text("option 'rw,pass=x' and \"pass=y\"") == "option 'rw,pass=********' and \"pass=********\"");
  CHECK(mask.text("rw,password=a,b,c=d,_netdev,x-y=1") == "rw,password=********,_netdev,x-y=1");
  CHECK(mask.text("mount //s on /x (rw,passwd=abc)") == "mount //s on /x (rw,passwd=********)");
  CHECK(mask.text("username=DOM/bob%pw,rw user=%i") == "username=DOM/bob%********,rw user=%i");
  CHECK(mask.text("ssh_command=sshpass\\040-p\\040pw\\040ssh,rw") ==
        "ssh_command=sshpass\\040-p\\040********\\040ssh,rw");
  CHECK(mask.text("sshpass -v -p 'p w' ssh, sshpass -ppw x") == "sshpass -v -p '********' ssh, sshpass -p******** x");
  CHECK(mask.text("password=a\\040b 0 0") == "password=******** 0 0");
  CHECK(mask.text("pass=a]b}c") == "pass=********");
  CHECK(mask.text("cred=/root/x,PASSWORD=y,api_key=z 0 0") == "cred=/root/x,PASSWORD=******** 0 0");
  CHECK(mask.text("//CORP\\134bob:pw@s/a /mnt cifs") == "//********@s/a /mnt cifs");
  CHECK(mask.text("# password: pw\n## splunk-token: pw") == "# password: ********\n## splunk-token: ********");
}

TEST_CASE("masking what is masked changes nothing") {
  const Mask mask({"hunter2"});
  for (const char* const text :
       {"http://u:p@h pass=x,y \"a-token\": \"z\" hunter2", "{\"a-token\":5}", "splunk-token: hunter2"}) {
    const std::string once = mask.text(text);
    CHECK(mask.text(once) == once);
  }
}

TEST_CASE("what is hidden in one place is hidden as a word everywhere, but in keys, paths and a status") {
  Secrets secrets;
  secrets.learn_text(R"(Environment="TOKEN=hunter22" http://u:proxy-pw@h pass=short)");
  secrets.learn(json{{"auth", {{"user", "refused"}}}, {"args", {"--password", "behind-flag"}}});
  const Mask mask(secrets);
  CHECK(mask.text("is hunter22, or proxy-pw. behind-flag short") == "is ********, or ********. ******** short");
  CHECK(mask.text("hunter22x /etc/hunter22/x a.hunter22 hunter22.service {\"hunter22\": 1}") ==
        "hunter22x /etc/hunter22/x a.hunter22 hunter22.service {\"hunter22\": 1}");
  CHECK(mask.text(R"({"x": "key\u003dhunter22 u\u003aproxy-pw"})") == R"({"x": "key\u003d******** u\u003a********"})");
  CHECK(mask.text("a\\nhunter22\\040x {\"x\": \"hunter22\"}") == "a\\n********\\040x {\"x\": \"********\"}");
  CHECK(mask.tree({{"status", "refused"}, {"hunter22", "hunter22"}, {"path", "hunter22"}}).dump() ==
        R"({"status":"refused","hunter22":"********","path":"hunter22"})");
}

TEST_CASE("a secret that changes is told as changed, one that comes or stays is not") {
  Secrets secrets;
  secrets.learn_change(R"({"a-token": "one", "b-token": 1, "c-token": "same"})",
                       R"({"a-token": "two", "b-token": 2, "c-token": "same", "d-token": "new"})");
  const Mask mask(secrets);
  CHECK(mask.text(R"({"a-token": "one", "b-token": 1})") == R"({"a-token": "********", "b-token": "********"})");
  CHECK(mask.text(R"({"a-token": "two", "b-token": 2, "c-token": "same", "d-token": "new"})") ==
        R"j({"a-token": "******** (changed)", "b-token": "******** (changed)", "c-token": "********", )j"
        R"j("d-token": "********"})j");
  CHECK(mask.tree({{"a-token", "two"}, {"c-token", "same"}}).dump() ==
        R"j({"a-token":"******** (changed)","c-token":"********"})j");
  CHECK(mask.tree({{"key", "a-token"}, {"found", "x"}, {"wanted", "y"}}).dump() ==
        R"j({"key":"a-token","found":"********","wanted":"******** (changed)"})j");
  const std::string once = mask.text("pass=x {\"a-token\": \"two\"}");
  CHECK(mask.text(once) == once);
}

TEST_CASE("sensitive values are found at any depth, but for words that every text has") {
  const json tree = json::parse(R"({"log-opts": {"splunk-token": "abcdef", "x-secret": "no", "y-token": "default"},
                                    "list": [{"db-password": ["efghij", 123456]}]})");
  Secrets secrets;
  secrets.learn(tree);
  CHECK(secrets.words == std::set<std::string>{"123456", "abcdef", "efghij"});
}

TEST_CASE("a long text is searched in a time that grows with its length") {
  for (const char* const part : {"a:b@", "://x", "user=a", "\"token\":[", "sshpass ", "a.b-c", "@@", "\\u0026", "pass,",
                                 "x-cred=/a,", "#a: ", "settings.token: a "}) {
    std::string text;
    while (text.size() < 200000) text += part;
    CHECK(scrub(text).size() <= 2 * text.size());
  }
}

TEST_CASE("a secret is found as messages show it") {
  for (const std::string secret : {"a1\x01z9", "a1\nz9", "it's \"q7\"", "k4\\m2", "\xff p3x8"}) {
    const Mask mask({secret});
    CAPTURE(secret);
    CHECK(mask.text("is " + quote(secret) + ".") == "is '********'.");
    CHECK(mask.text("is " + python_repr(json(secret)) + ".").find("********") != std::string::npos);
    CHECK(mask.text(Error("is '" + secret + "'.").what()) == "is '********'.");
  }
}
