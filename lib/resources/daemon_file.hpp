// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan.hpp"
#include "dockerd/rules.hpp"
#include "edit/json_text.hpp"

namespace dockhost {

// When dockerd reads its file for this run.
enum class ReadAt { never, reload, start };

// Why dockerd before 23.0 reads nothing of a file that is JSON for others: it is empty (EOF), or begins with a byte
// order mark. "" where it does; else the rest of a sentence that begins with the file's name.
std::string refused_whole(const Docker& docker, const std::optional<File>& file);

// What this dockerd would refuse, ignore or take otherwise in its file: its own rules, keys that stand on the command
// line too, plugins and files that are missing, what a swarm excludes. `wished` are the settings asked for, `before`
// and `after` the file; what the run itself makes wrong is fatal, as what it asks for is.
std::vector<Problem> file_problems(const Plan& plan, const std::string& unit, const json& wished, const json& before,
                                   const json& after);

// Throws Error for what is fatal. Where Docker runs and reads the file because of this run, throws Refusal for whatever
// keeps it from starting (or from taking a reload), asked for or not. The rest are warnings. `text` is the file as it
// is, for the places, and `path` its name.
void judge_file(Plan& plan, const std::vector<Problem>& problems, const JsonText& text, const std::string& path,
                ReadAt read);

// A daemon that runs has read its file long ago: what stands there now decides whether it starts again. Throws Refusal.
void refuse_unstartable(const Plan& plan, const std::string& unit);

}  // namespace dockhost
