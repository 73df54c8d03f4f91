# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the executable says about the controls, the same for all hosts: payload/catalogue.json."""
from __future__ import annotations

import json

SECTIONS = {'daemon': 'Docker daemon', 'file': 'Files and sockets'}


def section(key):
    """The part of the report that the control key belongs to."""
    return SECTIONS.get(key.partition('.')[0], 'Audit and storage')


class Catalogue:
    """The controls in their order, and the version of the tool whose results they explain."""

    def __init__(self, path):
        try:
            with open(path, encoding='utf-8') as file:
                content = json.load(file)
        except OSError as error:
            raise ValueError(f'the collection has no catalogue of controls ({error}): use the one that the build '
                             'assembles, build/ansible_collections/dockhost/hardening') from error
        self.tool = content['tool']
        self.controls = content['controls']
        self.index = {control['key']: number for number, control in enumerate(self.controls)}
        self._numbers = {}

    def ids(self, benchmark):
        """What people call each control in that benchmark, 'cis-docker 1.7.0': its number there, or else its key."""
        if benchmark not in self._numbers:
            self._numbers[benchmark] = [
                next((one['id'] for one in control['ids'] if f'{one["benchmark"]} {one["version"]}' == benchmark),
                     control['key']) for control in self.controls]
        return self._numbers[benchmark]

    def elsewhere(self, number, benchmark):
        """The numbers of a control in the other benchmarks: '1.8.0: 2.10, article: 3'."""
        here = self.ids(benchmark)[number]
        found = {}
        for one in self.controls[number]['ids']:
            name = one['version'] if one['benchmark'] == 'cis-docker' else one['benchmark'].replace('dockhost-', '')
            if f'{one["benchmark"]} {one["version"]}' != benchmark and (one['id'] != here or name == 'article'):
                found.setdefault(name, one['id'])
        return ', '.join(f'{name}: {number}' for name, number in found.items())


def in_words(benchmark):
    """'cis-docker 1.7.0' -> 'CIS Docker 1.7.0'"""
    return benchmark.replace('cis-docker', 'CIS Docker')
