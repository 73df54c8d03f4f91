# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents to numbers, words and files; no browser."""
import collections
import csv
import html
import itertools
import json
import os
import re
import stat
import xml.etree.ElementTree

import invented
import junitparser
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report import files, report, result
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report.exports import csv_text
from ansible_collections.dockhost.hardening.plugins.plugin_utils.report.fleet import runs
from answers import honest
from desk import CATALOGUE, HOSTILE, NEEDS, Desk, count, document, fleet, measured
from stub import AnyModule, result_of


class Numbers(Desk):
    def test_page(self):
        """The numbers on the page are those of results.jsonl"""
        _words, numbers = self.written(invented.fleet(300, CATALOGUE))
        wanted = count(self.lines())
        self.assertEqual({name: numbers[name] for name in wanted}, dict(wanted))
        rows = self.data()['rows']
        for letter, status in (('p', 'pass'), ('f', 'fail'), ('r', 'pending_restart'), ('w', 'excluded'),
                               ('n', 'not_applicable'), ('t', 'not_testable')):
            self.assertEqual(rows.count(letter), wanted[status], status)
        text = self.text()
        for words in (f'{300 - wanted["met"] - wanted["unjudged"]} of 300 hosts need attention.',
                      f'{wanted["failing"]} fail at least one',
                      f'{wanted["lost"]} gave no result', f'{wanted["met"]} meet every control',
                      f'would settle {wanted["automatic"]} of them'):
            self.assertIn(words, text)
        for control in CATALOGUE.controls:
            failing = sum(one['key'] == control['key'] and one['status'] == 'fail' for line in self.lines()
                          for one in line.get('controls', ()))
            if failing:
                row = re.search(f'id="c-{control["key"]}".*?</summary>', self.html(), re.DOTALL)[0]
                self.assertIn(f'<span class="num f">{failing} ', row)

    def test_actions(self):
        """What harden changes is counted by host, with the containers that a restart stops"""
        self.written(fleet(document('a', actions=['edit', 'restart'], facts={'containers': 3}),
                           document('b', actions=['restart'], facts={'containers': 4}),
                           document('c', actions=['reboot'])))
        text = self.text()
        self.assertIn('Restart Docker 2 hosts 7 running containers stop or lose their network', text)
        self.assertIn('Edit daemon.json 1 host', text)
        self.assertIn('Reboot, to be planned by you 1 host harden does not reboot', text)

    def test_applied(self):
        """After a run the page tells what was changed, and promises nothing"""
        self.written(fleet(document('a', findings=[('daemon.icc', 'fail')], mode='apply', actions=['edit']),
                           document('b', mode='apply')))
        self.assertIn('What did harden change?', self.text())
        self.assertIn('1 needs a decision, a reboot or work by hand.', self.text())
        self.assertNotIn('would settle', self.text())

    def test_left(self):
        """What is left for people is told by what it needs"""
        refused = {'key': 'daemon.userns_remap', 'status': 'fail', 'why': 'not set', 'after': 'fail', 'refused': 'data'}
        self.written(fleet(document('a', findings=[('daemon.default_ulimits', 'fail'), refused,
                                                   ('daemon.authorization', 'fail')]), document('b')))
        self.assertIn('Left for you: 1 finding that harden settles only on request, 1 by hand, 1 that harden refuses.',
                      self.text())
        self.assertIn('refused here: data', self.html())

    def test_benchmark(self):
        """A control has the number of the run's benchmark, and where it has none there its key"""
        self.written(fleet(document('a', findings=[('daemon.userns_remap', 'fail'), ('audit.docker_runc', 'fail')],
                                    benchmark='cis-docker 1.8.0'), document('b', benchmark='cis-docker 1.8.0')))
        with open(self.run_ / 'results.csv', encoding='utf-8', newline='') as file:
            ids = {row['key']: row['id'] for row in csv.DictReader(file)}
        self.assertEqual((ids['daemon.userns_remap'], ids['audit.docker_runc']), ('2.10', 'audit.docker_runc'))
        self.assertIn('1.7.0: 2.9, article: 3', self.html())

    def test_runs(self):
        """Neighbouring numbers are written as one run"""
        self.assertEqual(runs(['1.1.3', '1.1.4', '1.1.5', '1.1.9', '1.1.9', '2.2', 'audit.runc']),
                         '1.1.3\u20135 1.1.9 2.2 audit.runc')


