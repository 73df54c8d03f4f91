# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, the role and the action plugins, with a stand-in for the executable; see fake_dockhost."""
import glob
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible_collections.dockhost.hardening.plugins.plugin_utils import executable
from desk import COLLECTIONS, ROOT, Desk

ANSIBLE = shutil.which('ansible-playbook', path=f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}')
RESULT = 'Bring the host to its baseline'


class Plays(Desk):
    """Runs of ansible-playbook with a collection whose executable is the fake."""

    core = ANSIBLE
    fake = (ROOT / 'tests/report/fake_dockhost').read_bytes()

    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp(prefix='dockhost-plays.'))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        tree = cls.home / 'ansible_collections/dockhost/hardening'
        shutil.copytree(COLLECTIONS / 'ansible_collections/dockhost/hardening', tree, symlinks=True)
        for old in (tree / 'payload').glob('dockhost-*'):
            old.unlink()
        digest = hashlib.sha256(cls.fake).hexdigest()
        (tree / 'payload' / f'dockhost-{os.uname().machine}').write_bytes(cls.fake)
        (tree / 'payload/SHA256SUMS').write_text(f'{digest}  dockhost-{os.uname().machine}\n')
        if os.geteuid() == 0:          # its copy lies where root's copies lie
            cls.addClassCleanup(lambda: Path('/var/cache/dockhost', digest).unlink(missing_ok=True))

    def play(self, playbook, hosts, *options, **variables):
        """Runs a playbook, one of the collection or a list of plays; hosts: name to what the fake finds there."""
        inventory = {'all': {'vars': {'ansible_connection': 'local', 'ansible_become': False, **variables},
                             'children': {'web': {'hosts': {}}}}}
        for host, finds in hosts.items():
            gone = {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.1', 'ansible_port': 1}
            inventory['all']['children']['web']['hosts'][host] = {
                'docker_host_daemon': finds if isinstance(finds, dict) else {'fake': finds},
                **(gone if finds == 'gone' else {})}
        (self.run_ / 'inventory.json').write_text(json.dumps(inventory))
        if not isinstance(playbook, str):
            (self.run_ / 'playbook.json').write_text(json.dumps(playbook))
            playbook = 'playbook.json'
        done = subprocess.run(
            [self.core, '-i', 'inventory.json', playbook, *options], text=True, cwd=self.run_, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={'PATH': '/usr/bin:/bin:/usr/sbin:/sbin', 'HOME': str(self.home), 'LC_ALL': 'C.UTF-8',
                 'ANSIBLE_COLLECTIONS_PATH': str(self.home), 'ANSIBLE_NOCOLOR': '1'})
        self.said, self.code = done.stdout, done.returncode
        self.recap = {line.split()[0]: dict(re.findall(r'(\w+)=(\d+)', line))
                      for line in self.said.partition('PLAY RECAP')[2].splitlines() if ' ok=' in line}

    def runs(self, part=''):
        """The directories that hold a report."""
        return sorted(os.path.dirname(path) for path in glob.glob(f'{self.run_}/reports/*/{part}/index.html'))

    def kept(self, part=''):
        """host -> what was kept of it, in the only run."""
        run, = self.runs(part)
        return {Path(path).stem: json.loads(Path(path).read_text()) for path in glob.glob(f'{run}/hosts/*.json')}

    def order(self, *words):
        """These are said, in this order."""
        at = -1
        for word in words:
            found = self.said.find(word, at + 1)
            self.assertGreater(found, at, f'{word!r} is not said (in this order):\n{self.said}')
            at = found


class Compliance(Plays):
    def test_report(self):
        """compliance writes a report of all hosts, the unreachable among them, and changes nothing"""
        self.play('dockhost.hardening.compliance', {'a': 'pass', 'b': 'fail', 'c': 'refuse', 'd': 'gone', 'e': 'old'},
                  docker_host_report_dir='./reports')
        self.order('4 of 5 hosts need attention: 2 fail, 2 gave no result (d, e).', 'harden would settle 1; 1 needs')
        kept = self.kept()
        self.assertEqual({one['mode'] for one in kept.values() if 'mode' in one}, {'check'})
        self.assertEqual((kept['a']['host'], kept['a']['group']), ('a', 'web'))
        self.assertIn('Connection refused', kept['d']['msg'])
        run, = self.runs()
        self.assertEqual(sorted(os.listdir(run)), ['hosts', 'index.html', 'junit.xml', 'results.csv', 'results.jsonl'])
        self.assertEqual(stat.S_IMODE(os.stat(run + '/hosts/a.json').st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(run + '/hosts').st_mode), 0o700)
        self.assertEqual(self.code, 2, 'an unreachable host does not fail the run')
        self.assertEqual([host for host, counts in self.recap.items() if counts['failed'] != '0'], ['d'])

    def test_lost(self):
        """There is a report when every host is unreachable, and with --limit, and a new one for each run"""
        self.play('dockhost.hardening.compliance', {'a': 'gone'}, docker_host_report_dir='./reports')
        self.order('1 of 1 host needs attention: 1 gave no result (a).')
        self.play('dockhost.hardening.compliance', {'a': 'gone', 'b': 'pass'}, '--limit', 'b',
                  docker_host_report_dir='./reports')
        self.order('1 host meets every control.')
        self.assertEqual(self.code, 0)
        self.assertEqual(len(self.runs()), 2)

    def test_no_report(self):
        """Without a directory there is no report"""
        self.play('dockhost.hardening.compliance', {'a': 'fail'}, docker_host_report_dir='')
        self.assertEqual(self.code, 0, self.said)
        self.assertNotIn('Report:', self.said)

    def test_serial(self):
        """The role in batches, in a play of one's own, has one report of all hosts"""
        self.play([{'hosts': 'all', 'gather_facts': False, 'serial': 1, 'roles': ['dockhost.hardening.docker_host']}],
                  {'a': 'fail', 'b': 'fail'}, docker_host_report_dir='./reports')
        self.order('1 of 2 hosts needs attention: 1 not reached (b).', '2 hosts meet every control.')
        self.assertEqual((self.code, sorted(self.kept())), (0, ['a', 'b']))

    def test_gate(self):
        """Each gate ends the play where it should, after the report"""
        for gate, stopped in (('never', []), ('refused', ['c']), ('fail', ['b', 'c'])):
            self.play('dockhost.hardening.compliance', {'a': 'pass', 'b': 'fail', 'c': 'refuse'},
                      docker_host_report_dir='./reports', docker_host_gate=gate)
            self.order('Report: reports/', *(['PLAY RECAP'] if not stopped else [
                '50 %: 1 of 2 controls met: daemon.icc: this host says no']))
            self.assertEqual([host for host, counts in self.recap.items() if counts['failed'] != '0'], stopped, gate)

    def test_previous(self):
        """An earlier run is compared with"""
        self.play('dockhost.hardening.compliance', {'a': 'fail'}, docker_host_report_dir='./reports')
        self.play('dockhost.hardening.compliance', {'a': 'pass'}, docker_host_report_dir='./reports',
                  docker_host_report_previous=self.runs()[0])
        self.order('Since 2026-11-24 08:12 UTC: 1 finding settled, 0 new.')


class Harden(Plays):
    def test_harden(self):
        """harden looks at all, changes one host and then the others, and has a report before and after"""
        self.play('dockhost.hardening.harden', {'d': 'gone', 'a': 'fail', 'b': 'fail', 'c': 'pass'},
                  '-e', json.dumps({'dockhost_hosts': ['web', 'all']}), docker_host_report_dir='./reports')
        self.order('PLAY [Look at all', '3 of 4 hosts need attention: 2 fail, 1 gave no result (d).',
                   'PLAY [Bring them', RESULT, 'changed: [a]', '3 not reached (d, b, c).',
                   'PLAY [Bring them', RESULT, 'changed: [b]', 'PLAY [Bring them', RESULT, 'ok: [c]',
                   '1 of 4 hosts needs attention: 1 not reached (d).', '2 findings settled, 0 new', 'PLAY RECAP')
        self.assertEqual({one['mode'] for one in self.kept('after').values()}, {'apply'})
        self.assertEqual(len(self.kept('before')), 4)
        self.assertEqual(len({os.path.dirname(run) for part in ('before', 'after') for run in self.runs(part)}), 1)

    def test_options(self):
        """When one host refuses its options harden ends for all before one is changed, and says which and why"""
        self.play('dockhost.hardening.harden', {'a': 'fail', 'b': 'options', 'c': 'gone'},
                  docker_host_report_dir='./reports')
        self.order('Report: reports/', 'nothing was changed on any host; b refuses: the options are wrong')
        self.assertNotIn('PLAY [Bring them', self.said)
        self.assertEqual(self.code, 2)
        self.play('dockhost.hardening.harden', {'a': 'fail', 'b': 'fail'}, docker_host_report_dir='',
                  docker_host_profile='wrong')
        self.assertNotIn('PLAY [Bring them', self.said)
        self.assertEqual(self.code, 2)

    def test_first(self):
        """When the first host does not come back the others are left alone, and the report says so"""
        self.play('dockhost.hardening.harden', {'a': 'break', 'b': 'fail', 'c': 'fail'},
                  docker_host_report_dir='./reports')
        self.order('PLAY [Bring them', 'docker does not come back', '3 of 3 hosts need attention: 1 fails, '
                   '2 not reached (b, c).')
        self.assertEqual((self.code, list(self.kept('after'))), (2, ['a']))

    def test_check(self):
        """harden --check looks once and touches nothing; a refusal does not fail it"""
        self.play('dockhost.hardening.harden', {'a': 'fail', 'b': 'refuse'}, '--check',
                  docker_host_report_dir='./reports')
        self.assertEqual((self.code, self.said.count(RESULT), self.runs('after')), (0, 1, []), self.said)

    def test_refused(self):
        """A refusal does not stop the others, and fails that host at the end"""
        self.play('dockhost.hardening.harden', {'a': 'refuse', 'b': 'fail'}, docker_host_report_dir='./reports')
        self.order('changed: [b]', 'Report:', 'PLAY [Stop where', 'daemon.icc: this host says no')
        self.assertEqual((self.code, self.recap['b']['failed']), (2, '0'))


class Plugin(Plays):
    def task(self, hosts=('web-1', 'db-1'), **options):
        """One task with docker_host on each of these hosts."""
        self.play([{'hosts': 'all', 'gather_facts': False, 'tasks': [
            {'dockhost.hardening.docker_host': {'daemon': {}, **options}, 'check_mode': True}]}],
            dict.fromkeys(hosts, 'pass'))

    def test_waivers(self):
        """A waiver holds for the hosts whose inventory name fits its patterns, and is sent without them"""
        here = {'id': 'daemon.icc', 'reason': 'r', 'until': 'never', 'hosts': ['web-*', 'app']}
        all_ = {'id': 'daemon.tls', 'reason': 'r', 'until': 'never'}
        self.task(waivers=[here, all_], report_dir=str(self.run_ / 'reports/x'))
        self.assertEqual(self.code, 0, self.said)
        folder = self.run_ / 'reports/x/hosts'
        kept = {host: json.loads((folder / f'{host}.json').read_text()) for host in ('web-1', 'db-1')}
        self.assertEqual({host: [one['id'] for one in one['waivers']] for host, one in kept.items()},
                         {'web-1': ['daemon.icc', 'daemon.tls'], 'db-1': ['daemon.tls']})
        self.assertEqual(kept['db-1']['other_waivers'], [here])

    def test_patterns(self):
        """Patterns that are not a list of texts are an error, before anything runs"""
        for bad in ('web-*', 7, [7], {'web': 1}, None):
            self.task(waivers=[{'id': 'daemon.icc', 'reason': 'r', 'until': 'never', 'hosts': bad}])
            self.order('waiver 1: hosts is not a list of names or patterns')
            self.assertEqual(self.code, 2, bad)

    def test_names(self):
        """A result stays in its directory, whatever the host is called"""
        self.task(hosts=['../../outside', 'UPPER'], report_dir=str(self.run_ / 'reports/x'))
        self.assertEqual(len(os.listdir(self.run_ / 'reports/x/hosts')), 2, self.said)
        self.assertEqual(list(self.run_.rglob('outside*')), list((self.run_ / 'reports/x/hosts').glob('outside*')))

    def test_unwritable(self):
        """A directory that cannot be made fails the task before the host is touched"""
        (self.run_ / 'file').write_text('')
        self.task(report_dir=str(self.run_ / 'file/x'))
        self.order('report_dir:')
        self.assertEqual(self.code, 2)

    def test_keywords(self):
        """register, loop, until, changed_when, failed_when and ignore_errors see the result as it is"""
        name, tasks = 'dockhost.hardening.docker_host', []
        tasks.append({name: {'daemon': {'fake': '{{ item }}'}}, 'loop': ['pass', 'fail'], 'register': 'looped'})
        tasks.append({name: {'daemon': {'fake': 'fail'}}, 'register': 'tried', 'until': 'tried is not changed',
                      'retries': 2, 'delay': 0, 'ignore_errors': True})
        tasks.append({name: {'daemon': {'fake': 'fail'}}, 'register': 'judged', 'changed_when': False,
                      'failed_when': "judged.report.passed | length > 5"})
        tasks.append({name: {'daemon': {'fake': 'options'}}, 'register': 'wrong', 'ignore_errors': True})
        tasks.append({'ansible.builtin.assert': {'that': [
            "looped.results | map(attribute='changed') | list == [false, true]",
            "looped.results[1].plan == ['set icc=false']", 'tried.attempts == 2', 'tried is failed',
            'tried.plan is defined', 'judged is not changed', 'judged is not failed', 'judged.report.controls == []',
            "wrong.msg == 'the options are wrong'", 'wrong.options_refused', 'wrong.error.during == []']}})
        self.play([{'hosts': 'all', 'gather_facts': False, 'tasks': tasks}], {'a': 'pass'})
        self.assertEqual(self.code, 0, self.said)

    def test_many_waivers(self):
        """More waivers than a result may hold are refused before anything runs"""
        self.task(waivers=[{'id': str(number), 'reason': 'r', 'until': 'never'} for number in range(1_001)])
        self.order('there are 1,001 waivers, and 1,000 are the most')
        self.assertEqual(self.code, 2)

    def test_folder(self):
        """The executable is put into no folder in which somebody else can write, or that is a link or somebody's"""
        digest = hashlib.sha256(self.fake).hexdigest()
        for number, (mode, owner, taken) in enumerate((
                (None, None, True), (0o700, None, True), (0o755, None, True), (0o775, None, False),
                (0o757, None, False), (0o1777, None, False), (0o700, 65534, False), ('link', None, False))):
            parent = self.run_ / str(number)
            folder = parent / 'dockhost'
            parent.mkdir()
            if mode == 'link':
                folder.symlink_to(self.run_)
            elif mode is not None:
                folder.mkdir()
                folder.chmod(mode)
            if owner is not None:
                if os.geteuid() != 0:
                    continue
                os.chown(folder, owner, owner)
            done = subprocess.run(['/bin/sh', '-c', executable.PUT.format(folder=parent, digest=digest)],
                                  input=self.fake, capture_output=True, check=False)
            self.assertEqual((done.returncode == 0, (folder / digest).exists()), (taken, taken), (mode, done.stderr))
            self.assertEqual(b'alone can write to' in done.stderr, not taken)

    def test_arguments(self):
        """The report refuses wrong arguments"""
        self.play([{'hosts': 'all', 'gather_facts': False, 'tasks': [{'dockhost.hardening.report': {}}]}],
                  {'a': 'pass'})
        self.order('one of the following is required: begin, run')
