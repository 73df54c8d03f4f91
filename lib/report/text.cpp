// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/text.hpp"

#include "report/line_diff.hpp"

namespace dockhost {
namespace {

constexpr const char *kRed = "\x1b[1;31m", *kGreen = "\x1b[32m", *kYellow = "\x1b[33m", *kCyan = "\x1b[36m",
                     *kPlain = "\x1b[0m";

class Page {
 public:
  explicit Page(bool color) : color_(color) {}
  void line(const std::string& text, const char* color = nullptr) {
    const std::string shown = printable(text, true);
    text_ += color_ && color != nullptr ? color + shown + kPlain : shown;
    text_ += '\n';
  }
  std::string text() const { return text_; }

 private:
  bool color_;
  std::string text_;
};

const char* color_of(const std::string& line) {
  if (line.starts_with("@@")) return kCyan;
  if (line.starts_with('+')) return kGreen;
  return line.starts_with('-') ? kRed : nullptr;
}

void put_diff(Page& page, const json& diff) {
  for (const json& one : diff) {
    if (!one.contains("before")) continue;
    const auto name = one.value("before_header", "");
    page.line("");
    const Strings lines = line_diff(name, one.value("before", ""), one.value("after", ""));
    for (const std::string& line : lines) page.line(line, color_of(line));
  }
}

void put_failure(Page& page, const json& result) {
  page.line("failed: " + result.value("msg", ""), kRed);
  const json left = result.value("not_undone", json::array());
  if (result.value("rolled_back", false)) page.line("everything that was done has been undone");
  if (!left.empty()) page.line("what is not as it was before:", kRed);
  for (const json& one : left) page.line("  " + one.get<std::string>());
}

void put_plan(Page& page, const json& result, bool check) {
  const json plan = result.value("plan", json::array());
  if (plan.empty()) page.line("nothing to do", kGreen);
  if (!plan.empty()) page.line(check ? "would do, in this order:" : "did, in this order:", kYellow);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    page.line("  " + std::to_string(i + 1) + ". " + plan[i].get<std::string>());
  }
}

void put_open(Page& page, const json& result) {
  for (const json& finding : result.value("findings", json::array())) {
    const auto status = finding.value("status", "");
    if (status == "pass" || status == "fail") continue;
    page.line(
        status + ": " + finding.value("what", "") + " " + finding.value("key", "") + ": " + finding.value("why", ""),
        kYellow);
  }
  const json pending = result.value("pending", json(nullptr));
  if (pending.is_string()) page.line("pending: " + pending.get<std::string>(), kYellow);
  for (const json& warning : result.value("warnings", json::array())) {
    page.line("warning: " + warning.get<std::string>(), kYellow);
  }
}

}  // namespace

std::string for_people(const json& result, bool check, bool color) {
  Page page(color);
  const bool failed = result.value("failed", false);
  if (failed) put_failure(page, result);
  if (!failed || !result.value("plan", json::array()).empty()) {
    if (!failed) put_plan(page, result, check);
    put_diff(page, result.value("diff", json::array()));
  }
  put_open(page, result);
  const auto backup = result.value("backup_file", "");
  if (!backup.empty()) page.line("backup: " + backup);
  return page.text();
}

}  // namespace dockhost
