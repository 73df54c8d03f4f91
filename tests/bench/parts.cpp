// SPDX-License-Identifier: GPL-3.0-or-later
// parts RUNS: `dockhost check` of this host, its time split. Prints a line for each part: its name, the median of its
// milliseconds, and how often it was done in one check. `look` parts are named by the kind of thing that was looked at.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "baseline/check_text.hpp"
#include "host/linux_host.hpp"
#include "host/look.hpp"
#include "modules.hpp"

namespace {

using namespace dockhost;

struct Part {
  double milliseconds = 0;
  int times = 0;
};

using Parts = std::map<std::string, Part>;

// Adds what passes until it is gone to the part.
class Stopwatch {
 public:
  Stopwatch(Parts& parts, const std::string& name) : part_(parts[name]) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    part_.milliseconds += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from_).count();
    ++part_.times;
  }

 private:
  Part& part_;
  std::chrono::steady_clock::time_point from_ = std::chrono::steady_clock::now();
};

// The planner asks until it knows enough, as in make_plan of lib/run.cpp.
Plan planned(LinuxHost& host, const Resource& resource, const json& arguments, State& seen, Parts& parts) {
  for (;;) {
    std::optional<NotObserved> wanted;
    try {
      const Stopwatch watch(parts, "plan");
      Plan plan(seen);
      resource.plan(plan, arguments);
      return plan;
    } catch (const NotObserved& missing) {
      wanted = missing;
    }
    const Stopwatch watch(parts, "look " + wanted->kind);
    observe(host, seen, *wanted);
  }
}

void check(const Resource& resource, const json& arguments, Parts& parts) {
  const Stopwatch all(parts, "all");
  LinuxHost host({});
  State seen;
  const Plan plan = planned(host, resource, arguments, seen, parts);
  json result = {{"changed", !plan.empty()}, {"plan", plan.sentences()}};
  {
    const Stopwatch watch(parts, "judge");
    result.update(resource.returns(plan, arguments, false));
  }
  const Stopwatch watch(parts, "print");
  if (check_text(result, {}).empty()) throw Error("a check says nothing");
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const Resource& resource = module_named("docker_host");
    const json arguments = validate(resource.spec, json::object()).values;
    std::map<std::string, std::vector<double>> milliseconds;
    Parts last;
    for (int run = 0; run < std::stoi(argv[1]); ++run) {
      last.clear();
      check(resource, arguments, last);
      for (const auto& [name, part] : last) milliseconds[name].push_back(part.milliseconds);
    }
    for (const auto& [name, part] : last) {
      std::printf("%s\t%.2f\t%d\n", name.c_str(), median(milliseconds[name]), part.times);
    }
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 1;
  }
}
