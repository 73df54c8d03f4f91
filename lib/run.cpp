// SPDX-License-Identifier: GPL-3.0-or-later
#include "run.hpp"

#include <sha256.h>

#include <array>
#include <chrono>
#include <set>
#include <stdexcept>

#include "args/mask.hpp"
#include "base/read_json.hpp"
#include "host/apply.hpp"
#include "host/look.hpp"
#include "modules.hpp"

namespace dockhost {
namespace {

json finding_json(const Finding& finding, bool applied) {
  const bool done = applied && finding.status == Status::fail;
  json shown = {{"what", finding.what},
                {"key", finding.key},
                {"status", to_string(done ? finding.after : finding.status)},
                {"found", finding.found},
                {"wanted", finding.wanted}};
  if (!finding.why.empty()) shown["why"] = finding.why;
  return shown;
}

std::string numbered(const Strings& sentences) {
  std::string text;
  for (std::size_t i = 0; i < sentences.size(); ++i) text += std::to_string(i + 1) + ". " + sentences[i] + "\n";
  return text;
}

// The plan in words, then each file with its whole text before the first step and after the last.
json diff_of(const Plan& plan, const Strings& sentences) {
  json all = json::array();
  all.push_back({{"prepared", numbered(sentences)}});
  std::set<std::string> shown;
  for (const Plan::Planned& planned : plan.steps()) {
    const auto* change = std::get_if<Change<File>>(&planned.step);
    if (change == nullptr || !shown.insert(change->key).second) continue;
    const auto &before = plan.before().find<File>(change->key), &after = plan.now().find<File>(change->key);
    all.push_back({{"before", before ? utf8(before->content) : ""},
                   {"after", after ? utf8(after->content) : ""},
                   {"before_header", change->key},
                   {"after_header", change->key}});
  }
  return all;
}

// What one call has come to: whatever is thrown, the result says how far it came, and nothing secret leaves with it.
struct Outcome {
  json result = {{"changed", false}};
  State seen;
  Secrets secrets;
};

// A file that is no JSON has no names but those in its text, which learn_change looks for.
void learn_json(Secrets& secrets, const std::string& text) {
  const json value = read_json_or_discard(text, JsonFrom::daemon_file);
  if (value.is_structured()) secrets.learn(value);
}

// What the files hold that the plan is made from, as they are and as they will be.
void learn_files(Secrets& secrets, const State& seen, const State& planned) {
  for (const auto& [path, file] : planned.all<File>()) {
    const std::optional<File> before = seen.knows<File>(path) ? seen.find<File>(path) : std::nullopt;
    const std::string was = before ? before->content : "", is = file ? file->content : "";
    secrets.learn_change(was, is);
    learn_json(secrets, was);
    if (was != is) learn_json(secrets, is);
  }
}

// What a result holds by now, in the words of tools, processes and Docker, too. Whoever names a process can call it
// "pw=/srv/data": a path stays to be seen.
void learn_result(Outcome& outcome) {
  Secrets told;
  told.learn(outcome.result);
  std::erase_if(told.words, [](const std::string& word) { return word.starts_with('/'); });
  outcome.secrets.add(told);
}

// The sentences of a plan as a result can hold them: their digest is of these.
Strings shown_plan(const json& plan) {
  Strings sentences = plan.get<Strings>();
  for (std::string& sentence : sentences) sentence = shortened(printable(sentence, true), kLongestText);
  return sentences;
}

// The plan as it is shown, and the digest of that. All that the result holds so far is known by now.
void settle_plan(Outcome& outcome) {
  json& result = outcome.result;
  learn_result(outcome);
  const Strings sentences = shown_plan(Mask(outcome.secrets).tree(result.at("plan")));
  result["plan"] = sentences;
  result["plan_digest"] = plan_digest(sentences);
  if (result.contains("diff")) result["diff"][0]["prepared"] = numbered(sentences);
}

void put_plan(Outcome& outcome, const Plan& plan, const Request& request) {
  learn_files(outcome.secrets, plan.before(), plan.now());
  json& result = outcome.result;
  const Strings sentences = plan.sentences();
  result["changed"] = !plan.empty();
  result["plan"] = sentences;
  result["plan_digest"] = "";
  result["findings"] = json::array();
  for (const Finding& finding : plan.findings()) result["findings"].push_back(finding_json(finding, false));
  result["pending"] = plan.pending().empty() ? json(nullptr) : json(plan.pending());
  if (request.diff) result["diff"] = diff_of(plan, sentences);
  for (const std::string& warning : plan.warnings()) result["warnings"].push_back(warning);
  result["backup_file"] = "";
}

void put_error(json& result, const Error& error) {
  result["failed"] = true;
  result["msg"] = error.text();
  json place = json::object();
  if (!error.where.path.empty()) place["path"] = error.where.path;
  if (error.where.line != 0) place["line"] = error.where.line;
  if (error.where.column != 0) place["column"] = error.where.column;
  place["during"] = error.trail;
  result["error"] = place;
  if (!error.acted) {
    result["changed"] = false;
    return;
  }
  result["rolled_back"] = error.not_undone.empty() && !error.stays;
  result["changed"] = !error.not_undone.empty() || error.stays;
  result["not_undone"] = error.not_undone;
}

void expect(const json& result, const json& wanted) {
  if (!wanted.is_string() || wanted == result.at("plan_digest")) return;
  throw Error("the plan is not the one that was reviewed: expect_plan is " + quote(wanted.get<std::string>()) +
              ", the plan's digest is '" + result.at("plan_digest").get<std::string>() + "'; nothing was changed");
}

void execute(Host& host, const Plan& plan, json& result) {
  if (!host.root()) throw Error("only root can do this (use become); nothing was changed");
  const Applied applied = apply(host, plan);
  result["backup_file"] = applied.backup;
  result["findings"] = json::array();
  for (const Finding& finding : plan.findings()) result["findings"].push_back(finding_json(finding, true));
}

// The result as it may leave the host. What is learned only now, from a failure's words, may stand in the plan too.
json masked(Outcome& outcome) {
  learn_result(outcome);
  json shown = Mask(outcome.secrets).tree(outcome.result);
  if (!shown.contains("plan") || shown.at("plan") == outcome.result.at("plan")) return shown;
  const Strings sentences = shown_plan(shown.at("plan"));
  shown["plan"] = sentences;
  shown["plan_digest"] = plan_digest(sentences);
  return shown;
}

// When a call began.
struct Clock {
  std::string started;
  std::chrono::steady_clock::time_point from;
};

// The module's own return values; a report of controls takes the place of findings.
void put_own(json& result, const Resource& resource, const Plan& plan, const json& arguments, bool applied,
             const Clock& clock) {
  if (!resource.returns) return;
  result.update(resource.returns(plan, arguments, applied));
  if (!result.contains("report")) return;
  result.erase("findings");
  result["report"]["started"] = clock.started;
  const auto passed = std::chrono::steady_clock::now() - clock.from;
  result["report"]["duration_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
}

void add_secrets(Outcome& outcome, const Resource& resource, const json& arguments) {
  learn_files(outcome.secrets, outcome.seen, outcome.seen);
  if (!resource.secrets) return;
  const Strings more = resource.secrets(outcome.seen, arguments);
  Strings& hidden = outcome.secrets.hidden;
  hidden.insert(hidden.end(), more.begin(), more.end());
}

Plan plan_for(Host& host, const Resource& resource, const json& arguments, Outcome& outcome) {
  try {
    Plan plan = make_plan(host, resource, arguments, outcome.seen);
    add_secrets(outcome, resource, arguments);
    return plan;
  } catch (const Error&) {
    add_secrets(outcome, resource, arguments);
    throw;
  }
}

// What a call needs to look once more.
struct Again {
  Host& host;
  const Resource& resource;
  const json& arguments;
  const Clock& clock;
};

// A run that failed leaves a host of which nobody knows what of the first look still holds: the findings are made anew,
// and where that cannot be done they say so.
void look_again(const Again& again, Outcome& outcome) {
  json& result = outcome.result;
  try {
    outcome.seen = State{};
    const Plan plan = plan_for(again.host, again.resource, again.arguments, outcome);
    result["findings"] = json::array();
    for (const Finding& finding : plan.findings()) result["findings"].push_back(finding_json(finding, false));
    result["pending"] = plan.pending().empty() ? json(nullptr) : json(plan.pending());
    put_own(result, again.resource, plan, again.arguments, false, again.clock);
  } catch (const std::exception& error) {
    if (!result.contains("findings")) return;
    for (json& finding : result.at("findings")) {
      finding["status"] = to_string(Status::unknown);
      finding["why"] = std::string("after the failure: ") + error.what();
    }
  }
}

// The time in which a run only looks, and may be ended at any moment.
class Looking {
 public:
  explicit Looking(Host& host) : host_(host) { host_.looking(true); }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
  ~Looking() { end(); }

  void end() { host_.looking(false); }

 private:
  Host& host_;
};

void call(Host& host, const Request& request, Outcome& outcome) {
  Looking looking(host);
  const Clock clock{utc_time(host.now()), std::chrono::steady_clock::now()};
  const Resource& resource = module_named(request.module);
  const Arguments arguments = validate(resource.spec, request.args);
  json& result = outcome.result;
  for (const std::string& warning : arguments.warnings) result["warnings"].push_back(warning);
  const Plan plan = plan_for(host, resource, arguments.values, outcome);
  put_plan(outcome, plan, request);
  put_own(result, resource, plan, arguments.values, false, clock);
  settle_plan(outcome);
  host.mask_with([mask = Mask(outcome.secrets)](const std::string& text) { return mask.text(text); });
  expect(result, arguments.values.value("expect_plan", json(nullptr)));
  const bool something_owed = host.root() && !host.owed().empty();
  const auto end = [&] {
    if (plan.failure().empty()) return;
    result["failed"] = true;
    result["msg"] = plan.failure();
  };
  if (request.check) return end();
  looking.end();
  try {
    if (!plan.empty() || something_owed) execute(host, plan, result);
  } catch (const Error& error) {
    if (error.acted) look_again({host, resource, arguments.values, clock}, outcome);
    throw;
  }
  put_own(result, resource, plan, arguments.values, true, clock);
  end();
}

// Whether the step takes off a mount that is there before the plan's first step, or makes it read-only: neither is done
// to one in use. Of Docker's data root the planner has asked already, knowing what of it ends with Docker.
bool minds_users(const Step& step, const State& seen) {
  const auto* change = std::get_if<Change<Mount>>(&step);
  if (change == nullptr || !change->before || !seen.knows<Mount>(change->key) || !seen.find<Mount>(change->key))
    return false;
  const bool of_docker =
      seen.knows<RootUse>(root_use_key(change->key, true)) || seen.knows<RootUse>(root_use_key(change->key, false));
  const auto read_only = [](const Mount& mount) { return contains(mount.options, "ro"); };
  return !of_docker && (!change->after || (read_only(*change->after) && !read_only(*change->before)));
}

// Looks at the ways to what the plan changes, and at who uses what it unmounts: only then, because the walk through all
// processes is not cheap. Whether something is in the way, so that the plan is to be made again and refuses that.
bool look_in_the_way(Host& host, const Plan& plan, State& seen) {
  const Strings by_path = {File::kind, Directory::kind, Access::kind, Mount::kind};
  bool obstacles = false;
  for (const Plan::Planned& planned : plan.steps()) {
    if (minds_users(planned.step, seen) && !seen.looked_at<MountUse>(key_of(planned.step))) {
      observe(host, seen, NotObserved(MountUse::kind, {key_of(planned.step)}));
      obstacles = true;
    }
    const std::string path = key_of(planned.step);
    if (!contains(by_path, kind_of(planned.step)) || seen.looked_at<Reach>(path)) continue;
    observe(host, seen, NotObserved(Reach::kind, {path}));
    // A look that failed is an obstacle too: the plan that is made again throws its error.
    obstacles = obstacles || !seen.knows<Reach>(path) || seen.find<Reach>(path).value_or(Reach{}) != Reach{};
  }
  return obstacles;
}

}  // namespace

Secrets secrets(const Request& request) {
  if (const Resource* const found = find_module(request.module)) return secrets_of(found->spec, request.args);
  Secrets unknown;
  unknown.learn(request.args);
  return unknown;
}

Plan make_plan(Host& host, const Resource& resource, const json& arguments, State& seen) {
  std::set<std::pair<std::string, std::string>> asked;
  for (;;) {
    try {
      Plan plan(seen);
      resource.plan(plan, arguments);
      if (!look_in_the_way(host, plan, seen)) return plan;
    } catch (const NotObserved& missing) {
      if (!asked.insert({missing.kind, missing.keys.front()}).second) {
        throw std::logic_error("asked twice for one " + missing.kind);  // a key may hold a whole file
      }
      observe(host, seen, missing);
    }
  }
}

std::string plan_digest(const Strings& sentences) {
  const std::string text = json(sentences).dump();
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digest{};
  SHA256Data(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digest.data());
  return digest.data();
}

json run(Host& host, const Request& request) {
  Outcome outcome;
  outcome.secrets = secrets(request);
  try {
    call(host, request, outcome);
  } catch (const Error& error) {
    put_error(outcome.result, error);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& fault) {
    put_error(outcome.result, Error(std::string("dockhost has a fault: ") + fault.what()));
  }
  return masked(outcome);
}

json refusal_of_arguments(const Request& request) {
  Outcome outcome;
  try {
    validate(module_named(request.module).spec, request.args);
    return nullptr;
  } catch (const Error& error) {
    put_error(outcome.result, error);
  }
  return Mask(secrets(request)).tree(outcome.result);
}

}  // namespace dockhost
