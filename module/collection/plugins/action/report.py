# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the directory of a run's results, and writes the report of what lies there. It talks to no host."""
from __future__ import annotations

import os

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.dockhost.hardening.plugins.plugin_utils.executable import PAYLOAD
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import files, report
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report.catalogue import Catalogue
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report.result import group_of

OPTIONS = {'begin': {'type': 'path'}, 'run': {'type': 'path'}, 'previous': {'type': 'path'},
           'inventory': {'type': 'str'}, 'hosts': {'type': 'list', 'elements': 'str'}}


def groups_of(hosts, groups):
    """The group of each of these hosts."""
    names = {}
    for name in sorted(groups):
        for host in groups[name]:
            names.setdefault(host, []).append(name)
    return {host: group_of(names.get(host, [])) for host in hosts}


def sources(names):
    """The inventories of the play, as one would name them."""
    here = [os.path.relpath(name) if os.path.exists(name) else name for name in names]
    return ', '.join(os.path.basename(name) if name.startswith('..') else name for name in here)


class ActionModule(ActionBase):
    """Runs once for all hosts, in check mode too, and changes nothing but its own directory."""

    BYPASS_HOST_LOOP = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _spec, args = self.validate_argument_spec(OPTIONS, mutually_exclusive=[('begin', 'run')],
                                                  required_one_of=[('begin', 'run')])
        hosts = args['hosts'] or list(task_vars['ansible_play_hosts_all'])
        try:
            if args['begin']:
                return {**result, 'changed': False, 'run': files.begin(os.path.abspath(args['begin'])), 'hosts': hosts}
            inventory = args['inventory']
            if inventory is None:
                inventory = sources(task_vars.get('ansible_inventory_sources') or [])
            lines, numbers = report.write(
                os.path.abspath(args['run']), groups_of(hosts, task_vars['groups']),
                Catalogue(os.path.join(PAYLOAD, 'catalogue.json')), inventory, args['previous'])
        except (OSError, ValueError) as error:
            raise AnsibleActionFail(f'the report cannot be written: {error}') from error
        index = os.path.relpath(os.path.join(args['run'], 'index.html'))
        few = {name: numbers[name] for name in ('hosts', 'lost', 'met', 'needs')}
        return {**result, 'changed': False, 'msg': [*lines, f'Report: {index}'], 'report': {**few, 'index': index},
                '_ansible_verbose_always': True}
