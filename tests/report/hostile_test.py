# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that answers what it likes, to the real plugin with the real ansible-playbook: see answers.py.

All answers are given in one run, each by a host of its own, beside an honest one.
"""
import csv
import json
import os
import re
import subprocess

from answers import LOST, REFUSED, TAKEN, answers
from desk import ROOT
from play_test import ANSIBLE, Plays

FAKE = f'''#!/usr/bin/python3
import sys
if sys.argv[1:] == ['--version']:
    sys.exit(print('dockhost hostile'))
sys.dont_write_bytecode = True
sys.path.insert(0, {str(ROOT / 'tests/report')!r})
import answers
import json
answers.give(json.load(sys.stdin))
'''
# Each core that is installed: the playbook of the venv, and those of the distribution and of the newest venv.
CORES = [path for path in dict.fromkeys((ANSIBLE, '/usr/bin/ansible-playbook', str(
    ROOT / 'build/venv-newest/bin/ansible-playbook'))) if path and os.path.exists(path)]
DIRECTION = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]')
ALL = "groups.all | map('extract', hostvars)"
STATE = f'''{{{{ {{'groups': groups, 'answers': dict(groups.all | zip({ALL} | map(attribute='answer', default={{}}))),
                'names': dict(groups.all | zip({ALL} | map('list'))),
                'become': {ALL} | map(attribute='ansible_become_exe', default='') | unique,
                'stats': {ALL} | map(attribute='intruder', default='') | unique}} | to_json }}}}'''
PLAY = [{'hosts': 'all', 'gather_facts': False, 'tasks': [
    {'dockhost.hardening.docker_host': {'daemon': '{{ docker_host_daemon }}', 'report_dir': '{{ reports }}'},
     'check_mode': True, 'diff': True, 'register': 'answer', 'ignore_errors': True, 'ignore_unreachable': True},
    {'ansible.builtin.debug': {'msg': '{{ answer.msg | default("") }} {{ answer }}'}},
    {'ansible.builtin.copy': {'content': STATE, 'dest': '{{ reports }}/state.json'}, 'delegate_to': 'honest',
     'run_once': True, 'no_log': True},
    {'dockhost.hardening.report': {'run': '{{ reports }}'}}]}]


def version_of(playbook):
    """'2.19'"""
    said = subprocess.run([playbook, '--version'], text=True, stdout=subprocess.PIPE, check=True).stdout
    return re.search(r'core (\d+\.\d+)', said)[1]


class Hostile(Plays):
    """One run of all answers; its subclasses are of one ansible-core each."""

    core = None
    fake = FAKE.encode()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marks, cls.run_ = cls.home / 'marks', cls.home / 'run'
        cls.marks.mkdir()
        cls.run_.mkdir()
        cls.reports = cls.run_ / 'reports'
        cls.cases = answers('')
        hosts = {name: {'fake': name, 'mark': str(cls.marks / name)} for name in cls.cases}
        cls.play(cls, PLAY, hosts, '-v', '--forks', '8', reports=str(cls.reports))
        assert (cls.reports / 'state.json').exists(), cls.said[-3000:]
        cls.state = json.loads((cls.reports / 'state.json').read_text())
        cls.lines, cls.rows, cls.page = {}, {}, ''
        if (cls.reports / 'index.html').exists():
            cls.lines = {one['host']: one for one in map(json.loads, (cls.reports / 'results.jsonl').open())}
            with open(cls.reports / 'results.csv', encoding='utf-8', newline='') as file:
                cls.rows = {row['host']: row for row in csv.DictReader(file)}
            cls.page = (cls.reports / 'index.html').read_text()

    def setUp(self):
        """Nothing: the run is made once."""

    def judge(self, name, fate):
        """What holds after each answer, and what became of this one."""
        self.assertFalse((self.marks / name).exists(), 'a file was made on the controller')
        self.assertEqual(sorted(self.state['groups']['all']), sorted(self.cases))
        self.assertEqual(set(self.state['groups']), {'all', 'web', 'ungrouped'})
        self.assertEqual(self.state['become'], [''])
        self.assertEqual(set(self.state['names'][name]), set(self.state['names']['honest']), 'a variable was set')
        self.assertEqual(self.state['stats'], [''])
        self.assertEqual(self.recap[name]['unreachable'], '0')
        self.assertIn(name, self.rows, 'the report does not list it')
        self.assertIn(name, self.page, 'the page does not list it')
        answer, line = self.state['answers'][name], self.lines[name]
        self.assertEqual((fate == REFUSED, 'no_result' in line), ('not_understood' in answer, fate != TAKEN), answer)
        if fate == REFUSED:
            self.assertEqual((answer['failed'], answer['changed'], line['no_result']), (
                True, False, 'answer not understood'))
            self.assertRegex(answer['msg'], '^dockhost gave an answer that is not understood: .')
            self.assertTrue(all(len(answer[key]) <= 6 * 65536 for key in ('module_stdout', 'module_stderr')))
        if fate == LOST and answer.get('failed'):
            self.assertFalse(answer['changed'])
        for text in (json.dumps(line, ensure_ascii=False), json.dumps(answer, ensure_ascii=False)):
            self.assertIsNone(DIRECTION.search(text))


def of_core(playbook):
    """The tests of one ansible-core: one for each answer, and one for all of them."""
    version = version_of(playbook)

    def check_terminal(self):
        self.assertIsNone(DIRECTION.search(self.said))
        self.assertNotIn('owned\x07', self.said)
        self.assertNotIn('Traceback', self.said)

    def check_honest(self):
        kept = json.loads((self.reports / 'hosts/honest.json').read_text())
        line, answer = self.lines['honest'], self.state['answers']['honest']
        self.assertEqual(kept, line)
        self.assertEqual((answer['report']['controls'], answer['plan_digest'], answer['changed'], answer['failed']),
                         (line['controls'], 'ab' * 32, True, False))
        self.assertEqual(line['controls'][0]['why'], 'icc is not set')
        refused = sum(one[1] == REFUSED for one in self.cases.values()) + 1          # dots_key
        self.assertIn(f'{refused} gave an answer that is not understood', self.said)
        self.assertIn('2026-11-24 08:12 UTC', self.page)
        self.assertIn('check mode, nothing was changed', self.page)
        self.assertLess(len(self.page), 4_000_000)

    body = {'core': playbook, 'test_terminal': check_terminal, 'test_honest': check_honest}
    check_terminal.__doc__ = f'{version}: no answer drives the terminal'
    check_honest.__doc__ = f'{version}: the honest host is whole, and the page is about all of them'
    for name, (what, fate, _answer) in answers('').items():
        def check(self, name=name, fate=fate):
            self.judge(name, fate)
        check.__doc__ = f'{version}: {what} ({name}): {fate}'
        body['test_answer_' + name] = check
    return type(f'Hostile{version.replace(".", "_")}', (Hostile,), body)


globals().update({f'Core{number}': of_core(playbook) for number, playbook in enumerate(CORES)})
