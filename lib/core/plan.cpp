// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan.hpp"

#include <algorithm>
#include <utility>

namespace dockhost {

std::string to_string(Status status) {
  switch (status) {
    case Status::pass:
      return "pass";
    case Status::fail:
      return "fail";
    case Status::pending_restart:
      return "pending_restart";
    case Status::pending_reboot:
      return "pending_reboot";
    case Status::not_applicable:
      return "not_applicable";
    case Status::not_testable:
      return "not_testable";
    case Status::refused:
      return "refused";
    case Status::unknown:
      break;
  }
  return "unknown";
}

Plan::Plan(State before) : before_(before), now_(std::move(before)) {}

void Plan::record(const Step& step) {
  now_ = predict(std::move(now_), step);
  steps_.push_back({step, describe(step), parts_});
}

bool Plan::part(const std::string& name, const Planner& planner) {
  const State start = now_;
  const std::size_t steps = steps_.size(), findings = findings_.size();
  const std::string pending = pending_;
  if (depth_ == 0) ++parts_;
  ++depth_;
  try {
    planner(*this);
    --depth_;
    return true;
  } catch (const Error& error) {
    --depth_;
    now_ = start;
    steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(steps), steps_.end());
    for (std::size_t i = findings; i < findings_.size(); ++i) {
      if (findings_[i].status != Status::fail) continue;
      findings_[i].status = Status::refused;
      findings_[i].why = error.text();
    }
    pending_ = pending;
    refuse(name, error.text());
    return false;
  }
}

void Plan::refuse(const std::string& name, const std::string& why) {
  find({"part", name, Status::refused, nullptr, nullptr, why});
  warn(why.starts_with(name) ? why : name + ": " + why);
}

void Plan::find(Finding finding) { findings_.push_back(std::move(finding)); }

void Plan::warn(std::string text) {
  if (warned_.insert(text).second) warnings_.push_back(std::move(text));
}

void Plan::pend(const std::string& what) {
  if (pending_ != "reboot") pending_ = what;
}

void Plan::fail(const std::string& why) {
  if (depth_ == 0)
    failure_ = why;
  else
    warn(why);
}

Strings Plan::sentences() const {
  Strings all;
  for (const Planned& planned : steps_) all.push_back(planned.text);
  return all;
}

}  // namespace dockhost
