// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan.hpp"

#include <doctest/doctest.h>

#include "core/owed.hpp"

using namespace dockhost;

namespace {

const std::string kFile = "/etc/app.conf", kUnit = "docker.service";

State host_with(const std::string& content) {
  State state;
  state.put<File>(kFile, File{content});
  state.put<Directory>("/etc", Directory{});
  state.put<Service>(kUnit, Service{true, {{"web"}, {"docker.socket"}}});
  return state;
}

}  // namespace

TEST_CASE("what is as wanted already makes no step") {
  Plan plan(host_with("a"));
  CHECK_FALSE(plan.want<File>(kFile, File{"a"}));
  CHECK(plan.empty());
}

TEST_CASE("a plan sees the host as its steps so far will leave it") {
  Plan plan(host_with("a"));
  CHECK(plan.want<File>(kFile, File{"b"}, "set x"));
  CHECK(plan.before().find<File>(kFile)->content == "a");
  CHECK(plan.now().find<File>(kFile)->content == "b");
  CHECK(plan.sentences() == Strings{"change /etc/app.conf: set x"});
}

TEST_CASE("asking for what nobody looked at is no absence") {
  const State state = host_with("a");
  CHECK_THROWS_AS(state.find<File>("/etc/other"), NotObserved);
  State looked = state;
  looked.put<File>("/etc/other", std::nullopt);
  CHECK_FALSE(looked.find<File>("/etc/other").has_value());
}

TEST_CASE("what is needed is asked for together, and what was looked at is not asked for again") {
  State state = host_with("a");
  state.put<File>("/absent", std::nullopt);
  state.put_error(File::kind, "/broken", Error("cannot be read"));
  CHECK_NOTHROW(state.need<File>({kFile, "/absent", "/broken"}));
  try {
    state.need<File>({"/one", kFile, "/two", "/one"});
    FAIL("nobody has looked at two of these");
  } catch (const NotObserved& asked) {
    CHECK(asked.kind == File::kind);
    CHECK(asked.keys == Strings{"/one", "/two"});
  }
}

TEST_CASE("a look that failed is told to whoever asks for it") {
  State state;
  state.put_error(File::kind, kFile, Error("cannot be read", {kFile}));
  CHECK_THROWS_WITH_AS(state.find<File>(kFile), "cannot be read", Error);
}

TEST_CASE("a file below a directory that is missing is refused") {
  State state;
  state.put<File>(kFile, std::nullopt);
  state.put<Directory>("/etc", std::nullopt);
  Plan plan(state);
  CHECK_THROWS_WITH_AS(plan.want<File>(kFile, File{"a"}), "directory '/etc' does not exist", Error);
}

TEST_CASE("an error ends its part alone, and takes its steps back") {
  Plan plan(host_with("a"));
  const bool first = plan.part("bad", [](Plan& part) {
    part.want<File>(kFile, File{"b"});
    part.find({"file", kFile, Status::fail, "a", "b"});
    throw Refusal("the disk is in use");
  });
  const bool second = plan.part("good", [](Plan& part) { part.want<File>(kFile, File{"c"}); });
  CHECK_FALSE(first);
  CHECK(second);
  CHECK(plan.sentences() == Strings{"change /etc/app.conf"});
  CHECK(plan.now().find<File>(kFile)->content == "c");
  REQUIRE(plan.findings().size() == 2);
  CHECK(plan.findings()[0].status == Status::refused);
  CHECK(plan.findings()[1].key == "bad");
  CHECK(plan.findings()[1].why == "the disk is in use");
  CHECK(plan.warnings() == Strings{"bad: the disk is in use"});
}

TEST_CASE("steps of a nested part belong to the outermost one") {
  Plan plan(host_with("a"));
  plan.part("outer", [](Plan& outer) {
    outer.part("inner", [](Plan& inner) { inner.want<File>(kFile, File{"b"}); });
    outer.want<Service>(kUnit, Service{});
  });
  plan.part("next", [](Plan& next) { next.want<File>(kFile, File{"c"}); });
  REQUIRE(plan.steps().size() == 3);
  CHECK(plan.steps()[0].part == plan.steps()[1].part);
  CHECK(plan.steps()[1].part != plan.steps()[2].part);
}

TEST_CASE("a step taken back is the step with before and after in each other's place") {
  const Step step = Change<File>{kFile, File{"a"}, File{"b"}, "set x"};
  const auto back = std::get<Change<File>>(undo(step));
  CHECK(back.before->content == "b");
  CHECK(back.after->content == "a");
}

TEST_CASE("taking a stop back does not start what Docker has deleted") {
  Service stopped;
  stopped.removed = {"once"};
  const Step stop = Change<Service>{kUnit, Service{true, {{"once", "web"}, {}}}, stopped, ""};
  CHECK(describe(stop) ==
        "stop docker.service; with it stop the containers once and web; Docker deletes once (run with --rm)");
  CHECK(describe(undo(stop)) == "start docker.service, then the container web");
}

TEST_CASE("sentences escape what would drive a terminal") {
  CHECK(describe(Change<File>{"/etc/\x1b[31m", File{}, std::nullopt, ""}) == "remove /etc/\\x1b[31m");
}

TEST_CASE("a service that was stopped is owed until it runs again with all that ran along") {
  const State before = host_with("a");
  CHECK(owed_between(before, before).empty());
  const State stopped = predict(before, Change<Service>{kUnit, before.find<Service>(kUnit), Service{}, ""});
  const json owed = owed_between(before, stopped);
  CHECK(owed.dump() == R"({"units":{"docker.service":{"containers":["web"],"units":["docker.socket"]}}})");
  const State alone = predict(stopped, Change<Service>{kUnit, Service{}, Service{true}, ""});
  CHECK(owed_between(before, alone) == owed);
  const State whole = predict(alone, Change<Service>{kUnit, Service{true}, before.find<Service>(kUnit), ""});
  CHECK(owed_between(before, whole).empty());
}

TEST_CASE("a file of systemd owes a reload until systemd has read it") {
  State before;
  before.put<File>("/etc/fstab", File{""});
  before.put<Reload>("systemd", Reload{});
  Plan plan(before);
  plan.want<File>("/etc/fstab", File{"x"});
  CHECK(owed_between(before, plan.now()).dump() == R"({"reload":["systemd"]})");
  plan.want<Reload>("systemd", Reload{});
  CHECK(owed_between(before, plan.now()).empty());
  CHECK(plan.sentences() == Strings{"change /etc/fstab", "let systemd read its units and fstab again"});
}

TEST_CASE("what a dead run stopped counts as running") {
  Service seen;
  seen.owed = Along{{"web"}, {"docker.socket"}};
  const Service ran = seen.as_it_ran();
  CHECK(ran.active);
  CHECK(ran.along == *seen.owed);
  CHECK_FALSE(Service{}.as_it_ran().active);
}