class Words(Desk):
    def test_all_met(self):
        """A fleet that meets everything is told so, with what was waived"""
        waiver = {'reason': 'OPS-1', 'until': 'never', 'by': 'me'}
        words, _numbers = self.written(fleet(document('a'), document('b', findings=[
            {'key': 'daemon.icc', 'status': 'excluded', 'why': 'no', 'waiver': waiver}])))
        self.assertEqual(words, ['2 hosts meet every control.'])
        self.assertIn('Both hosts meet every control.', self.text())
        self.assertIn('1 result is waived and 0 could not be tested', self.text())

    def test_not_testable(self):
        """What could not be tested is not called met"""
        words, _numbers = self.written(fleet(document('a', findings=[('daemon.rootless', 'not_testable')])))
        self.assertEqual(words, ['1 host meets every control that can be tested.'])
        self.assertIn('a meets every control that can be tested.', self.text())

    def test_one_host(self):
        """One host has its failures in full, with their evidence"""
        self.written(fleet(document('db-1', findings=[{'key': 'daemon.icc', 'status': 'fail', 'why': 'icc is not set',
                                                       'expected': False, 'configured': None, 'effective': True,
                                                       'evidence': ['GET /networks/bridge'], 'after': 'pass'}])))
        self.assertIn('db-1 fails 1 control.', self.text())
        self.assertIn('icc is not set wanted false in the file not set in force true harden settles it '
                      'GET /networks/bridge', self.text())

    def test_waiting(self):
        """One that only waits is not called failing"""
        words, _numbers = self.written(fleet(document('a', findings=[('daemon.icc', 'pending_restart')])))
        self.assertEqual(words[0], '1 of 1 host needs attention: 1 waits for a restart or reboot.')
        self.assertIn('a waits for a restart.', self.text())

    def test_no_host(self):
        """No host at all is said, not called met"""
        _words, numbers = self.written({})
        self.assertEqual(numbers['hosts'], 0)
        self.assertIn('No host was in this run.', self.text())

    def test_no_control(self):
        """Hosts that were asked nothing are not called met"""
        words, _numbers = self.written(fleet(document('a', passed=[]), document('b', passed=[])))
        self.assertIn('No control was compared.', self.text())
        self.assertEqual(words, ['0 of 2 hosts meet every control; 2 could not be judged.'])
        words, _numbers = self.written(fleet(document('a'), document('b', passed=[], not_applicable=['daemon.icc'])))
        self.assertEqual(words, ['1 of 2 hosts meets every control; 1 could not be judged.'])
        self.assertIn('1 of 2 hosts meets every control. 1 host could not be judged', self.text())
        self.written(fleet(document('a', passed=[])))
        with open(self.run_ / 'results.csv', encoding='utf-8', newline='') as file:
            row, = csv.DictReader(file)
        self.assertEqual((row['host'], row['status'], row['why']), ('a', 'no_control', 'no control was compared'))

    def test_lost(self):
        """A host without a result is counted and named, with the reason"""
        words, numbers = self.written({
            'a': document('a'), 'b': None, 'c': {'host': 'c', 'group': 'web', 'unreachable': True, 'msg': 'no route'},
            'd': {'host': 'd', 'group': 'web', 'failed': True, 'msg': 'Missing sudo password'}})
        self.assertEqual(words[0], '3 of 4 hosts need attention: 2 gave no result (c, d), 1 not reached (b).')
        self.assertEqual((numbers['lost'], numbers['met']), (3, 1))
        self.assertEqual([line.get('no_result') for line in self.lines()][2:], ['unreachable', 'Missing sudo password'])
        for reason in ('unreachable', 'Missing sudo password', 'no result was written'):
            self.assertIn(reason, self.text())

    def test_only_lost(self):
        """When no host gave a result the report says why"""
        self.written({'a': {'host': 'a', 'group': 'web', 'unreachable': True, 'msg': 'no route'}, 'b': None})
        self.assertIn('2 of 2 hosts need attention.', self.text())
        self.written({'a': {'host': 'a', 'group': 'web', 'unreachable': True, 'msg': 'no route to a'}})
        self.assertIn('a gave no result.', self.text())
        self.assertIn('no route to a', self.text())

    def test_failed_run(self):
        """A host on which the run failed needs attention, whatever its controls say"""
        broken = document('a', failed=True, msg='docker does not come back')
        words, _numbers = self.written(fleet(broken, document('b')))
        self.assertEqual(words[0], '1 of 2 hosts needs attention: 1 fails.')
        self.assertIn('The run failed: docker does not come back', self.text())

    def test_version(self):
        """A result of another version is refused, by the name of its host"""
        words, _numbers = self.written(fleet(document('a', tool='dockhost 0.0.1'), document('b')))
        self.assertEqual(words[0], '1 of 2 hosts needs attention: 1 gave no result (a).')
        self.assertIn(f'its result is of dockhost 0.0.1 (dockhost-result/1); this report is {CATALOGUE.tool}',
                      self.lines()[0]['no_result'])

    def test_waivers(self):
        """Waivers are listed with their state and their hosts; those of no host are called unused"""
        one = {'id': '2.2', 'keys': ['daemon.icc'], 'reason': 'OPS-1', 'until': '2026-12-06', 'by': 'me'}
        other = {'id': '2.5', 'reason': 'OPS-3', 'until': 'never', 'hosts': ['nobody-*']}
        words, _numbers = self.written(fleet(
            document('a', waivers=[{**one, 'state': 'ends_soon', 'use': 'used'}], other_waivers=[other]),
            document('b', waivers=[{**one, 'state': 'ends_soon', 'use': 'not_needed'},
                                   {**one, 'id': '2.3', 'keys': ['daemon.log_level'], 'state': 'valid',
                                    'use': 'not_needed'}])))
        self.assertEqual(words[-1], '1 waiver expired or ending soon.')
        text = self.text()
        self.assertIn('2.2 Containers on the default bridge cannot reach each other OPS-1 2026-12-06 '
                      'ends within 30 days me 1', text)
        self.assertIn('2.3 The daemon logs at level info OPS-1 2026-12-06 me 0 not needed', text)
        self.assertIn('2.5 OPS-3 never 0 unused: no host of this run is among its hosts', text)

    def test_expired(self):
        """A finding whose waiver has expired counts, and says so"""
        expired = {'reason': 'OPS-1', 'until': '2026-10-31', 'by': 'me'}
        self.written(fleet(document('a', findings=[{'key': 'daemon.icc', 'status': 'fail', 'why': 'icc is not set',
                                                    'after': 'fail', 'expired': expired}]), document('b')))
        self.assertIn('waiver expired', self.text())
        self.assertIn('until 2026-10-31, me: OPS-1', self.text())
        self.assertIn('1 finding whose waiver has expired', self.text())


