# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation only: the action plugin of the same name does it, on the controller.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: report
short_description: The results of many hosts as one report
version_added: 0.1.0
description:
  - Makes a new directory for the results of a run (O(begin)), or writes the report of what
    M(dockhost.hardening.docker_host) has put there with its option C(report_dir) (O(run)).
  - "The report is C(index.html), one file for people that loads nothing, and for machines C(results.jsonl),
    C(results.csv) and C(junit.xml); above 200 hosts C(junit/HOST.xml)."
  - "Every host of the play is in it: one without a result is counted, and named with the reason. A result of another
    version of dockhost counts as none, and so does one that does not fit C(payload/result.schema.json), whose host is
    named as C(answer not understood)."
  - One host adds at most 200 rows to a list of the page, and 256 KiB; the rest is in C(results.jsonl).
  - Runs once, on the controller, in check mode too, and never counts as a change.
author:
  - The dockhost authors (@dockhost)
options:
  begin:
    description:
      - A directory in which a new one is made, named after the time in UTC. Its path is returned as RV(run).
      - The new directory is for its owner alone, and so is all that is written into it.
    type: path
  run:
    description:
      - The directory of the run. The results are read from C(hosts) in it.
    type: path
  hosts:
    description:
      - The hosts that the report is about. By default those of the play.
    type: list
    elements: str
  previous:
    description:
      - The results of an earlier run, C(results.jsonl) or the directory it is in. The report then tells how many
        findings are settled since, and how many are new.
    type: path
  inventory:
    description:
      - What the head of the page calls this fleet. By default the names of the inventories.
    type: str
attributes:
  action:
    description: It has an action plugin.
    support: full
  async:
    description: It can run in the background.
    support: none
  bypass_host_loop:
    description: It runs once for all hosts, whatever C(run_once) says.
    support: full
  check_mode:
    description: It does the same in check mode.
    support: full
  diff_mode:
    description: It shows what it changes.
    support: none
  platform:
    description: It runs on the controller.
    support: full
    platforms: posix
seealso:
  - module: dockhost.hardening.docker_host
"""

EXAMPLES = r"""
- name: Make a directory for the results
  dockhost.hardening.report:
    begin: ./reports
  register: reports

- name: Compare the host with its baseline
  dockhost.hardening.docker_host:
    report_dir: "{{ reports.run }}"
  check_mode: true

- name: Write the report
  dockhost.hardening.report:
    run: "{{ reports.run }}"
    previous: ./reports/2026-11-23T03-00-00Z
"""

RETURN = r"""
run:
  description: The new directory.
  returned: with O(begin)
  type: str
  sample: /home/ops/reports/2026-11-24T03-00-00Z
hosts:
  description: The hosts of the play.
  returned: with O(begin)
  type: list
  elements: str
  sample: [web-par-01, web-par-02]
msg:
  description: The report in a few lines.
  returned: with O(run)
  type: list
  elements: str
  sample:
    - "36 of 50 hosts need attention: 34 fail, 1 waits for a restart or reboot, 1 gave no result (web-par-03)."
    - "Report: reports/2026-11-24T03-00-00Z/index.html"
report:
  description: Where the page is, and how many hosts there are, need attention, meet every control, gave no result.
  returned: with O(run)
  type: dict
  sample:
    hosts: 50
    index: reports/2026-11-24T03-00-00Z/index.html
    lost: 1
    met: 14
    needs: 36
"""
