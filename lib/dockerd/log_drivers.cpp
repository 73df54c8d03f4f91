// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerd/log_drivers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "dockerd/value_rules.hpp"

namespace dockhost {
namespace {

constexpr Version kToday{std::numeric_limits<int>::max(), 0, 0};

struct LogDriver {
  std::string_view name;
  bool shared;               // has the options of kShared
  std::string_view options;  // its own, between blanks, since 20.10; "*" takes any
  Version until = kToday;
};

// What most drivers have.
constexpr std::string_view kShared = "env env-regex labels labels-regex tag";

// Read of 20.10.24 to 29.7.2, daemon/logger/*/.
constexpr auto kDrivers = std::to_array<LogDriver>({
    {"awslogs", false,
     "awslogs-region awslogs-endpoint awslogs-group awslogs-stream awslogs-create-group awslogs-datetime-format "
     "awslogs-multiline-pattern awslogs-credentials-endpoint awslogs-force-flush-interval-seconds "
     "awslogs-max-buffered-events tag"},
    {"fluentd", true,
     "fluentd-address fluentd-async fluentd-buffer-limit fluentd-max-retries fluentd-request-ack fluentd-retry-wait "
     "fluentd-sub-second-precision"},
    {"gcplogs", false,
     "gcp-project labels labels-regex env env-regex gcp-log-cmd gcp-meta-zone gcp-meta-name gcp-meta-id"},
    {"gelf", true,
     "gelf-address gelf-compression-level gelf-compression-type gelf-tcp-max-reconnect gelf-tcp-reconnect-delay"},
    {"journald", true, ""},
    {"json-file", true, "max-file max-size compress"},
    {"local", false, "max-file max-size compress"},
    {"logentries", false, "*", {25, 0}},
    {"none", false, "*"},
    {"splunk", true,
     "splunk-url splunk-token splunk-source splunk-sourcetype splunk-index splunk-capath splunk-caname "
     "splunk-insecureskipverify splunk-format splunk-verify-connection splunk-gzip splunk-gzip-level "
     "splunk-index-acknowledgment"},
    {"syslog", true,
     "syslog-address syslog-facility syslog-tls-ca-cert syslog-tls-cert syslog-tls-key syslog-tls-skip-verify "
     "syslog-format"},
});

// Options that only some versions have. Half open, as in DaemonKey.
struct LogOption {
  std::string_view driver, name;
  Version since, until = kToday;
};
constexpr auto kOptions = std::to_array<LogOption>({
    {"awslogs", "awslogs-create-stream", {23, 0}},
    {"awslogs", "awslogs-format", {23, 0}},
    {"fluentd", "fluentd-async-connect", {}, {28, 0}},
    {"fluentd", "fluentd-async-reconnect-interval", {23, 0}},
    {"fluentd", "fluentd-write-timeout", {28, 2}},
    {"fluentd", "fluentd-read-timeout", {29, 0}},
    {"local", "env", {29, 5}},
    {"local", "env-regex", {29, 5}},
    {"local", "labels", {29, 5}},
    {"local", "labels-regex", {29, 5}},
    {"local", "tag", {29, 5}},
});

// What dockerd reads itself, whatever the driver (factory.go, loggerutils/cache).
constexpr std::array kOwn{"mode",           "max-buffer-size", "cache-disabled",
                          "cache-max-size", "cache-max-file",  "cache-compress"};

const LogDriver* driver_named(std::string_view name) {
  const auto* found =
      std::find_if(kDrivers.begin(), kDrivers.end(), [&](const LogDriver& d) { return d.name == name; });
  return found == kDrivers.end() ? nullptr : found;
}

std::string value_of(const json& options, const char* name) {
  const auto found = options.find(name);
  return found != options.end() && found->is_string() ? found->get<std::string>() : "";
}

// A whole number of at least `least`, as strconv.Atoi reads it.
bool number_from(const std::string& text, std::int64_t least) {
  std::int64_t number = 0;
  const char* last = text.data() + text.size();
  const char* first = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
  const auto [end, failed] = std::from_chars(first, last, number);
  return failed == std::errc() && end == last && number >= least;
}

bool go_boolean(const std::string& text) {
  constexpr std::array words{"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

class LogOptions {
 public:
  LogOptions(const std::string& driver, const json& options, const Version& version)
      : driver_(driver), options_(options), version_(version) {}

  std::vector<Mismatch> check() {
    if (driver_ == "none" || options_.empty()) return {};
    own();
    if (builtin_log_driver(driver_, version_)) names();
    if (driver_ == "json-file" || driver_ == "local") files();
    if (driver_ == "syslog") syslog();
    if (driver_ == "gelf") gelf();
    if (driver_ == "logentries" && set("logentries-token").empty()) refuse_all("needs logentries-token");
    if (driver_ == "awslogs") awslogs();
    if (driver_ == "fluentd") fluentd();
    return std::move(problems_);
  }

 private:
  std::string set(const char* name) const { return value_of(options_, name); }
  bool has(const char* name) const { return options_.contains(name) && options_.at(name).is_string(); }
  void refuse(const std::string& name, std::string text, Refused when = Refused::at_start) {
    problems_.push_back({{"log-opts", name}, std::move(text), when});
  }
  void refuse_all(const std::string& text) {
    problems_.push_back({{"log-opts"}, "the log driver " + driver_ + " " + text, Refused::at_start});
  }

  void own() {
    const std::string mode = set("mode");
    if (!mode.empty() && mode != "blocking" && mode != "non-blocking")
      refuse("mode", quote(mode) + " is none of blocking, non-blocking");
    if (!options_.contains("max-buffer-size")) return;
    if (mode != "non-blocking") refuse("max-buffer-size", "is refused without mode non-blocking");
    if (!size_in_bytes(set("max-buffer-size")))
      refuse("max-buffer-size", quote(set("max-buffer-size")) + " is not a size such as 4m");
  }

  void names() {
    for (const auto& [name, value] : options_.items()) {
      if (std::find(kOwn.begin(), kOwn.end(), name) == kOwn.end() && !knows(name)) unknown(name);
    }
  }

  bool knows(const std::string& name) const {
    const LogDriver& driver = *driver_named(driver_);
    if (driver.options == "*" || contains(words(std::string(driver.options)), name)) return true;
    if (driver.shared && contains(words(std::string(kShared)), name)) return true;
    return std::any_of(kOptions.begin(), kOptions.end(), [&](const LogOption& option) {
      return option.driver == driver_ && option.name == name && option.since <= version_ && version_ < option.until;
    });
  }

  void unknown(const std::string& name) {
    const auto* other = std::find_if(kOptions.begin(), kOptions.end(), [&](const LogOption& option) {
      return option.driver == driver_ && option.name == name;
    });
    if (other != kOptions.end() && version_ < other->since) {
      return refuse(name, "the log driver " + driver_ + " has " + name + " since " + to_string(other->since) +
                              ", but dockerd is " + to_string(version_));
    }
    if (other != kOptions.end()) {
      return refuse(name, "the log driver " + driver_ + " has no " + name + " any more since " +
                              to_string(other->until) + ", and dockerd is " + to_string(version_));
    }
    refuse(name, "the log driver " + driver_ + " has no option " + name + ", and dockerd does not start with it");
  }

  // Not judged before a container starts.
  void files() {
    const std::string files = set("max-file"), compress = set("compress");
    if (has("max-size") && set("max-size") != "-1" && !size_in_bytes(set("max-size")))
      refuse("max-size", quote(set("max-size")) + " is not a size such as 10m; no container would start",
             Refused::never);
    if (has("max-file") && !number_from(files, 1))
      refuse("max-file", quote(files) + " is not a number of files; no container would start", Refused::never);
    if (has("compress") && !go_boolean(compress))
      refuse("compress", quote(compress) + " is neither true nor false; no container would start", Refused::never);
  }

  void syslog() {
    constexpr std::array names{"kern",   "user",   "mail",   "daemon",   "auth",   "syslog", "lpr",
                               "news",   "uucp",   "cron",   "authpriv", "ftp",    "local0", "local1",
                               "local2", "local3", "local4", "local5",   "local6", "local7"};
    constexpr std::array formats{"rfc3164", "rfc5424", "rfc5424micro"};
    const std::string facility = set("syslog-facility"), format = set("syslog-format"), address = set("syslog-address");
    const bool named = std::find(names.begin(), names.end(), facility) != names.end();
    const bool numbered = number_from(facility, 0) && std::stol(facility) <= 23;
    if (!facility.empty() && !named && !numbered)
      refuse("syslog-facility", quote(facility) + " is no facility of syslog");
    if (!format.empty() && std::find(formats.begin(), formats.end(), format) == formats.end())
      refuse("syslog-format", quote(format) + " is none of rfc3164, rfc5424, rfc5424micro");
    if (!address.empty() && address.find("://") == std::string::npos)
      refuse("syslog-address", quote(address) + " has no protocol; tcp://HOST:PORT and unix://PATH are examples");
  }

  void gelf() {
    const std::string address = set("gelf-address");
    const bool udp = address.starts_with("udp://"), tcp = address.starts_with("tcp://");
    if (address.empty()) return refuse_all("needs gelf-address");
    if (!(udp || tcp) || address.find(':', 6) == std::string::npos)
      return refuse("gelf-address", quote(address) + " is neither udp://HOST:PORT nor tcp://HOST:PORT");
    for (const auto& [name, value] : options_.items()) {
      if (name.starts_with("gelf-compression-") && !udp) refuse(name, "is for a gelf-address of UDP alone");
      if (name.starts_with("gelf-tcp-") && !tcp) refuse(name, "is for a gelf-address of TCP alone");
    }
  }

  void awslogs() {
    if (set("awslogs-group").empty()) refuse_all("needs awslogs-group");
    if (options_.contains("awslogs-datetime-format") && options_.contains("awslogs-multiline-pattern"))
      refuse("awslogs-multiline-pattern", "excludes awslogs-datetime-format");
    for (const char* name : {"awslogs-create-group", "awslogs-create-stream"}) {
      if (!set(name).empty() && !go_boolean(set(name))) refuse(name, quote(set(name)) + " is neither true nor false");
    }
    for (const char* name : {"awslogs-force-flush-interval-seconds", "awslogs-max-buffered-events"}) {
      if (!set(name).empty() && !number_from(set(name), 1)) refuse(name, quote(set(name)) + " is no number above 0");
    }
  }

  void fluentd() {
    for (const char* name : {"fluentd-async", "fluentd-request-ack", "fluentd-sub-second-precision"}) {
      if (!set(name).empty() && !go_boolean(set(name))) refuse(name, quote(set(name)) + " is neither true nor false");
    }
    if (!set("fluentd-max-retries").empty() && !number_from(set("fluentd-max-retries"), 0))
      refuse("fluentd-max-retries", quote(set("fluentd-max-retries")) + " is no number");
    if (!set("fluentd-buffer-limit").empty() && !size_in_bytes(set("fluentd-buffer-limit")))
      refuse("fluentd-buffer-limit", quote(set("fluentd-buffer-limit")) + " is not a size such as 8m");
    if (!set("fluentd-async").empty() && !set("fluentd-async-connect").empty() && version_ < Version{28, 0})
      refuse("fluentd-async-connect", "excludes fluentd-async");
  }

  const std::string& driver_;
  const json& options_;
  const Version& version_;
  std::vector<Mismatch> problems_;
};

}  // namespace

bool builtin_log_driver(std::string_view name, const Version& version) {
  const LogDriver* driver = driver_named(name);
  return driver != nullptr && version < driver->until;
}

std::vector<Mismatch> log_option_problems(const std::string& driver, const json& options, const Version& version) {
  if (!options.is_object()) return {};
  // Of another type is the whole file refused, and null is an empty text.
  json texts = json::object();
  for (const auto& [name, value] : options.items()) {
    if (value.is_string() || value.is_null()) texts[name] = value;
  }
  return LogOptions(driver, texts, version).check();
}

}  // namespace dockhost