class Previous(Desk):
    def earlier(self, *documents):
        """results.jsonl of an earlier run."""
        path = self.run_ / 'earlier'
        path.mkdir()
        report.write(str(path), invented.keep(path, fleet(*documents)), CATALOGUE)
        return path

    def test_settled(self):
        """What is settled since an earlier run is told, and what is new"""
        open_ = [('daemon.icc', 'fail'), ('daemon.live_restore', 'pending_restart')]
        path = self.earlier(document('a', findings=open_),
                            document('gone', findings=[('daemon.icc', 'fail')]))
        now = fleet(document('a', findings=[('daemon.no_new_privileges', 'fail')]),
                    document('b', findings=[('daemon.icc', 'fail')]))
        for previous in (path, path / 'results.jsonl'):
            words, _numbers = self.written(now, previous=str(previous))
            self.assertIn('Since 2026-11-24 08:12 UTC: 2 findings settled, 1 new.', words)
            self.assertIn('Since 2026-11-24 08:12 UTC: 2 findings settled, 1 new.', self.text())

    def test_missing(self):
        """Earlier results that are not there are an error, not silence"""
        with self.assertRaisesRegex(ValueError, 'previous: there is no results.jsonl in /nonexistent'):
            self.written(fleet(document()), previous='/nonexistent')
        (self.run_ / 'bad').write_text('{"schema":"dockhost-result/1"}\n')
        with self.assertRaisesRegex(ValueError, 'bad:1 is not a result'):
            self.written(fleet(document()), previous=str(self.run_ / 'bad'))
        self.assertEqual(sorted(one.name for one in self.run_.iterdir()), ['bad', 'hosts'])


