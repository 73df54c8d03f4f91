# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by each part of the tests: how a result is told. A part prints its counts once, at its end.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
export PATH=$build/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8
passed=0 failed=0 skipped=0
# One executable holds all C++ tests; those in files of these names run whole plans and are a part of their own.
# shellcheck disable=SC2034 # used by unit and plans
whole_runs='*plan*_test.cpp,*sim*_test.cpp'

ok() { passed=$((passed + 1)) && printf 'ok %s\n' "$1"; }
not_ok() {
  failed=$((failed + 1))
  printf 'not ok %s\n' "$1"
  [[ -z ${2:-} ]] || printf '%s\n' "$2" | tail -n 60 | sed 's/^/    /'
}
skip() { skipped=$((skipped + 1)) && printf 'skip %s: %s\n' "$1" "$2"; }

# attempt NAME COMMAND...: one test, which passes when the command succeeds; its output is shown when it fails.
# A function fails at its first failing line: it does not stand in the condition of `if`, which would disarm set -e.
attempt() {
  local name=$1 output status
  shift
  set +e
  output=$( (set -e; "$@") 2>&1)
  status=$?
  set -e
  if [[ $status == 0 ]]; then ok "$name"; else not_ok "$name" "$output"; fi
}

# The counts in the closing line of a doctest program, for `finish`. What doctest calls skipped was not chosen: it runs in
# another part.
add_doctest() {
  local line
  line=$(grep -oE 'test cases: .*' "$1" | tail -n 1)
  [[ $line =~ ([0-9]+)\ passed\ *\|\ *([0-9]+)\ failed\ * ]] || return 1
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
}

# doctest NAME PROGRAM [ARGUMENT...]: runs it, shows what failed, adds up its test cases.
doctest() {
  local name=$1 status=0
  shift
  "$@" --no-colors=true >"$build/test/$name.doctest" 2>&1 || status=$?
  judge_doctest "$name" "$status"
}

# judge_doctest NAME STATUS: the same for one that has run, with that exit code and its output in the usual file.
judge_doctest() {
  local name=$1 log=$build/test/$1.doctest status=$2
  [[ $status == 0 ]] || cat "$log"
  if ! add_doctest "$log"; then
    not_ok "$name" "no closing line, exit code $status"
  elif [[ $status != 0 && $failed == 0 ]]; then
    not_ok "$name" "exit code $status although every test case passed"
  elif [[ $passed == 0 ]]; then
    not_ok "$name" 'no test case was run'
  fi
}

finish() {
  printf 'counts: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [[ $failed == 0 ]] || exit 1
  exit 0
}
