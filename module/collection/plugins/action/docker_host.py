# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the executable as docker_host: picks the waivers that are this host's, and keeps its result for the report."""
from __future__ import annotations

import fnmatch
import os

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible_collections.dockhost.hardening.plugins.plugin_utils import untrusted
from ansible_collections.dockhost.hardening.plugins.plugin_utils.executable import Executable
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import files
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report.result import group_of
from ansible_collections.dockhost.hardening.plugins.plugin_utils.schema import of_results


def waivers_for(host, waivers):
    """(those that hold for host, without their `hosts`; the others). The executable checks all else about them."""
    mine, others = [], []
    for number, waiver in enumerate(waivers, 1):
        if not isinstance(waiver, dict) or 'hosts' not in waiver:
            mine.append(waiver)
            continue
        patterns = waiver['hosts']
        if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
            raise ValueError(f'waiver {number}: hosts is not a list of names or patterns; write hosts: [web-*]')
        if any(fnmatch.fnmatchcase(host, pattern) for pattern in patterns):
            mine.append({key: value for key, value in waiver.items() if key != 'hosts'})
        else:
            others.append(waiver)
    return mine, others


ASKED = (('profile', 'article'), ('benchmark', 'cis-docker 1.7.0'))      # options that a report repeats, their defaults


class ActionModule(Executable):
    """The executable, the waivers of this host, and a file of its result."""

    def execute(self, args, task_vars):
        run = args.pop('report_dir', None)
        host = task_vars['inventory_hostname']
        known = untrusted.plain({'host': host, 'group': group_of(task_vars.get('group_names', []))})
        if run:
            run = os.path.abspath(os.path.expanduser(str(run)))
            try:
                files.make_private(os.path.join(run, 'hosts'))
            except OSError as error:
                raise AnsibleActionFail(f'report_dir: {error}') from error
        try:
            result = self._execute_for(host, args, task_vars, known)
        except AnsibleConnectionFailure as error:
            self._keep(run, host, {**known, 'unreachable': True, 'msg': untrusted.short(str(error))})
            raise
        except AnsibleError as error:
            self._keep(run, host, {**known, 'failed': True, 'msg': untrusted.short(str(error))})
            raise
        document = {**result.get('report', {}), **known, 'plan': result.get('plan', [])}
        if result.get('failed'):
            document.update(failed=True, msg=result.get('msg', ''))
        if 'not_understood' in result:
            document['not_understood'] = True
        problem = self._keep(run, host, document)
        if problem:
            result['warnings'] = [*result.get('warnings', []), problem]
        return result

    def _execute_for(self, host, args, task_vars, known):
        if isinstance(args.get('waivers'), list):
            try:
                most = of_results().definitions['document']['properties']['waivers']['maxItems']
                if len(args['waivers']) > most:
                    raise ValueError(f'there are {len(args["waivers"]):,} waivers, and {most:,} are the most')
                args['waivers'], others = waivers_for(host, args['waivers'])
            except ValueError as error:
                return {'failed': True, 'msg': str(error), 'options_refused': True}
            if others:
                known['other_waivers'] = others
        result = super().execute(args, task_vars)
        if result.get('failed') and 'error' in result and not {'report', 'plan'} & set(result):
            result['options_refused'] = True
        return result

    def _taken(self, result):
        """A report of something else than was asked for would be told of all hosts, and none as a host not reached."""
        taken = super()._taken(result)
        report = taken.get('report')
        if report is None and not taken.get('failed'):
            raise ValueError('report: it is missing')
        if report is not None:
            wanted = {name: self._task.args.get(name) or usual for name, usual in ASKED}
            if self._task.check_mode:
                wanted['mode'] = 'check'              # a run that fails before its end leaves what a check leaves
            for name, one in wanted.items():
                if report[name] != one:
                    raise ValueError(f'report.{name}: it is {report[name]}, and {one} was asked for')
            report['mode'] = 'check' if self._task.check_mode else 'apply'
        return taken

    def _keep(self, run, host, document):
        """Writes the result where the report will look for it; returns what went wrong."""
        try:
            if run:
                files.write_result(run, host, document)
        except OSError as error:
            return f'the result is missing in the report, it could not be written: {error}'
        return None