class Machines(Desk):
    def test_csv(self):
        """The CSV has a row for each host and control, and no cell of it is a formula"""
        found = {'key': 'daemon.icc', 'status': 'fail', 'why': '=1+1', 'configured': '+1', 'effective': '-1',
                 'expected': '@x', 'where': {'path': '/etc/docker/daemon.json', 'line': 7, 'column': 3}}
        self.written({**fleet(document('=HYPERLINK(1)', '+group', [found])), 'gone': None})
        with open(self.run_ / 'results.csv', encoding='utf-8', newline='') as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 1 + len(document()['passed']))
        self.assertEqual({len(row) for row in rows}, {20})
        self.assertTrue(all(cell[:1] not in ('=', '+', '-', '@') for row in rows for cell in row.values()))
        row = next(row for row in rows if row['key'] == 'daemon.icc')
        names = ('host', 'group', 'why', 'configured', 'effective', 'expected', 'where')
        self.assertEqual([row[name] for name in names],
                         ["'=HYPERLINK(1)", "'+group", "'=1+1", "'+1", "'-1", "'@x", '/etc/docker/daemon.json:7:3'])
        self.assertEqual([rows[-1][name] for name in ('host', 'status')], ['gone', 'no_result'])

    def test_formulas(self):
        """A cell is no formula where lines are divided at commas, semicolons or tabs, and its text comes back"""
        for text in ('=1', '+1', '-1', '@x', '\t=1', '\r=1', 'a;=1', 'a,=1', 'a\t+1', 'a;  @x', 'a\n-1', '"=1', 'a;"=1',
                     '\uff1d1', ' =1', 'a;b,c'):
            line = csv_text(['host', text, 'end'])
            for divider in ',;\t':
                for one in itertools.chain(*csv.reader(line.splitlines(keepends=True), delimiter=divider)):
                    self.assertNotRegex(one, r'^[ "]*[=+\-@\t\r\uff1d]', (text, divider))
            (host, read, end), = csv.reader([line])
            self.assertEqual((host, read.replace("'", ''), end), ('host', text, 'end'))
        self.assertEqual(csv_text(['web-1', '2.2', 'nodev,ro', 'a "b" c', '']), 'web-1,2.2,"nodev,ro","a ""b"" c",')

    def test_junit(self):
        """junitparser reads the JUnit file: a suite a host, a case a control, times with at most three decimals"""
        self.written(invented.fleet(60, CATALOGUE))
        lines = {line['host']: line for line in self.lines()}
        suites = list(junitparser.JUnitXml.fromfile(str(self.run_ / 'junit.xml')))
        self.assertEqual([suite.name for suite in suites], list(lines))
        for suite in suites:
            line = lines[suite.name]
            found = line.get('controls', [])
            failing = sum(one['status'] in NEEDS for one in found)
            self.assertEqual((suite.failures, suite.errors), (failing, int('no_result' in line)))
            kinds = collections.Counter(type(one) for case in suite for one in case.result)
            self.assertEqual((suite.tests, suite.failures, suite.skipped),
                             (len(list(suite)), kinds[junitparser.Failure], kinds[junitparser.Skipped]))
        for time in re.findall(' time="([^"]*)"', (self.run_ / 'junit.xml').read_text()):
            self.assertRegex(time, r'^\d+\.\d{1,3}$')

    def test_junit_files(self):
        """Above 200 hosts each has a JUnit file of its own"""
        self.written({f'host-{n}': document(f'host-{n}') for n in range(201)})
        self.assertEqual(len(list((self.run_ / 'junit').iterdir())), 201)
        self.assertFalse((self.run_ / 'junit.xml').exists())
        suite = next(iter(junitparser.JUnitXml.fromfile(str(self.run_ / 'junit' / 'host-7.xml'))))
        self.assertEqual((suite.name, suite.failures), ('host-7', 0))

    def test_private(self):
        """Everything that is written is for its owner alone, whatever the umask"""
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        run = files.begin(str(self.run_ / 'reports'))
        hosts = invented.keep(run, {f'host-{n}': document(f'host-{n}') for n in range(201)})
        report.write(run, hosts, CATALOGUE)
        for folder, _folders, names in os.walk(run):
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700, folder)
            for name in names:
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o600, name)

    def test_new(self):
        """A run's directory is always a new one"""
        made = {files.begin(str(self.run_)) for _ in range(5)}
        self.assertEqual(len(made), 5)


