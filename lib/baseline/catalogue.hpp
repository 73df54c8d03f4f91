// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of a host's baseline: what each wants, why, and how it is brought about. Adding one is adding a row.
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"

namespace dockhost {

// A control's number in one version of a benchmark: numbers move, so one means nothing alone.
struct ControlId {
  std::string benchmark, version, id;  // "cis-docker", "1.7.0", "2.14"
};

enum class Remediable { yes, on_request, no };

// What bringing it about does to the host beside the change itself.
enum class Impact { none, reload, restart, reboot, moves_data, hides_images };

struct Control {
  std::string key;  // never changes
  std::vector<ControlId> ids;
  std::string title;  // the wanted state
  int level = 1;      // of the CIS benchmark; 0: it is in none
  Strings profiles;
  std::string rationale, remediation;
  Remediable remediable = Remediable::yes;
  Impact impact = Impact::none;
};

// In the order of the benchmark; keys are unique.
const std::vector<Control>& controls();

// The words of Remediable and Impact: "on request", "moves data".
std::string to_string(Remediable remediable);
std::string to_string(Impact impact);

constexpr const char* kDefaultBenchmark = "1.7.0";

// The benchmarks whose numbers are known: "1.6.0", "1.7.0", "1.8.0" of cis-docker.
const Strings& benchmark_versions();

// The controls that a person means: by key, by number ("2.14", in the given version of cis-docker; two controls share
// 1.1.9), or by a whole id ("cis-docker 1.8.0 2.15").
// Throws Error, with the user's word, when there is none.
std::vector<const Control*> find_controls(const std::string& name, const std::string& version = kDefaultBenchmark);

// The control's number in that version of cis-docker, else its key.
std::string shown_id(const Control& control, const std::string& version);

// All controls for machines, and a line for each with its number in that version for people ("-": it has none there).
json controls_document();
std::string controls_text(const std::string& version = kDefaultBenchmark);

// One control, whole, for people.
std::string explained(const Control& control);

}  // namespace dockhost
