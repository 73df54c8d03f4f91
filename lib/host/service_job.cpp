// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/service_job.hpp"

#include <algorithm>

#include "host/perform.hpp"
#include "host/unit.hpp"

namespace dockhost {
namespace {

using std::chrono::seconds;

// Where neither the user nor the unit sets a limit, and what systemd may need to end a start over the unit's own.
constexpr seconds kUnlimited{15 * 60}, kOver{30};

// A time span as systemctl prints it ("1min 30s", "infinity"; systemd.time(7)) in whole seconds; 0 for none and for one
// that is not understood.
seconds span(const std::string& text) {
  seconds all{0};
  const Strings parts = words(text);
  for (const std::string& part : parts) {
    const std::size_t end = part.find_first_not_of("0123456789.");
    const std::string unit = end == std::string::npos ? "" : part.substr(end);
    const auto number = static_cast<std::int64_t>(leading_number(part));
    constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
    if (unit == "d") all += seconds{number * day};
    if (unit == "h") all += seconds{number * hour};
    if (unit == "min") all += seconds{number * minute};
    if (unit == "s") all += seconds{number};
    const bool known = unit == "d" || unit == "h" || unit == "min" || unit == "s" || unit == "ms" || unit == "us";
    if (!known) return seconds{0};
  }
  return all;
}

// As a user wants it, else as the unit has it.
seconds limit_of(Host& host, const std::string& unit, int wanted) {
  if (wanted > 0) return seconds{wanted};
  const seconds own = span(property(properties_of(host, unit, {"TimeoutStartUSec"}), "TimeoutStartUSec"));
  return own.count() == 0 ? kUnlimited : own + kOver;
}

// Runs systemctl for as long as its jobs take. It is no more than a listener: the jobs go on without it.
Output listen(Host& host, const Strings& argv, seconds limit, const std::string& unit, const std::string& doing) {
  const std::int64_t began = host.now();
  return host.run_long(argv, Limits{limit, true}, [&] {
    host.progress([&] {
      const Strings last = journal_tail(host, unit, 1);
      const std::string said = last.empty() ? "" : "; it said last: " + excerpt(last.back(), 300);
      return doing + " for " + std::to_string(host.now() - began) + " s" + said;
    });
  });
}

bool runs(Host& host, const std::string& unit) {
  const std::string state = property(properties_of(host, unit, {"ActiveState"}), "ActiveState");
  return state == "active" || state == "reloading";
}

}  // namespace

void start_and_wait(Host& host, const std::string& unit, int wanted) {
  const Strings argv = {"systemctl", "start", "--", unit};
  const seconds limit = limit_of(host, unit, wanted);
  const std::int64_t until = host.now() + limit.count();
  for (seconds left = limit; left.count() > 0; left = seconds{until - host.now()}) {
    const Output output = listen(host, argv, left, unit, "waiting for the start of " + unit);
    if (output.good()) return;
    const Properties now = properties_of(host, unit, {"ActiveState", "SubState", "Job", "NRestarts"});
    const std::string state = property(now, "ActiveState");
    if (state == "active" || state == "reloading") return;
    if (!starting(now)) return must_succeed(output, argv, Limits{limit});
    if (output.late) break;
    host.pause(std::chrono::seconds{1});  // systemctl was cut off, and the job was not
  }
  Error error(
      unit + " is still starting after " + std::to_string(limit.count()) +
      " seconds; nothing is undone, and it is left to start. The next run waits for it and starts what ran with " +
      "it; set timeout where it needs longer");
  error.stays = true;
  throw error;
}

void start_others(Host& host, const Strings& units) {
  Strings down = units;
  std::string said;
  for (int tries = 0; tries < 2 && !down.empty(); ++tries) {
    if (tries != 0) host.pause(std::chrono::seconds{1});
    Strings argv = {"systemctl", "start", "--"};
    argv.insert(argv.end(), down.begin(), down.end());
    const Output output = listen(host, argv, kUnlimited, down.front(), "starting " + sentence_list(down));
    if (output.good()) return;
    said = trim(output.err);
    std::erase_if(down, [&](const std::string& unit) { return runs(host, unit); });
  }
  if (down.empty()) return;
  Error error(sentence_list(down) + (down.size() == 1 ? " does" : " do") + " not start again: " + printable(said));
  error.stays = true;
  throw error;
}

void stop_and_wait(Host& host, const Strings& units) {
  Strings argv = {"systemctl", "stop", "--"};
  argv.insert(argv.end(), units.begin(), units.end());
  // systemd itself bounds a stop (TimeoutStopSec=), and ends by force what does not end.
  must_succeed(listen(host, argv, kUnlimited, units.back(), "stopping " + units.back()), argv, Limits{kUnlimited});
}

}  // namespace dockhost