class Hostile(Desk):
    def test_file_names(self):
        """No inventory name leaves the directory, and no two share a file"""
        names = ['a', 'A', 'a.', '.a', '..', '.', '../../etc/passwd', '/etc/passwd', 'a/b', 'a-b', 'a\\b', 'a\nb',
                 'a\0b', '', '~root', 'a' * 100, 'a' * 101, 'a' * 300, '\u00e4', 'a\u0308', '\ud800', 'a~b',
                 *HOSTILE]
        found = {}
        for name in names:
            file = files.file_of(name)
            self.assertRegex(file, r'^[a-z0-9][a-z0-9._~-]{0,110}$')
            self.assertNotIn(file.lower(), found, (name, found.get(file)))
            found[file] = name
        for name in ('web-par-01', 'db1.example.org', '10.0.0.7'):
            self.assertEqual(files.file_of(name), name)

    def test_texts(self):
        """Hostile texts stay text in every file"""
        documents = {}
        for number, text in enumerate(HOSTILE):
            found = {'key': 'daemon.icc', 'status': 'fail', 'why': text, 'expected': text, 'configured': [text],
                     'effective': {text: text}, 'where': {'path': text}, 'after': 'fail', 'evidence': [text]}
            waived = {'key': 'daemon.tls', 'status': 'excluded', 'why': text,
                      'waiver': {'reason': text, 'until': text, 'by': text}}
            name = f'{number}{text}'
            documents[name] = document(name, text, [found, waived], plan=[text], facts={'os': text, 'docker': text},
                                       waivers=[{'id': text, 'keys': [text], 'reason': text, 'until': text, 'by': text,
                                                 'state': 'valid', 'use': 'used'}])
        self.written(documents)
        page = self.html()
        self.assertEqual(len(re.findall('<script', page)), 2)
        self.assertEqual(re.findall(r'<img|<svg onload|<!--', page), [])
        self.assertEqual(len(self.lines()), len(HOSTILE))
        self.assertIn(html.escape(HOSTILE[0], quote=False), page.replace('&#34;', '"'))
        self.assertEqual(len(list(junitparser.JUnitXml.fromfile(str(self.run_ / 'junit.xml')))), len(HOSTILE))
        xml.etree.ElementTree.parse(self.run_ / 'junit.xml')
        self.assertEqual(self.data()['names'][0], '0' + HOSTILE[0])

    def test_shapes(self):
        """A result of any shape is counted or refused, and the report is written"""
        junk = (None, 7, 'x', [], {}, [7], [[]], [{}], {'x': []}, True, [None], ['daemon.icc'])
        documents = {'good': document('good')}
        for name, value in itertools.product(
                ('facts', 'passed', 'not_applicable', 'controls', 'actions', 'waivers', 'plan', 'started',
                 'duration_ms', 'benchmark', 'profile', 'mode', 'msg', 'failed', 'other_waivers', 'host', 'group',
                 'schema', 'tool'), junk):
            host = f'host-{len(documents)}'
            documents[host] = {**document(host), name: value}
        for name, value in itertools.product(('key', 'status', 'why', 'where', 'expected', 'after', 'refused', 'waiver',
                                              'expired', 'evidence'), junk):
            host = f'host-{len(documents)}'
            documents[host] = document(host, findings=[
                {'key': 'daemon.icc', 'status': 'fail', 'why': 'no', name: value},
                {'key': 'daemon.tls', 'status': 'excluded', name: value} if name not in ('key', 'status') else
                ('daemon.tls', 'pass')])
        for host, one in documents.items():
            invented.keep(self.run_, {host: one})
        (self.run_ / 'hosts' / 'host-5.json').write_text('[' * 100000)
        (self.run_ / 'hosts' / 'host-6.json').write_bytes(b'\xff\xfe')
        _words, numbers = report.write(str(self.run_), dict.fromkeys(documents, 'web'), CATALOGUE)
        self.assertEqual((numbers['hosts'], len(self.lines())), (len(documents), len(documents)))
        self.assertGreater(numbers['not_understood'], 250)
        for line in self.lines():
            self.assertEqual('controls' in line, 'no_result' not in line)
            if line.get('no_result') == 'answer not understood':
                self.assertGreater(len(line['msg']), 5)
        self.assertNotIn('no_result', self.lines()[0])
        for file in (self.run_ / 'junit').iterdir():
            xml.etree.ElementTree.parse(file)


    def lost(self, **changes):
        """Why a host is lost whose document has these texts as its values, beside an honest one."""
        self.written(fleet(document('a', findings=[('daemon.icc', 'fail')])))
        text = json.dumps(document('b', **dict.fromkeys(changes, '@@')))
        for value in changes.values():
            text = text.replace('"@@"', value, 1)
        (self.run_ / 'hosts/b.json').write_text(text)
        _words, numbers = report.write(str(self.run_), {'a': 'web', 'b': 'web'}, CATALOGUE)
        self.assertEqual((numbers['hosts'], numbers['fail'], numbers['not_understood']), (2, 1, 1))
        self.assertIn('answer not understood', self.text())
        honest, lost = self.lines()
        self.assertNotIn('no_result', honest)
        self.assertEqual(lost['no_result'], 'answer not understood')
        return lost['msg']

    def test_numbers(self):
        """A number that no clock and no host has costs its host the result, and nobody else"""
        huge = '1' + '0' * 400
        for value in (huge, '-' + huge, 'NaN', 'Infinity', '1e999', '-1'):
            self.assertRegex(self.lost(duration_ms=value), '^duration_ms: it is (a number outside 64 bits|not from 0)')
        self.assertRegex(self.lost(facts='{"containers": ' + '7' * 4300 + '}'), '^facts.containers: ')
        self.assertRegex(self.lost(facts='{"containers": 9223372036854775807}'), '^facts.containers: ')

    def test_bounds(self):
        """What is too large, too deep, unknown or there twice is told with its place"""
        waiver = '{"id":"x","keys":[],"reason":"x","until":"never","state":"valid","use":"used"}'
        for changes, words in (({'waivers': f'[{",".join([waiver] * 90_000)}]'}, 'waivers: it has 90,000 entries'),
                               ({'plan': json.dumps(['x' * 65_537])}, r'plan\[0\]: it has 65,537 characters'),
                               ({'x': '[' * 100_000}, 'deeper than 64 levels'), ({'x': '1'}, 'x: it is not a key'),
                               ({'passed': '[], "passed": []'}, 'passed: the key stands twice')):
            self.assertRegex(self.lost(**changes), words)

    def test_everybody(self):
        """No host changes a sentence about all: when it was, whether anything was changed, how a waiver stands"""
        waiver = {'id': 'daemon.tls', 'keys': ['daemon.tls'], 'reason': 'OPS', 'until': '2027-01-31', 'use': 'used'}
        documents = [document(f'host-{number}', waivers=[{**waiver, 'state': 'valid'}]) for number in range(5)]
        for started in ('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-99-99T99:99:99Z'):
            self.written(fleet(*documents, document('liar', started=started, mode='apply', waivers=[
                {**waiver, 'state': 'expired'}])))
            for words in ('2026-11-24 08:12 UTC', 'check mode, nothing was changed', 'What changes if I run harden?'):
                self.assertIn(words, self.text())
            self.assertNotIn('expired, counted', self.text())
            self.assertIn(' in 1 s ', self.text())

    def test_before(self):
        """No line of an earlier run ends the report of this one, or moves its day"""
        self.written(fleet(document('a', findings=[('daemon.icc', 'fail')])))
        lines = [json.dumps(document('a', findings=[('daemon.icc', 'fail')])), json.dumps(document('b')),
                 json.dumps(document('c', started='0001-01-01T00:00:00Z')),
                 json.dumps(document('d', duration_ms='@@')).replace('"@@"', '1' + '0' * 5000),
                 json.dumps(document('e', duration_ms='@@')).replace('"@@"', 'NaN'),
                 json.dumps(document('f', controls=None)),
                 *(json.dumps(document(f'g-{number}', started='2999-02-30T99:99:99Z')) for number in range(3))]
        (self.run_ / 'before').write_text('\n'.join(lines))
        words, _numbers = self.written(fleet(document('a'), document('f')), previous=str(self.run_ / 'before'))
        self.assertIn('Since 2026-11-24 08:12 UTC: 1 finding settled, 0 new.', words)

    def test_unknown_change(self):
        """What a run changed whose answer is not understood is not known, and in check mode nothing was"""
        for check, told in ((True, False), (False, True)):
            host = AnyModule('mount', json.dumps({'changed': True, 'add_host': {}}))
            host._task.check_mode = check
            said = host.execute({}, {})['msg']
            self.assertEqual('whether it changed something is not known' in said, told, said)

    def test_borrowed_words(self):
        """A host that fails with the words for a lost one has failed"""
        for words in (result.UNREACHABLE, result.NOT_UNDERSTOOD, result.NO_FILE):
            (self.run_ / 'hosts/x.json').parent.mkdir(exist_ok=True)
            hosts = invented.keep(self.run_, {'x': {'group': 'web', 'failed': True, 'msg': words}})
            said, numbers = report.write(str(self.run_), hosts, CATALOGUE)
            self.assertEqual(said[0], '1 of 1 host needs attention: 1 gave no result (x).')
            self.assertEqual(numbers['not_understood'], 0)

    def test_blank(self):
        """A host that gives no reason is lost like any other"""
        bad = {'failed': {'failed': True, 'msg': '\n'}, 'spaces': {'failed': True, 'msg': ' \t\n because'},
               'said': {'msg': '\n'}, 'nothing': {}}
        invented.keep(self.run_, {name: {'group': 'web', **one} for name, one in bad.items()})
        (self.run_ / 'hosts/nothing.json').write_text('{}')
        hosts = {**invented.keep(self.run_, fleet(document('a'), document('b', failed=True, msg='\n'))),
                 **dict.fromkeys(bad, 'web')}
        words, _numbers = report.write(str(self.run_), hosts, CATALOGUE)
        self.assertEqual(words[0], '5 of 6 hosts need attention: 1 fails, 2 gave no result (failed, spaces), '
                                   '2 not reached (said, nothing).')
        self.assertEqual([line.get('no_result', '')[:26] for line in self.lines()], [
            '', '', 'the task failed', 'because', 'no result was written: the', 'no result was written: the'])
        self.assertIn('The run failed: the task failed', self.text())

    def test_names(self):
        """An inventory name of any characters has its result, and drives nothing that shows it"""
        names = ['\x1b[2J', 'a\u202eb', '\ud800', '\\x1b[2J', 'x' * 70_000]
        files.make_private(self.run_ / 'hosts')
        result_of('docker_host', json.dumps(honest()), host='plain', report_dir=str(self.run_))
        for name in names:
            result_of('docker_host', json.dumps(honest()), host=name, report_dir=str(self.run_))
        words, _numbers = report.write(str(self.run_), dict.fromkeys(['plain', *names], '\x1b\ud800'), CATALOGUE)
        self.assertEqual([line['host'][:20] for line in self.lines() if 'controls' in line], [
            'plain', '\\x1b[2J', 'a\\u202eb', '\\ud800', '\\x1b[2J'])
        for text in (self.html(), *words):
            self.assertNotRegex(text, '[\x1b\u202e\ud800]')
        self.assertIn('\\x1b\\ud800', self.text())

    def test_large(self):
        """What the plugin takes the report takes, and so does the next report that compares with it"""
        answer = {**honest(), 'plan': ['\u00e9' * 65_536] * 140}
        files.make_private(self.run_ / 'hosts')
        result = result_of('docker_host', json.dumps(answer, ensure_ascii=False), report_dir=str(self.run_))
        self.assertNotIn('failed', result)
        for previous in (None, str(self.run_ / 'results.jsonl')):
            words, numbers = report.write(str(self.run_), {'web-1': 'web'}, CATALOGUE, previous=previous)
            self.assertEqual(numbers['lost'], 0)
        self.assertIn('0 findings settled, 0 new', words[-1])
        answer['plan'] = ['\x7f' * 13_000] * 300           # five times as long when it is spelled
        result = result_of('docker_host', json.dumps(answer, ensure_ascii=False), report_dir=str(self.run_))
        self.assertIn('characters when it is spelled, and 16,777,216 are the most', result['msg'])

    def test_worst(self):
        """No text makes a host's part of the page larger than 256 KiB, whether the host is alone or not"""
        sizes, controls = {}, document()['passed']
        for others in (0, 1):
            self.written(fleet(document('b'), *[document('a')] * others))
            sizes[others] = len(self.html().encode())
        for letter in '<"':
            text, waiver = letter * 2_100, {'reason': letter * 2_100, 'until': letter * 100, 'by': letter * 900}
            long = [{**waiver, 'id': f'{number}', 'keys': controls, 'state': 'valid', 'use': 'used'}
                    for number in range(300)]
            short = [{**one, 'reason': '', 'until': '', 'by': ''} for one in long]
            for waivers, finding in ((short, {'status': 'fail', 'evidence': [text] * 40}), (long, {'status': 'fail'}),
                                     ([], {'status': 'fail', 'why': text, 'expected': text, 'where': {'path': text},
                                           'refused': text}),
                                     ([], {'status': 'excluded', 'waiver': waiver}), (short, {'status': 'pass'})):
                findings = [{'key': key, **finding} for key in controls]
                liar = document('b', findings=findings, waivers=waivers, failed=True, msg=text,
                                plan=[f'{number}{text}' for number in range(300)],
                                facts={'os': letter * 1_000, 'docker': letter * 1_000})
                for others in (0, 1) if 'evidence' in finding else (1,):
                    self.written(fleet(liar, *[document('a')] * others))
                    more = len(self.html().encode()) - sizes[others]
                    self.assertLess(more, 256 * 1024, (letter, list(finding), others))

    def test_share(self):
        """What one host adds to the page is bounded, and the page says so"""
        self.written(fleet(document('a'), document('b')))
        size = len(self.html())
        texts = [f'{number} ' + 'x' * 20_000 for number in range(200)]
        waivers = [{'id': f'{number}', 'keys': ['daemon.icc'], 'reason': 'r' * 3_000, 'until': 'never',
                    'state': 'valid', 'use': 'used'} for number in range(1_000)]
        findings = [{'key': key, 'status': 'fail', 'why': key + 'w' * 9_000, 'expected': 'e' * 9_000,
                     'evidence': ['e' * 100] * 300} for key in document()['passed']]
        self.written(fleet(document('a'), document('b', findings=findings, waivers=waivers, plan=texts)))
        self.assertLess(len(self.html()) - size, 1_500_000)
        self.assertIn('more waivers, in results.jsonl', self.text())
        self.assertIn('more steps, which are in results.jsonl', self.html())
        self.written(fleet(document('a'), document('b', plan=[f'step {n}' for n in range(1_000)])))
        self.assertIn('and 800 more steps, which are in results.jsonl', self.html())
        self.written(fleet(document('b', findings=findings[:1])))
        self.assertIn('and 100 more lines, which are in results.jsonl', self.text())


class Speed(Desk):
    def test_speed(self):
        """1, 50 and 10,000 hosts: the time and the memory"""
        for hosts, most in ((1, 5), (50, 5), (10_000, 40)):
            run, seconds, cpu, megabytes = measured(hosts)
            size = os.path.getsize(run / 'index.html') / 1e6
            print(f'   {hosts:6,} hosts: {seconds:.2f} s ({cpu:.2f} s of one core), {megabytes:.0f} MB, '
                  f'a page of {size:.2f} MB')
            self.assertLess(cpu, most)
            self.assertLess(megabytes, 500)

    def test_different(self):
        """Causes that are all different do not make the page grow without end"""
        documents = {}
        for number in range(2_100):
            name = f'host-{number}'
            documents[name] = document(name, findings=[{'key': key, 'status': 'fail', 'why': f'{key} {number}'}
                                                       for key in document()['passed'][:10]], plan=[f'{number}'])
        _words, numbers = self.written(documents)
        data = self.data()
        self.assertEqual(numbers['fail'], 21_000)
        self.assertEqual(len(json.dumps(data['causes'])) < 5_000_000, True)
        self.assertLessEqual(len(data['causes']), 20_010)
        self.assertIn('more causes, which are in results.jsonl', self.html())
